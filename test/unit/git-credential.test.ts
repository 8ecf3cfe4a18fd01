// The credential helper's answers. Real git asks it in test/cli/git-credential.test.ts.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gitCredential } from '../../src/commands/git-credential.ts';
import { State } from '../../src/credentials/state.ts';
import { netrcPath } from '../../src/credentials/store.ts';
import { makeContext } from '../support/context.ts';
import { makeToken } from '../support/program.ts';

const token = makeToken('first');
const other = makeToken('other');
const context = (env = {}) => makeContext({ env: { HEROKU_API_KEY: token, ...env } });
const heroku = 'protocol=https\nhost=git.heroku.com\n';
const nothing = { output: '' };

describe('get', () => {
  test('gives the token to git.heroku.com over https', () => {
    const given = { output: `username=heroku\npassword=${token}\n` };
    assert.deepEqual(gitCredential(context(), 'get', `${heroku}\n`), given);
    const named = gitCredential(context(), 'get', `${heroku}username=me@x.io\n\n`);
    assert.equal(named.output, `username=me@x.io\npassword=${token}\n`);
    assert.deepEqual(gitCredential(context({ HEROKU_API_KEY: '' }), 'get', heroku), nothing);
  });

  for (const [protocol, host] of [
    ['http', 'git.heroku.com'],
    ['ssh', 'git.heroku.com'],
    ['https', 'github.com'],
    ['https', 'heroku.com'],
    ['https', 'api.heroku.com'],
    ['https', 'git.heroku.com:8443'],
    ['https', 'git.heroku.com.evil.example'],
    ['https', 'GIT.heroku.com@evil.example'],
  ]) {
    test(`gives nothing to ${protocol}://${host}`, () => {
      const input = `protocol=${protocol}\nhost=${host}\n\n`;
      assert.deepEqual(gitCredential(context(), 'get', input), nothing);
    });
  }

  test('gives nothing without a protocol or a host, and for other operations', () => {
    for (const input of [
      '',
      'protocol=https\n',
      'host=git.heroku.com\n',
      'https\ngit.heroku.com',
    ]) {
      assert.deepEqual(gitCredential(context(), 'get', input), nothing, input);
    }
    for (const operation of ['', 'capability', 'GET']) {
      assert.deepEqual(gitCredential(context(), operation, heroku), nothing, operation);
    }
  });
});

test('a token that git reports as rejected stops git, and another one does not', () => {
  const here = context();
  assert.deepEqual(gitCredential(here, 'erase', `${heroku}password=${other}\n`), nothing);
  assert.match(gitCredential(here, 'get', heroku).output, /^username=/);
  const erased = gitCredential(here, 'erase', `${heroku}password=${token}\n`);
  assert.match(erased.message ?? '', /^git\.heroku\.com refused the token from HEROKU_API_KEY/);
  assert.ok(new State(here.home).isRejected(token));
  const { output, message } = gitCredential(here, 'get', heroku);
  assert.equal(output, 'quit=1\n');
  assert.match(message ?? '', /when it was last used, so git stops here/);
});

test('a token that git reports as good is stored, and another one is not', () => {
  const here = context();
  for (const [password, isStored] of [
    [other, false],
    [token, true],
  ] as const) {
    assert.deepEqual(gitCredential(here, 'store', `${heroku}password=${password}\n`), nothing);
    assert.equal(existsSync(netrcPath(here)), isStored);
  }
});
