// `npm test`: checks types and style, runs the tests, and counts. CONTRIBUTING.md lists the commands.
//
// A tier is a folder of test/. What can be prepared in the background (packages, the Docker Engine, the real
// Heroku CLI, an image) is, while the tests run that need none of it; test/support/requirements.ts tells which.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { baseImage } from '../test/codespace/base-image.ts';
import { dockerEngine } from '../test/codespace/engine.ts';
import { canInstall } from '../test/codespace/packages.ts';
import { openShared } from '../test/codespace/shared.ts';
import { release } from '../test/support/cli-release.ts';
import {
  installMissing,
  missingOf,
  needsOf,
  REQUIREMENTS,
  type RequirementName,
  worthHaving,
} from '../test/support/requirements.ts';
import { stage } from './build.ts';
import { Coverage } from './test-coverage.ts';
import type { TestResult } from './test-reporter.ts';
import { type FileResult, runCheck, runFile } from './test-run.ts';

const root = dirname(import.meta.dirname);

const TIERS = ['unit', 'program', 'cli', 'container', 'stress'];
/** The tiers that `npm test` runs whole, and what it runs of the others. */
const QUICK = /^(unit|program|cli)\//;
const FIRST_CODESPACE = 'container/first-codespace.test.ts';
/** The tiers whose coverage is measured. */
const COVERED = /^(unit|program)\//;

const BIOME = ['check', '--error-on-warnings'];
const TEXTLINT = ['**/*.md'];

/** One JSON object a line: each test, and each file with its duration. The last one has the totals. */
const RESULTS = join(root, 'output/test-results.jsonl');

const usage = `usage: npm test [-- WORD...]   the files whose paths contain one of the words, in any tier
       npm run test:all          every tier
       npm run test:rest         what the last npm test did not run, and the totals of both
       npm run test:watch        unit and program tests, or -- WORD..., again after each change
       npm run test:coverage     unit and program tests, and a report in output/coverage/
`;

interface Total {
  passed: number;
  failed: number;
  skipped: number;
}

const began = Date.now();

