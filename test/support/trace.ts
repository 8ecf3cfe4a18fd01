// Runs a program under strace, which can end it or fail it at one chosen system call.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import type { RecordedOptions } from '../../src/options.ts';
import { cliNode } from './cli-release.ts';
import { attempt } from './command.ts';
import { type Ended, temporaryFolder } from './program.ts';
import { useProgram } from './rig.ts';

/** By its path, because the PATH is for what it traces. */
const strace = '/usr/bin/strace';

/** One system call of a program's main thread on a file. */
export interface Call {
  /** Its name, such as `rename`. */
  readonly name: string;
  /** Which one of that name it is, counted from 1. */
  readonly nth: number;
  /** As strace prints it. */
  readonly line: string;
}

/** Calls that change files, on any processor: strace ignores the names that it does not know here. */
const changing = [
  ...['openat', 'write', 'fsync', 'fchmod', 'fchown', 'close'],
  ...['?open', '?pwrite64', '?rename', '?renameat', '?renameat2', '?unlink', '?unlinkat', '?rmdir'],
  ...['?mkdir', '?mkdirat', '?chown', '?fchownat', '?chmod', '?fchmodat'],
].join(',');

type Environment = Readonly<Record<string, string>>;

/** A rig whose program runs in the CLI's own Node, and can be run by another program, such as strace. */
export function useTraced(recorded: RecordedOptions = {}) {
  const rig = useProgram(recorded, { node: cliNode });
  let node: string;
  before(async () => {
    node = await cliNode();
  });
  return Object.assign(rig, {
    /** The words of a command line. */
    command: (args: readonly string[] = []) => [node, rig.program.file, ...args],
    /** The whole environment of the program. */
    environment: (home: string, secret: string) => ({
      // Without git: a program that is started makes further calls of its own, now more and now fewer.
      PATH: '/nowhere',
      HOME: home,
      HEROKU_HOST: rig.heroku.url,
      HEROKU_API_KEY: secret,
    }),
  });
}

/** Runs `command` undisturbed and returns its calls on files below `folder`, in their order. */
export async function callsBelow(
  folder: string,
  command: readonly string[],
  env: Environment,
): Promise<Call[]> {
  const log = join(temporaryFolder(), 'trace');
  const traced = ['-f', '-y', '-e', 'signal=none', '-e', `trace=${changing}`, '-o', log];
  const { code, output } = await attempt(strace, [...traced, ...command], { env: { ...env } });
  if (code !== 0) throw new Error(`strace or what it ran ended with ${code}:\n${output}`);
  const lines = readFileSync(log, 'utf8').split('\n');
  // The first line is of the main thread, which is the one that all of our calls on files are of.
  const [main] = lines[0]?.split(' ') ?? [];
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of lines) {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (name === undefined || thread !== main) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    if (line.includes(`"${folder}`) || line.includes(`<${folder}`)) calls.push({ name, nth, line });
  }
  return calls;
}

/**
 * Ends all of them, for Node waits for ever if it is the pipe of a program it starts that another call of that name
 * does not close. A run takes a second.
 */
const limit = ['-s', 'KILL', '20', strace];

/**
 * Runs `command` and, right before it makes `call`, kills it (`signal=KILL`) or lets the call fail
 * (`error=EIO`) without being made. Code -1 if it was killed.
 *
 * Calls are counted by their name, and now and then the network makes one come earlier or later: a run that
 * was over before the kill, or in which another call failed, is repeated.
 *
 * @param again restores what a run changed; without it there is no second run.
 */
export async function runDisturbed(
  call: Call,
  how: 'signal=KILL' | `error=${string}`,
  command: readonly string[],
  env: Environment,
  again?: () => void,
): Promise<Ended> {
  const { name, nth } = call;
  const chosen = ['-e', `trace=${name}`, '-e', `inject=${name}:${how}:when=${nth}`];
  const rounds = again ? 10 : 1;
  for (let round = 0; round < rounds; round++) {
    if (round > 0) again?.();
    const log = join(temporaryFolder(), 'trace');
    const args = ['-f', '-y', '-e', 'signal=none', ...chosen, '-o', log, ...command];
    const { code, stdout, stderr } = await attempt('/usr/bin/timeout', [...limit, ...args], {
      env,
    });
    if (how === 'signal=KILL') {
      if (code === -1) return { code, stdout, stderr };
      continue;
    }
    const injected = readFileSync(log, 'utf8')
      .split('\n')
      .find((line) => line.includes('(INJECTED)'));
    if (injected && sameCall(injected, call.line)) return { code, stdout, stderr };
  }
  throw new Error(`${name} ${nth} was not reached: ${call.line}`);
}

/** Whether two lines of strace are of one call, in two homes. */
function sameCall(one: string, other: string): boolean {
  const plain = (line: string) =>
    line
      .replace(/^\d+ +/, '')
      .replace(/\) += .*$/, '')
      .replace(/\/[\w/]*\/heroku-login-test-\w+/g, '')
      .replace(/\d+/g, '');
  return plain(one).slice(0, 60) === plain(other).slice(0, 60);
}
