// Heroku's stand-in in a container of its own, under Heroku's names and the real port.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import type { CliRelease } from '../fake-heroku/cli-release.ts';
import type { FakeHerokuOptions, Seen, StateChange } from '../fake-heroku/fake-heroku.ts';
import { attempt, run } from '../support/command.ts';
import { root } from '../support/root.ts';

/**
 * The CLI asks particleboard for the account, too, with the token; where the connection is refused it
 * tries for 7 s (docs/facts/heroku.md part 7).
 */
const NAMES = [
  'api.heroku.com',
  'git.heroku.com',
  'cli-assets.heroku.com',
  'registry.heroku.com',
  'particleboard.heroku.com',
];

/**
 * Where the CLI sends usage data, with the token, traces and crash reports (docs/facts/heroku.md
 * part 7).
 */
const TELEMETRY = ['backboard.heroku.com', 'o4508609692368896.ingest.us.sentry.io'];

const CONTROL_PORT = 8080;

/** Control of a stand-in that runs in a container. */
export interface HerokuContainer {
  /** Options of `docker run` and `docker build` under which Heroku's names lead to it. */
  readonly addHosts: readonly string[];
  /** Its plain address, as this machine reaches it: for what a test asks of Heroku itself. */
  readonly url: string;
  /** Replaces the members that are given; the others stay. */
  set(state: StateChange): Promise<void>;
  /** Every request so far, oldest first. */
  seen(): Promise<Seen[]>;
  clearSeen(): Promise<void>;
  close(): Promise<void>;
}

export interface HerokuOptions {
  /** Folder for the program, its keys and the git repositories. */
  readonly dir: string;
  /** An image with git; Node comes with the release. */
  readonly image: string;
  readonly release: CliRelease;
  /** Paths of PEM files. */
  readonly certificates: { readonly cert: string; readonly key: string };
  readonly name: string;
}

/** Starts it on Docker's default bridge; resolves when it answers. */
export async function startHeroku(options: HerokuOptions): Promise<HerokuContainer> {
  const { dir, name, release } = options;
  await mkdir(dir, { recursive: true });
  await build({
    entryPoints: [join(root, 'test/fake-heroku/main.ts')],
    outfile: join(dir, 'stand-in.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
  await writeOptions(options);
  await run('docker', [
    ...['run', '--detach', '--init', '--name', name, '--publish', `127.0.0.1::${CONTROL_PORT}`],
    ...['--volume', `${dir}:/stand-in`, '--volume', `${release.dir}:/releases:ro`],
    ...['--volume', `${join(release.tree, 'bin/node')}:/usr/local/bin/node:ro`],
    ...[options.image, 'node', '/stand-in/stand-in.cjs', '/stand-in/options.json'],
  ]);
  try {
    return await connect(name);
  } catch (error) {
    const { output } = await attempt('docker', ['logs', name]);
    await attempt('docker', ['rm', '--force', name]);
    throw new Error(`the stand-in does not answer:\n${output}`, { cause: error });
  }
}

async function writeOptions({ dir, certificates }: HerokuOptions): Promise<void> {
  const file = join(dir, 'options.json');
  const inContainer: FakeHerokuOptions = {
    dir: '/stand-in/repositories',
    releases: '/releases',
    address: '0.0.0.0',
    port: CONTROL_PORT,
    tlsPort: 443,
    tls: {
      cert: await readFile(certificates.cert, 'utf8'),
      key: await readFile(certificates.key, 'utf8'),
    },
  };
  await writeFile(file, JSON.stringify(inContainer));
  await chmod(file, 0o600);
}

async function connect(name: string): Promise<HerokuContainer> {
  const mapped = await run('docker', ['port', name, `${CONTROL_PORT}/tcp`]);
  const url = `http://${mapped.trim().split('\n')[0]}`;
  const control = `${url}/_control`;
  const address = (
    await run('docker', ['inspect', '--format', '{{.NetworkSettings.IPAddress}}', name])
  ).trim();
  for (let attempts = 0; ; attempts++) {
    try {
      await ask(`${control}/seen`);
      break;
    } catch (error) {
      if (attempts === 100) throw error;
      await sleep(100);
    }
  }
  return {
    url,
    addHosts: [
      ...NAMES.map((host) => `--add-host=${host}:${address}`),
      // Refused at once, inside the container: nothing of a test reaches the real service, and the
      // CLI's processes do not wait for it where there is no network.
      ...TELEMETRY.map((host) => `--add-host=${host}:127.0.0.1`),
    ],
    set: async (state) => {
      await ask(`${control}/state`, 'PUT', JSON.stringify(state));
    },
    seen: async () => JSON.parse(await ask(`${control}/seen`)) as Seen[],
    clearSeen: async () => {
      await ask(`${control}/seen`, 'DELETE');
    },
    close: async () => {
      await run('docker', ['rm', '--force', '--volumes', name]);
    },
  };
}

/**
 * One request on a connection of its own. Not `fetch`: its idle connections do not keep the process
 * alive, and a first request to a port that is not open yet ended the process in silence.
 */
function ask(url: string, method = 'GET', body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent: false, timeout: 10_000 }, (response) => {
      const status = response.statusCode ?? 0;
      text(response).then((answer) => {
        if (status >= 200 && status < 300) resolve(answer);
        else reject(new Error(`${method} ${url}: ${status} ${answer}`));
      }, reject);
    });
    request.once('timeout', () => request.destroy(new Error(`${method} ${url}: no answer`)));
    request.once('error', reject);
    request.end(body);
  });
}
