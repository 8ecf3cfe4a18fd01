// Runs other programs with argument lists, never through a shell of ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Options {
  /** The whole environment; default this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Standard input; default empty. */
  readonly input?: string;
  /** Gets the output piece by piece, both streams, while the program runs. */
  readonly onOutput?: (text: string) => void;
  /** Milliseconds after which the program is killed; default 10 minutes. */
  readonly timeout?: number;
}

export interface Ended {
  /** Exit code; -1 if a signal ended the program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Result extends Ended {
  /** Both streams in the order of arrival. */
  readonly output: string;
}

/** Runs a program to its end, whatever its exit code is. Throws only if it cannot be started. */
export async function attempt(
  program: string,
  args: readonly string[],
  { env = process.env, cwd, input = '', onOutput, timeout = 600_000 }: Options = {},
): Promise<Result> {
  const child = spawn(program, args, { env, cwd });
  // Not spawn's own limit: its timer would outlive a program that cannot be started.
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const kept = { stdout: '', stderr: '', output: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      kept[name] += text;
      kept.output += text;
      onOutput?.(text);
    });
  }
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {}).end(input);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, ...kept };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a program that must succeed and returns its standard output. The error holds its output. */
export async function run(
  program: string,
  args: readonly string[],
  options: Options = {},
): Promise<string> {
  const { code, stdout, output } = await attempt(program, args, options);
  if (code === 0) return stdout;
  throw new Error(
    `${program} ${args.slice(0, 3).join(' ')} ended with ${code}:\n${output.slice(-4000)}`,
  );
}

/** Whether a program of that name is in the PATH. */
export async function hasCommand(name: string): Promise<boolean> {
  return (await attempt('/bin/sh', ['-c', 'command -v "$1"', 'sh', name])).code === 0;
}
