// A real OCI registry on this machine, and the publishing of the Feature to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCommand, run } from '../support/command.ts';
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
