// The fake Heroku as a server: how it is controlled and made to fail, its certificates, registry and downloads.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { basic, tlsStatus, useFakeHeroku } from '../support/fake-heroku.ts';
import { temporaryFolder } from '../support/program.ts';
import { dev, token as devToken, rotated as otherToken, status } from '../support/rig.ts';
import { root } from '../support/root.ts';

const heroku = useFakeHeroku();
const statuses = () => heroku.seen().map(({ status }) => status);

test('it is controlled over HTTP, by this machine only', async () => {
  const put = async (body: string) =>
    (await fetch(`${heroku.url}/_control/state`, { method: 'PUT', body })).status;
  assert.equal(await put(JSON.stringify({ accounts: [dev], faults: [{ do: status(503) }] })), 204);
  assert.equal((await heroku.get('/apps')).status, 503);
  assert.equal(await put('{"accounts":'), 400);
  assert.equal((await heroku.get('/apps')).status, 503, 'a broken change changes nothing');
  const seen = await fetch(`${heroku.url}/_control/seen`);
  assert.deepEqual(await seen.json(), heroku.seen());
  assert.equal(heroku.seen().length, 2, 'control requests are not on record');
  await fetch(`${heroku.url}/_control/seen`, { method: 'DELETE' });
  assert.deepEqual(heroku.seen(), []);
  heroku.set({ faults: [] });
  assert.equal(await tlsStatus(heroku, '/_control/seen'), 404, 'over TLS it is an API path');
});

test('what was asked is on record, the token too', async () => {
  heroku.set({ faults: [{ path: '/account', do: { kind: 'reset' }, times: 1 }] });
  await assert.rejects(heroku.get('/account?x=1'));
  await heroku.get('/account');
  const [first, second] = heroku.seen().map(({ headers, host, ...one }) => ({
    ...{ ...one, host, authorization: headers['authorization'] },
  }));
  assert.deepEqual([first?.path, first?.status], ['/account?x=1', null]);
  assert.deepEqual([second?.protocol, second?.method, second?.status], ['http', 'GET', 200]);
  assert.equal(second?.host, `127.0.0.1:${heroku.port}`);
  assert.equal(second?.authorization, `Bearer ${devToken}`);
});

