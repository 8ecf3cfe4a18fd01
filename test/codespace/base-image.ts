// The image that a simulated codespace is made from: Debian 12 with what a user's dev container has.
import { readFile } from 'node:fs/promises';
import { run } from '../support/command.ts';
import { canMakeImages, debianImage, imageExists, imageName, type Recipe } from './debian-image.ts';
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
 * An engine of its own, as the docker-in-docker Feature adds one: it starts with the container, and no hook
 * waits for it. Its containers get no network, for which it would need the host's kernel modules.
 */
const ENGINE = {
  entrypoint:
    'rm -f /run/docker.pid /run/docker/containerd/containerd.pid; dockerd --storage-driver vfs --iptables=false --bridge none >/var/log/dockerd.log 2>&1 &',
  // Not `privileged`, as the Feature has it: that takes every capability, and the machine that the tests run
  // on may be a container that lacks one.
  capAdd: ['SYS_ADMIN', 'NET_ADMIN'],
  securityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
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
  await run('docker', ['pull', PUBLIC_IMAGE]);
  return PUBLIC_IMAGE;
}

/** {@link baseImage} with more of Debian's packages, made once. */
export async function baseImageWith(...packages: string[]): Promise<string> {
  const install = `apt-get install -y -qq --no-install-recommends ${packages.join(' ')}`;
  const steps = `apt-get update -qq && ${install} && rm -rf /var/lib/apt/lists/*`;
  const dockerfile = `FROM ${await baseImage()}\nRUN ${steps}\n`;
  const image = imageName('tools', dockerfile);
  if (await imageExists(image)) return image;
  await run('docker', ['build', '--network', 'host', '--tag', image, '-'], { input: dockerfile });
  return image;
}

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
 * @param engine whether it has a Docker Engine of its own.
 * @returns the image's name; removeBuilt() takes it away.
 */
export async function simulatorImage(
  trust: Trust | null,
  key: string,
  engine = false,
): Promise<string> {
  const metadata = [...(engine ? [ENGINE] : []), { remoteUser: 'vscode' }];
  const dockerfile = [
    `FROM ${engine ? await baseImageWith('docker.io') : await baseImage()}`,
    ...(engine ? ['RUN usermod --append --groups docker vscode'] : []),
    ...(trust ? await trusting(trust) : []),
    `LABEL devcontainer.metadata='${JSON.stringify(metadata)}' ${LABEL}=${key}\n`,
  ].join('\n');
  const image = imageName('simulator', dockerfile);
  await withBuildLock(async () => {
    await run('docker', ['build', '--tag', image, '-'], { input: dockerfile });
    const old = ['--filter', `label=${LABEL}`, '--filter', `label!=${LABEL}=${key}`];
    await run('docker', ['image', 'prune', '--force', ...old]);
  });
  return image;
}

/** Lines of a Dockerfile. */
async function trusting({ ca, downloads }: Trust): Promise<string[]> {
  const certificate = await readFile(ca, 'base64');
  const curl = `resolve = "cli-assets.heroku.com:443:${downloads}"`;
  return [
    `RUN echo ${certificate} | base64 --decode >${CA_FILE} && update-ca-certificates`,
    `ENV NODE_EXTRA_CA_CERTS=${CA_FILE}`,
    `RUN echo '${curl}' >/root/.curlrc`,
  ];
}
