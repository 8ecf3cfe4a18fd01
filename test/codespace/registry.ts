// A real OCI registry on this machine, and the publishing of the Feature to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { hasCommand, run } from '../support/command.ts';
import { startProxy } from '../support/proxy.ts';
import { runDevcontainer } from './devcontainer-cli.ts';

export interface Registry {
  /** `localhost:PORT`: the only host name for which the dev container CLI uses plain HTTP. */
  readonly host: string;
  close(): Promise<unknown>;
}

/**
 * Starts an empty registry on this machine.
 *
 * @param dir folder for its configuration and content; made when missing.
 * @param port the one to use if it is free; default any free port.
 */
export async function startRegistry(dir: string, port = 0): Promise<Registry> {
  await mkdir(dir, { recursive: true });
  const start = (await hasCommand('docker-registry')) ? startProgram : startContainer;
  if (port === 0) return start(dir, 0);
  return start(dir, port).catch(() => start(dir, 0));
}

async function startProgram(dir: string, wanted: number): Promise<Registry> {
  const config = join(dir, 'config.yml');
  const text = `version: 0.1
log: { level: info }
storage: { filesystem: { rootdirectory: ${JSON.stringify(join(dir, 'content'))} } }
http: { addr: "localhost:${wanted}" }
`;
  await writeFile(config, text);
  const args = ['serve', config];
  const child = spawn('docker-registry', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  // Asked for now: after a Ctrl-C it may have ended before it is closed.
  const ended = new Promise((resolve) => child.once('close', resolve));
  const close = () => {
    child.kill();
    return ended;
  };
  return { host: `localhost:${await listeningPort(child)}`, close };
}

/** The registry chooses the port and tells it in its log. */
function listeningPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // Kept flowing for the registry's whole life: a full pipe would stop it.
      if (log.length < 100_000) log += text;
      const port = /listening on [^ ]*:(\d+)/.exec(log)?.[1];
      if (port !== undefined) resolve(port);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`docker-registry ended:\n${log}`)));
  });
}

async function startContainer(_dir: string, wanted: number): Promise<Registry> {
  const publish = `127.0.0.1:${wanted === 0 ? '' : wanted}:5000`;
  const start = ['run', '--detach', '--rm', '--publish', publish, 'registry:2'];
  const id = (await run('docker', start)).trim();
  const mapped = await run('docker', ['port', id, '5000/tcp']);
  const host = `localhost:${mapped.trim().split(':').at(-1)}`;
  for (let attempts = 0; attempts < 50; attempts++) {
    if (await fetch(`http://${host}/v2/`).catch(() => undefined)) break;
    await sleep(100);
  }
  return { host, close: () => run('docker', ['stop', '--time', '1', id]) };
}

/**
 * Publishes a staged collection of Features or templates as its maintainers do.
 *
 * @param folder `dist/src`, or `templates`.
 * @param temporary folder for the CLI's own files.
 * @returns where in the registry its members are: their references are this, `/` and their name.
 */
export async function publish(
  kind: 'features' | 'templates',
  folder: string,
  { host }: Pick<Registry, 'host'>,
  temporary: string,
): Promise<string> {
  // Not one namespace for both: each run overwrites the namespace's list of what is in it.
  const namespace = kind === 'features' ? 'heroku/feature' : 'heroku/feature/templates';
  await runDevcontainer([kind, 'publish', folder, '-r', host, '-n', namespace], temporary);
  return `${host}/${namespace}`;
}

/** The registry of the Features in the `installsAfter` of ours. */
const PUBLIC_HOST = 'ghcr.io';

/**
 * Answers as the public registry for the Features in the `installsAfter` of a staged Feature: the dev container
 * CLI asks for each of them whether or not anybody uses them, and fails without an answer
 * (docs/facts/devcontainers.md part 5). Here they do nothing.
 *
 * @param dir folder for it alone; made when missing.
 * @returns the variables under which the dev container CLI finds it, and how to end it.
 */
export async function answerAsPublic(
  { host }: Pick<Registry, 'host'>,
  { dir, feature }: { readonly dir: string; readonly feature: string },
) {
  const metadata = await readFile(join(feature, 'devcontainer-feature.json'), 'utf8');
  const { installsAfter } = JSON.parse(metadata) as { installsAfter: string[] };
  for (const reference of installsAfter) {
    const id = basename(reference);
    const folder = join(dir, 'src', id);
    await mkdir(folder, { recursive: true });
    const empty = { id, version: '99.0.0', name: id };
    await writeFile(join(folder, 'devcontainer-feature.json'), JSON.stringify(empty));
    await writeFile(join(folder, 'install.sh'), '#!/bin/sh\n', { mode: 0o755 });
  }
  const args = ['-r', host, '-n', 'devcontainers/features'];
  await runDevcontainer(['features', 'publish', join(dir, 'src'), ...args], dir);
  const { ca, cert, key } = makeCertificates(join(dir, 'certificates'), [PUBLIC_HOST]);
  const port = Number(host.split(':')[1]);
  const keys = { cert: await readFile(cert), key: await readFile(key) };
  const server = createServer(keys, (socket) => {
    const upstream = connect(port, 'localhost');
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
