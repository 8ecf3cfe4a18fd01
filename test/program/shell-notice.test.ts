// What a login leaves for new shells: one line if something is wrong, and what tells a newer secret.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { otherToken } from '../../src/messages/shell-notice.ts';
import { defaults } from '../../src/options.ts';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { buildProgram, makeToken, output, temporaryFolder } from '../support/program.ts';
import { dev, loggedIn, rotated, token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });

const left = () => rig.state('notice');
const run = (env: Record<string, string>, ...args: string[]) => rig.run(args, { env });
const hook = (env: Record<string, string> = {}) => run(env, '--hook');

const notLoggedIn = 'not logged in: ';
const noSecret = `${notLoggedIn}this codespace has no secret HEROKU_API_KEY`;
const noTokenIn = `${notLoggedIn}the value in HEROKU_API_KEY in the environment is not a Heroku token`;
const refused = 'Heroku rejected the token from HEROKU_API_KEY in the environment';
const table: [name: string, env: Record<string, string>, line: string][] = [
  ['no token', withoutToken.env, `${notLoggedIn}HEROKU_API_KEY is not set`],
  ['no secret in a codespace', { ...withoutToken.env, CODESPACES: 'true' }, noSecret],
  ['what is not a token', { HEROKU_API_KEY: 'to ken' }, noTokenIn],
  ['a rejected token', { HEROKU_API_KEY: makeToken('nobody') }, refused],
  ['no Heroku', { HEROKU_HOST: 'http://127.0.0.1:9' }, 'the last login did not reach Heroku'],
];
for (const [name, env, line] of table) {
  test(`${name}: one line with the command, until a login succeeds`, async () => {
    await hook(env);
    const [from, said = '', ...rest] = (left() ?? '').split('\n');
    assert.equal(from, '0');
    assert.ok(said.startsWith(`${line}. To `), said);
    assert.match(said, /: heroku-login$/);
    // A missing secret is said in the first terminal of a start alone.
    assert.deepEqual(rest, /^no (token|secret)/.test(name) ? ['once', ''] : ['']);
    rig.heroku.set({ accounts: [{ ...dev, expiresIn: null }] });
    await run({});
    assert.equal(left(), undefined);
  });
}

describe('a missing token', () => {
  const codespace = (env = {}) => hook({ HEROKU_API_KEY: '', CODESPACES: 'true', ...env });
  const hint = 'To hide this line, set HEROKU_LOGIN_QUIET=yes. To log in, run: heroku-login';

  test('names the variable that hides its line, and is not said again in the same start', async () => {
    await codespace();
    assert.equal(left(), `0\n${noSecret}. ${hint}\nonce\n`);
    writeFileSync(join(rig.home, '.local/state/heroku-login/notice'), ''); // as the first terminal does
    await codespace();
    assert.equal(left(), '');
  });

  test('after a login that went with the secret cannot be hidden', async () => {
    await hook();
    const env = { HEROKU_API_KEY: '', CODESPACES: 'true' };
    const context = rig.context({ env, trigger: 'hook' });
    mkdirSync(context.codespacesShared, { recursive: true });
    writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), '{}');
    assert.match((await login(context)).sentence, /the secret HEROKU_API_KEY was removed/);
    assert.equal(left(), `0\n${noSecret}. To log in, run: heroku-login\n`);
  });

  test('on standard input says nothing about the login of the container', async () => {
    await hook();
    const before = ['notice', 'last.json', 'seen'].map((name) => rig.state(name));
    await rig.ends(3, /standard input was empty/, {
      args: ['--with-token'],
      env: withoutToken.env,
    });
    assert.deepEqual(
      ['notice', 'last.json', 'seen'].map((name) => rig.state(name)),
      before,
    );
  });
});

test('a ~/.netrc that cannot be written', async () => {
  mkdirSync(rig.netrc());
  await hook();
  assert.match(left() ?? '', /^0\nthe token could not be saved to ~\/\.netrc\./);
});

test("nothing if the user's own login is in use, nor after a logout", async () => {
  writeFileSync(rig.netrc(), rig.entry('theirs'));
  await hook({ HEROKU_API_KEY: '' });
  assert.equal(left(), undefined);
  await run({ HEROKU_API_KEY: 'to ken' });
  assert.notEqual(left(), undefined);
  await run({}, 'logout');
  assert.equal(left(), undefined);
});

// From when on, and in which words: test/unit/messages.test.ts.
test('the end of a token', async () => {
  await hook();
  assert.match(left() ?? '', /^\d+\nyour Heroku token expires on /);
});

test('nothing in a home that cannot be written; the login ends as usual', async () => {
  rig.home = join(rig.home, 'none');
  const context = rig.context({ env: { HEROKU_API_KEY: '' }, trigger: 'hook' });
  assert.equal((await login(context)).outcome, 'no_token');
});

test('the last letters of what it found, by which they tell a newer secret', async () => {
  await hook({ HEROKU_API_KEY: '' });
  assert.equal(rig.state('seen'), '\n');
  for (const key of [token, ` "${token}"\r\n`]) {
    const { code, stdout } = await run({ HEROKU_API_KEY: key }, '--shell');
    assert.deepEqual([code, stdout], [0, loggedIn]);
    assert.equal(rig.state('seen'), `${token.slice(-6)}\n`);
  }
  await run({}, 'logout');
  assert.equal(rig.state('seen'), undefined);
});

