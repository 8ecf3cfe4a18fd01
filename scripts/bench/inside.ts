// Runs inside a container, on the Node of the installed CLI, and measures programs as they are started
// there: inside.cjs gets a list of subjects as JSON on standard input, does one of each in turn, and prints
// the values of each as JSON. No docker command stands between the clock and what is measured.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { kept } from './measure.ts';

export interface Inside {
  readonly name: string;
  readonly most?: number;
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** A line for sh, before each run and outside the clock, with the same environment. */
  readonly prepare?: string;
  /**
   * Milliseconds from start to end; or how many processes and threads there were in between; or what the
   * command prints on descriptor 3.
   */
  readonly value: 'time' | 'processes' | 'printed';
}

export interface Asked {
  readonly rounds: number;
  readonly subjects: readonly Inside[];
}

const { rounds, subjects } = JSON.parse(readFileSync(0, 'utf8')) as Asked;
const values = subjects.map((): number[] => []);
for (let round = 0; round <= rounds; round++) {
  for (const [index, subject] of subjects.entries()) {
    const value = once(subject);
    // The first round fills the file system's cache.
    if (round > 0) values[index]?.push(kept(value));
  }
}
console.log(JSON.stringify(values));

function once({ command: [program, ...args], env = {}, prepare, value }: Inside): number {
  if (prepare !== undefined) start('sh', ['-c', prepare], env);
  if (value === 'processes') {
    // The container is alone in its namespace, so the numbers of processes tell how many there were.
    const before = lastProcess();
    start(program, args, env);
    return lastProcess() - before - 1;
  }
  const began = performance.now();
  const { output } = start(program, args, env);
  const time = performance.now() - began;
  return value === 'printed' ? Number(output[3]) : time;
}

function lastProcess(): number {
  return start('true', [], {}).pid;
}

function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): SpawnSyncReturns<string> {
  const ended = spawnSync(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (ended.status === 0) return ended;
  throw new Error(`${program} ${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
}
