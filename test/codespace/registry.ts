// A real OCI registry on this machine, and the publishing of the Feature to it.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { basename, join } from 'node:path';
import { createServer } from 'node:tls';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { startProxy } from '../support/proxy.ts';
import { canMakeImages, debianImage, type Recipe } from './debian-image.ts';
import { runDevcontainer } from './devcontainer-cli.ts';
import { startServer } from './docker.ts';

/** What the public image has as well: a program named `registry`, which asks nobody for a password. */
const RECIPE: Recipe = {
  suite: 'bookworm',
  variant: 'extract',
  include: ['docker-registry'],
  steps: [
    'ln -s docker-registry "$1/usr/bin/registry"',
    'sed -i /^auth:/,/path:/d "$1/etc/docker/registry/config.yml"',
  ],
};

/**
 * Starts an empty registry on this machine.
 *
 * @param port the one to use if it is free; default any free port.
 * @returns its address, and how to end it.
 */
export async function startRegistry(port = 0) {
  const image = (await canMakeImages()) ? await debianImage('registry', RECIPE) : 'registry:2';
  const start = (hostPort: number) =>
    startServer({
      ...{ name: `heroku-registry-${randomUUID()}`, port: 5000, hostPort, path: '/v2/' },
      args: ['--entrypoint', 'registry', image, 'serve', '/etc/docker/registry/config.yml'],
    });
  const { url, close } = await start(port).catch(() => start(0));
  // The only host name for which the dev container CLI uses plain HTTP.
  return { host: `localhost:${new URL(url).port}`, close };
}

/**
 * Publishes a staged collection of Features or templates as its maintainers do.
 *
 * @param folder `dist/src`, or `templates`.
 * @param host the registry's.
 * @param temporary folder for the CLI's own files.
 * @returns where in the registry its members are: their references are this, `/` and their name.
 */
export async function publish(
  kind: 'features' | 'templates',
  folder: string,
  host: string,
  temporary: string,
): Promise<string> {
  // Not one namespace for both: each run overwrites the namespace's list of what is in it.
  const namespace = kind === 'features' ? 'heroku/feature' : 'heroku/feature/templates';
  await runDevcontainer([kind, 'publish', folder, '-r', host, '-n', namespace], temporary);
  return `${host}/${namespace}`;
}

/**
 * Answers as the public registry for the Features in the `installsAfter` of a staged Feature: the dev container
 * CLI asks for each of them whether or not anybody uses them, and fails without an answer
 * (docs/facts/devcontainers.md part 5). Here they do nothing.
 *
 * @param host the local registry, which they are published to, and which answers.
 * @param where a folder for this alone, and the folder of the staged Feature.
 * @returns the variables under which the dev container CLI finds it, and how to end it.
 */
export async function answerAsPublic(
  host: string,
  { dir, feature }: { readonly dir: string; readonly feature: string },
) {
  const metadata = await readFile(join(feature, 'devcontainer-feature.json'), 'utf8');
  const { installsAfter } = JSON.parse(metadata) as { installsAfter: string[] };
  for (const id of installsAfter.map((reference) => basename(reference))) {
    const folder = join(dir, 'src', id);
    await mkdir(folder, { recursive: true });
    const empty = { id, version: '99.0.0', name: id };
    await writeFile(join(folder, 'devcontainer-feature.json'), JSON.stringify(empty));
    await writeFile(join(folder, 'install.sh'), '#!/bin/sh\n', { mode: 0o755 });
  }
  const args = ['-r', host, '-n', 'devcontainers/features'];
  await runDevcontainer(['features', 'publish', join(dir, 'src'), ...args], dir);
  const { ca, cert, key } = makeCertificates(join(dir, 'certificates'), ['ghcr.io']);
  const keys = { cert: await readFile(cert), key: await readFile(key) };
  const server = createServer(keys, (socket) => {
    const upstream = connect(Number(host.split(':')[1]), 'localhost');
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    upstream.pipe(socket).pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await startProxy((server.address() as AddressInfo).port);
  return {
    variables: {
      https_proxy: proxy.url,
      no_proxy: 'localhost,127.0.0.1',
      NODE_EXTRA_CA_CERTS: ca,
    },
    close: async () => {
      await proxy.close();
      server.close();
    },
  };
}
