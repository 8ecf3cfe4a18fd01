// The fake Heroku's Platform API behaves as docs/facts/heroku.md part 1 describes the service.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { publishedSchema } from '../fake-heroku/published-schema.ts';
import { dev, devToken, otherToken, useFakeHeroku } from '../support/fake-heroku.ts';

const heroku = useFakeHeroku();

describe('answers of the Platform API', () => {
  test('conform to the published schema', async () => {
    const published = publishedSchema();
    heroku.set({ accounts: [dev, { email: 'dev@example.com', token: otherToken }] });
    const id = (await ownRow()).id;
    const scope = JSON.stringify({ scope: ['global'], description: 'made here', expires_in: 60 });
    const cases: [method: string, path: string, status: number, body?: string][] = [
      ['GET', '/account', 200],
      ['GET', '/apps', 200],
      ['GET', '/users/~/apps', 200],
      ['GET', '/apps/my-app', 200],
      ['GET', '/oauth/authorizations', 200],
      ['POST', '/oauth/authorizations', 201, scope],
      ['GET', `/oauth/authorizations/${id}`, 200],
      ['DELETE', `/oauth/authorizations/${id}`, 200],
    ];
    for (const [method, path, status, body] of cases) {
      const response = await heroku.call(method, path, body === undefined ? {} : { body });
      assert.equal(response.status, status, `${method} ${path}`);
      const judge = published(method, path);
      assert.ok(judge, `the schema knows ${method} ${path}`);
      const answer: unknown = await response.json();
      assert.ok(judge(answer), `${method} ${path}: ${JSON.stringify(judge.errors, null, 1)}`);
      if (Array.isArray(answer)) assert.ok(answer.length > 0, `${path} has rows to judge`);
    }
  });

  test('are judged by a schema that can say no', async () => {
    const judge = publishedSchema()('GET', '/account');
    const list = publishedSchema()('GET', '/oauth/authorizations');
    assert.ok(judge && list);
    const good = (await (await heroku.get('/account')).json()) as Record<string, unknown>;
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
    const row = await ownRow();
    assert.ok(list([row]));
    assert.equal(list([{ ...row, user: { email: dev.email } }]), false);
    assert.equal(list([{ ...row, scope: [1] }]), false);
  });

  test('carry the headers that Heroku sends', async () => {
    const first = await heroku.get('/account');
    const second = await heroku.get('/account');
    assert.match(first.headers.get('Request-Id') ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(first.headers.get('Request-Id'), second.headers.get('Request-Id'));
    assert.equal(first.headers.get('Content-Type'), 'application/json');
    const left = [first, second].map((one) => Number(one.headers.get('RateLimit-Remaining')));
    assert.deepEqual(left, [4499, 4498]);
  });

  test('need the right Accept header', async () => {
    const status = async (accept: string) =>
      (await heroku.get('/account', { headers: { Accept: accept } })).status;
    assert.equal(await status('application/vnd.heroku+json; version=3'), 200);
    assert.equal(await status('application/vnd.heroku+json; version=3.sdk'), 200);
    for (const accept of ['*/*', 'application/json', 'application/vnd.heroku+json; version=2']) {
      assert.equal(await status(accept), 406, accept);
    }
  });
});

describe('a token is answered as by the service:', () => {
  const table: [name: string, account: Partial<Account>, status: number, id?: string][] = [
    ['good', {}, 200],
    ['revoked', { state: 'revoked' }, 401, 'unauthorized'],
    ['expired', { expiresIn: 0 }, 401, 'unauthorized'],
    ['unknown', { token: otherToken }, 401, 'unauthorized'],
    ['of a suspended account', { state: 'suspended' }, 403, 'suspended'],
    ['forbidden', { state: 'forbidden' }, 403, 'forbidden'],
    ['without the second factor', { state: 'two_factor' }, 403, 'two_factor'],
    ['of an account with an unpaid bill', { state: 'delinquent' }, 402, 'delinquent'],
  ];
  for (const [name, account, status, id] of table) {
    test(name, async () => {
      heroku.set({ accounts: [{ ...dev, ...account }] });
      const response = await heroku.get('/account');
      const { id: told, message = '' } = (await response.json()) as Record<string, string>;
      assert.equal(response.status, status);
      if (id === undefined) return;
      assert.equal(told, id);
      if (name === 'unknown') assert.equal(message, 'Invalid credentials provided.');
      assert.ok(message.length > 0);
    });
  }

  test('not as a Bearer', async () => {
    const headers = { Authorization: `Basic ${devToken}` };
    assert.equal((await heroku.get('/account', { headers })).status, 401);
  });

  test('expired since', async () => {
    heroku.set({ accounts: [{ ...dev, expiresIn: 0.2 }] });
    assert.equal((await heroku.get('/account')).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.equal((await heroku.get('/account')).status, 401);
  });

  test('without the scope to list anything', async () => {
    heroku.set({ accounts: [{ ...dev, scope: ['identity'] }] });
    assert.equal((await heroku.get('/account')).status, 200);
    for (const path of ['/oauth/authorizations', '/apps', '/apps/my-app']) {
      const response = await heroku.get(path);
      assert.equal(response.status, 403, path);
      assert.equal(((await response.json()) as { id: string }).id, 'forbidden');
    }
  });
});

interface Row {
  id: string;
  access_token: null | { token: string; expires_in: number | null };
}

async function rows(token = devToken): Promise<Row[]> {
  return (await (await heroku.get('/oauth/authorizations', {}, token)).json()) as Row[];
}

async function ownRow(): Promise<Row> {
  const own = (await rows()).find((row) => row.access_token?.token.startsWith('HRKU-AAa'));
  assert.ok(own, 'the calling token is in its own list');
  return own;
}

describe('the list of authorizations', () => {
  const stranger: Account = { email: 'stranger@example.com', token: `HRKU-AA${'c'.repeat(58)}` };
  const accounts = [dev, { email: dev.email, token: otherToken, expiresIn: null }, stranger];

  test('holds every row of the account, redacted, and some without our tokens', async () => {
    heroku.set({ accounts });
    const tokens = (await rows()).map((row) => row.access_token?.token);
    assert.equal(tokens.length, 4);
    assert.ok(tokens.includes('HRKU-AAa**********1111'));
    assert.ok(tokens.includes('HRKU-AAb**********2222'));
    assert.ok(tokens.includes(undefined), 'a row whose access_token is null');
    const expiries = (await rows()).map((row) => row.access_token?.expires_in);
    assert.ok(expiries.includes(2_592_000) && expiries.includes(null));
  });

  test('comes in pages when there are more rows than a page holds', async () => {
    heroku.set({ accounts, settings: { pageSize: 3 } });
    const first = await heroku.get('/oauth/authorizations');
    assert.equal(first.status, 206);
    const next = first.headers.get('Next-Range');
    assert.match(next ?? '', /^id \][0-9a-f-]{36}\.\.; max=3$/);
    const page = (Range: string) => heroku.get('/oauth/authorizations', { headers: { Range } });
    const rest = await page(next ?? '');
    assert.equal(rest.status, 200);
    assert.equal(rest.headers.get('Next-Range'), null);
    const ids = [...((await first.json()) as Row[]), ...((await rest.json()) as Row[])];
    assert.equal(new Set(ids.map((row) => row.id)).size, 4, 'each row once');
    assert.equal((await page('x')).status, 416);
  });

  test('lets its rows be revoked, and a revoked token is dead', async () => {
    heroku.set({ accounts });
    const { id } = await ownRow();
    const revoke = async (by?: string) =>
      (await heroku.call('DELETE', `/oauth/authorizations/${id}`, {}, by)).status;
    assert.deepEqual([await revoke(stranger.token), await revoke()], [404, 200]);
    assert.equal((await heroku.get('/account')).status, 401);
    assert.equal((await heroku.get('/account', {}, otherToken)).status, 200);
    assert.equal((await rows(otherToken)).length, 3);
  });

  test('takes a new token, whose value is told once', async () => {
    const body = JSON.stringify({ scope: ['identity'], expires_in: 60 });
    const response = await heroku.call('POST', '/oauth/authorizations', { body });
    assert.equal(response.status, 201);
    const { access_token: made } = (await response.json()) as Row;
    assert.match(made?.token ?? '', /^HRKU-AA[\w-]{58}$/);
    assert.equal(made?.expires_in, 60);
    assert.equal((await heroku.get('/account', {}, made?.token)).status, 200);
    const list = await (await heroku.get('/oauth/authorizations')).text();
    assert.ok(made && !list.includes(made.token));
    for (const [status, wrong] of [
      [400, '{'],
      [422, '{"scope":"global"}'],
      [422, '{"scope":[1]}'],
      [422, '{"expires_in":"soon"}'],
    ] as const) {
      const refused = await heroku.call('POST', '/oauth/authorizations', { body: wrong });
      assert.equal(refused.status, status);
    }
  });

  test('takes what `heroku authorizations:create` sends', async () => {
    const body = JSON.stringify({ description: 'CI', expires_in: '60' });
    const response = await heroku.call('POST', '/oauth/authorizations', { body });
    assert.equal(response.status, 201);
    const { scope, access_token: made } = (await response.json()) as Row & { scope: string[] };
    assert.deepEqual([scope, made?.expires_in], [['global'], 60]);
  });

  test('has no default authorization and no session', async () => {
    for (const [method, path, resource] of [
      ['GET', '/oauth/authorizations/~', 'authorization'],
      ['DELETE', '/oauth/sessions/~', 'session'],
    ] as const) {
      const response = await heroku.call(method, path);
      assert.equal(response.status, 404);
      const { id, resource: named } = (await response.json()) as Record<string, string>;
      assert.deepEqual([id, named], ['not_found', resource]);
    }
  });
});

test('beyond the rate limit it answers 429 and says when to come back', async () => {
  heroku.set({ settings: { rateLimit: { size: 4500, left: 2, perMinute: 30 } } });
  const answers: [number, string | null, string | null][] = [];
  for (let count = 0; count < 4; count++) {
    const { status, headers } = await heroku.get('/account');
    answers.push([status, headers.get('RateLimit-Remaining'), headers.get('Retry-After')]);
  }
  assert.deepEqual(answers, [
    [200, '1', null],
    [200, '0', null],
    [429, '0', '2'],
    [429, '0', '2'],
  ]);
  // One comes back every two seconds; a full bucket is a matter of setting it anew.
  heroku.set({ settings: { rateLimit: { size: 4500, left: 4500, perMinute: 30 } } });
  assert.equal((await heroku.get('/account')).status, 200);
});

test('no answer but that to POST holds a whole token', async () => {
  heroku.set({ accounts: [dev, { email: dev.email, token: otherToken }] });
  for (const path of ['account', 'oauth/authorizations', 'apps', 'nowhere']) {
    const body = await (await heroku.get(`/${path}`)).text();
    for (const token of [devToken, otherToken]) assert.ok(!body.includes(token), path);
  }
});

test('what was asked is on record, the token too', async () => {
  heroku.set({ faults: [{ path: '/account', do: { kind: 'reset' }, times: 1 }] });
  await assert.rejects(heroku.get('/account?x=1'));
  await heroku.get('/account');
  const seen = heroku.seen();
  assert.deepEqual(
    seen.map(({ protocol, method, path, status }) => [protocol, method, path, status]),
    [
      ['http', 'GET', '/account?x=1', null],
      ['http', 'GET', '/account', 200],
    ],
  );
  assert.equal(seen[1]?.host, `127.0.0.1:${heroku.port}`);
  assert.equal(seen[1]?.headers['authorization'], `Bearer ${devToken}`);
  heroku.clearSeen();
  assert.deepEqual(heroku.seen(), []);
});
