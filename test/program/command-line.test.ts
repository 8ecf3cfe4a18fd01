// The command line of heroku-login: its arguments, and its output for programs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { day, token, useProgram } from '../support/rig.ts';

const rig = useProgram();
const { run } = rig;

describe('--json prints one object', () => {
  test('for a login', async () => {
    const { stdout, stderr } = await run(['--json']);
    const { expiresAt, ...rest } = JSON.parse(stdout);
    assert.equal(stderr, '');
    assert.deepEqual(rest, {
      outcome: 'logged_in',
      code: 0,
      message: 'logged in as dev@example.com (token expires in 29 days)',
      details: [],
      account: 'dev@example.com',
      source: 'HEROKU_API_KEY in the environment',
    });
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 29 * day * 1000) < 60_000);
  });

  test('for a failure', async () => {
    const { code, stdout, stderr } = await run(['--json'], { env: { HEROKU_API_KEY: '' } });
    assert.deepEqual([code, stderr], [3, '']);
    assert.equal(JSON.parse(stdout).outcome, 'no_token');
  });
});

// Every wrong argument: test/unit/command-line.test.ts.
test('a token as an argument is neither sent nor printed', async () => {
  const { code, stdout, stderr } = await run(['login', token]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^Heroku: login takes no further argument\. .* See: heroku-login --help\n$/);
  assert.deepEqual(rig.requests(), []);
});

test('--help and --version need nothing', async () => {
  rig.home = '/none';
  assert.match((await run(['--help'])).stdout, /^Usage: heroku-login/);
  assert.match((await run(['--version'])).stdout, /^heroku-login \d+\.\d+\.\d+\n$/);
});
