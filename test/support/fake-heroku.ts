// A fake Heroku of a test's own, and requests to it as a program sends them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';

export const devToken = `HRKU-AA${'a'.repeat(29)}${'1'.repeat(29)}`;
export const otherToken = `HRKU-AA${'b'.repeat(29)}${'2'.repeat(29)}`;
export const dev: Account = { email: 'dev@example.com', token: devToken, expiresIn: 2_592_000 };
const accept = 'application/vnd.heroku+json; version=3';

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fake-heroku-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** One whose state is this, and which is closed after the test. */
export async function start(
  t: TestContext,
  accounts: Account[],
  faults: Fault[] = [],
): Promise<FakeHeroku> {
  const heroku = await startFakeHeroku({ dir: join(temporaryFolder(t), 'git') });
  t.after(() => heroku.close());
  heroku.set({ accounts, faults });
  return heroku;
}

/** Sends a request as the program does. */
export function call(
  heroku: FakeHeroku,
  method: string,
  path: string,
  more: RequestInit = {},
  token = devToken,
) {
  return fetch(heroku.url + path, {
    method,
    redirect: 'manual',
    ...more,
    headers: { Accept: accept, Authorization: `Bearer ${token}`, ...more.headers },
  });
}

/** One with a TLS listener, whose certificates are for Heroku's names. */
export async function startWithTls(t: TestContext) {
  const dir = temporaryFolder(t);
  const { ca, cert, key } = makeCertificates(join(dir, 'tls'));
  const heroku = await startFakeHeroku({
    dir: join(dir, 'git'),
    tls: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
  });
  t.after(() => heroku.close());
  heroku.set({ accounts: [dev] });
  return { heroku, dir, ca, key };
}

/** The status of an answer over TLS. */
export function tlsStatus(
  { tlsPort }: FakeHeroku,
  ca: string,
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
        ca: readFileSync(ca),
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