function say(line: string): void {
  console.log(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${line}`);
}

async function main(args: string[]): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals: words } = parseArgs({
    args,
    allowPositionals: true,
    options: { all: flag, rest: flag, watch: flag, coverage: flag, help: flag },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const all = await testFiles();
  const named = all.filter((file) => words.some((word) => file.includes(word)));
  if (words.length > 0 && named.length === 0)
    throw new Error(`no path contains ${words.join(' or ')}`);
  if (values.watch)
    return watch(words.length > 0 ? named : all.filter((file) => COVERED.test(file)));
  if (words.length > 0) return runAll({ files: named });
  if (values.coverage)
    return runAll({ files: all.filter((file) => COVERED.test(file)), table: true });
  if (values.rest) {
    const { files, total } = await lastRun();
    return runAll({ files: all.filter((file) => !files.has(file)), total });
  }
  const quick = [...all.filter((file) => QUICK.test(file)), FIRST_CODESPACE];
  return runAll({ files: values.all ? all : quick, checks: true });
}

/** Paths below test/. */
async function testFiles(): Promise<string[]> {
  const tiers = TIERS.map(async (tier) =>
    (await readdir(join(root, 'test', tier)))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `${tier}/${name}`),
  );
  return (await Promise.all(tiers)).flat();
}

interface Run {
  readonly files: readonly string[];
  /** What was counted before. */
  readonly total?: Total;
  /** Types, style, and the floor of the coverage. */
  readonly checks?: boolean;
  /** Whether to print the coverage of each source. */
  readonly table?: boolean;
}

/** Runs the files, prints what became of them, and returns the exit code. */
async function runAll({ files, total, checks = false, table = false }: Run): Promise<number> {
  const results = new Results(total);
  await results.begin();
  await stage();
  const available = prepare(files);
  const coverage = checks || table ? await Coverage.begin() : undefined;
  const covered = files.filter((file) => COVERED.test(file));

  const runOne = async (file: string) => {
    const missing = await lacking(file, available);
    const folder = coverage && COVERED.test(file) ? coverage.folder(file) : undefined;
    const result = await runFile(file, {
      ...(missing.length > 0 && { lacks: missing.join(', ') }),
      ...(folder !== undefined && { coverage: folder }),
    });
    await results.add(result);
    if (folder !== undefined) await coverage?.collect(file);
  };
  const duration = await durations(files);
  const tasks = files
    .toSorted((one, other) => duration(other) - duration(one))
    .map((file) => ({
      file,
      ready: Promise.all([...needsOf(file)].map((name) => available.get(name))),
      run: () => runOne(file),
    }));
  const check = (name: string, args: readonly string[]): Task => ({
    ready: Promise.resolve(),
    run: async () => results.add(await runCheck(name, args)),
  });
  const inContainers = tasks.filter(({ file }) => file.startsWith('container/'));
  const others = tasks.filter((task) => !inContainers.includes(task));
  const first = checks
    ? [check('tsc', ['--noEmit']), check('biome', BIOME), check('textlint', TEXTLINT)]
    : [];
  await Promise.all([
    work([...first, ...others], Math.max(2, availableParallelism())),
    workInContainers(inContainers),
  ]);
  if (coverage && covered.length > 0) {
    const whole = !results.skippedIn(covered);
    await results.add(await coverage.report({ table, judge: whole }));
  }
  return results.end();
}

interface Task {
  readonly ready: Promise<unknown>;
  run(): Promise<void>;
}

/**
 * Two at a time: what shares a name in the engine is built under a lock. They share what the codespace simulators
 * stand on, so that Docker's cache serves all of them; a file alone, or without an engine, opens its own.
 */
async function workInContainers(tasks: readonly Task[]): Promise<void> {
  const ready = Promise.all(tasks.map((task) => task.ready));
  const shared =
    tasks.length < 2
      ? undefined
      : await ready.then(() => openShared({ say })).catch(() => undefined);
  Object.assign(process.env, shared?.variables);
  try {
    await work(tasks, 2);
  } finally {
    await shared?.close();
  }
}

/** Runs tasks in their order, `width` at a time; those that are not ready yet let others go first. */
async function work(tasks: readonly Task[], width: number): Promise<void> {
  const waiting = new Set(tasks);
  const ready = new Set<Task>();
  for (const task of tasks) task.ready.then(() => ready.add(task));
  const worker = async () => {
    while (waiting.size > 0) {
      const task = [...waiting].find((one) => ready.has(one));
      if (task === undefined) {
        await Promise.race([...waiting].map((one) => one.ready));
        continue;
      }
      waiting.delete(task);
      await task.run();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

type Available = ReadonlyMap<RequirementName, Promise<boolean>>;

/**
 * Begins to get all that these files need or use, without waiting for it. What the tests can do without is got
 * as well, but nobody waits for that.
 */
function prepare(files: readonly string[]): Available {
  const wanted = worthHaving(files);
  const there = missingOf(new Set([...wanted].filter((name) => REQUIREMENTS[name].package)));
  const installed = there.then((missing) => installMissing(missing, say));
  const engine = async () => {
    await installed;
    if (!(await REQUIREMENTS.engine.check())) {
      if (!(await canInstall())) return false;
      await dockerEngine(say);
    }
    // So that no test waits for it; if it fails, the test that needs it tells.
    await baseImage().catch(() => {});
    return true;
  };
  const failed = (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return false;
  };
  const get = async (name: RequirementName): Promise<boolean> => {
    if (name === 'engine') return engine().catch(failed);
    if (name === 'heroku-cli') return release().then(() => true, failed);
    if (!REQUIREMENTS[name].package) return REQUIREMENTS[name].check();
    return !(await there).includes(name) || !(await installed).includes(name);
  };
  return new Map([...wanted].map((name) => [name, get(name)]));
}

async function lacking(file: string, available: Available): Promise<RequirementName[]> {
  const needs = [...needsOf(file)];
  const has = await Promise.all(needs.map((name) => available.get(name)));
  return needs.filter((_, index) => !has[index]);
}

/** The longest file goes first: by its last run here, or else by size. */
async function durations(files: readonly string[]): Promise<(file: string) => number> {
  const known = await lastTimes();
  for (const file of files) {
    if (known[file] !== undefined || !existsSync(join(root, 'test', file))) continue;
    // What starts programs takes longer than what only calls functions.
    const weight = file.startsWith('unit/') ? 1 : 4;
    known[file] = weight * (await stat(join(root, 'test', file))).size;
  }
  return (file) => known[file] ?? 0;
}

/** How many milliseconds each file took when it last ran here. */
const TIMES = join(root, 'output/test-times.json');

async function lastTimes(): Promise<Record<string, number>> {
  const text = await readFile(TIMES, 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, number>;
}

async function lines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
}

/** What the last run did, for {@link main}'s `rest`. One that did not come to its end counts as a failure. */
async function lastRun(): Promise<{ files: ReadonlySet<string>; total: Total }> {
  const all = (await lines(RESULTS)).map((line) => JSON.parse(line) as Line);
  const total = all.at(-1)?.total;
  const files = new Set(all.flatMap(({ file }) => file ?? []));
  return { files, total: total ?? { passed: 0, failed: 1, skipped: 0 } };
}

/** A line of {@link RESULTS}. */
interface Line extends Partial<TestResult> {
  readonly file?: string;
  readonly total?: Total;
}

class Results {
  readonly #total: Total;
  readonly #skipped: (TestResult & { readonly file: string })[] = [];

  readonly #times: Record<string, number> = {};

  constructor(total: Total = { passed: 0, failed: 0, skipped: 0 }) {
    this.#total = { ...total };
  }

  async begin(): Promise<void> {
    await mkdir(dirname(RESULTS), { recursive: true });
    await writeFile(RESULTS, '');
  }

  /** Counts and prints one file. */
  async add({ file, tests, ms, output }: FileResult): Promise<void> {
    const of = (wanted: TestResult['result']) => tests.filter(({ result }) => result === wanted);
    const counts = (['passed', 'failed', 'skipped'] as const)
      .map((result) => ({ result, count: of(result).length }))
      .filter(({ count }) => count > 0);
    for (const { result, count } of counts) this.#total[result] += count;
    this.#skipped.push(...of('skipped').map((test) => ({ ...test, file })));
    say(
      `${file}: ${counts.map(({ result, count }) => `${count} ${result}`).join(', ')} (${(ms / 1000).toFixed(1)} s)`,
    );
    const failed = of('failed');
    for (const { path, reason = '' } of failed) {
      console.log(`\nFAILED ${[file, ...path].join(' > ')}\n${reason.replace(/^/gm, '    ')}\n`);
    }
    if (failed.length > 0 && output.trim() !== failed[0]?.reason?.trim() && output.trim() !== '') {
      console.log(
        `What ${file} printed (at most its last 4,000 characters):\n${output.slice(-4000)}\n`,
      );
    }
    const all = [...tests.map((test) => ({ file, ...test })), { file, ms }];
    await appendFile(RESULTS, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
    if (of('skipped').length === 0) this.#times[file] = ms;
  }

  skippedIn(files: readonly string[]): boolean {
    return this.#skipped.some(({ file }) => files.includes(file));
  }

  /** Tells what was skipped and why, prints the totals, and returns the exit code. */
  async end(): Promise<number> {
    const times = (count: number) => `${count} test${count === 1 ? '' : 's'}`;
    const reasons = new Map<string, number>();
    for (const { reason = '' } of this.#skipped) {
      const names = reason.split(', ');
      const all = names.every((name) => Object.hasOwn(REQUIREMENTS, name)) ? names : [reason];
      for (const one of all) reasons.set(one, (reasons.get(one) ?? 0) + 1);
    }
    for (const [reason, count] of reasons) {
      const known = Object.hasOwn(REQUIREMENTS, reason)
        ? REQUIREMENTS[reason as RequirementName]
        : undefined;
      const why = known ? `${known.name} is missing. ${known.howTo}` : reason;
      console.log(`SKIPPED ${times(count)}: ${why}`);
    }
    const { passed, failed, skipped } = this.#total;
    const strict = /^(1|true)$/.test(process.env['CI'] ?? '') && skipped > 0;
    if (strict) console.log(`CI is set, so the ${times(skipped)} that did not run are a failure.`);
    await appendFile(RESULTS, `${JSON.stringify({ total: this.#total })}\n`);
    await writeFile(TIMES, JSON.stringify({ ...(await lastTimes()), ...this.#times }));
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed > 0 || strict ? 1 : 0;
  }
}

/** Node's own runner, which follows what the files import. */
async function watch(files: readonly string[]): Promise<number> {
  const paths = files.map((file) => join('test', file));
  const child = spawn(process.execPath, ['--import', 'tsx', '--test', '--watch', ...paths], {
    cwd: root,
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
