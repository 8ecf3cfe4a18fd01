// What the parts of the benchmark share: containers of the simulator's base image, with the staged Feature at
// /feature and this folder at /bench.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { baseImage } from '../../test/codespace/base-image.ts';
import type { CliRelease } from '../../test/fake-heroku/cli-release.ts';
import type { FakeHeroku } from '../../test/fake-heroku/fake-heroku.ts';
import { run } from '../../test/support/command.ts';
import type { Program } from './inside.ts';
import { type Figure, inTurn } from './measure.ts';

const staged = join(dirname(dirname(import.meta.dirname)), 'dist/src/heroku-cli');

export interface Bench {
  readonly heroku: FakeHeroku;
  /** What its server has for `curl`. */
  readonly release: CliRelease;
  /** Installs the staged Feature in a container: a line for sh. */
  readonly install: string;
  readonly say: (line: string) => void;
}

/** The Node of the installed CLI. */
export const node = '/usr/local/lib/heroku/bin/node';

export interface Container {
  readonly id: string;
  /** Runs a line for sh as root and returns what it prints. */
  sh(line: string): Promise<string>;
}

/** Makes a container for as long as `use` takes. */
export async function inContainer<T>(use: (container: Container) => Promise<T>): Promise<T> {
  const started = await run('docker', [
    ...['run', '--detach', '--init', '--network', 'host'],
    ...['--volume', `${staged}:/feature:ro`, '--volume', `${import.meta.dirname}:/bench:ro`],
    ...[await baseImage(), 'sleep', 'infinity'],
  ]);
  const id = started.trim();
  try {
    return await use({ id, sh: (line) => run('docker', ['exec', id, 'sh', '-c', line]) });
  } finally {
    await run('docker', ['rm', '--force', '--volumes', id]);
  }
}

/** Measures programs inside a container as inside.ts describes, one of each in turn. */
export async function measure(
  { id }: Container,
  rounds: number,
  programs: readonly (Program & Omit<Figure, 'values'>)[],
): Promise<Figure[]> {
  const args = ['exec', '--interactive', id, node, '--no-warnings', '/bench/inside.ts'];
  const inside = spawn('docker', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface(inside.stdout)[Symbol.asyncIterator]();
  const subjects = programs.map(({ name, most, ...program }) => ({
    name,
    ...(most !== undefined && { most }),
    once: async () => {
      inside.stdin.write(`${JSON.stringify(program)}\n`);
      const answer = await answers.next();
      if (answer.done) throw new Error(`${name} could not be measured`);
      return Number(answer.value);
    },
  }));
  const figures = await inTurn(rounds, subjects);
  inside.stdin.end();
  return figures;
}
