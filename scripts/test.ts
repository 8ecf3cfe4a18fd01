// `npm test`: checks types and style, runs the tests, and counts. CONTRIBUTING.md lists the commands.
//
// A tier is a folder of test/. Packages, the Docker Engine and the real Heroku CLI are set up in the background,
// while files run that need none of them; test/support/requirements.ts lists what each file needs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dockerEngine } from '../test/codespace/engine.ts';
import { openShared } from '../test/codespace/shared.ts';
import {
  installMissing,
  needsOf,
  REQUIREMENTS,
  type Requirement,
  type RequirementName,
} from '../test/support/requirements.ts';
import { stage } from './build.ts';
import { Coverage } from './test-coverage.ts';
import { type FileResult, runCheck, runFile } from './test-run.ts';

const root = dirname(import.meta.dirname);

const TIERS = ['unit', 'program', 'cli', 'container', 'stress'];
/** The tiers that `npm test` runs whole, and what it runs of the others. */
const QUICK = /^(unit|program|cli)\/|^container\/first-codespace\.test/;
/** The tiers whose coverage is measured. */
const COVERED = /^(unit|program)\//;

const CHECKS = ['tsc --noEmit', 'biome check --error-on-warnings', 'textlint **/*.md'];

/** What the last run did, for `--rest` and for the order of the next one. */
interface LastRun {
  readonly total: { passed: number; failed: number; skipped: number };
  readonly files: readonly string[];
  /** How many milliseconds each file took when it last ran here. */
  readonly times: Record<string, number>;
}

const LAST_RUN = join(root, 'output/test-run.json');
/** A run that does not come to its end counts as a failure. */
const UNFINISHED: LastRun = { total: { passed: 0, failed: 1, skipped: 0 }, files: [], times: {} };

const began = Date.now();

