// Runs a program under strace, which can end it or fail it at one chosen system call.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedOptions } from '../../src/options.ts';
import { cliNode } from './cli-release.ts';
import { attempt, type Ended } from './command.ts';
import { temporaryFolder } from './program.ts';
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
  return Object.assign(rig, {
    /** The words of a command line. */
    command: (args: readonly string[] = []) => [rig.program.node, rig.program.file, ...args],
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

/**
 * Runs `command` under strace, which gets these arguments.
 *
 * @returns how it ended, code -1 if it was killed, and the lines of strace.
 */
async function traced(args: readonly string[], command: readonly string[], env: Environment) {
  const log = join(temporaryFolder(), 'trace');
  // Ends all of them, for Node waits for ever if it is the pipe of a program it starts that another call of that
  // name does not close. A run takes a second.
  const limit = ['-s', 'KILL', '20', strace, '-f', '-y', '-e', 'signal=none', '-o', log];
  const ended = await attempt('/usr/bin/timeout', [...limit, ...args, ...command], { env });
  return { ended, lines: readFileSync(log, 'utf8').split('\n') };
}

/** Runs `command` undisturbed and returns its calls on files below `folder`, in their order. */
export async function callsBelow(
  folder: string,
  command: readonly string[],
  env: Environment,
): Promise<Call[]> {
  const { ended, lines } = await traced(['-e', `trace=${changing}`], command, env);
  const { code, output } = ended;
  if (code !== 0) throw new Error(`strace or what it ran ended with ${code}:\n${output}`);
  // The first line is of the main thread, which is the one that all of our calls on files are of.
  const [main] = lines[0]?.split(' ') ?? [];
  const counts = new Map<string, number>();
  return lines.flatMap((line) => {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (name === undefined || thread !== main) return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return line.includes(`"${folder}`) || line.includes(`<${folder}`) ? [{ name, nth, line }] : [];
  });
}

/**
 * Runs `command` and, right before it makes `call`, kills it (`signal=KILL`) or lets the call fail
 * (`error=EIO`) without being made. Code -1 if it was killed.
 *
 * Calls are counted by their name, and now and then the network makes one come earlier or later: a run that
 * was over before the kill, or in which another call failed, is repeated.
 *
 * @param again restores what a run changed.
 */
export async function runDisturbed(
  { name, nth, line }: Call,
  how: 'signal=KILL' | `error=${string}`,
  command: readonly string[],
  env: Environment,
  again: () => void,
): Promise<Ended> {
  const chosen = ['-e', `trace=${name}`, '-e', `inject=${name}:${how}:when=${nth}`];
  for (let round = 0; round < 10; round++) {
    if (round > 0) again();
    const { ended, lines } = await traced(chosen, command, env);
    const injected = lines.find((one) => one.includes('(INJECTED)')) ?? '';
    const isReached = how === 'signal=KILL' ? ended.code === -1 : plain(injected) === plain(line);
    if (isReached) return ended;
  }
  throw new Error(`${name} ${nth} was not reached: ${line}`);
}

/** A line of strace as it is in every home. */
const plain = (line: string) =>
  line
    .replace(/^\d+ +/, '')
    .replace(/\) += .*$/, '')
    .replace(/\/[\w/]*\/heroku-login-test-\w+/g, '')
    .replace(/\d+/g, '')
    .slice(0, 60);
