// Child processes for the release builder.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Runs a program to its end and returns its stdout; a failure's message holds its stderr. */
export async function run(program: string, args: string[], cwd?: string): Promise<string> {
  const { stdout } = await exec(program, args, { ...(cwd && { cwd }), maxBuffer: 64_000_000 });
  return stdout;
}

/**
 * Waits for, and holds, a lock between processes; the returned function gives it back. The kernel
 * keeps it (flock(1)), so it also ends with this process, however that ends.
 */
export async function holdLock(file: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const held = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    ended.then(() => false),
  ]);
  if (!held) throw new Error(`flock could not lock ${file}`);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
