// The image that a simulated codespace is made from: Debian 12 with what a user's dev container has.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from '../support/command.ts';
import { canMakeImages, debianImage, type Recipe } from './debian-image.ts';
import { LABEL, withBuildLock } from './devcontainer-cli.ts';

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
const ENGINE_SCRIPT = `#!/bin/sh
rm -f /run/docker.pid /run/docker/containerd/containerd.pid
dockerd --storage-driver vfs --iptables=false --bridge none >/var/log/dockerd.log 2>&1 &
`;
// Not `privileged`, as the Feature has it: that takes every capability, and the machine that the tests run
// on may be a container that lacks one.
const ENGINE_METADATA = {
  capAdd: ['SYS_ADMIN', 'NET_ADMIN'],
  securityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
  entrypoint: ENGINE,
};

/** Public image with the same user and programs, for machines that cannot make one. */
const PUBLIC_IMAGE = 'mcr.microsoft.com/devcontainers/base:bookworm';

/** Where {@link simulatorImage} keeps the certificate of the private authority. */
export const CA_FILE = '/usr/local/share/ca-certificates/fake-heroku.crt';

/**
 * A Debian 12 image with ca-certificates, curl, git, procps, sudo, bash and the user `vscode` (uid
 * 1000, sudo without a password). Made with mmdebstrap in about 20 s, then kept in `.cache`; pulled if
 * mmdebstrap cannot run.
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

const NAME = 'heroku-feature/simulator';

/** What an image for codespaces needs to know of the fake Heroku. */
export interface Trust {
  /** Path of the certificate of its authority, PEM. */
  readonly ca: string;
  /** Address of the server of the CLI's downloads, as containers reach it. */
  readonly downloads: string;
}

/**
 * The image that dev containers start from: {@link baseImage}, which names its user in a label, as public
 * images do. With a fake Heroku it also trusts the private authority, system-wide, as curl and git read
 * it, and for Node programs; and curl finds the CLI's downloads by a setting, since a configuration that
 * names an image cannot pass hosts to the build that installs Features (docs/facts/devcontainers.md part 5).
 *
 * The same arguments give the same image, so the layers that were built on it are found again; those
 * that were built with another `key` are removed.
 *
 * @param trust null for the real Heroku.
 * @param key stands for all that an installation of the Feature depends on.
 * @param variant `engine` for one with a Docker Engine of its own, `small` and `releases` for other releases of the CLI.
 * @returns the image's name; {@link removeSimulatorImages} takes it away.
 */
export async function simulatorImage(
  trust: Trust | null,
  key: string,
  variant?: 'engine' | 'small' | 'releases',
): Promise<string> {
  const engine = variant === 'engine';
  const metadata = [...(engine ? [ENGINE_METADATA] : []), { remoteUser: 'vscode' }];
  const curl = `resolve = "cli-assets.heroku.com:443:${trust?.downloads}"`;
  const lines = [
    `FROM ${engine ? await dockerImage() : await baseImage()}`,
    ...(engine ? [`COPY engine.sh ${ENGINE}`] : []),
    ...(trust ? [`COPY ca.crt ${CA_FILE}`, 'RUN update-ca-certificates'] : []),
    ...(trust ? [`ENV NODE_EXTRA_CA_CERTS=${CA_FILE}`, `RUN echo '${curl}' >/root/.curlrc`] : []),
    `LABEL devcontainer.metadata='${JSON.stringify(metadata)}' ${LABEL}=${key}`,
  ];
  const image = `${NAME}${variant ? `-${variant}` : ''}:${key}`;
  const context = await mkdtemp(join(tmpdir(), 'heroku-simulator-image-'));
  try {
    await writeFile(join(context, 'engine.sh'), ENGINE_SCRIPT, { mode: 0o755 });
    if (trust) await copyFile(trust.ca, join(context, 'ca.crt'));
    await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    await withBuildLock(async () => {
      await run('docker', ['build', '--tag', image, context]);
      const old = ['--filter', `label=${LABEL}`, '--filter', `label!=${LABEL}=${key}`];
      await run('docker', ['image', 'prune', '--force', ...old]);
    });
    return image;
  } finally {
    await rm(context, { recursive: true });
  }
}

/** Takes away the names of all that {@link simulatorImage} made with a key; the layers stay. */
export async function removeSimulatorImages(key: string): Promise<void> {
  const names = ['', '-engine', '-small', '-releases'].map((variant) => `${NAME}${variant}:${key}`);
  await attempt('docker', ['rmi', '--no-prune', ...names]);
}
