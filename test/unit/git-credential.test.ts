// For whom the credential helper has an answer. What real git makes of it: test/cli/git-credential.test.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gitCredential } from '../../src/commands/git-credential.ts';
import { makeContext } from '../support/context.ts';
import { makeToken } from '../support/program.ts';

const token = makeToken('first');
const context = makeContext({ env: { HEROKU_API_KEY: token } });
const ask = (input: string, operation = 'get') => gitCredential(context, operation, input);
const heroku = 'protocol=https\nhost=git.heroku.com\n';

test('git.heroku.com gets the token over https', () => {
  assert.deepEqual(ask(`${heroku}\n`), { output: `username=heroku\npassword=${token}\n` });
  assert.equal(ask(`${heroku}username=x\n`).output, `username=x\npassword=${token}\n`);
});

describe('nobody else gets anything:', () => {
  const hosts = ['github.com', 'heroku.com', 'api.heroku.com', 'git.heroku.com:8443'];
  for (const [protocol, host] of [
    ['http', 'git.heroku.com'],
    ['ssh', 'git.heroku.com'],
    ...[...hosts, 'git.heroku.com.evil.example'].map((host) => ['https', host]),
  ]) {
    test(`${protocol}://${host}`, () => {
      assert.deepEqual(ask(`protocol=${protocol}\nhost=${host}\n\n`), { output: '' });
    });
  }

  test('half a question, another operation', () => {
    for (const half of ['', 'protocol=https\n', 'host=git.heroku.com\n', 'https\ngit.heroku.com']) {
      assert.deepEqual(ask(half), { output: '' }, half);
    }
    for (const other of ['', 'capability', 'GET']) {
      assert.deepEqual(ask(heroku, other), { output: '' }, other);
    }
  });
});
