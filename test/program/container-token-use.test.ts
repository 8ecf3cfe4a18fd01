// Who uses a token of the container's own, how it ends, and what tells of it.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { logout } from '../../src/commands/logout.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { hideSecret } from '../../src/credentials/resolve.ts';
import { containerTokenRevoked } from '../../src/messages/logout.ts';
import { noTokenToRevokeWith } from '../../src/messages/network.ts';
import { defaults } from '../../src/options.ts';
import { uuidOf } from '../fake-heroku/state.ts';
import { loggedInAlone, useContainerToken } from '../support/container-token.ts';
import { makeToken } from '../support/program.ts';
import { day, dev, token as secret } from '../support/rig.ts';

const rig = useContainerToken({ timeouts: { retryPause: 10 } });
const { run, statusOf, storedToken } = rig;

/** A login in this process, as in a codespace. */
const inCodespace = (env = {}, trigger: 'command' | 'hook' = 'command') =>
  rig.context({
    trigger,
    env: { CODESPACES: 'true', CODESPACE_NAME: 'fluffy-disco-1234', ...env },
    options: { ...defaults, perContainerToken: true },
  });
/** As git asks the credential helper. */
const question = 'protocol=https\nhost=git.heroku.com\n';

describe('a logout', () => {
  test('revokes it at Heroku; the secret stays, and is not used', async () => {
    const token = await rig.logIn();
    const told = /^Heroku: logged out: revoked this container's own token and removed /;
    const { stdout } = await rig.ends(0, told, { args: ['logout'] });
    assert.match(stdout, / from ~\/\.netrc\. The secret is still valid/);
    assert.match(stdout, /\n {2}HEROKU_API_KEY in the environment is still set, so the next start/);
    assert.deepEqual([await statusOf(token), await statusOf(secret)], [401, 200]);
    assert.equal(rig.stored(), undefined);
    const git = { env: { HEROKU_HOST: 'heroku.com' }, input: `${question}\n` };
    assert.equal((await run(['git-credential', 'get'], git)).stdout, '');
    await rig.ends(3, /^Heroku: logged out of this container\. To log in again, run: /, {
      args: ['status'],
    });
    assert.equal((await run()).stdout, loggedInAlone);
    await rig.ends(0, /logged in as dev@example\.com with this container's own token/, {
      args: ['status'],
    });
  });

  test('says when it expires if Heroku does not answer', async () => {
    await run();
    rig.fail({ kind: 'reset' }, { method: 'DELETE' });
    const told = /^Heroku: logged out of this container, but could not revoke its token: /;
    const { stderr } = await rig.ends(5, told, { args: ['logout'] });
    assert.match(
      stderr,
      /\. It expires on \d{4}-\d\d-\d\d\. To revoke it now, go to https:\/\/dashboard/,
    );
    assert.equal(rig.stored(), undefined);
  });

  for (const [name, change] of [
    [
      'dotfiles replaced ~/.netrc',
      () => writeFileSync(rig.netrc(), 'machine x login y password z\n'),
    ],
    ['~/.netrc is gone', () => rmSync(rig.netrc())],
    ['~/.netrc was emptied', () => writeFileSync(rig.netrc(), '')],
    ['another home of it was saved', () => writeFileSync(rig.netrc(), rig.entry('theirs'))],
  ] as const) {
    test(`revokes it by its id after ${name}`, async () => {
      const token = await rig.logIn();
      change();
      const { stdout } = await rig.ends(0, /./, { args: ['logout'] });
      assert.ok(stdout.startsWith(`Heroku: ${containerTokenRevoked(rig.context())}`), stdout);
      assert.deepEqual([await statusOf(token), await statusOf(secret)], [401, 200]);
    });
  }

  test('revokes every other one that is remembered too, the young ones included', async () => {
    const token = await rig.logIn();
    const lost = ['one', 'two', 'three'].map(makeToken);
    const known = [secret, token, ...lost].map((one) => ({ ...dev, token: one }));
    rig.heroku.set({ accounts: known });
    const { state } = rig.context();
    for (const one of lost) {
      const times = { madeAt: Date.now(), expiresAt: Date.now() + 9e8 };
      const facts = { id: uuidOf(`authorization ${one}`), of: fingerprint('x'), ...times };
      state.containerToken(fingerprint(one)).write(facts);
    }
    await rig.ends(0, /./, { args: ['logout'] });
    const states = await Promise.all([...lost, token, secret].map(statusOf));
    assert.deepEqual(states, [401, 401, 401, 401, 200]);
    assert.deepEqual(state.containerTokens(), []);
  });

  test('without any token left says so, and a later login revokes it', async () => {
    const token = await rig.logIn();
    rmSync(rig.netrc());
    const how = { args: ['logout'], env: { HEROKU_API_KEY: '' } };
    const { stderr } = await rig.ends(5, /./, how);
    assert.ok(stderr.includes(noTokenToRevokeWith), stderr);
    rig.makeOlder(0.1);
    await run();
    assert.deepEqual([await statusOf(token), await statusOf(storedToken())], [401, 200]);
  });

  test('in a codespace says so', async () => {
    await login(inCodespace());
    assert.match((await logout(inCodespace())).sentence, /revoked this codespace's own token/);
  });

  test('happens if the secret is removed', async () => {
    await login(inCodespace({}, 'hook'));
    const token = storedToken();
    const context = inCodespace({ HEROKU_API_KEY: undefined }, 'hook');
    mkdirSync(context.codespacesShared, { recursive: true });
    writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), '{}');
    assert.match((await login(context)).sentence, /was removed from this codespace/);
    assert.equal(await statusOf(token), 401);
  });
});

