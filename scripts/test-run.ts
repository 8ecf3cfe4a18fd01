// Runs one test file or one check in a process of its own, and tells what became of its tests.
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { attempt } from '../test/support/command.ts';
import { END, type TestResult } from './test-reporter.ts';

const root = dirname(import.meta.dirname);

/** Longer than any file takes on a busy machine; what runs longer is stuck. */
const TIME_LIMIT = 30 * 60_000;

export interface FileResult {
  /** Path below test/, or the name of a check. */
  readonly file: string;
  readonly tests: readonly TestResult[];
  readonly ms: number;
  /** What it printed beside its results. */
  readonly output: string;
}

/**
 * Runs one test file. A file that crashes, ends too early or has no test counts as one failed test more.
 *
 * @param file path below test/.
 * @param options.timeout milliseconds after which it is killed.
 */
export async function runFile(
  file: string,
  { timeout = TIME_LIMIT, env = process.env } = {},
): Promise<FileResult> {
  const began = Date.now();
  const report = join(tmpdir(), `heroku-test-report-${randomUUID()}`);
  const args = [
    ...['--import', 'tsx', '--test-reporter=./scripts/test-reporter.ts'],
    ...[`--test-reporter-destination=${report}`, join('test', file)],
  ];
  const { code, output } = await attempt(process.execPath, args, {
    cwd: root,
    timeout,
    // With it, as below `node --test`, Node writes for that process instead of for the reporter.
    env: { ...env, NODE_TEST_CONTEXT: undefined },
  });
  const lines = (await readFile(report, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  await rm(report, { force: true });
  const tests = lines.filter((line) => line !== END).map((line) => JSON.parse(line) as TestResult);
  const reason = problemOf(tests, lines.at(-1) === END, code);
  if (reason !== undefined) tests.push({ name: '', result: 'failed', reason });
  return { file, tests, ms: Date.now() - began, output };
}

/** Why a file counts as failed although no test did, if it does. */
function problemOf(tests: readonly TestResult[], ended: boolean, code: number): string | undefined {
  if (!ended) return 'it ended before its tests did';
  if (tests.length === 0) return 'it contains no test';
  // Node's exit code alone does not tell: 22 ends with 0 after a failed hook, and 20 with 0 without any test.
  if (code !== 0 && tests.every(({ result }) => result !== 'failed'))
    return `its exit code is ${code}`;
  return undefined;
}

/** Runs one program of `node_modules/.bin`, counted as one test. Its arguments are separated by spaces. */
export async function runCheck(command: string): Promise<FileResult> {
  const began = Date.now();
  const [name = '', ...args] = command.split(' ');
  const program = join(root, 'node_modules/.bin', name);
  const { code, output: reason } = await attempt(program, args, { cwd: root });
  const result = code === 0 ? 'passed' : 'failed';
  const ms = Date.now() - began;
  return { file: command, tests: [{ name: '', result, reason }], ms, output: '' };
}
