// The image that a replayed codespace is made from: Debian 12 with what a user's dev container has.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from '../support/command.ts';
import { canMakeImages, debianImage, type Recipe } from './debian-image.ts';

const RECIPE: Recipe = {
  suite: 'bookworm',
  variant: 'minbase',
  include: ['ca-certificates', 'curl', 'git', 'procps', 'sudo'],
  steps: [
    'chroot "$1" useradd --create-home --shell /bin/bash --uid 1000 vscode',
    'echo "vscode ALL=(root) NOPASSWD:ALL" > "$1/etc/sudoers.d/vscode"',
    'chmod 0440 "$1/etc/sudoers.d/vscode"',
  ],
};

/** Public image with the same user and programs, for machines where none can be made. */
const PUBLIC_IMAGE = 'mcr.microsoft.com/devcontainers/base:bookworm';

/** Where the replay image keeps the private authority. */
const CA_FILE = '/usr/local/share/ca-certificates/heroku-stand-in.crt';

/**
 * A Debian 12 image with ca-certificates, curl, git, procps, sudo, bash and the user `vscode` (uid
 * 1000, sudo without a password). Made with mmdebstrap in about 20 s, then kept in `.cache`; pulled
 * where mmdebstrap cannot run.
 *
 * @returns the image's name.
 */
export async function baseImage(): Promise<string> {
  if (await canMakeImages()) return debianImage('base', RECIPE);
  const image = 'heroku-feature/base:public';
  await run('docker', ['pull', PUBLIC_IMAGE]);
  await run('docker', ['tag', PUBLIC_IMAGE, image]);
  return image;
}

/** Every image made for a replay inherits this label from {@link replayImage}. */
const LABEL = 'heroku-feature.replay';

/**
 * The image that a person's Dockerfile starts from: {@link baseImage}, which here also trusts the
 * stand-in's private authority, system-wide, as curl and git read it, and for Node programs.
 *
 * @param ca path of the authority's certificate, PEM; null for the real Heroku.
 * @param replay name of the replay that it is made for.
 * @returns the image's name.
 */
export async function replayImage(ca: string | null, replay: string): Promise<string> {
  const image = `heroku-feature/replay:${replay}`;
  const context = await mkdtemp(join(tmpdir(), 'heroku-replay-image-'));
  const trust = [
    `COPY ca.crt ${CA_FILE}`,
    'RUN update-ca-certificates',
    `ENV NODE_EXTRA_CA_CERTS=${CA_FILE}`,
  ];
  const lines = [`FROM ${await baseImage()}`, `LABEL ${LABEL}=${replay}`, ...(ca ? trust : [])];
  try {
    if (ca) await copyFile(ca, join(context, 'ca.crt'));
    await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    await run('docker', ['build', '--tag', image, context]);
    return image;
  } finally {
    await rm(context, { recursive: true });
  }
}

/**
 * Removes {@link replayImage}, every image that was built on it, and the containers of these: that of
 * a step which was interrupted may still be there.
 */
export async function removeReplayImages(replay: string): Promise<void> {
  const filter = ['--filter', `label=${LABEL}=${replay}`];
  const listed = async (...args: string[]) => {
    const ids = await run('docker', [...args, '--all', '--quiet', '--no-trunc', ...filter]);
    return [...new Set(ids.split('\n').filter((id) => id !== ''))];
  };
  const containers = await listed('ps');
  // The engine may be removing one of them itself at this moment.
  if (containers.length > 0) await attempt('docker', ['rm', '--force', '--volumes', ...containers]);
  const images = await listed('images');
  if (images.length > 0) await attempt('docker', ['rmi', '--force', ...images]);
  // The dev container CLI's own; it is made anew for every build (devcontainers.md part 5).
  await attempt('docker', ['rmi', 'dev_container_feature_content_temp']);
}
