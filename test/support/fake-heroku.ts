// A fake Heroku of a test's own, and requests to it as a program sends them.
import { readFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { type Account, type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { temporaryFolder } from './program.ts';

export const devToken = `HRKU-AA${'a'.repeat(29)}${'1'.repeat(29)}`;
export const otherToken = `HRKU-AA${'b'.repeat(29)}${'2'.repeat(29)}`;
export const dev: Account = { email: 'dev@example.com', token: devToken, expiresIn: 2_592_000 };
const accept = 'application/vnd.heroku+json; version=3';

/** What registries and git send. */
export const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

/** One with a TLS listener. */
export interface TlsHeroku extends FakeHeroku {
  /** Folder that nothing else uses; the git repositories are in `git`, the downloads in `releases`. */
  dir: string;
  /** Paths of PEM files, for Heroku's names. */
  certificates: ReturnType<typeof makeCertificates>;
}

/** @param releases folder laid out as cli-assets.heroku.com is. */
export async function startTlsHeroku(releases?: string): Promise<TlsHeroku> {
  const dir = temporaryFolder();
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

/** A running fake Heroku, and what a program sends to it. */
export interface Fake extends TlsHeroku {
  /** Sends a request as the program does. */
  call(method: string, path: string, more?: RequestInit & { token?: string }): Promise<Response>;
  get(path: string, more?: RequestInit & { token?: string }): Promise<Response>;
}

/** One for the tests of the file. Before each test it knows {@link dev} and has no faults. */
export function useFakeHeroku(): Fake {
  const call: Fake['call'] = (method, path, { token = devToken, headers, ...more } = {}) =>
    fetch(fake.url + path, {
      method,
      headers: { Accept: accept, Authorization: `Bearer ${token}`, ...headers },
      ...more,
    });
  const fake = { call, get: (path, more) => call('GET', path, more) } as Fake;
  before(async () => {
    Object.assign(fake, await startTlsHeroku());
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.set({ accounts: [dev], faults: [], settings: {} });
    fake.clearSeen();
  });
  return fake;
}

/** The status of an answer over TLS, for a path that is sent as it is. */
export function tlsStatus(
  { tlsPort, certificates }: Fake,
  path: string,
  servername = 'api.heroku.com',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${devToken}`, ...(path === '/account' && { accept }) };
    const ca = readFileSync(certificates.ca);
    const address = { host: '127.0.0.1', port: tlsPort, servername, path };
    httpsGet({ ...address, ca, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
