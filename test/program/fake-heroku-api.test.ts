// The fake Heroku's Platform API behaves as docs/facts/heroku.md part 1 describes the service.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { publishedSchema } from '../fake-heroku/published-schema.ts';
import { useFakeHeroku } from '../support/fake-heroku.ts';
import { day, dev, token as devToken, rotated as otherToken } from '../support/rig.ts';

const heroku = useFakeHeroku();
const list = '/oauth/authorizations';
const other = { email: dev.email, token: otherToken, expiresIn: null };

interface Row {
  id: string;
  scope: string[];
  access_token: null | { token: string; expires_in: number | null };
}

const rows = async (token = devToken) =>
  (await (await heroku.get(list, { token })).json()) as Row[];
const ownRow = async () =>
  (await rows()).find((row) => row.access_token?.token.startsWith('HRKU-AAf')) ?? assert.fail();
const create = (body: object | string) =>
  heroku.call('POST', list, { body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('answers of the Platform API', () => {
  test('conform to the published schema', async () => {
    const published = publishedSchema();
    heroku.set({ accounts: [dev, other] });
    const { id } = await ownRow();
    const body = JSON.stringify({ scope: ['global'], description: 'made here', expires_in: 60 });
    const reads = ['/account', '/apps', '/users/~/apps', '/apps/my-app'];
    for (const [method, path, more] of [
      ...[...reads, list].map((path) => ['GET', path] as const),
      ['POST', list, { body }],
      ['GET', `${list}/${id}`],
      ['DELETE', `${list}/${id}`],
    ] as const) {
      const response = await heroku.call(method, path, more);
      assert.equal(response.status, method === 'POST' ? 201 : 200, `${method} ${path}`);
      assert.match(response.headers.get('Request-Id') ?? '', /^[0-9a-f-]{36}$/);
      assert.equal(response.headers.get('Content-Type'), 'application/json');
      const judge = published(method, path);
      assert.ok(judge, `the schema knows ${method} ${path}`);
      const answer: unknown = await response.json();
      assert.ok(judge(answer), `${method} ${path}: ${JSON.stringify(judge.errors, null, 1)}`);
      if (Array.isArray(answer)) assert.ok(answer.length > 0, `${path} has rows to judge`);
    }
  });

  test('are judged by a schema that can say no', async () => {
    const [judge, judgeList] = ['/account', list].map((path) => publishedSchema()('GET', path));
    assert.ok(judge && judgeList);
    const good = (await (await heroku.get('/account')).json()) as Record<string, unknown>;
    const nested = { default_team: { id: good['id'], name: 'a', x: 1 } };
    assert.ok(judge(good));
    for (const wrong of [
      ...[{ email: undefined }, { colour: 'blue' }, { verified: 'yes' }, { id: '1' }, nested],
      { created_at: 'yesterday' },
    ]) {
      const broken = JSON.parse(JSON.stringify({ ...good, ...wrong }));
      assert.equal(judge(broken), false, JSON.stringify(wrong));
    }
    const row = await ownRow();
    assert.ok(judgeList([row]));
    for (const wrong of [{ user: { email: dev.email } }, { scope: [1] }]) {
      assert.equal(judgeList([{ ...row, ...wrong }]), false);
    }
  });

  test('need the right Accept header', async () => {
    const form = 'application/vnd.heroku+json; version=';
    for (const [accept, status] of [
      [`${form}3`, 200],
      [`${form}3.sdk`, 200],
      [`${form}2`, 406],
      ['*/*', 406],
      ['application/json', 406],
    ] as const) {
      const response = await heroku.get('/account', { headers: { Accept: accept } });
      assert.equal(response.status, status, accept);
    }
  });
});

// The states of an account: program/rejected.test.ts.
test('a token that is expired, unknown or not a Bearer is not let in', async () => {
  const status = async (more = {}) => (await heroku.get('/account', more)).status;
  assert.equal(await status({ token: otherToken }), 401);
  assert.equal(await status({ headers: { Authorization: `Basic ${devToken}` } }), 401);
  heroku.set({ accounts: [{ ...dev, expiresIn: 0.2 }] });
  assert.equal(await status(), 200);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(await status(), 401);
});

test('a token without the scope can list nothing', async () => {
  heroku.set({ accounts: [{ ...dev, scope: ['identity'] }] });
  const paths = ['/account', list, '/apps', '/apps/my-app'];
  const answers = await Promise.all(paths.map((path) => heroku.get(path)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 403, 403, 403],
  );
});

describe('the list of authorizations', () => {
  const stranger: Account = { email: 'stranger@example.com', token: `HRKU-AA${'c'.repeat(58)}` };
  const accounts = [dev, other, stranger];

  test('holds every row of the account, redacted, and some without our tokens', async () => {
    heroku.set({ accounts });
    const all = await rows();
    assert.equal(all.length, 4);
    for (const token of ['HRKU-AAf**********0Y_x', 'HRKU-AAs**********x0Y_', undefined]) {
      assert.ok(
        all.some((row) => row.access_token?.token === token),
        token,
      );
    }
    for (const left of [29 * day, null]) {
      assert.ok(
        all.some((row) => row.access_token?.expires_in === left),
        `${left}`,
      );
    }
  });

  test('comes in pages when there are more rows than a page holds', async () => {
    heroku.set({ accounts, settings: { pageSize: 3 } });
    const first = await heroku.get(list);
    assert.equal(first.status, 206);
    const next = first.headers.get('Next-Range') ?? '';
    assert.match(next, /^id \][0-9a-f-]{36}\.\.; max=3$/);
    const page = (Range: string) => heroku.get(list, { headers: { Range } });
    const rest = await page(next);
    assert.deepEqual([rest.status, rest.headers.get('Next-Range')], [200, null]);
    const ids = [...((await first.json()) as Row[]), ...((await rest.json()) as Row[])];
    assert.equal(new Set(ids.map((row) => row.id)).size, 4, 'each row once');
    assert.equal((await page('x')).status, 416);
  });

  test('lets its rows be revoked, by their account alone', async () => {
    heroku.set({ accounts });
    const { id } = await ownRow();
    const revoke = async (token: string) =>
      (await heroku.call('DELETE', `${list}/${id}`, { token })).status;
    assert.deepEqual([await revoke(stranger.token), await revoke(devToken)], [404, 200]);
    assert.equal((await heroku.get('/account')).status, 401);
    assert.equal((await rows(otherToken)).length, 3);
  });

  test('takes a new token, whose value is told once', async () => {
    const { access_token: made } = (await (await create({ expires_in: 60 })).json()) as Row;
    assert.match(made?.token ?? '', /^HRKU-AA[\w-]{58}$/);
    assert.equal((await heroku.get('/account', { token: made?.token ?? '' })).status, 200);
    assert.ok(made && !JSON.stringify(await rows()).includes(made.token));
    // As `heroku authorizations:create` sends it.
    const row = (await (await create({ description: 'CI', expires_in: '60' })).json()) as Row;
    assert.deepEqual([row.scope, row.access_token?.expires_in], [['global'], 60]);
    assert.equal((await create('{')).status, 400);
    for (const wrong of [{ scope: 'global' }, { scope: [1] }, { expires_in: 'soon' }]) {
      assert.equal((await create(wrong)).status, 422, JSON.stringify(wrong));
    }
  });

  test('has no default authorization and no session', async () => {
    for (const [method, path, resource] of [
      ['GET', `${list}/~`, 'authorization'],
      ['DELETE', '/oauth/sessions/~', 'session'],
    ] as const) {
      const response = await heroku.call(method, path);
      const answer = (await response.json()) as Record<string, string>;
      const told = [response.status, answer['id'], answer['resource']];
      assert.deepEqual(told, [404, 'not_found', resource]);
    }
  });
});

test('beyond the rate limit it answers 429 and says when to come back', async () => {
  heroku.set({ settings: { rateLimit: { size: 4500, left: 2, perMinute: 30 } } });
  for (const expected of [
    [200, '1', null],
    [200, '0', null],
    [429, '0', '2'],
    [429, '0', '2'],
  ]) {
    const { status, headers } = await heroku.get('/account');
    const told = [status, headers.get('RateLimit-Remaining'), headers.get('Retry-After')];
    assert.deepEqual(told, expected);
  }
});

test('no answer but that to POST holds a whole token', async () => {
  heroku.set({ accounts: [dev, other] });
  for (const path of ['/account', list, '/apps', '/nowhere']) {
    const body = await (await heroku.get(path)).text();
    for (const token of [devToken, otherToken]) assert.ok(!body.includes(token), path);
  }
});