// What each fault does: program/unreachable.test.ts.
describe('it fails', () => {
  test('in order, as often as asked, if host, method and path fit', async () => {
    heroku.set({
      faults: [
        { host: 'git', do: status(500) },
        { host: 'assets', do: status(501) },
        { path: '/account', times: 2, do: status(502) },
        { path: '/acc', times: 1, do: status(503) },
        { method: 'DELETE', do: status(504) },
      ],
    });
    for (let time = 0; time < 4; time++) await heroku.get('/account');
    await heroku.call('DELETE', '/oauth/sessions/~');
    await heroku.get('/my-app.git/info/refs');
    await heroku.get('/versions/x');
    heroku.set({ faults: [] });
    await heroku.call('DELETE', '/oauth/sessions/~');
    assert.deepEqual(statuses(), [502, 502, 503, 200, 504, 500, 501, 404]);
  });

  test('with the body that is asked for, or the one that Heroku documents', async () => {
    heroku.set({ faults: [{ times: 1, do: status(503, '<h1>down</h1>') }, { do: status(429) }] });
    assert.equal(await (await heroku.get('/account')).text(), '<h1>down</h1>');
    const limited = (await (await heroku.get('/account')).json()) as { id: string };
    assert.equal(limited.id, 'rate_limit');
  });

  test('and its end waits for no request', async () => {
    for (const fault of [{ kind: 'hang' }, { kind: 'big', bytes: 1e12 }] as const) {
      const other = await startFakeHeroku({ dir: temporaryFolder() });
      other.set({ faults: [{ do: fault }] });
      const abort = new AbortController();
      const open = fetch(`${other.url}/account`, { signal: abort.signal }).catch(() => {});
      while (other.seen().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (fault.kind === 'big') {
        await open;
        abort.abort();
      }
      await other.close();
    }
  });
});

test('its certificates are good for the three hosts, and its key is private', async () => {
  for (const host of ['api.heroku.com', 'git.heroku.com', 'cli-assets.heroku.com', 'localhost']) {
    assert.equal(await tlsStatus(heroku, '/account', host), 200, host);
  }
  const code = 'ERR_TLS_CERT_ALTNAME_INVALID';
  await assert.rejects(tlsStatus(heroku, '/account', 'evil.example.com'), { code });
  assert.equal(statSync(heroku.certificates.key).mode & 0o777, 0o600);
  heroku.set({ faults: [{ do: { kind: 'reset' } }] });
  await assert.rejects(tlsStatus(heroku, '/account'), { code: 'ECONNRESET' });
});

describe('the registry', () => {
  const ask = (method: string, path: string, more: RequestInit & { token?: string } = {}) => {
    const authorization = more.token && { authorization: basic(`_:${more.token}`) };
    return fetch(heroku.url + path, { method, ...more, headers: { ...authorization } });
  };

  test('asks for a login, and takes the token of an app it may push to', async () => {
    const manifest = (app: string) => `/v2/${app}/web/manifests/latest`;
    for (const [path, token, status] of [
      ['/v2/', '', 401],
      ['/v2/', otherToken, 401],
      ['/v2/', devToken, 200],
      [manifest('my-app'), '', 401],
      [manifest('other-app'), devToken, 401],
      [manifest('my-app'), devToken, 404],
    ] as const) {
      const { status: told, headers } = await ask('GET', path, { token });
      assert.equal(told, status, path);
      assert.equal(headers.get('Docker-Distribution-Api-Version'), 'registry/2.0');
      const challenge = status === 401 ? 'Basic realm="Heroku Registry"' : null;
      assert.equal(headers.get('WWW-Authenticate'), challenge);
    }
  });

  // Real pushes and pulls: container/docker.test.ts.
  test('keeps a layer if it has the sum that it is said to have', async () => {
    const token = devToken;
    const digest = `sha256:${createHash('sha256').update('a layer').digest('hex')}`;
    for (const [claimed, answer, found] of [
      [digest.replace(/.$/, 'x'), 400, 404],
      [digest, 201, 200],
    ] as const) {
      const begun = await ask('POST', '/v2/my-app/web/blobs/uploads/', { token });
      const at = begun.headers.get('Location') ?? '';
      await ask('PATCH', at, { token, body: 'a layer' });
      assert.equal((await ask('PUT', `${at}?digest=${claimed}`, { token })).status, answer);
      const blob = await ask('HEAD', `/v2/my-app/web/blobs/${digest}`, { token });
      assert.equal(blob.status, found);
    }
  });
});

test('downloads come from the folder of releases, and from nowhere else', async () => {
  const file = '/versions/1/a-buildmanifest';
  mkdirSync(join(heroku.dir, 'releases/versions/1'), { recursive: true });
  writeFileSync(join(heroku.dir, 'releases', file), '{"a":1}');
  writeFileSync(join(heroku.dir, 'secret'), 'secret');
  assert.deepEqual(await (await fetch(heroku.url + file)).json(), { a: 1 });
  for (const method of ['GET', 'HEAD']) {
    const { headers } = await fetch(heroku.url + file, { method });
    assert.equal(headers.get('Content-Length'), '7');
  }
  assert.equal(await tlsStatus(heroku, file), 200);
  for (const path of ['/1', '/2', '/..%2f..%2fsecret', '/%2e%2e/%2e%2e/secret']) {
    assert.notEqual(await tlsStatus(heroku, `/versions${path}`), 200, path);
  }
  heroku.set({ faults: [{ host: 'assets', do: { kind: 'truncate', bytes: 3 } }] });
  await assert.rejects((await fetch(heroku.url + file)).text());
});

test('it runs as a process of its own', async (t) => {
  const dir = temporaryFolder();
  const options = join(dir, 'options.json');
  writeFileSync(options, JSON.stringify({ dir: join(dir, 'git') }));
  const main = join(root, 'test/fake-heroku/main.ts');
  const child = execFile(process.execPath, ['--import', 'tsx', main, options]);
  t.after(() => child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', resolve));
  const { url, tlsPort } = JSON.parse(line) as { url: string; tlsPort: number | null };
  assert.equal(tlsPort, null);
  assert.equal((await fetch(`${url}/_control/seen`)).status, 200);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});
