// Looks for a secret in the places where other people or programs could find it.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { attempt, run } from '../support/command.ts';

/**
 * Part of every token of the codespace simulator: a layer that Docker's cache holds was built in another
 * test or run, and if anything left a token in it, then that one's.
 */
export const MARK = 'aTokenOfTheSimulator';

/** A token as Heroku makes them, which no real account has; new shells tell two apart by their ends. */
export function simulatorToken(name: string): string {
  return `HRKU-AA${MARK}${name.padStart(58 - MARK.length, '0')}`;
}

/** The secret as it is, and in the encoding in which it travels in files and headers. */
function forms(secret: string): string[] {
  // Where base64 starts inside a longer text, three alignments are possible; the inner part of each
  // is the same whatever stands around it.
  const aligned = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + secret).toString('base64');
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
  return [secret, ...aligned];
}

/** Whether a text holds the secret, plain or in base64. */
export function holds(text: string, secret: string): boolean {
  return forms(secret).some((form) => text.includes(form));
}

/**
 * Where the container's image and configuration hold each of the texts: history, labels, environment
 * and arguments of both.
 *
 * @returns for each text its places; empty if there are none.
 */
export async function searchDescriptions(
  container: string,
  texts: readonly string[],
): Promise<string[][]> {
  const image = await imageOf(container);
  const described: [string, string][] = [
    ['container', await run('docker', ['inspect', container])],
    ['image', await run('docker', ['inspect', image])],
    ['history', await run('docker', ['history', '--no-trunc', image])],
  ];
  return texts.map((text) =>
    described.filter(([, content]) => holds(content, text)).map(([name]) => name),
  );
}

/** Which layers hold each of the texts in a file. A layer that several images share is read once. */
export async function searchLayers(
  images: readonly string[],
  texts: readonly string[],
): Promise<string[][]> {
  const dir = await mkdtemp(join(tmpdir(), 'heroku-layers-'));
  try {
    await run('docker', ['save', '--output', join(dir, 'image.tar'), ...images]);
    await run('tar', ['--extract', '--file', join(dir, 'image.tar'), '--directory', dir]);
    await rm(join(dir, 'image.tar'));
    // Layers are tar archives without compression in what `docker save` writes: grep sees their files.
    // Patterns on standard input: a secret is in no process's arguments. One pass for all of them.
    const options = ['--recursive', '--text', '--only-matching', '--null', '--fixed-strings'];
    const { code, stdout, output } = await attempt('grep', [...options, '--file=-', dir], {
      input: `${texts.flatMap(forms).join('\n')}\n`,
      env: { ...process.env, LC_ALL: 'C' },
    });
    if (code > 1) throw new Error(`grep could not search the layers: ${output}`);
    const found = [...new Set(stdout.split('\n'))].map((line) => line.split('\0'));
    return texts.map((text) => {
      const files = found.filter(([, match]) => match !== undefined && forms(text).includes(match));
      return [...new Set(files.map(([file = '']) => `layer ${relative(dir, file)}`))];
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** The id of the image that a container was made from. */
export async function imageOf(container: string): Promise<string> {
  return (await run('docker', ['inspect', '--format', '{{.Image}}', container])).trim();
}

/** Files below `paths` in the container that hold the secret. */
export async function leaksInFiles(
  container: string,
  secret: string,
  paths: readonly string[],
): Promise<string[]> {
  const search = ['grep', '-rIlsF', '-f', '-', ...paths];
  const { code, stdout, output } = await attempt(
    'docker',
    ['exec', '--interactive', '--user', 'root', container, ...search],
    { input: `${secret}\n` },
  );
  // grep says 2 for a single file that vanished meanwhile; what docker itself says is above that.
  if (code > 2) throw new Error(`grep could not search the container: ${output}`);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Watches the arguments of every process in containers of this machine. */
export class ArgumentWatch {
  /** The different command lines so far, arguments separated by zero bytes, after their container's id. */
  readonly seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  /** Of this process: it may be in a container itself. */
  readonly #own = readFileSync('/proc/self/cgroup', 'utf8');

  /** Looks every 20 ms, long before a Node program has started up. */
  constructor() {
    this.#timer = setInterval(() => this.#look(), 20);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const id of readdirSync('/proc')) {
      if (!/^\d+$/.test(id)) continue;
      try {
        const line = readFileSync(`/proc/${id}/cmdline`, 'utf8');
        if (line === '') continue;
        // The dev container CLI itself hands secrets to `docker exec` on the host as arguments
        // (docs/facts/devcontainers.md part 1): only what runs inside a container counts.
        const group = readFileSync(`/proc/${id}/cgroup`, 'utf8');
        const [, container] = /\bdocker[/-]([0-9a-f]{64})/.exec(group) ?? [];
        if (group !== this.#own && container) this.seen.add(`${container} ${line}`);
      } catch {
        // It ended between the listing and the reading.
      }
    }
  }
}
