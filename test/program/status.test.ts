// heroku-login status: whose token it is, who would use it, and no change to anything.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loggedIn, rotated, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });
const { run } = rig;

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
