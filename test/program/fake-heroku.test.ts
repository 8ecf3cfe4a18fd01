// The fake Heroku behaves as docs/facts/heroku.md part 1 describes the service, and fails on demand.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';
import { publishedSchema } from '../fake-heroku/published-schema.ts';
import { root } from '../support/root.ts';

const TOKEN = `HRKU-AA${'a'.repeat(29)}${'1'.repeat(29)}`;
const OTHER = `HRKU-AA${'b'.repeat(29)}${'2'.repeat(29)}`;
const DEV: Account = { email: 'dev@example.com', token: TOKEN, expiresIn: 2_592_000 };
const ACCEPT = 'application/vnd.heroku+json; version=3';

function temporaryFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'stand-in-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function start(
  t: TestContext,
  accounts: Account[],
  faults: Fault[] = [],
): Promise<FakeHeroku> {
  const standIn = await startFakeHeroku({ dir: join(temporaryFolder(t), 'git') });
  t.after(() => standIn.close());
  standIn.set({ accounts, faults });
  return standIn;
}

function call(
  standIn: FakeHeroku,
  method: string,
  path: string,
  more: RequestInit = {},
  token = TOKEN,
) {
  return fetch(standIn.url + path, {
    method,
    redirect: 'manual',
    ...more,
    headers: { Accept: ACCEPT, Authorization: `Bearer ${token}`, ...more.headers },
  });
}

