// Runs inside a container, on the Node of the installed CLI, which reads TypeScript, and measures programs as they
// are started there: it gets a program as JSON on each line of its input, and answers with a number. No docker
// command stands between the clock and what is measured.
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Program {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** A line for sh, before each run and outside the clock, with the same environment. */
  readonly prepare?: string;
  /**
   * Milliseconds from start to end, by default; or how many processes and threads there were in between; or
   * what the command prints on descriptor 3.
   */
  readonly value?: 'time' | 'processes' | 'printed';
}

for await (const line of createInterface(process.stdin)) console.log(measure(JSON.parse(line)));

function measure({ command, env = {}, prepare, value = 'time' }: Program): number {
  if (prepare !== undefined) start(['sh', '-c', prepare], env);
  // The container is alone in its namespace, so the numbers of processes tell how many there were.
  const before = value === 'processes' ? start(['true']).pid : 0;
  const began = performance.now();
  const { output } = start(command, env);
  const time = performance.now() - began;
  if (value === 'processes') return start(['true']).pid - before - 1;
  return value === 'printed' ? Number(output[3]) : time;
}

function start([program, ...args]: Program['command'], env: Program['env'] = {}) {
  const ended = spawnSync(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (ended.status === 0) return ended;
  throw new Error(`${program} ${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
}
