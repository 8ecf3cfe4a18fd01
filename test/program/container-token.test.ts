// A token of the container's own (option `perContainerToken`): created with the secret, stored instead of it,
// renewed.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { containerTokenName } from '../../src/codespace.ts';
import { login } from '../../src/commands/login.ts';
import type { Context } from '../../src/context.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { openState } from '../../src/credentials/state.ts';
import { mayNotRevoke } from '../../src/messages/network.ts';
import { defaults } from '../../src/options.ts';
import type { Account, Fault } from '../fake-heroku/fake-heroku.ts';
import { uuidOf } from '../fake-heroku/state.ts';
import { loggedInAlone, useContainerToken } from '../support/container-token.ts';
import { makeToken, newHome, output } from '../support/program.ts';
import { day, dev, loggedIn, rotated, token as secret, status } from '../support/rig.ts';

const limit = { total: 300, attempt: 300 };
const rig = useContainerToken({ timeouts: { retryPause: 10, containerToken: limit } });
const { run, statusOf, storedToken } = rig;

const codespace = {
  CODESPACES: 'true',
  CODESPACE_NAME: 'fluffy-disco-1234',
  GITHUB_REPOSITORY: 'octocat/my-app',
};
const asked = () => rig.requests().map((one) => one.replace(/[0-9a-f-]{36}$/, 'ID'));
const create = ['GET /account', 'GET /oauth/authorizations', 'POST /oauth/authorizations'];
const revoke = 'DELETE /oauth/authorizations/ID';

describe('the first login', () => {
  test('creates a token, stores it instead of the secret, and says so', async () => {
    assert.deepEqual(await run(), { stdout: loggedInAlone, stderr: '', code: 0 });
    assert.deepEqual(rig.requests(), create);
    assert.notEqual(storedToken(), secret);
    assert.equal(await statusOf(storedToken()), 200);
    assert.throws(() => output('grep', ['-r', secret, rig.home]), 'the secret is in the home');
  });

  test('gives it a name that tells the codespace, a week, and the scope that logout needs', async () => {
    await run([], { env: codespace });
    const [{ description, scope, access_token: token } = assert.fail(), ...more] =
      await rig.containerTokens();
    assert.deepEqual(more, []);
    assert.match(description, /^Codespace fluffy-disco-1234 of octocat\/my-app, user \S+$/);
    assert.deepEqual(scope, ['global']);
    const left = token?.expires_in ?? 0;
    assert.ok(left > 7 * day - 60 && left <= 7 * day, `${left} s`);
  });

  test('tells programs until when it is', async () => {
    const { stdout } = await run(['--json']);
    const { containerTokenExpiresAt, expiresAt } = JSON.parse(stdout) as Record<string, string>;
    const left = (at = '') => Math.round((Date.parse(at) - Date.now()) / (day * 1000));
    assert.deepEqual([left(containerTokenExpiresAt), left(expiresAt)], [7, 29]);
  });

  test('stores a token from standard input as it is', async () => {
    await run(['--with-token'], { env: { HEROKU_API_KEY: '' }, input: secret });
    assert.equal(storedToken(), secret);
  });
});

