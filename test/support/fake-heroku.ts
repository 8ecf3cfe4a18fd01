// A fake Heroku of a test's own, and requests to it as a program sends them.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { temporaryFolder } from './program.ts';
import { dev, headersWith, send, token } from './rig.ts';

/** What registries and git send. */
export const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

export type TlsHeroku = Awaited<ReturnType<typeof startTlsHeroku>>;

/**
 * Starts one with a TLS listener.
 *
 * @param releases folder laid out as cli-assets.heroku.com is.
 */
export async function startTlsHeroku(releases?: string) {
  /** Folder that nothing else uses; the git repositories are in `git`, the downloads in `releases`. */
  const dir = temporaryFolder();
  /** Paths of PEM files, for Heroku's names. */
  const certificates = makeCertificates(join(dir, 'tls'));
  const heroku = await startFakeHeroku({
    dir: join(dir, 'git'),
    releases: releases ?? join(dir, 'releases'),
    tls: {
      cert: readFileSync(certificates.cert, 'utf8'),
      key: readFileSync(certificates.key, 'utf8'),
    },
  });
  return { ...heroku, dir, certificates };
}

type Request = RequestInit & { token?: string };

/** One for the tests of the file. Before each test it knows {@link dev} and has no faults. */
export function useFakeHeroku() {
  // Filled before the tests.
  const heroku = {} as TlsHeroku;
  before(async () => {
    Object.assign(heroku, await startTlsHeroku());
  });
  after(() => heroku.close());
  beforeEach(() => {
    heroku.set({ accounts: [dev], faults: [], settings: {} });
    heroku.clearSeen();
  });
  /** Sends a request as the program does. */
  const call = (method: string, path: string, { token: by = token, ...more }: Request = {}) =>
    send(heroku.url + path, by, { method, ...more });
  const get = (path: string, more?: Request) => call('GET', path, more);
  return Object.assign(heroku, { call, get });
}

/** The status of an answer over TLS, for a path that is sent as it is. */
export async function tlsStatus(
  { tlsPort, certificates }: TlsHeroku,
  path: string,
  servername = 'api.heroku.com',
): Promise<number | undefined> {
  const ca = readFileSync(certificates.ca);
  const address = { host: '127.0.0.1', port: tlsPort, servername, path };
  const request = httpsGet({ ...address, ca, headers: headersWith(token), agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
