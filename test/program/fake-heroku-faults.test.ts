// The fake Heroku fails as it is told to.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { call, dev, rawGet, start } from '../support/fake-heroku.ts';

test('it fails as it is told to', async (t) => {
  const faulty = (t: TestContext, fault: Fault['do'], more: Partial<Fault> = {}) =>
    start(t, [dev], [{ ...more, do: fault }]);

  await t.test('hang: takes the request and never answers', async (t) => {
    const heroku = await faulty(t, { kind: 'hang' });
    const signal = AbortSignal.timeout(300);
    await assert.rejects(call(heroku, 'GET', '/account', { signal }), { name: 'TimeoutError' });
    assert.deepEqual(
      heroku.seen().map(({ status }) => status),
      [null],
    );
    await heroku.close();
  });

  await t.test('reset: the connection is reset', async (t) => {
    const heroku = await faulty(t, { kind: 'reset' });
    const error = await call(heroku, 'GET', '/account').catch((thrown: unknown) => thrown);
    assert.equal(((error as Error).cause as NodeJS.ErrnoException).code, 'ECONNRESET');
  });

  await t.test(
    'status: with headers and body, or with the body that Heroku documents',
    async (t) => {
      const headers = { 'Retry-After': '2' };
      const heroku = await faulty(t, { kind: 'status', status: 429, headers });
      const limited = await call(heroku, 'GET', '/account');
      assert.equal(limited.status, 429);
      assert.equal(limited.headers.get('Retry-After'), '2');
      assert.equal(((await limited.json()) as { id: string }).id, 'rate_limit');
      heroku.set({ faults: [{ do: { kind: 'status', status: 503, body: '<h1>down</h1>' } }] });
      const down = await call(heroku, 'GET', '/account');
      assert.deepEqual([down.status, await down.text()], [503, '<h1>down</h1>']);
      assert.deepEqual(
        heroku.seen().map(({ status }) => status),
        [429, 503],
      );
    },
  );

  await t.test('redirect', async (t) => {
    const heroku = await faulty(t, { kind: 'redirect', to: 'https://elsewhere.example.com/' });
    const response = await call(heroku, 'GET', '/account');
    assert.equal(response.status, 302);
    assert.equal(response.headers.get('Location'), 'https://elsewhere.example.com/');
  });

  await t.test('html: a captive portal, which answers 200', async (t) => {
    const response = await call(await faulty(t, { kind: 'html' }), 'GET', '/account');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Content-Type'), 'text/html');
    assert.match(await response.text(), /^<!doctype html>/);
  });

  await t.test('slow: the real answer at the given rate', async (t) => {
    const heroku = await faulty(t, { kind: 'slow', bytesPerSecond: 1000 });
    const began = performance.now();
    const body = (await (await call(heroku, 'GET', '/account')).text()) as string;
    const expected = (body.length / 1000) * 1000;
    assert.equal((JSON.parse(body) as { email: string }).email, dev.email);
    assert.ok(performance.now() - began >= expected * 0.8);
  });

  await t.test('truncate: promises the whole length and sends a part', async (t) => {
    const heroku = await faulty(t, { kind: 'truncate', bytes: 20 });
    const [head = '', body = ''] = (await rawGet(heroku.port, '/account')).split('\r\n\r\n');
    assert.ok(Number(/content-length: (\d+)/i.exec(head)?.[1]) > 100);
    assert.equal(body, '{"allow_tracking":tr');
    await assert.rejects((await call(heroku, 'GET', '/account')).text());
  });

  await t.test('big: looks like JSON, is as long as asked, and tells no length', async (t) => {
    const response = await call(
      await faulty(t, { kind: 'big', bytes: 3_000_000 }),
      'GET',
      '/account',
    );
    assert.equal(response.headers.get('Content-Length'), null);
    const body = await response.text();
    assert.equal(body.length, 3_000_000);
    assert.deepEqual(Object.keys(JSON.parse(body) as object), ['email']);
  });

  await t.test('big: stops when nobody reads on', async (t) => {
    const heroku = await faulty(t, { kind: 'big', bytes: 1e12 });
    const abort = new AbortController();
    await call(heroku, 'GET', '/account', { signal: abort.signal });
    abort.abort();
    await heroku.close();
  });

  await t.test('delay: the real answer, later', async (t) => {
    const heroku = await faulty(t, { kind: 'delay', ms: 200 });
    const began = performance.now();
    assert.equal((await call(heroku, 'GET', '/account')).status, 200);
    assert.ok(performance.now() - began >= 195);
  });

  await t.test('in order, as often as asked, where host, method and path fit', async (t) => {
    const fail = (status: number): Fault['do'] => ({ kind: 'status', status });
    const heroku = await start(
      t,
      [dev],
      [
        { host: 'git', do: fail(500) },
        { host: 'assets', do: fail(501) },
        { path: '/account', times: 2, do: fail(502) },
        { path: '/acc', times: 1, do: fail(503) },
        { method: 'DELETE', do: fail(504) },
      ],
    );
    const statuses: number[] = [];
    for (let time = 0; time < 4; time++) {
      statuses.push((await call(heroku, 'GET', '/account')).status);
    }
    assert.deepEqual(statuses, [502, 502, 503, 200]);
    assert.equal((await call(heroku, 'DELETE', '/oauth/sessions/~')).status, 504);
    assert.equal((await call(heroku, 'GET', '/my-app.git/info/refs')).status, 500);
    assert.equal((await call(heroku, 'GET', '/versions/x')).status, 501);
    heroku.set({ faults: [] });
    assert.equal((await call(heroku, 'DELETE', '/oauth/sessions/~')).status, 404);
  });
});