describe('if none can be created the secret itself is stored, and that is said:', () => {
  const table: [name: string, fault: Fault['do'] | undefined, told: RegExp][] = [
    ['too narrow a scope', undefined, /cannot create authorizations .403, forbidden/],
    ['an account with SSO', status(422), /cannot create authorizations .422, inv/],
    ['a fault', status(500), /container: \S+ returned a server error/],
    ['no answer', { kind: 'hang' }, /container: \S+ did not answer in time/],
    ['another form', status(201, '{"id":"x","access_token":null}'), /something other than Heroku/],
  ];
  for (const [name, fault, told] of table) {
    test(name, async () => {
      if (fault) rig.fail(fault, { method: 'POST' });
      else rig.heroku.set({ accounts: [{ ...dev, scope: ['write-protected'] }] });
      const { stdout } = await rig.ends(0, told);
      assert.match(
        stdout,
        /^Heroku: logged in as dev@example\.com[^,]*\n {2}could not create a token for this /,
      );
      assert.match(stdout, /\. Stored the shared token instead/);
      assert.equal(storedToken(), secret);
      assert.equal(rig.requests().filter((one) => one.startsWith('POST')).length, 1);
    });
  }

  test('little left of the rate limit', async () => {
    rig.heroku.set({ settings: { rateLimit: { size: 4500, left: 900, perMinute: 75 } } });
    await rig.ends(0, /the account is close to Heroku's hourly rate limit/);
    assert.deepEqual(rig.requests(), ['GET /account']);
    assert.equal(storedToken(), secret);
  });

  test('a ~/.netrc that cannot be written leaves no token behind', async () => {
    mkdirSync(rig.netrc());
    assert.equal((await run()).code, 6);
    assert.deepEqual(asked(), [...create, revoke]);
    assert.deepEqual(await rig.containerTokens(), []);
  });
});

describe('the next login', () => {
  test('asks about the token alone, and changes nothing', async () => {
    const token = await rig.logIn();
    rig.heroku.clearSeen();
    assert.equal((await run()).stdout, loggedInAlone);
    assert.deepEqual(rig.requests(), ['GET /account']);
    assert.equal(rig.heroku.seen()[0]?.headers['authorization'], `Bearer ${token}`);
    assert.equal(storedToken(), token);
  });

  test('renews it when less than half its life is left, and revokes the one before', async () => {
    const token = await rig.logIn();
    rig.makeOlder(3.4);
    await run();
    assert.equal(storedToken(), token);
    rig.makeOlder(0.2);
    rig.heroku.clearSeen();
    assert.equal((await run()).stdout, loggedInAlone);
    assert.deepEqual(asked(), [...create, revoke]);
    assert.notEqual(storedToken(), token);
    assert.equal(await statusOf(token), 401);
    assert.equal((await rig.containerTokens()).length, 1);
  });

  test('keeps it if it cannot be renewed, and says until when', async () => {
    const token = await rig.logIn();
    rig.makeOlder(4);
    rig.fail(status(503), { method: 'POST' });
    const { stdout } = await rig.ends(0, /could not renew this container's own token: /);
    assert.match(stdout, /\. It is valid until \d{4}-\d\d-\d\d\. The next start tries again/);
    assert.equal(storedToken(), token);
    assert.equal(await statusOf(token), 200);
  });

  test('creates a new one if it was revoked in the dashboard, or is over', async () => {
    const first = await rig.logIn();
    await rig.revokeInDashboard();
    assert.equal((await run()).stdout, loggedInAlone);
    const second = storedToken();
    assert.notEqual(second, first);
    rig.makeOlder(8);
    assert.equal((await run()).stdout, loggedInAlone);
    assert.notEqual(storedToken(), second);
  });

  test('with a rotated secret creates a new one and revokes the old one, whose account it was too', async () => {
    const token = await rig.logIn();
    rig.logInElsewhere({ token: rotated, email: 'team@example.com' }, token);
    await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.notEqual(storedToken(), token);
    assert.equal(await statusOf(storedToken()), 200);
    assert.equal(await statusOf(token), 401);
  });

  test('without the option stores the secret, and revokes the token', async () => {
    const token = await rig.logIn();
    assert.equal((await run([], { recorded: {} })).stdout, loggedIn);
    assert.equal(storedToken(), secret);
    assert.equal(await statusOf(token), 401);
  });

  test('in the same start of the container creates one anew if ~/.netrc lost it', async () => {
    await run(['--hook']);
    const other = 'machine example.com\n  login a\n  password b\n';
    writeFileSync(rig.netrc(), other);
    await run(['--hook']);
    assert.notEqual(storedToken(), secret);
    assert.equal(await statusOf(storedToken()), 200);
    assert.ok(rig.stored()?.endsWith(other));
  });
});

describe('in a codespace', () => {
  const options = { ...defaults, perContainerToken: true };
  /** A container of the codespace; `host` is what it is called. */
  const container = ({ host = 'host', ...changes }: Partial<Context> & { host?: string } = {}) =>
    rig.context({ env: codespace, options, self: () => ({ host, user: 'dev' }), ...changes });
  /** Logs in there, and returns the token that is stored then. */
  async function enter(context: Context): Promise<string> {
    assert.equal((await login(context)).outcome, 'logged_in');
    const text = readFileSync(join(context.home, '.netrc'), 'utf8');
    return / {2}password (\S+)\n/.exec(text)?.[1] ?? '';
  }
  /** As if a token had been created so many seconds ago. */
  const known: Account[] = [];
  function age(token: string, seconds: number, context = container()): void {
    const description = containerTokenName(context).name;
    known.push({ ...{ email: dev.email, token, description }, age: seconds });
    rig.heroku.set({ accounts: [dev, ...known] });
  }
  const rebuild = () => {
    rmSync(rig.home, { recursive: true });
    mkdirSync(rig.home);
  };
  beforeEach(() => known.splice(0));

  test("after a rebuild the old container's token is revoked, and no other's", async () => {
    const { name } = containerTokenName(container());
    const account = (other: string, description: string, age = 3600) => ({
      ...{ email: dev.email, token: makeToken(other), description, age },
    });
    const others = [
      account('lost', name),
      // Created at the same time: it may be about to be stored.
      account('new', name, 0),
      account('elsewhere', name.replace('fluffy-disco-1234', 'other-1')),
      account('root', name.replace('dev', 'root')),
    ];
    rig.heroku.set({ accounts: [dev, ...others] });
    await enter(container());
    const states = await Promise.all(others.map(({ token }) => statusOf(token)));
    assert.deepEqual(states, [401, 200, 200, 200]);
  });

  const elsewhere: [name: string, other: () => Context][] = [
    ['another home', () => container({ home: newHome() })],
    ['a container inside it', () => container({ host: 'inner' })],
    ['another user', () => container({ self: () => ({ host: 'host', user: 'root' }) })],
    ['another home of such a container', () => container({ home: newHome(), host: 'inner' })],
  ];
  for (const [name, other] of elsewhere) {
    test(`${name} with the same CODESPACE_NAME is left alone, in both directions`, async () => {
      const [here, there] = [container(), other()];
      const own = await enter(here);
      age(own, 3600, here);
      if (there.home === here.home) rebuild();
      const its = await enter(there);
      age(its, 1800, there);
      if (there.home === here.home) rebuild();
      await enter(here);
      assert.equal(await statusOf(its), 200);
      if (there.home !== here.home) assert.equal(await statusOf(own), 200);
    });
  }

  test("the codespace's own container may be called otherwise after a rebuild", async () => {
    const shared = join(rig.home, '../shared');
    mkdirSync(shared);
    const [before, after] = [container({ host: 'before' }), container({ host: 'after' })];
    const own = await enter(before);
    age(own, 3600, before);
    rebuild();
    await enter(after);
    assert.equal(await statusOf(own), 401);
    rmSync(shared, { recursive: true });
  });

  for (const [name, away] of [
    ['at once', 0],
    ['a minute', 60],
    ['almost two minutes', 115],
  ] as const) {
    test(`a token from ${name} before a rebuild is revoked by a later login`, async () => {
      const lost = await enter(container());
      age(lost, away);
      rebuild();
      const own = await enter(container());
      age(own, 0);
      assert.equal(await statusOf(lost), 200);
      assert.equal(await enter(container()), own);
      assert.equal(await statusOf(lost), 200, 'too early');
      const later = container({ now: () => Date.now() + 130_000 });
      assert.equal(await enter(later), own);
      assert.deepEqual([await statusOf(lost), await statusOf(own)], [401, 200]);
      assert.equal(later.state.containerTokens().length, 1);
    });
  }

  test('one that was seen in the list, and stored by a login at the same time, stays', async () => {
    const own = await enter(container());
    const [[, facts] = assert.fail()] = container().state.containerTokens();
    const seen = { ...facts, madeAt: facts.madeAt - 600_000 };
    container().state.containerToken(fingerprint(facts.id)).write(seen);
    assert.equal(await enter(container()), own);
    assert.equal(await statusOf(own), 200);
    assert.equal(container().state.containerTokens().length, 1);
  });
});

describe('one that could not be revoked', () => {
  const other = { token: rotated, email: 'team@example.com' };
  /** The secret is now one of another account, while Heroku revokes nothing. */
  async function changeAccount(fault = status(503)): Promise<string> {
    const lost = await rig.logIn();
    rig.logInElsewhere(other, lost);
    rig.fail(fault, { method: 'DELETE' });
    await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.equal(await statusOf(lost), 200);
    rig.heroku.set({ faults: [] });
    return lost;
  }
  const idOf = (state = rig.context().state) => state.containerTokens().map(([, one]) => one.id);

  for (const fault of [status(503), status(500), { kind: 'reset' }, status(429)] as const) {
    test(`by ${JSON.stringify(fault)} stays remembered: a 404 to another account's token means nothing`, async () => {
      const lost = await changeAccount(fault);
      rig.makeOlder(0.1);
      rig.heroku.clearSeen();
      await run([], { env: { HEROKU_API_KEY: rotated } });
      assert.deepEqual(asked().slice(-1), [revoke]);
      assert.equal(await statusOf(lost), 200);
      assert.equal(idOf().length, 2);
      // The secret of its account can.
      rig.logInElsewhere(other, lost, secret);
      await run();
      assert.equal(await statusOf(lost), 401);
      assert.equal(idOf().length, 1);
    });
  }

  test('is forgotten when it is over, and no request is made', async () => {
    await changeAccount();
    rig.makeOlder(8);
    rig.heroku.clearSeen();
    await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.equal(idOf().length, 1);
    assert.ok(!asked().includes(revoke));
  });

  test('is named by a logout, and still remembered after it', async () => {
    const lost = await changeAccount();
    const env = { HEROKU_API_KEY: rotated };
    const { stderr } = await run(['logout'], { env });
    assert.ok(
      stderr.includes(`its token: ${mayNotRevoke('404, not_found')}`.replace(')', '')),
      stderr,
    );
    assert.equal(idOf().length, 1);
    rig.logInElsewhere(other, lost, secret);
    rig.makeOlder(0.1);
    await run();
    assert.equal(await statusOf(lost), 401);
  });
});

// For what fails if a request takes long on a busy machine: the real limits.
const recorded = { perContainerToken: true };

test('ten logins at once leave one token, the one that is stored', async () => {
  const ended = await Promise.all(Array.from({ length: 10 }, () => run([], { recorded })));
  for (const { stdout } of ended) assert.equal(stdout, loggedInAlone);
  assert.equal(await statusOf(storedToken()), 200);
  assert.equal((await rig.containerTokens()).length, 1);
});

test('what a killed login created and did not store is revoked by a later one', async () => {
  await run();
  const state = openState(rig.home);
  const lost = makeToken('lost');
  rig.logInElsewhere({ token: lost, email: dev.email }, storedToken(), secret);
  const times = { madeAt: Date.now() - 600_000, expiresAt: Date.now() + 9e8 };
  const id = uuidOf(`authorization ${lost}`);
  state.containerToken(fingerprint(lost)).write({ id, of: fingerprint(secret), ...times });
  assert.equal((await run([], { recorded })).stdout, loggedInAlone);
  assert.equal(await statusOf(lost), 401);
  assert.equal(state.containerTokens().length, 1);
});
