// A lock between processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Waits for, and holds, a lock between processes; the returned function gives it back. The kernel
 * keeps it (flock(1)), so it also ends with this process, however that ends.
 */
export async function holdLock(file: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const [said] = await Promise.race([once(holder.stdout, 'data'), ended]);
  if (!Buffer.isBuffer(said)) throw new Error(`flock could not lock ${file}`);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
