// Runs one test file in a process of its own, and reads what its reporter wrote.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

export interface RunOptions {
  /** Why its tests are to be counted but not run. */
  readonly lacks?: string;
  /** Folder for the coverage of this process and its children. */
  readonly coverage?: string;
  /** Milliseconds after which it is killed. */
  readonly timeLimit?: number;
}

/** Why a file counts as failed although no test did. */
const NOT_ENDED = 'it ended before its tests did';
const EMPTY = 'it contains no test';

/**
 * Runs one test file. A file that crashes, ends too early or has no test counts as one failed test.
 *
 * @param file path below test/.
 */
export async function runFile(
  file: string,
  { lacks, coverage, timeLimit = TIME_LIMIT }: RunOptions = {},
): Promise<FileResult> {
  const began = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'heroku-test-report-'));
  const report = join(folder, 'report');
  try {
    const args = [
      ...['--import', 'tsx'],
      ...(lacks === undefined ? [] : ['--import', './scripts/test-skip.ts']),
      ...['--test-reporter=./scripts/test-reporter.ts', `--test-reporter-destination=${report}`],
      join('test', file),
    ];
    const { code, output } = await attempt(process.execPath, args, {
      cwd: root,
      timeout: timeLimit,
      env: {
        ...process.env,
        // With it, as below `node --test`, Node writes for that process instead of for the reporter.
        NODE_TEST_CONTEXT: undefined,
        ...(lacks !== undefined && { HEROKU_TESTS_LACK: lacks }),
        ...(coverage !== undefined && { NODE_V8_COVERAGE: coverage }),
      },
    });
    const lines = (await readFile(report, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const ended = lines.at(-1) === END;
    const tests = lines
      .filter((line) => line.endsWith('}') && line !== END)
      .map((line) => JSON.parse(line) as TestResult);
    // Node's exit code alone does not tell: 22 ends with 0 after a failed hook, and 20 with 0 without any test.
    const failed = tests.some(({ result }) => result === 'failed');
    const problem = !ended
      ? NOT_ENDED
      : tests.length === 0
        ? EMPTY
        : code !== 0 && !failed
          ? `its exit code is ${code}`
          : undefined;
    const ms = Date.now() - began;
    if (problem === undefined) return { file, tests, ms, output };
    // What cannot even be loaded without what it lacks cannot be counted test by test.
    const result = lacks === undefined ? 'failed' : 'skipped';
    const whole = { path: ['(the whole file)'], result, ms, reason: lacks ?? problem } as const;
    return { file, tests: [...tests, whole], ms, output };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One program of `node_modules/.bin`, counted as one test. */
export async function runCheck(name: string, args: readonly string[]): Promise<FileResult> {
  const began = Date.now();
  const program = join(root, 'node_modules/.bin', name);
  const { code, output } = await attempt(program, args, { cwd: root });
  const ms = Date.now() - began;
  const failure = { path: [], result: 'failed', ms, reason: output } as const;
  const tests: TestResult[] = [code === 0 ? { path: [], result: 'passed', ms } : failure];
  return { file: [name, ...args].join(' '), tests, ms, output };
}
