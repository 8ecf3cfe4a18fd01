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

/**
 * With an engine of its own, as the docker-in-docker Feature adds one: it starts with the container, and
 * no hook waits for it. Its containers get no network, for which it would need the host's kernel modules.
 */
const ENGINE = '/usr/local/share/docker-init.sh';
const ENGINE_SCRIPT = [
  '#!/bin/sh',
  'rm -f /run/docker.pid /run/docker/containerd/containerd.pid',
  'dockerd --storage-driver vfs --iptables=false --bridge none >/var/log/dockerd.log 2>&1 &',
  '',
].join('\n');
// Not `privileged`, as the Feature has it: that takes every capability, and the machine that the tests run
// on may be a container that lacks one.
const ENGINE_METADATA = JSON.stringify([
  {
    capAdd: ['SYS_ADMIN', 'NET_ADMIN'],
    securityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
    entrypoint: ENGINE,
  },
]);

/** Public image with the same user and programs, for machines where none can be made. */
const PUBLIC_IMAGE = 'mcr.microsoft.com/devcontainers/base:bookworm';

/** Where the replay image keeps the private authority. */
const CA_FILE = '/usr/local/share/ca-certificates/heroku-stand-in.crt';

/**
 * A Debian 12 image with ca-certificates, curl, git, procps, sudo, bash and the user `vscode` (uid
 * 1000, sudo without a password). CreatedAuthorization with mmdebstrap in about 20 s, then kept in `.cache`; pulled
 * where mmdebstrap cannot run.
 *
 * @returns the image's name.
 */
export async function baseImage(): Promise<string> {
  if (await canMakeImages()) return debianImage('base', RECIPE);
  return publicImage();
}

/** {@link baseImage} with docker's packages, which the user may use. */
async function dockerImage(): Promise<string> {
  const mayUse = 'usermod --append --groups docker vscode';
  if (await canMakeImages()) {
    const include = [...RECIPE.include, 'docker.io'];
    const steps = [...RECIPE.steps, `chroot "$1" ${mayUse}`];
    return debianImage('docker', { ...RECIPE, include, steps });
  }
  const image = 'heroku-feature/docker:public';
  const install = 'apt-get update && apt-get install -y --no-install-recommends docker.io';
  const lines = [`FROM ${await publicImage()}`, `RUN ${install} && ${mayUse}`];
  await run('docker', ['build', '--tag', image, '-'], { input: `${lines.join('\n')}\n` });
  return image;
}

async function publicImage(): Promise<string> {
  const image = 'heroku-feature/base:public';
  await run('docker', ['pull', PUBLIC_IMAGE]);
  await run('docker', ['tag', PUBLIC_IMAGE, image]);
  return image;
}

/** Every image made for a replay inherits this label from {@link simulatorImage}. */
const LABEL = 'heroku-feature.replay';

/**
 * The image that a person's Dockerfile starts from: {@link baseImage}, which here also trusts the
 * stand-in's private authority, system-wide, as curl and git read it, and for Node programs.
 *
 * @param ca path of the authority's certificate, PEM; null for the real Heroku.
 * @param replay name of the replay that it is made for.
 * @param engine whether it has a Docker Engine of its own.
 * @returns the image's name.
 */
export async function simulatorImage(
  ca: string | null,
  simulator: string,
  engine: boolean,
): Promise<string> {
  const image = `heroku-feature/replay${engine ? '-engine' : ''}:${simulator}`;
  const context = await mkdtemp(join(tmpdir(), 'heroku-replay-image-'));
  const trust = [
    `COPY ca.crt ${CA_FILE}`,
    'RUN update-ca-certificates',
    `ENV NODE_EXTRA_CA_CERTS=${CA_FILE}`,
  ];
  const start = [`COPY engine.sh ${ENGINE}`, `LABEL devcontainer.metadata='${ENGINE_METADATA}'`];
  const lines = [
    `FROM ${engine ? await dockerImage() : await baseImage()}`,
    `LABEL ${LABEL}=${simulator}`,
    ...(ca ? trust : []),
    ...(engine ? start : []),
  ];
  try {
    await writeFile(join(context, 'engine.sh'), ENGINE_SCRIPT, { mode: 0o755 });
    if (ca) await copyFile(ca, join(context, 'ca.crt'));
    await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    await run('docker', ['build', '--tag', image, context]);
    return image;
  } finally {
    await rm(context, { recursive: true });
  }
}

/**
 * {@link simulatorImage} for configurations that name an image. These cannot pass hosts to the build that
 * installs Features (docs/facts/devcontainers.md part 5), so here curl finds the CLI's downloads at
 * the stand-in by a setting of its own.
 *
 * @param addHosts `--add-host=...`, as they lead to the stand-in.
 * @param user whom the image names as its user in its label, as public dev container images do.
 * @returns the image's name.
 */
export async function namedImage(
  image: string,
  addHosts: readonly string[],
  user?: string,
): Promise<string> {
  const address = addHosts.find((option) => option.includes('cli-assets.heroku.com'));
  const line = `resolve = "cli-assets.heroku.com:443:${address?.split(':').at(-1)}"`;
  const label = `LABEL devcontainer.metadata='${JSON.stringify([{ remoteUser: user }])}'`;
  const name = user === undefined ? `${image}-named` : `${image}-named-${user}`;
  const lines = [`FROM ${image}`, `RUN echo '${line}' >/root/.curlrc`, ...(user ? [label] : [])];
  await run('docker', ['build', '--tag', name, '-'], { input: `${lines.join('\n')}\n` });
  return name;
}

/**
 * Removes {@link simulatorImage}, every image that was built on it, and the containers of these: that of
 * a step which was interrupted may still be there.
 */
export async function removeSimulatorImages(simulator: string): Promise<void> {
  const filter = ['--filter', `label=${LABEL}=${simulator}`];
  const listed = async (...args: string[]) => {
    const ids = await run('docker', [...args, '--all', '--quiet', '--no-trunc', ...filter]);
    return [...new Set(ids.split('\n').filter((id) => id !== ''))];
  };
  const containers = await listed('ps');
  // The engine may be removing one of them itself at this moment.
  if (containers.length > 0) await attempt('docker', ['rm', '--force', '--volumes', ...containers]);
  const images = await listed('images');
  if (images.length > 0) await attempt('docker', ['rmi', '--force', ...images]);
  // The dev container CLI's own; it is made anew for every build (docs/facts/devcontainers.md part
  // 5).
  await attempt('docker', ['rmi', 'dev_container_feature_content_temp']);
}