test('answers of the Platform API', async (t) => {
  await t.test('conform to the published schema', async (t) => {
    const published = publishedSchema();
    const standIn = await start(t, [DEV, { email: 'dev@example.com', token: OTHER }]);
    const id = (await ownRow(standIn)).id;
    const scope = JSON.stringify({ scope: ['global'], description: 'made here', expires_in: 60 });
    const cases: [method: string, path: string, status: number, body?: string][] = [
      ['GET', '/account', 200],
      ['GET', '/account/rate-limits', 200],
      ['GET', '/apps', 200],
      ['GET', '/users/~/apps', 200],
      ['GET', '/apps/my-app', 200],
      ['GET', '/oauth/authorizations', 200],
      ['POST', '/oauth/authorizations', 201, scope],
      ['GET', `/oauth/authorizations/${id}`, 200],
      ['DELETE', `/oauth/authorizations/${id}`, 200],
    ];
    for (const [method, path, status, body] of cases) {
      const response = await call(standIn, method, path, body === undefined ? {} : { body });
      assert.equal(response.status, status, `${method} ${path}`);
      const judge = published(method, path);
      assert.ok(judge, `the schema knows ${method} ${path}`);
      const answer: unknown = await response.json();
      assert.ok(judge(answer), `${method} ${path}: ${JSON.stringify(judge.errors, null, 1)}`);
      if (Array.isArray(answer)) assert.ok(answer.length > 0, `${path} has rows to judge`);
    }
  });

  await t.test('are judged by a schema that can say no', async (t) => {
    const judge = publishedSchema()('GET', '/account');
    const list = publishedSchema()('GET', '/oauth/authorizations');
    assert.ok(judge && list);
    const standIn = await start(t, [DEV]);
    const good = (await (await call(standIn, 'GET', '/account')).json()) as Record<string, unknown>;
    assert.ok(judge(good));
    const { email: _, ...withoutEmail } = good;
    for (const [name, broken] of Object.entries({
      'a missing property': withoutEmail,
      'one property more': { ...good, colour: 'blue' },
      'a wrong type': { ...good, verified: 'yes' },
      'a wrong format': { ...good, created_at: 'yesterday' },
      'a wrong id': { ...good, id: '1' },
      'a property of a nested object more': {
        ...good,
        default_team: { id: good['id'], name: 'a', x: 1 },
      },
    })) {
      assert.equal(judge(broken), false, name);
    }
    const row = await ownRow(standIn);
    assert.ok(list([row]));
    assert.equal(list([{ ...row, user: { email: DEV.email } }]), false);
    assert.equal(list([{ ...row, scope: [1] }]), false);
  });

  await t.test('carry the headers that Heroku sends', async (t) => {
    const standIn = await start(t, [DEV]);
    const first = await call(standIn, 'GET', '/account');
    const second = await call(standIn, 'GET', '/account');
    assert.match(first.headers.get('Request-Id') ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(first.headers.get('Request-Id'), second.headers.get('Request-Id'));
    assert.equal(first.headers.get('Content-Type'), 'application/json');
    const left = [first, second].map((one) => Number(one.headers.get('RateLimit-Remaining')));
    assert.deepEqual(left, [4499, 4498]);
    const limits = await (await call(standIn, 'GET', '/account/rate-limits')).json();
    assert.deepEqual(limits, { remaining: 4498 }, 'asking for the limit does not count');
  });

  await t.test('need the right Accept header', async (t) => {
    const standIn = await start(t, [DEV]);
    const status = async (accept: string) =>
      (await call(standIn, 'GET', '/account', { headers: { Accept: accept } })).status;
    assert.equal(await status(ACCEPT), 200);
    assert.equal(await status('application/vnd.heroku+json; version=3.sdk'), 200);
    for (const accept of ['*/*', 'application/json', 'application/vnd.heroku+json; version=2']) {
      assert.equal(await status(accept), 406, accept);
    }
  });
});

test('a refused token is refused in the words of the service', async (t) => {
  const standIn = await start(t, []);
  const refusals: [Partial<Account>, status: number, id: string][] = [
    [{ state: 'revoked' }, 401, 'unauthorized'],
    [{ expiresIn: 0 }, 401, 'unauthorized'],
    [{ state: 'suspended' }, 403, 'suspended'],
    [{ state: 'forbidden' }, 403, 'forbidden'],
    [{ state: 'two_factor' }, 403, 'two_factor'],
    [{ state: 'delinquent' }, 402, 'delinquent'],
  ];
  for (const [account, status, id] of refusals) {
    standIn.set({ accounts: [{ ...DEV, ...account }] });
    const response = await call(standIn, 'GET', '/account');
    assert.equal(response.status, status, id);
    const body = (await response.json()) as { id: string; message: string };
    assert.equal(body.id, id);
    assert.ok(body.message.length > 0);
  }
  standIn.set({ accounts: [DEV] });
  const unknown = await call(standIn, 'GET', '/account', {}, OTHER);
  assert.equal(unknown.status, 401);
  assert.deepEqual(await unknown.json(), {
    id: 'unauthorized',
    message: 'Invalid credentials provided.',
  });
  const basic = await call(standIn, 'GET', '/account', {
    headers: { Authorization: `Basic ${TOKEN}` },
  });
  assert.equal(basic.status, 401, 'only Bearer');
});

test('a token that expires while the stand-in runs is refused from then on', async (t) => {
  const standIn = await start(t, [{ ...DEV, expiresIn: 0.2 }]);
  assert.equal((await call(standIn, 'GET', '/account')).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal((await call(standIn, 'GET', '/account')).status, 401);
});

test('a token without the scope proves its account and lists nothing', async (t) => {
  const standIn = await start(t, [{ ...DEV, scope: ['identity'] }]);
  assert.equal((await call(standIn, 'GET', '/account')).status, 200);
  for (const path of ['/oauth/authorizations', '/apps', '/apps/my-app']) {
    const response = await call(standIn, 'GET', path);
    assert.equal(response.status, 403, path);
    assert.equal(((await response.json()) as { id: string }).id, 'forbidden');
  }
});

interface Row {
  id: string;
  access_token: null | { token: string; expires_in: number | null };
}

async function rows(standIn: FakeHeroku, token = TOKEN): Promise<Row[]> {
  return (await (await call(standIn, 'GET', '/oauth/authorizations', {}, token)).json()) as Row[];
}

async function ownRow(standIn: FakeHeroku): Promise<Row> {
  const own = (await rows(standIn)).find((row) => row.access_token?.token.startsWith('HRKU-AAa'));
  assert.ok(own, 'the calling token is in its own list');
  return own;
}

test('the list of authorizations', async (t) => {
  const stranger: Account = { email: 'stranger@example.com', token: `HRKU-AA${'c'.repeat(58)}` };
  const accounts = [DEV, { email: DEV.email, token: OTHER, expiresIn: null }, stranger];

  await t.test(
    'holds every row of the account, redacted, and some without our tokens',
    async (t) => {
      const standIn = await start(t, accounts);
      const tokens = (await rows(standIn)).map((row) => row.access_token?.token);
      assert.equal(tokens.length, 4);
      assert.ok(tokens.includes('HRKU-AAa**********1111'));
      assert.ok(tokens.includes('HRKU-AAb**********2222'));
      assert.ok(tokens.includes(undefined), 'a row whose access_token is null');
      const expiries = (await rows(standIn)).map((row) => row.access_token?.expires_in);
      assert.ok(expiries.includes(2_592_000) && expiries.includes(null));
    },
  );

  await t.test('shows as much of a token as a test wants', async (t) => {
    const standIn = await start(t, [DEV]);
    standIn.set({ settings: { redaction: { prefix: 12, suffix: 0 } } });
    assert.equal((await ownRow(standIn)).access_token?.token, 'HRKU-AAaaaaa**********');
  });

  await t.test('comes in pages when there are more rows than a page holds', async (t) => {
    const standIn = await start(t, accounts);
    standIn.set({ settings: { pageSize: 3 } });
    const first = await call(standIn, 'GET', '/oauth/authorizations');
    assert.equal(first.status, 206);
    const next = first.headers.get('Next-Range');
    assert.match(next ?? '', /^id \][0-9a-f-]{36}\.\.; max=3$/);
    const rest = await call(standIn, 'GET', '/oauth/authorizations', {
      headers: { Range: next ?? '' },
    });
    assert.equal(rest.status, 200);
    assert.equal(rest.headers.get('Next-Range'), null);
    const ids = [...((await first.json()) as Row[]), ...((await rest.json()) as Row[])];
    assert.equal(new Set(ids.map((row) => row.id)).size, 4, 'each row once');
    const bad = await call(standIn, 'GET', '/oauth/authorizations', { headers: { Range: 'x' } });
    assert.equal(bad.status, 416);
  });

  await t.test('lets its rows be revoked, and a revoked token is dead', async (t) => {
    const standIn = await start(t, accounts);
    const { id } = await ownRow(standIn);
    assert.equal(
      (await call(standIn, 'DELETE', `/oauth/authorizations/${id}`, {}, stranger.token)).status,
      404,
    );
    assert.equal((await call(standIn, 'DELETE', `/oauth/authorizations/${id}`)).status, 200);
    assert.equal((await call(standIn, 'GET', '/account')).status, 401);
    assert.equal((await call(standIn, 'GET', '/account', {}, OTHER)).status, 200);
    assert.equal((await rows(standIn, OTHER)).length, 3);
  });

  await t.test('takes a new token, whose value is told once', async (t) => {
    const standIn = await start(t, [DEV]);
    const body = JSON.stringify({ scope: ['identity'], expires_in: 60 });
    const response = await call(standIn, 'POST', '/oauth/authorizations', { body });
    assert.equal(response.status, 201);
    const { access_token: made } = (await response.json()) as Row;
    assert.match(made?.token ?? '', /^HRKU-AA[\w-]{58}$/);
    assert.equal(made?.expires_in, 60);
    assert.equal((await call(standIn, 'GET', '/account', {}, made?.token)).status, 200);
    const list = await (await call(standIn, 'GET', '/oauth/authorizations')).text();
    assert.ok(made && !list.includes(made.token));
    for (const [status, wrong] of [
      [400, '{'],
      [422, '{"scope":"global"}'],
      [422, '{"scope":[1]}'],
      [422, '{"expires_in":"soon"}'],
    ] as const) {
      const refused = await call(standIn, 'POST', '/oauth/authorizations', { body: wrong });
      assert.equal(refused.status, status);
    }
  });

  await t.test('takes what `heroku authorizations:create` sends', async (t) => {
    const standIn = await start(t, [DEV]);
    const body = JSON.stringify({ description: 'CI', expires_in: '60' });
    const response = await call(standIn, 'POST', '/oauth/authorizations', { body });
    assert.equal(response.status, 201);
    const { scope, access_token: made } = (await response.json()) as Row & { scope: string[] };
    assert.deepEqual([scope, made?.expires_in], [['global'], 60]);
  });

  await t.test('has no default authorization and no session', async (t) => {
    const standIn = await start(t, [DEV]);
    for (const [method, path, resource] of [
      ['GET', '/oauth/authorizations/~', 'authorization'],
      ['DELETE', '/oauth/sessions/~', 'session'],
    ] as const) {
      const response = await call(standIn, method, path);
      assert.equal(response.status, 404);
      const { id, resource: named } = (await response.json()) as Record<string, string>;
      assert.deepEqual([id, named], ['not_found', resource]);
    }
  });
});

test('beyond the rate limit it answers 429 and says when to come back', async (t) => {
  const standIn = await start(t, [DEV]);
  standIn.set({ settings: { rateLimit: { size: 4500, left: 2, perMinute: 30 } } });
  const answers: [number, string | null, string | null][] = [];
  for (let count = 0; count < 4; count++) {
    const { status, headers } = await call(standIn, 'GET', '/account');
    answers.push([status, headers.get('RateLimit-Remaining'), headers.get('Retry-After')]);
  }
  assert.deepEqual(answers, [
    [200, '1', null],
    [200, '0', null],
    [429, '0', '2'],
    [429, '0', '2'],
  ]);
  // One comes back every two seconds; a full bucket is a matter of setting it anew.
  standIn.set({ settings: { rateLimit: { size: 4500, left: 4500, perMinute: 30 } } });
  assert.equal((await call(standIn, 'GET', '/account')).status, 200);
});

test('no answer but that to POST holds a whole token', async (t) => {
  const standIn = await start(t, [DEV, { email: DEV.email, token: OTHER }]);
  for (const path of [
    '/account',
    '/oauth/authorizations',
    '/apps',
    '/nowhere',
    '/account/rate-limits',
  ]) {
    const body = await (await call(standIn, 'GET', path)).text();
    for (const token of [TOKEN, OTHER]) assert.ok(!body.includes(token), path);
  }
});

test('what was asked is on record, the token too', async (t) => {
  const standIn = await start(t, [DEV], [{ path: '/account', do: { kind: 'reset' }, times: 1 }]);
  await assert.rejects(call(standIn, 'GET', '/account?x=1'));
  await call(standIn, 'GET', '/account');
  const seen = standIn.seen();
  assert.deepEqual(
    seen.map(({ protocol, method, path, status }) => [protocol, method, path, status]),
    [
      ['http', 'GET', '/account?x=1', null],
      ['http', 'GET', '/account', 200],
    ],
  );
  assert.equal(seen[1]?.host, `127.0.0.1:${standIn.port}`);
  assert.equal(seen[1]?.headers['authorization'], `Bearer ${TOKEN}`);
  standIn.clearSeen();
  assert.deepEqual(standIn.seen(), []);
});

test('it fails as it is told to', async (t) => {
  const faulty = (t: TestContext, fault: Fault['do'], more: Partial<Fault> = {}) =>
    start(t, [DEV], [{ ...more, do: fault }]);

  await t.test('hang: takes the request and never answers', async (t) => {
    const standIn = await faulty(t, { kind: 'hang' });
    const signal = AbortSignal.timeout(300);
    await assert.rejects(call(standIn, 'GET', '/account', { signal }), { name: 'TimeoutError' });
    assert.deepEqual(
      standIn.seen().map(({ status }) => status),
      [null],
    );
    await standIn.close();
  });

  await t.test('reset: the connection is reset', async (t) => {
    const standIn = await faulty(t, { kind: 'reset' });
    const error = await call(standIn, 'GET', '/account').catch((thrown: unknown) => thrown);
    assert.equal(((error as Error).cause as NodeJS.ErrnoException).code, 'ECONNRESET');
  });

  await t.test(
    'status: with headers and body, or with the body that Heroku documents',
    async (t) => {
      const headers = { 'Retry-After': '2' };
      const standIn = await faulty(t, { kind: 'status', status: 429, headers });
      const limited = await call(standIn, 'GET', '/account');
      assert.equal(limited.status, 429);
      assert.equal(limited.headers.get('Retry-After'), '2');
      assert.equal(((await limited.json()) as { id: string }).id, 'rate_limit');
      standIn.set({ faults: [{ do: { kind: 'status', status: 503, body: '<h1>down</h1>' } }] });
      const down = await call(standIn, 'GET', '/account');
      assert.deepEqual([down.status, await down.text()], [503, '<h1>down</h1>']);
      assert.deepEqual(
        standIn.seen().map(({ status }) => status),
        [429, 503],
      );
    },
  );

  await t.test('redirect', async (t) => {
    const standIn = await faulty(t, { kind: 'redirect', to: 'https://elsewhere.example.com/' });
    const response = await call(standIn, 'GET', '/account');
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
    const standIn = await faulty(t, { kind: 'slow', bytesPerSecond: 1000 });
    const began = performance.now();
    const body = (await (await call(standIn, 'GET', '/account')).text()) as string;
    const expected = (body.length / 1000) * 1000;
    assert.equal((JSON.parse(body) as { email: string }).email, DEV.email);
    assert.ok(performance.now() - began >= expected * 0.8);
  });

  await t.test('truncate: promises the whole length and sends a part', async (t) => {
    const standIn = await faulty(t, { kind: 'truncate', bytes: 20 });
    const [head = '', body = ''] = (await rawGet(standIn.port, '/account')).split('\r\n\r\n');
    assert.ok(Number(/content-length: (\d+)/i.exec(head)?.[1]) > 100);
    assert.equal(body, '{"allow_tracking":tr');
    await assert.rejects((await call(standIn, 'GET', '/account')).text());
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
    const standIn = await faulty(t, { kind: 'big', bytes: 1e12 });
    const abort = new AbortController();
    await call(standIn, 'GET', '/account', { signal: abort.signal });
    abort.abort();
    await standIn.close();
  });

  await t.test('delay: the real answer, later', async (t) => {
    const standIn = await faulty(t, { kind: 'delay', ms: 200 });
    const began = performance.now();
    assert.equal((await call(standIn, 'GET', '/account')).status, 200);
    assert.ok(performance.now() - began >= 195);
  });

  await t.test('in order, as often as asked, where host, method and path fit', async (t) => {
    const fail = (status: number): Fault['do'] => ({ kind: 'status', status });
    const standIn = await start(
      t,
      [DEV],
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
      statuses.push((await call(standIn, 'GET', '/account')).status);
    }
    assert.deepEqual(statuses, [502, 502, 503, 200]);
    assert.equal((await call(standIn, 'DELETE', '/oauth/sessions/~')).status, 504);
    assert.equal((await call(standIn, 'GET', '/my-app.git/info/refs')).status, 500);
    assert.equal((await call(standIn, 'GET', '/versions/x')).status, 501);
    standIn.set({ faults: [] });
    assert.equal((await call(standIn, 'DELETE', '/oauth/sessions/~')).status, 404);
  });
});

/** The bytes as they come, which no HTTP client hands out when they are too few. */
function rawGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let all = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      all += text;
    });
    socket.on('end', () => resolve(all)).on('error', reject);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: ${ACCEPT}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    );
  });
}

