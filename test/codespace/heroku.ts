// The fake Heroku in a container of its own, under Heroku's names and the real port.

import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { makeCertificates, TLS_NAMES } from '../fake-heroku/certificates.ts';
import { cliRelease } from '../fake-heroku/cli-release.ts';
import type { FakeHerokuOptions, Seen, StateChange } from '../fake-heroku/fake-heroku.ts';
import { withLock } from '../fake-heroku/lock.ts';
import { cacheDir, root } from '../support/root.ts';
import { baseImage } from './base-image.ts';
import { startServer } from './docker.ts';

/**
 * Where the CLI sends usage data, with the token, traces and crash reports (docs/facts/heroku.md
 * part 7).
 */
const TELEMETRY = ['backboard.heroku.com', 'o4508609692368896.ingest.us.sentry.io'];

const CONTROL_PORT = 8080;

/** Control of a fake Heroku that runs in a container. */
export type HerokuContainer = Awaited<ReturnType<typeof startContainer>>;

/**
 * Starts one on Docker's default bridge, with the packaged CLI to download, and resolves when it answers.
 *
 * @param dir a folder for it alone; made when missing. The container is named by its last two names.
 * @param releases folder of other releases of the CLI to serve instead.
 * @returns its control, the certificate of its authority (a PEM file), and the folder of the release.
 */
export async function startHeroku(dir: string, releases?: string) {
  const release = await cliRelease();
  const { ca, cert, key } = await authority();
  await mkdir(dir, { recursive: true });
  await build({
    entryPoints: [join(root, 'test/fake-heroku/main.ts')],
    outfile: join(dir, 'fake-heroku.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
  const inContainer: FakeHerokuOptions = {
    dir: '/fake/repositories',
    releases: '/releases',
    address: '0.0.0.0',
    port: CONTROL_PORT,
    tlsPort: 443,
    tls: { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') },
  };
  await writeFile(join(dir, 'options.json'), JSON.stringify(inContainer), { mode: 0o600 });
  const heroku = await startContainer(dir, [
    ...['--volume', `${dir}:/fake`, '--volume', `${releases ?? release.dir}:/releases:ro`],
    // The image has git; Node comes with the release.
    ...['--volume', `${join(release.tree, 'bin/node')}:/usr/local/bin/node:ro`],
    ...[await baseImage(), 'node', '/fake/fake-heroku.cjs', '/fake/options.json'],
  ]);
  return { heroku, ca, release: release.dir };
}

/**
 * The private authority's certificate and a server's, kept in `.cache` until two days before they expire,
 * since the first is in a layer of every image.
 *
 * @returns paths of PEM files, as makeCertificates().
 */
async function authority(): Promise<ReturnType<typeof makeCertificates>> {
  const names = createHash('sha256').update(TLS_NAMES.join()).digest('hex').slice(0, 12);
  const dir = join(cacheDir, `certificates-${names}`);
  const [ca, cert, key] = [join(dir, 'ca.crt'), join(dir, 'server.crt'), join(dir, 'server.key')];
  await withLock(join(cacheDir, 'certificates.lock'), async () => {
    const until = existsSync(cert) ? new X509Certificate(await readFile(cert)).validTo : 0;
    if (new Date(until).getTime() > Date.now() + 2 * 24 * 60 * 60 * 1000) return;
    await rm(dir, { recursive: true, force: true });
    makeCertificates(`${dir}.draft`);
    await rename(`${dir}.draft`, dir);
  });
  return { ca, cert, key };
}

async function startContainer(dir: string, args: string[]) {
  const name = `${basename(dirname(dir))}-${basename(dir)}`.toLowerCase();
  const seen = '/_control/seen';
  const server = await startServer({ name, port: CONTROL_PORT, hostPort: 0, path: seen, args });
  const { address, url, ask, close } = server;
  return {
    /** As other containers on Docker's default bridge reach it. */
    address,
    /** Its plain address, as this machine reaches it. */
    url,
    /** Options of `docker run` and `docker build` under which Heroku's names lead to it. */
    addHosts: [
      ...TLS_NAMES.slice(0, -1).map((host) => `--add-host=${host}:${address}`),
      // Refused at once, inside the container: nothing of a test reaches the real service, and the
      // CLI's processes do not wait for it if there is no network.
      ...TELEMETRY.map((host) => `--add-host=${host}:127.0.0.1`),
    ],
    /** Replaces the members that are given; the others stay. */
    set: (state: StateChange) => ask('PUT', '/_control/state', JSON.stringify(state)),
    /** Every request so far, oldest first. */
    seen: async () => JSON.parse(await ask('GET', seen)) as Seen[],
    clearSeen: () => ask('DELETE', seen),
    /** Whether it accepts a token, asked as the CLI does. */
    accepts: async (token: string) => {
      const accept = 'application/vnd.heroku+json; version=3';
      const headers = { accept, authorization: `Bearer ${token}` };
      return (await fetch(`${url}/account`, { headers })).status === 200;
    },
    close,
  };
}
