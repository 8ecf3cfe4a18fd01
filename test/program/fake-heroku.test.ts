// The fake Heroku as a server: how it is controlled, its certificates, its registry, its downloads.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  dev,
  devToken,
  otherToken,
  rawGet,
  tlsStatus,
  useFakeHeroku,
} from '../support/fake-heroku.ts';
import { temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const heroku = useFakeHeroku();

test('it is controlled over HTTP, by this machine only', async () => {
  const state = {
    accounts: [dev],
    faults: [{ path: '/apps', do: { kind: 'status', status: 503 } }],
  };
  const put = (body: string) => fetch(`${heroku.url}/_control/state`, { method: 'PUT', body });
  assert.equal((await put(JSON.stringify(state))).status, 204);
  assert.equal((await heroku.get('/account')).status, 200);
  assert.equal((await heroku.get('/apps')).status, 503);
  assert.equal((await put('{"accounts":')).status, 400);
  assert.equal((await heroku.get('/account')).status, 200, 'a broken change changes nothing');
  const seen = await fetch(`${heroku.url}/_control/seen`);
  assert.deepEqual(await seen.json(), heroku.seen());
  assert.equal(heroku.seen().length, 3, 'control requests are not on record');
  await fetch(`${heroku.url}/_control/seen`, { method: 'DELETE' });
  assert.deepEqual(heroku.seen(), []);
  assert.equal(await tlsStatus(heroku, '/_control/seen'), 406, 'over TLS it is an API path');
});

test('its certificates are good for the three hosts, and its key is private', async () => {
  for (const host of ['api.heroku.com', 'git.heroku.com', 'cli-assets.heroku.com', 'localhost']) {
    assert.equal(await tlsStatus(heroku, '/account', host), 200, host);
  }
  await assert.rejects(tlsStatus(heroku, '/account', 'evil.example.com'), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  assert.equal(statSync(heroku.certificates.key).mode & 0o777, 0o600);
  assert.equal(heroku.seen()[0]?.protocol, 'https');
  heroku.set({ faults: [{ do: { kind: 'reset' } }] });
  await assert.rejects(tlsStatus(heroku, '/account'), { code: 'ECONNRESET' });
});

describe('the registry', () => {
  const ask = (method: string, path: string, token?: string, more: RequestInit = {}) =>
    fetch(heroku.url + path, {
      method,
      ...more,
      headers: {
        ...(token && { Authorization: `Basic ${Buffer.from(`_:${token}`).toString('base64')}` }),
        ...more.headers,
      },
    });

  test('asks for a login, and takes the token of an app it may push to', async () => {
    for (const [path, token, status] of [
      ['/v2/', undefined, 401],
      ['/v2/', otherToken, 401],
      ['/v2/', devToken, 200],
      ['/v2/my-app/web/manifests/latest', undefined, 401],
      ['/v2/other-app/web/manifests/latest', devToken, 401],
      ['/v2/my-app/web/manifests/latest', devToken, 404],
    ] as const) {
      const answer = await ask('GET', path, token);
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get('Docker-Distribution-Api-Version'), 'registry/2.0');
      const challenge = status === 401 ? 'Basic realm="Heroku Registry"' : null;
      assert.equal(answer.headers.get('WWW-Authenticate'), challenge);
    }
  });

  test('gives back what was pushed, and nothing that does not have its sum', async () => {
    const body = 'a layer';
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const upload = async (claimed: string) => {
      const begun = await ask('POST', '/v2/my-app/web/blobs/uploads/', devToken);
      const at = begun.headers.get('Location') ?? '';
      const sent = await ask('PATCH', at, devToken, { body });
      assert.deepEqual([begun.status, sent.status], [202, 202]);
      return (await ask('PUT', `${at}?digest=${claimed}`, devToken)).status;
    };
    assert.equal(await upload(digest.replace(/.$/, 'x')), 400);
    assert.equal((await ask('HEAD', `/v2/my-app/web/blobs/${digest}`, devToken)).status, 404);
    assert.equal(await upload(digest), 201);
    const blob = await ask('GET', `/v2/my-app/web/blobs/${digest}`, devToken);
    assert.equal(await blob.text(), body);
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = { headers: { 'Content-Type': type }, body: '{}' };
    await ask('PUT', '/v2/my-app/web/manifests/latest', devToken, manifest);
    const tagged = await ask('GET', '/v2/my-app/web/manifests/latest', devToken);
    assert.equal(tagged.headers.get('Content-Type'), type);
    const sum = tagged.headers.get('Docker-Content-Digest');
    assert.equal(
      await (await ask('GET', `/v2/my-app/web/manifests/${sum}`, devToken)).text(),
      '{}',
    );
  });
});

test('downloads come from the folder of releases, and from nowhere else', async () => {
  const releases = join(heroku.dir, 'releases');
  await mkdir(join(releases, 'versions/1'), { recursive: true });
  writeFileSync(join(releases, 'versions/1/a-buildmanifest'), '{"a":1}');
  writeFileSync(join(heroku.dir, 'secret'), 'secret');
  const good = await fetch(`${heroku.url}/versions/1/a-buildmanifest`);
  assert.equal(good.status, 200);
  assert.equal(good.headers.get('Content-Length'), '7');
  assert.deepEqual(await good.json(), { a: 1 });
  const head = await fetch(`${heroku.url}/versions/1/a-buildmanifest`, { method: 'HEAD' });
  assert.equal(head.headers.get('Content-Length'), '7');
  for (const path of [
    '/versions/1',
    '/versions/2',
    '/versions/..%2f..%2fsecret',
    '/channels/%2e%2e/x',
  ]) {
    assert.notEqual((await rawGet(heroku.port, path)).slice(9, 12), '200', path);
  }
  heroku.set({ faults: [{ host: 'assets', do: { kind: 'truncate', bytes: 3 } }] });
  await assert.rejects((await fetch(`${heroku.url}/versions/1/a-buildmanifest`)).text());
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
  const put = await fetch(`${url}/_control/state`, {
    method: 'PUT',
    body: JSON.stringify({ accounts: [dev] }),
  });
  assert.equal(put.status, 204);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});
