// A token of the container's own (option `perContainerToken`): created with the secret, stored instead of it,
// renewed.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { openState } from '../../src/credentials/state.ts';
import { defaults } from '../../src/options.ts';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { uuidOf } from '../fake-heroku/state.ts';
import { loggedInAlone, useContainerToken } from '../support/container-token.ts';
import { makeToken, output } from '../support/program.ts';
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
    const { sessionExpiresAt, expiresAt } = JSON.parse(stdout) as Record<string, string>;
    const left = (at = '') => Math.round((Date.parse(at) - Date.now()) / (day * 1000));
    assert.deepEqual([left(sessionExpiresAt), left(expiresAt)], [7, 29]);
  });

  test('stores a token from standard input as it is', async () => {
    await run(['--with-token'], { env: { HEROKU_API_KEY: '' }, input: secret });
    assert.equal(storedToken(), secret);
  });
});

describe('if none can be created the secret itself is stored, and that is said:', () => {
  const table: [name: string, fault: Fault['do'] | undefined, told: RegExp][] = [
    ['too narrow a scope', undefined, /may not make authorizations .403, forbidden/],
    ['an account with SSO', status(422), /may not make authorizations .422, inv/],
    ['a fault', status(500), /because \S+ has a fault of its own/],
    ['no answer', { kind: 'hang' }, /because \S+ did not answer in time/],
    ['another form', status(201, '{"id":"x","access_token":null}'), /something else than Heroku/],
  ];
  for (const [name, fault, told] of table) {
    test(name, async () => {
      if (fault) rig.fail(fault, { method: 'POST' });
      else rig.heroku.set({ accounts: [{ ...dev, scope: ['write-protected'] }] });
      const { stdout } = await rig.ends(0, told);
      assert.match(stdout, /^Heroku: logged in as dev@example\.com[^,]*\n {2}no session of this /);
      assert.match(stdout, /\. The token itself is stored instead/);
      assert.equal(storedToken(), secret);
      assert.equal(rig.requests().filter((one) => one.startsWith('POST')).length, 1);
    });
  }

  test('little left of the rate limit', async () => {
    rig.heroku.set({ settings: { rateLimit: { size: 4500, left: 900, perMinute: 75 } } });
    await rig.ends(0, /because little is left of what Heroku lets this account ask/);
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
    const { stdout } = await rig.ends(
      0,
      /session of this container could not be renewed, because /,
    );
    assert.match(stdout, /\. It is good until \d{4}-\d\d-\d\d; the next start tries again/);
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

test("after a rebuild a codespace's last token is revoked, and no other's", async () => {
  const name = 'Codespace fluffy-disco-1234 of octocat/my-app, user dev';
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
  const options = { ...defaults, perContainerToken: true };
  assert.equal((await login(rig.context({ env: codespace, options }))).outcome, 'logged_in');
  const states = await Promise.all(others.map(({ token }) => statusOf(token)));
  assert.deepEqual(states, [401, 200, 200, 200]);
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
