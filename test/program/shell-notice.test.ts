// What a login leaves for new shells: one line if something is wrong, and what tells a newer secret.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { buildProgram, makeToken } from '../support/program.ts';
import { dev, loggedIn, token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });

const left = () => rig.state('notice');
const run = (env: Record<string, string>, ...args: string[]) => rig.run(args, { env });
const hook = (env: Record<string, string> = {}) => run(env, '--hook');

const notLoggedIn = 'not logged in, because ';
const noSecret = `${notLoggedIn}this codespace has no secret HEROKU_API_KEY`;
const noTokenIn = `${notLoggedIn}what is in HEROKU_API_KEY in the environment is not a Heroku token`;
const refused = 'Heroku refused the token from HEROKU_API_KEY in the environment';
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
    assert.deepEqual(rest, ['']);
    rig.heroku.set({ accounts: [{ ...dev, expiresIn: null }] });
    await run({});
    assert.equal(left(), undefined);
  });
}

test('a ~/.netrc that cannot be written', async () => {
  mkdirSync(rig.netrc());
  await hook();
  assert.match(left() ?? '', /^0\nthe token could not be stored in ~\/\.netrc\./);
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
  assert.match(left() ?? '', /^\d+\nthe token is good until /);
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
  assert.match(stderr, /failed in a way that it should not/);
  assert.match(left() ?? '', /^0\nthe last login stopped unexpectedly\./);
});