test('it is controlled over HTTP, by this machine only', async (t) => {
  const { standIn, ca } = await startWithTls(t);
  const state = {
    accounts: [DEV],
    faults: [{ path: '/apps', do: { kind: 'status', status: 503 } }],
  };
  const put = (body: string) => fetch(`${standIn.url}/_control/state`, { method: 'PUT', body });
  assert.equal((await put(JSON.stringify(state))).status, 204);
  assert.equal((await call(standIn, 'GET', '/account')).status, 200);
  assert.equal((await call(standIn, 'GET', '/apps')).status, 503);
  assert.equal((await put('{"accounts":')).status, 400);
  assert.equal(
    (await call(standIn, 'GET', '/account')).status,
    200,
    'a broken change changes nothing',
  );
  const seen = await fetch(`${standIn.url}/_control/seen`);
  assert.deepEqual(await seen.json(), standIn.seen());
  assert.equal(standIn.seen().length, 3, 'control requests are not on record');
  await fetch(`${standIn.url}/_control/seen`, { method: 'DELETE' });
  assert.deepEqual(standIn.seen(), []);
  assert.equal(await tlsStatus(standIn, ca, '/_control/seen'), 406, 'over TLS it is an API path');
});

test('its certificates are good for the three hosts, and its key is private', async (t) => {
  const { standIn, ca, key } = await startWithTls(t);
  for (const host of ['api.heroku.com', 'git.heroku.com', 'cli-assets.heroku.com', 'localhost']) {
    assert.equal(await tlsStatus(standIn, ca, '/account', host), 200, host);
  }
  await assert.rejects(tlsStatus(standIn, ca, '/account', 'evil.example.com'), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.equal(standIn.seen()[0]?.protocol, 'https');
  standIn.set({ faults: [{ do: { kind: 'reset' } }] });
  await assert.rejects(tlsStatus(standIn, ca, '/account'), { code: 'ECONNRESET' });
});

async function startWithTls(t: TestContext) {
  const dir = temporaryFolder(t);
  const { ca, cert, key } = makeCertificates(join(dir, 'tls'));
  const standIn = await startFakeHeroku({
    dir: join(dir, 'git'),
    tls: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
  });
  t.after(() => standIn.close());
  standIn.set({ accounts: [DEV] });
  return { standIn, dir, ca, key };
}

function tlsStatus(
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
          Authorization: `Bearer ${TOKEN}`,
          ...(path === '/account' && { Accept: ACCEPT }),
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    ).on('error', reject);
  });
}

