// A fake Heroku of a test's own, and requests to it as a program sends them.
import { readFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';
import { temporaryFolder } from './program.ts';

export const devToken = `HRKU-AA${'a'.repeat(29)}${'1'.repeat(29)}`;
export const otherToken = `HRKU-AA${'b'.repeat(29)}${'2'.repeat(29)}`;
export const dev: Account = { email: 'dev@example.com', token: devToken, expiresIn: 2_592_000 };
const accept = 'application/vnd.heroku+json; version=3';

/** A running fake Heroku, and what a program sends to it. */
export interface Fake extends FakeHeroku {
  /** Folder that nothing else uses; its git repositories are in `git`. */
  dir: string;
  /** Paths of PEM files, for Heroku's names. */
  certificates: ReturnType<typeof makeCertificates>;
  /** Sends a request as the program does. */
  call(method: string, path: string, more?: RequestInit, token?: string): Promise<Response>;
  get(path: string, more?: RequestInit, token?: string): Promise<Response>;
  /** Lets every request go wrong so. */
  fail(fault: Fault['do']): void;
}

/** One with a TLS listener for the tests of the file. Before each test it knows {@link dev} and has no faults. */
export function useFakeHeroku(): Fake {
  const call: Fake['call'] = (method, path, more = {}, token = devToken) =>
    fetch(fake.url + path, {
      ...{ method, redirect: 'manual' },
      ...more,
      headers: { Accept: accept, Authorization: `Bearer ${token}`, ...more.headers },
    });
  const fake = {
    call,
    get: (path, more, token) => call('GET', path, more, token),
    fail: (fault) => fake.set({ faults: [{ do: fault }] }),
  } as Fake;
  before(async () => {
    const dir = temporaryFolder();
    const certificates = makeCertificates(join(dir, 'tls'));
    const [cert, key] = [certificates.cert, certificates.key].map((file) =>
      readFileSync(file, 'utf8'),
    );
    const tls = { cert: cert ?? '', key: key ?? '' };
    const heroku = await startFakeHeroku({
      dir: join(dir, 'git'),
      releases: join(dir, 'releases'),
      tls,
    });
    Object.assign(fake, heroku, { dir, certificates });
  });
  after(() => fake.close());
  beforeEach(() => {
    const rateLimit = { size: 4500, left: 4500, perMinute: 75 };
    const settings = { pageSize: 200, rateLimit };
    fake.set({ accounts: [dev], faults: [], settings });
    fake.clearSeen();
  });
  return fake;
}

/** The status of an answer over TLS. */
export function tlsStatus(
  { tlsPort, certificates }: Fake,
  path: string,
  servername = 'api.heroku.com',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpsGet(
      {
        host: '127.0.0.1',
        port: tlsPort,
        servername,
        path,
        ca: readFileSync(certificates.ca),
        agent: false,
        headers: {
          Authorization: `Bearer ${devToken}`,
          ...(path === '/account' && { Accept: accept }),
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    ).on('error', reject);
  });
}

/** The bytes as they come, which no HTTP client hands out when they are too few. */
export function rawGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let all = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      all += text;
    });
    socket.on('end', () => resolve(all)).on('error', reject);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: ${accept}\r\nAuthorization: Bearer ${devToken}\r\n\r\n`,
    );
  });
}