describe('status', () => {
  test('names the token, the secret and who uses it', async () => {
    await run();
    const told =
      /; this token is valid until \d{4}-\d\d-\d\d, and starts of the container renew it\n/;
    const { stdout } = await rig.ends(0, told, { args: ['status'] });
    assert.ok(stdout.startsWith(`${loggedInAlone.trimEnd()}; this token`), stdout);
    assert.match(stdout, /heroku CLI: .*, uses this token, from ~\/\.netrc\n/);
    assert.match(stdout, /git: {8}.*uses this token, from ~\/\.netrc\n/);
  });

  test('says that it was revoked in the dashboard', async () => {
    await run();
    await rig.revokeInDashboard();
    const told = /^Heroku: Heroku rejected this container's own token \(.*heroku-login/;
    await rig.ends(4, told, { args: ['status'] });
  });
});

test('git gets it and not the secret; once it was rejected, git stops', async () => {
  // As a login against the real Heroku leaves it.
  const stored = makeToken('session');
  const block = ['api', 'git']
    .map((name) => `machine ${name}.heroku.com\n  login x\n  password ${stored}\n`)
    .join('');
  const context = rig.context();
  context.state.written.add(block);
  const times = { madeAt: Date.now(), expiresAt: Date.now() + 1e8 };
  const containerToken = { id: 'x', of: fingerprint(secret), ...times };
  context.state.containerToken(fingerprint(stored)).write(containerToken);
  writeFileSync(rig.netrc(), block);
  const entries = { machines: [], login: 'x', password: stored, text: block };
  hideSecret(context, entries, { secret, containerToken });
  // Not rig.run, which lets no token be printed.
  const ask = (operation: string, more = '') =>
    rig.program.run(rig.home, ['git-credential', operation], {
      env: { HEROKU_API_KEY: secret, HEROKU_HOST: 'heroku.com' },
      input: `${question}${more}\n`,
    });
  assert.equal((await ask('get')).stdout, `username=heroku\npassword=${stored}\n`);
  await ask('erase', `username=x\npassword=${stored}\n`);
  const { stdout, stderr } = await ask('get');
  assert.equal(stdout, 'quit=1\n');
  assert.match(
    stderr,
    /^Heroku: Heroku rejected this container's own token the last time it was used/,
  );
});

test('new shells say it on its last day in a container that runs on', async () => {
  await run();
  const notice = () => rig.state('notice') ?? '';
  const [from = '', line] = notice().split('\n');
  const left = Number(from) - Date.now() / 1000;
  assert.ok(left > 5.9 * day && left <= 6 * day + 1, `${left} s`);
  assert.match(line ?? '', /^this container's token expires on .* run: heroku-login$/);
  // The secret expires first.
  rig.heroku.set({ accounts: [{ ...dev, expiresIn: 3 * day }] });
  await run();
  assert.match(notice(), /^\d+\nyour Heroku token expires on /);
});