describe('a new shell whose variable holds another token', () => {
  const other: Account = { ...dev, email: 'b@example.com', token: rotated };
  const shell = (env = {}) =>
    login(rig.context({ trigger: 'shell', env: { HEROKU_API_KEY: rotated, ...env } }));
  const told = otherToken('HEROKU_API_KEY in the environment');
  /** What Codespaces' files hold. */
  function share(files: Record<string, string>): void {
    const { codespacesShared } = rig.context();
    mkdirSync(codespacesShared, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(codespacesShared, name), text);
    }
  }
  const codespace = { CODESPACES: 'true' };
  const hookWith = (files: Record<string, string>) => {
    share(files);
    return hook(codespace);
  };
  const json = (secrets: object) => ({ 'user-secrets-envs.json': JSON.stringify(secrets) });
  beforeEach(() => rig.heroku.set({ accounts: [dev, other] }));

  const stays: [name: string, before: () => unknown, env?: Record<string, string>][] = [
    ['stores nothing, and says so', () => hook()],
    ['after a login by hand', () => rig.run(['--with-token'], { input: token })],
    ['after a logout', () => hook().then(() => run({}, 'logout'))],
    [
      'in a codespace whose secret is another one',
      () => hookWith(json({ HEROKU_API_KEY: token })),
      codespace,
    ],
    [
      'in a codespace whose files cannot be understood',
      () => hookWith({ 'user-secrets-envs.json': '[' }),
      codespace,
    ],
    [
      'in a codespace that holds it by another name',
      () => hookWith(json({ OTHER: rotated })),
      codespace,
    ],
  ];
  for (const [name, before, env] of stays) {
    test(name, async () => {
      await before();
      const files = ['notice', 'seen', 'last.json'].map((file) => rig.state(file));
      const stored = rig.stored();
      rig.heroku.clearSeen();
      for (const _ of [1, 2]) assert.equal((await shell(env)).sentence, told);
      assert.equal(rig.stored(), stored);
      assert.deepEqual(
        ['notice', 'seen', 'last.json'].map((file) => rig.state(file)),
        files,
      );
      assert.deepEqual(rig.requests(), []);
      // And back: nothing to say.
      assert.equal(
        (await shell({ ...env, HEROKU_API_KEY: token })).outcome === 'logged_in',
        name !== 'after a logout',
      );
    });
  }

  const stores: [name: string, before: () => unknown, env?: Record<string, string>][] = [
    [
      'that Codespaces holds now',
      () => hook(codespace).then(() => share(json({ HEROKU_API_KEY: rotated }))),
      codespace,
    ],
    [
      'that Codespaces holds in its other file',
      () =>
        hook(codespace).then(() =>
          share({ '.env-secrets': `HEROKU_API_KEY=${Buffer.from(rotated).toString('base64')}\n` }),
        ),
      codespace,
    ],
    ['that is the first one here', () => {}],
    ['if the hook found none', () => hook({ HEROKU_API_KEY: '' })],
    ['if Heroku rejected the one before', () => hook({ HEROKU_API_KEY: makeToken('nobody') })],
    ['if the hook did not reach Heroku', () => hook({ HEROKU_HOST: 'http://127.0.0.1:9' })],
  ];
  for (const [name, before, env] of stores) {
    test(`stores one ${name}`, async () => {
      await before();
      assert.equal((await shell(env)).account, other.email);
      assert.ok(rig.stored()?.includes(rotated));
    });
  }

  test('is all that a hook would have done, if no hook ever ran', async () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    for (const folder of [first, second]) output('git', ['init', '-q', folder]);
    rig.heroku.set({ accounts: [{ ...dev, apps: ['my-app'] }] });
    const options = { ...defaults, app: 'my-app' };
    for (const folder of [first, second]) {
      const surroundings = { options, trigger: 'shell', folder: () => folder } as const;
      const { outcome } = await login(rig.context(surroundings));
      assert.equal(outcome, 'logged_in');
    }
    const remotes = [first, second].map((folder) => output('git', ['-C', folder, 'remote']));
    assert.deepEqual(remotes, ['heroku\n', '']);
  });

  test('makes and ends no token of the container', async () => {
    const options = { ...defaults, perContainerToken: true };
    await login(rig.context({ options }));
    rig.heroku.clearSeen();
    const context = rig.context({ options, trigger: 'shell', env: { HEROKU_API_KEY: rotated } });
    assert.equal((await login(context)).sentence, told);
    assert.deepEqual(rig.requests(), []);
  });

  test('by heroku-login is stored, as the line says', async () => {
    await hook();
    assert.equal((await run({ HEROKU_API_KEY: rotated })).code, 0);
    assert.ok(rig.stored()?.includes(rotated));
  });

  test('never fails', async () => {
    await hook();
    const { code, stdout, stderr } = await run({ HEROKU_API_KEY: rotated }, '--shell');
    assert.deepEqual([code, stdout, stderr], [0, '', `Heroku: ${told}\n`]);
  });
});

test('a new shell does not wait long for a login, and a failed one does not fail it', async () => {
  rig.fail({ kind: 'hang' });
  const began = performance.now();
  const timeouts = { verify: { shell: { total: 300, attempt: 300 } } };
  await rig.ends(0, /did not answer in time/, { args: ['--shell'], recorded: { timeouts } });
  // The limit of a hook is 10 s, and the usual one of a shell 3 s.
  assert.ok(performance.now() - began < 2900);
});

test('a crash', async () => {
  const broken = await buildProgram();
  writeFileSync(join(broken.folder, 'options.json'), 'not JSON');
  const { code, stderr } = await broken.run(rig.home, ['--hook']);
  assert.equal(code, 0);
  assert.match(stderr, /heroku-login crashed/);
  assert.match(left() ?? '', /^0\nthe last login crashed\./);
});
