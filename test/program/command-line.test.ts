// The command line of heroku-login: its arguments, its output for programs, and status, which changes nothing.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { day, loggedIn, rotated, token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });
const { run } = rig;

describe('--json prints one object', () => {
  test('for a login', async () => {
    const { stdout, stderr } = await run(['--json']);
    const { expiresAt, ...rest } = JSON.parse(stdout);
    assert.equal(stderr, '');
    const message = loggedIn.slice('Heroku: '.length, -1);
    const found = { account: 'dev@example.com', source: 'HEROKU_API_KEY in the environment' };
    assert.deepEqual(rest, {
      outcome: 'logged_in',
      code: 0,
      message,
      steps: [],
      details: [],
      ...found,
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
  assert.match(
    stderr,
    /^Heroku: login takes no further arguments\. .* For help, run: heroku-login --help\n$/,
  );
  assert.deepEqual(rig.requests(), []);
});

test('--help and --version need nothing', async () => {
  rig.home = '/none';
  assert.match((await run(['--help'])).stdout, /^Usage: heroku-login/);
  assert.match((await run(['--version'])).stdout, /^heroku-login \d+\.\d+\.\d+\n$/);
});

describe('status', () => {
  test('tells whose token it is and who would use it', async () => {
    await run();
    const told = `${loggedIn.trimEnd()}, with the token from ~/.netrc\n`;
    const uses =
      /heroku CLI: .*uses this token, from ~\/\.netrc\n.*git: +uses this token, from ~\/\.n/;
    const { stdout } = await rig.ends(0, uses, { args: ['status'], ...withoutToken });
    assert.ok(stdout.startsWith(told), stdout);
  });

  test('names what has precedence over ~/.netrc', async () => {
    await run();
    const uses = async (env: Record<string, string>) =>
      JSON.parse((await run(['status', '--json'], { env })).stdout).cli.uses;
    assert.equal(await uses({}), 'HEROKU_API_KEY in the environment');
    writeFileSync(`${rig.netrc()}.gpg`, 'x');
    assert.equal(await uses(withoutToken.env), '~/.netrc.gpg');
    const [bin, data] = [join(rig.home, 'bin'), join(rig.home, '.local/share/heroku')];
    mkdirSync(bin);
    writeFileSync(join(bin, 'secret-tool'), '', { mode: 0o755 });
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'login.json'), '{}');
    const env = { HEROKU_API_KEY: '', PATH: `${bin}:${process.env['PATH']}` };
    assert.match(await uses(env), /keychain/);
    assert.equal(await uses({ ...env, HEROKU_NETRC_WRITE: 'TRUE' }), '~/.netrc.gpg');
  });

  test('ends with the codes of a login, and changes nothing', async () => {
    assert.equal((await run(['status'], withoutToken)).code, 3);
    assert.equal((await run(['status'], { env: { HEROKU_API_KEY: rotated } })).code, 4);
    rig.fail({ kind: 'html' });
    assert.equal((await run(['status'])).code, 5);
    assert.deepEqual(readdirSync(rig.home), []);
  });
});