function say(line: string): void {
  console.log(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${line}`);
}

async function main(args: string[]): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals: words } = parseArgs({
    args,
    allowPositionals: true,
    options: { all: flag, rest: flag, watch: flag, coverage: flag },
  });
  const all = testFiles();
  const named = all.filter((file) => words.some((word) => file.includes(word)));
  if (words.length > 0 && named.length === 0)
    throw new Error(`no path contains ${words.join(' or ')}`);
  const covered = all.filter((file) => COVERED.test(file));
  if (values.watch) return watch(words.length > 0 ? named : covered);
  if (words.length > 0) return runAll(named);
  if (values.coverage) return runAll(covered, { table: true });
  if (values.rest) {
    const { files, total } = await lastRun();
    return runAll(
      all.filter((file) => !files.includes(file)),
      { total },
    );
  }
  return runAll(values.all ? all : all.filter((file) => QUICK.test(file)), { checks: true });
}

/** Paths below test/. */
function testFiles(): string[] {
  return TIERS.flatMap((tier) =>
    readdirSync(join(root, 'test', tier))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `${tier}/${name}`),
  );
}

/** Node's own runner, which follows what the files import. */
async function watch(files: readonly string[]): Promise<number> {
  const paths = files.map((file) => join('test', file));
  const args = ['--import', 'tsx', '--test', '--watch', ...paths];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

/**
 * Runs the files, prints what became of them, and returns the exit code.
 *
 * @param options.total what was counted before.
 * @param options.checks whether to check types, style, and the floor of the coverage as well.
 * @param options.table whether to print the coverage of each source.
 */
async function runAll(
  files: readonly string[],
  { total = { passed: 0, failed: 0, skipped: 0 }, checks = false, table = false } = {},
): Promise<number> {
  const { times } = await lastRun();
  await saveRun({ ...UNFINISHED, times });
  await stage();
  const results = new Results({ total, times });
  const lacking = prepare(files);
  const coverage = checks || table ? await Coverage.begin() : undefined;

  const task = (file: string) => async () => {
    const missing = await lacking(file);
    const skip = { name: '', result: 'skipped', reason: missing.join(', ') } as const;
    if (missing.length > 0) results.add({ file, tests: [skip], ms: 0, output: '' });
    else if (coverage && COVERED.test(file)) results.add(await coverage.run(file));
    else results.add(await runFile(file));
  };
  const check = (command: string) => async () => results.add(await runCheck(command));
  const first = checks ? CHECKS.map(check) : [];
  // The longest first, but all that needs no real CLI before what does: on a new machine, that fills the minutes in
  // which the CLI is packaged, and elsewhere the order takes no longer.
  const needsCli = (file: string) => Number(needsOf(file).includes('heroku-cli'));
  const time = (file: string) => times[file] ?? 0;
  const sorted = files.toSorted((a, b) => needsCli(a) - needsCli(b) || time(b) - time(a));
  const isInContainers = (file: string) => file.startsWith('container/');
  const others = sorted.filter((file) => !isInContainers(file)).map(task);
  await Promise.all([
    work([...first, ...others], Math.max(2, availableParallelism())),
    workInContainers(sorted.filter(isInContainers).map(task), lacking),
  ]);
  if (coverage) results.add(await coverage.report({ table, skipped: results.hasSkipped(COVERED) }));
  return results.end();
}

type Task = () => Promise<void>;
/** Waits until what a file needs is set up, and returns what could not be. */
type Lacking = (file: string) => Promise<RequirementName[]>;

/** Runs tasks in their order, `width` at a time. */
async function work(tasks: readonly Task[], width: number): Promise<void> {
  const queue = tasks.values();
  const lane = async () => {
    for (const task of queue) await task();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/**
 * Two at a time: what shares a name in the engine is built under a lock. They share what the codespace simulators
 * stand on, so that Docker's cache serves all of them; a file alone opens its own.
 */
async function workInContainers(tasks: readonly Task[], lacking: Lacking): Promise<void> {
  const share = tasks.length > 1 && (await lacking('container/')).length === 0;
  // If it cannot be opened, the files that open their own tell why.
  const shared = share ? await openShared({ say }).catch(() => undefined) : undefined;
  Object.assign(process.env, shared?.variables);
  try {
    await work(tasks, 2);
  } finally {
    await shared?.close();
  }
}

/** Begins to set up all that these files need, without waiting for it. */
function prepare(files: readonly string[]): Lacking {
  const needs = new Set(files.flatMap(needsOf));
  const withPackage = new Set([...needs].filter((name) => REQUIREMENTS[name].package));
  // Without it, the codespace simulator takes images from a public registry.
  if (needs.has('engine')) withPackage.add('mmdebstrap');
  const stillMissing = installMissing([...withPackage], say);
  const get = async (name: RequirementName) => {
    if (withPackage.has(name)) return !(await stillMissing).includes(name);
    if (name === 'engine') await stillMissing.then(() => dockerEngine(say));
    return REQUIREMENTS[name].check();
  };
  const failed = (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return false;
  };
  const has = new Map([...needs].map((name) => [name, get(name).catch(failed)]));
  return async (file) => {
    const names = needsOf(file);
    const there = await Promise.all(names.map((name) => has.get(name)));
    return names.filter((_, index) => !there[index]);
  };
}

async function lastRun(): Promise<LastRun> {
  try {
    return JSON.parse(await readFile(LAST_RUN, 'utf8')) as LastRun;
  } catch {
    // There was none, or it was killed while it wrote.
    return UNFINISHED;
  }
}

async function saveRun(run: LastRun): Promise<void> {
  await mkdir(dirname(LAST_RUN), { recursive: true });
  await writeFile(LAST_RUN, JSON.stringify(run));
}

/** Counts and prints. */
class Results {
  readonly #total: LastRun['total'];
  readonly #times: LastRun['times'];
  readonly #files: string[] = [];
  /** The files with tests that were skipped, by reason. */
  readonly #skipped = new Map<string, Set<string>>();

  constructor({ total, times }: Omit<LastRun, 'files'>) {
    this.#total = { ...total };
    this.#times = { ...times };
  }

  add({ file, tests, ms, output }: FileResult): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const { result } of tests) {
      counts[result]++;
      this.#total[result]++;
    }
    const numbers = Object.entries(counts).filter(([, count]) => count > 0);
    const sentence = numbers.map(([result, count]) => `${count} ${result}`).join(', ');
    say(`${file}: ${sentence} (${(ms / 1000).toFixed(1)} s)`);
    for (const { name, result, reason = '' } of tests) {
      if (result === 'failed')
        console.log(`\nFAILED ${file} ${name}\n${reason.replace(/^/gm, '    ')}\n`);
      for (const one of result === 'skipped' ? reason.split(', ') : [])
        this.#skipped.set(one, (this.#skipped.get(one) ?? new Set()).add(file));
    }
    if (counts.failed > 0 && output.trim() !== '')
      console.log(`The end of what ${file} printed:\n${output.slice(-4000)}\n`);
    this.#files.push(file);
    if (counts.skipped === 0) this.#times[file] = ms;
  }

  hasSkipped(files: RegExp): boolean {
    return [...this.#skipped.values()].some((all) => [...all].some((file) => files.test(file)));
  }

  /** Tells what was skipped and why, prints the totals, and returns the exit code. */
  async end(): Promise<number> {
    for (const [reason, files] of this.#skipped) {
      const count = `${files.size} ${files.size === 1 ? 'file' : 'files'}`;
      const known = (REQUIREMENTS as Partial<Record<string, Requirement>>)[reason];
      const why = known ? `${known.name} is missing. ${known.howTo}` : reason;
      console.log(`SKIPPED in ${count}: ${why}`);
    }
    const { passed, failed, skipped } = this.#total;
    const strict = /^(1|true)$/.test(process.env['CI'] ?? '') && skipped > 0;
    if (strict) console.log('CI is set, so what was skipped is a failure.');
    await saveRun({ total: this.#total, files: this.#files, times: this.#times });
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed > 0 || strict ? 1 : 0;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
