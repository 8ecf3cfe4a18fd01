// Images made on this machine from Debian's packages: no registry of images is needed for the tests.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withLock } from '../fake-heroku/lock.ts';
import { attempt, hasCommand, run } from '../support/command.ts';
import { cacheDir } from '../support/root.ts';

/** What mmdebstrap(1) is to make. */
export interface Recipe {
  /** Debian's release, such as `bookworm`. */
  readonly suite: string;
  readonly variant: 'minbase' | 'extract';
  readonly include: readonly string[];
  /** Shell commands that finish it, each with the new system's root as `$1`. */
  readonly steps: readonly string[];
}

/** Whether images can be made here: mmdebstrap makes device nodes and mounts, which only root can. */
export async function canMakeImages(): Promise<boolean> {
  return process.getuid?.() === 0 && (await hasCommand('mmdebstrap'));
}

/**
 * Makes the image `heroku-feature/<name>:<hash of the recipe>` in 3 to 20 s, and finds it afterwards: in
 * the engine, or as a file in `.cache`.
 *
 * @returns the image's name.
 */
export async function debianImage(name: string, recipe: Recipe): Promise<string> {
  const image = imageName(name, JSON.stringify(recipe));
  if (await imageExists(image)) return image;
  const tar = join(cacheDir, `${basename(image).replace(':', '-')}.tar`);
  // An imported file system has none of the settings that a base image from a registry brings.
  const settings = [
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'ENV LANG=C.UTF-8',
    'CMD ["sh"]',
  ].flatMap((line) => ['--change', line]);
  await mkdir(cacheDir, { recursive: true });
  await withLock(join(cacheDir, `${name}.lock`), async () => {
    // Another test may have made it while this one waited.
    if (!existsSync(tar)) await makeTar(recipe, tar);
    if (!(await imageExists(image))) await run('docker', ['import', ...settings, tar, image]);
  });
  return image;
}

/** The name of an image that is made from a text alone. */
export function imageName(name: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `heroku-feature/${name}:${hash}`;
}

/** Whether the engine has it. */
export async function imageExists(image: string): Promise<boolean> {
  return (await attempt('docker', ['image', 'inspect', image])).code === 0;
}

async function makeTar(recipe: Recipe, tar: string): Promise<void> {
  // If packages are only unpacked and not set up, mmdebstrap runs this kind of hook alone.
  const hook = recipe.variant === 'extract' ? '--extract-hook' : '--customize-hook';
  // Renamed when complete: an interrupted run leaves nothing that looks like an image.
  await run('mmdebstrap', [
    `--variant=${recipe.variant}`,
    ...recipe.include.map((name) => `--include=${name}`),
    ...recipe.steps.map((step) => `${hook}=${step}`),
    ...['--format=tar', recipe.suite, `${tar}.draft`],
  ]);
  await rename(`${tar}.draft`, tar);
}
