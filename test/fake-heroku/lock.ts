// A lock between processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Does something while it holds a lock between processes, for which it waits. The kernel keeps it (flock(1)), so it
 * also ends with this process, however that ends.
 */
export async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const [said] = await Promise.race([once(holder.stdout, 'data'), ended]);
  if (!Buffer.isBuffer(said)) throw new Error(`flock could not lock ${file}`);
  try {
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
