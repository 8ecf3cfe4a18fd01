// `npm test`: sets up what is missing, checks the code, runs every test, and counts.
// `npm test -- WORD...` runs only the test files whose names hold one of the words.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dockerEngine } from '../test/codespace/engine.ts';
import { installMissing, MissingProgramsError, TOOLS } from '../test/codespace/packages.ts';
import { stage } from './build.ts';

const root = dirname(import.meta.dirname);

const TIERS = ['unit', 'program', 'cli', 'stress', 'container'];

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const began = Date.now();

function say(line: string): void {
  console.log(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${line}`);
}

async function main(words: readonly string[]): Promise<number> {
  const files: string[] = [];
  for (const tier of TIERS) {
    for (const name of (await readdir(join(root, 'test', tier))).sort()) {
      const file = `${tier}/${name}`;
      if (name.endsWith('.test.ts') && (words.length === 0 || words.some((w) => file.includes(w))))
        files.push(file);
    }
  }
  const docker = new Set(files.filter((file) => file.startsWith('container/')));

  await installTools();
  if (docker.size > 0) await dockerEngine(say);
  say('building');
  await stage();

  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const add = (count: Count) => {
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
  };
  if (words.length === 0) {
    add(await check('tsc', ['--noEmit']));
    add(await check('biome', ['check', '--error-on-warnings']));
  }
  add(
    await runTests(
      'tests without containers',
      files.filter((file) => !docker.has(file)),
      2,
    ),
  );
  // One after the other: all builds on a Docker Engine share one image name
  // (docs/facts/devcontainers.md part 5).
  add(await runTests('tests with containers', [...docker], 1));

  if (total.skipped > 0) say(`${total.skipped} skipped`);
  if (files.length === 0) say(`no test file's name holds ${words.join(' or ')}`);
  say('done');
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && files.length > 0 ? 0 : 1;
}

/** Where they cannot be installed, the tests that need one say so by failing. */
async function installTools(): Promise<void> {
  try {
    await installMissing(TOOLS, say);
  } catch (error) {
    if (!(error instanceof MissingProgramsError)) throw error;
    say(error.message);
  }
}

/** One program of `node_modules/.bin`, counted as one test. */
async function check(program: string, args: readonly string[]): Promise<Count> {
  say(`${program} ${args.join(' ')}`);
  const ok = (await exitCode(join(root, 'node_modules/.bin', program), args)) === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Node's own runner over these files, its report on the screen and its totals in a file. */
async function runTests(
  title: string,
  files: readonly string[],
  concurrency: number,
): Promise<Count> {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  say(`${title}: ${files.join(', ')}`);
  const dir = await mkdtemp(join(tmpdir(), 'heroku-tests-'));
  try {
    const report = join(dir, 'report.tap');
    const code = await exitCode(process.execPath, [
      ...['--import', 'tsx', '--test', `--test-concurrency=${concurrency}`],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=tap', `--test-reporter-destination=${report}`],
      ...files.map((file) => join('test', file)),
    ]);
    return totals(await readFile(report, 'utf8').catch(() => ''), code);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Reads the last lines of a TAP report: `# pass 12` and so on. */
function totals(report: string, code: number | null): Count {
  const of = (name: string) =>
    Number([...report.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const count = {
    passed: of('pass'),
    failed: of('fail') + of('cancelled'),
    skipped: of('skipped') + of('todo'),
  };
  // A runner that died, or found nothing to run, has counted no failure.
  const silent = count.failed === 0 && (code !== 0 || count.passed === 0);
  return silent ? { ...count, failed: 1 } : count;
}

async function exitCode(program: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
  },
);
