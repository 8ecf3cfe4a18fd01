// The fake Heroku fails as it is told to.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fault, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { dev, rawGet, useFakeHeroku } from '../support/fake-heroku.ts';
import { temporaryFolder } from '../support/program.ts';

const heroku = useFakeHeroku();
const statuses = () => heroku.seen().map(({ status }) => status);

describe('it fails as it is told to', () => {
  test('hang: takes the request and never answers', async () => {
    heroku.fail({ kind: 'hang' });
    const signal = AbortSignal.timeout(300);
    await assert.rejects(heroku.get('/account', { signal }), { name: 'TimeoutError' });
    assert.deepEqual(statuses(), [null]);
  });

  test('reset: the connection is reset', async () => {
    heroku.fail({ kind: 'reset' });
    const error = await heroku.get('/account').catch((thrown: unknown) => thrown);
    assert.equal(((error as Error).cause as NodeJS.ErrnoException).code, 'ECONNRESET');
  });

  test('status: with headers and body, or with the body that Heroku documents', async () => {
    const headers = { 'Retry-After': '2' };
    heroku.fail({ kind: 'status', status: 429, headers });
    const limited = await heroku.get('/account');
    assert.equal(limited.status, 429);
    assert.equal(limited.headers.get('Retry-After'), '2');
    assert.equal(((await limited.json()) as { id: string }).id, 'rate_limit');
    heroku.fail({ kind: 'status', status: 503, body: '<h1>down</h1>' });
    const down = await heroku.get('/account');
    assert.deepEqual([down.status, await down.text()], [503, '<h1>down</h1>']);
    assert.deepEqual(statuses(), [429, 503]);
  });

  test('redirect', async () => {
    heroku.fail({ kind: 'redirect', to: 'https://elsewhere.example.com/' });
    const response = await heroku.get('/account');
    assert.equal(response.status, 302);
    assert.equal(response.headers.get('Location'), 'https://elsewhere.example.com/');
  });

  test('html: a captive portal, which answers 200', async () => {
    heroku.fail({ kind: 'html' });
    const response = await heroku.get('/account');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Content-Type'), 'text/html');
    assert.match(await response.text(), /^<!doctype html>/);
  });

  test('slow: the real answer at the given rate', async () => {
    heroku.fail({ kind: 'slow', bytesPerSecond: 1000 });
    const began = performance.now();
    const body = (await (await heroku.get('/account')).text()) as string;
    const expected = (body.length / 1000) * 1000;
    assert.equal((JSON.parse(body) as { email: string }).email, dev.email);
    assert.ok(performance.now() - began >= expected * 0.8);
  });

  test('truncate: promises the whole length and sends a part', async () => {
    heroku.fail({ kind: 'truncate', bytes: 20 });
    const [head = '', body = ''] = (await rawGet(heroku.port, '/account')).split('\r\n\r\n');
    assert.ok(Number(/content-length: (\d+)/i.exec(head)?.[1]) > 100);
    assert.equal(body, '{"allow_tracking":tr');
    await assert.rejects((await heroku.get('/account')).text());
  });

  test('big: looks like JSON, is as long as asked, and tells no length', async () => {
    heroku.fail({ kind: 'big', bytes: 3_000_000 });
    const response = await heroku.get('/account');
    assert.equal(response.headers.get('Content-Length'), null);
    const body = await response.text();
    assert.equal(body.length, 3_000_000);
    assert.deepEqual(Object.keys(JSON.parse(body) as object), ['email']);
  });

  test('its end waits for no request', async () => {
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

  test('delay: the real answer, later', async () => {
    heroku.fail({ kind: 'delay', ms: 200 });
    const began = performance.now();
    assert.equal((await heroku.get('/account')).status, 200);
    assert.ok(performance.now() - began >= 195);
  });

  test('in order, as often as asked, where host, method and path fit', async () => {
    const fail = (status: number): Fault['do'] => ({ kind: 'status', status });
    const faults = [
      { host: 'git', do: fail(500) },
      { host: 'assets', do: fail(501) },
      { path: '/account', times: 2, do: fail(502) },
      { path: '/acc', times: 1, do: fail(503) },
      { method: 'DELETE', do: fail(504) },
    ] as const;
    heroku.set({ faults: [...faults] });
    for (let time = 0; time < 4; time++) await heroku.get('/account');
    assert.deepEqual(statuses(), [502, 502, 503, 200]);
    assert.equal((await heroku.call('DELETE', '/oauth/sessions/~')).status, 504);
    assert.equal((await heroku.get('/my-app.git/info/refs')).status, 500);
    assert.equal((await heroku.get('/versions/x')).status, 501);
    heroku.set({ faults: [] });
    assert.equal((await heroku.call('DELETE', '/oauth/sessions/~')).status, 404);
  });
});