test('git', async (t) => {
  await t.test('pushes over TLS with a token, and reads back what it pushed', async (t) => {
    const { git, work, standIn } = await gitRig(t, TOKEN);
    // More than git's http.postBuffer, so that the push comes in chunks, too.
    writeFileSync(
      join(work, 'noise'),
      Buffer.from(Array.from({ length: 2_500_000 }, () => Math.random() * 256)),
    );
    for (const args of [
      ['add', '.'],
      ['commit', '--quiet', '--message', 'first'],
    ]) {
      assert.equal((await git(...args)).code, 0, args.join(' '));
    }
    const pushed = await git('push', 'heroku', 'main');
    assert.equal(pushed.code, 0, pushed.stderr);
    const head = (await git('rev-parse', 'HEAD')).stdout.trim();
    assert.match(
      (await git('ls-remote', 'heroku', 'main')).stdout,
      new RegExp(`^${head}\trefs/heads/main`),
    );
    const cloned = await git(
      'clone',
      '--quiet',
      `https://git.heroku.com:${standIn.tlsPort}/my-app.git`,
      'copy',
    );
    assert.equal(cloned.code, 0, cloned.stderr);
    assert.deepEqual(readFileSync(join(work, 'copy/noise')), readFileSync(join(work, 'noise')));
    const push = standIn.seen().find(({ path }) => path === '/my-app.git/git-receive-pack');
    assert.equal(push?.status, 200);
    const chunked = standIn
      .seen()
      .some(({ headers }) => headers['transfer-encoding'] === 'chunked');
    assert.ok(chunked, 'a chunked request was among them');
    const basic = `Basic ${Buffer.from(`dev@example.com:${TOKEN}`).toString('base64')}`;
    assert.equal(push?.headers['authorization'], basic);
    assert.match(push?.host ?? '', /^git\.heroku\.com:\d+$/);
  });

  const refused: [name: string, password: string, account: Partial<Account>][] = [
    ['a wrong token', OTHER, {}],
    ['a revoked token', TOKEN, { state: 'revoked' }],
    ['an expired token', TOKEN, { expiresIn: 0 }],
    ['a token of an account without this app', TOKEN, { apps: ['other-app'] }],
    ['a suspended account', TOKEN, { state: 'suspended' }],
  ];
  for (const [name, password, account] of refused) {
    await t.test(`refuses ${name}`, async (t) => {
      const { git, standIn, dir } = await gitRig(t, password);
      standIn.set({ accounts: [{ ...DEV, ...account }] });
      const { code, stderr } = await git('ls-remote', 'heroku');
      assert.equal(code, 128);
      // What git says once the netrc entry was refused and nobody can be asked.
      assert.match(stderr, /could not read Username|Authentication failed/);
      assert.ok(standIn.seen().some(({ headers }) => headers['authorization'] !== undefined));
      assert.deepEqual([...new Set(standIn.seen().map(({ status }) => status))], [401]);
      assert.ok(!existsSync(join(dir, 'git/my-app.git')), 'no repository appears for it');
    });
  }

  await t.test('asks for Basic authentication', async (t) => {
    const standIn = await start(t, [DEV]);
    const response = await fetch(`${standIn.url}/my-app.git/info/refs?service=git-upload-pack`);
    assert.equal(response.status, 401);
    assert.match(response.headers.get('WWW-Authenticate') ?? '', /^Basic realm=/);
  });

  await t.test('may compress what it sends', async (t) => {
    const standIn = await start(t, [DEV]);
    const response = await fetch(`${standIn.url}/my-app.git/git-upload-pack`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}`,
        'Content-Type': 'application/x-git-upload-pack-request',
        'Content-Encoding': 'gzip',
        'Git-Protocol': 'version=2',
      },
      body: gzipSync('0014command=ls-refs\n00010009peel\n0000'),
    });
    // An empty repository has no refs to list: the flush packet is the whole, correct answer.
    assert.deepEqual([response.status, await response.text()], [200, '0000']);
  });
});

/** A work tree with a remote `heroku`, and a git that knows nothing of this machine's settings. */
async function gitRig(t: TestContext, password: string) {
  const { standIn, dir, ca } = await startWithTls(t);
  const home = join(dir, 'home');
  const work = join(dir, 'work');
  await mkdir(home);
  await mkdir(work);
  writeFileSync(
    join(home, '.netrc'),
    `machine git.heroku.com\n  login dev@example.com\n  password ${password}\n`,
    { mode: 0o600 },
  );
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  const settings = [
    'user.name=Dev',
    'user.email=dev@example.com',
    `http.curloptResolve=git.heroku.com:${standIn.tlsPort}:127.0.0.1`,
    `http.sslCAInfo=${ca}`,
  ].flatMap((setting) => ['-c', setting]);
  const git = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        'git',
        [...settings, ...args],
        { cwd: work, env },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'heroku', `https://git.heroku.com:${standIn.tlsPort}/my-app.git`);
  return { standIn, dir, work, git };
}

test('the registry', async (t) => {
  const standIn = await start(t, [DEV]);
  const ask = (method: string, path: string, token?: string, more: RequestInit = {}) =>
    fetch(standIn.url + path, {
      method,
      ...more,
      headers: {
        ...(token && { Authorization: `Basic ${Buffer.from(`_:${token}`).toString('base64')}` }),
        ...more.headers,
      },
    });

  await t.test('asks for a login, and takes the token of an app it may push to', async () => {
    for (const [path, token, status] of [
      ['/v2/', undefined, 401],
      ['/v2/', OTHER, 401],
      ['/v2/', TOKEN, 200],
      ['/v2/my-app/web/manifests/latest', undefined, 401],
      ['/v2/other-app/web/manifests/latest', TOKEN, 401],
      ['/v2/my-app/web/manifests/latest', TOKEN, 404],
    ] as const) {
      const answer = await ask('GET', path, token);
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get('Docker-Distribution-Api-Version'), 'registry/2.0');
      const challenge = status === 401 ? 'Basic realm="Heroku Registry"' : null;
      assert.equal(answer.headers.get('WWW-Authenticate'), challenge);
    }
  });

  await t.test('gives back what was pushed, and nothing that does not have its sum', async () => {
    const body = 'a layer';
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const upload = async (claimed: string) => {
      const begun = await ask('POST', '/v2/my-app/web/blobs/uploads/', TOKEN);
      const at = begun.headers.get('Location') ?? '';
      const sent = await ask('PATCH', at, TOKEN, { body });
      assert.deepEqual([begun.status, sent.status], [202, 202]);
      return (await ask('PUT', `${at}?digest=${claimed}`, TOKEN)).status;
    };
    assert.equal(await upload(digest.replace(/.$/, 'x')), 400);
    assert.equal((await ask('HEAD', `/v2/my-app/web/blobs/${digest}`, TOKEN)).status, 404);
    assert.equal(await upload(digest), 201);
    const blob = await ask('GET', `/v2/my-app/web/blobs/${digest}`, TOKEN);
    assert.equal(await blob.text(), body);
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = { headers: { 'Content-Type': type }, body: '{}' };
    await ask('PUT', '/v2/my-app/web/manifests/latest', TOKEN, manifest);
    const tagged = await ask('GET', '/v2/my-app/web/manifests/latest', TOKEN);
    assert.equal(tagged.headers.get('Content-Type'), type);
    const sum = tagged.headers.get('Docker-Content-Digest');
    assert.equal(await (await ask('GET', `/v2/my-app/web/manifests/${sum}`, TOKEN)).text(), '{}');
  });
});

test('downloads come from the folder of releases, and from nowhere else', async (t) => {
  const dir = temporaryFolder(t);
  await mkdir(join(dir, 'releases/versions/1'), { recursive: true });
  writeFileSync(join(dir, 'releases/versions/1/a-buildmanifest'), '{"a":1}');
  writeFileSync(join(dir, 'secret'), 'secret');
  const standIn = await startFakeHeroku({ dir: join(dir, 'git'), releases: join(dir, 'releases') });
  t.after(() => standIn.close());
  const good = await fetch(`${standIn.url}/versions/1/a-buildmanifest`);
  assert.equal(good.status, 200);
  assert.equal(good.headers.get('Content-Length'), '7');
  assert.deepEqual(await good.json(), { a: 1 });
  const head = await fetch(`${standIn.url}/versions/1/a-buildmanifest`, { method: 'HEAD' });
  assert.equal(head.headers.get('Content-Length'), '7');
  for (const path of [
    '/versions/1',
    '/versions/2',
    '/versions/..%2f..%2fsecret',
    '/channels/%2e%2e/x',
  ]) {
    assert.notEqual((await rawGet(standIn.port, path)).slice(9, 12), '200', path);
  }
  standIn.set({ faults: [{ host: 'assets', do: { kind: 'truncate', bytes: 3 } }] });
  await assert.rejects((await fetch(`${standIn.url}/versions/1/a-buildmanifest`)).text());
});

test('it runs as a process of its own', async (t) => {
  const dir = temporaryFolder(t);
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
    body: JSON.stringify({ accounts: [DEV] }),
  });
  assert.equal(put.status, 204);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});
