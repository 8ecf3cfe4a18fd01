// The container's hook: it repeats nothing, never fails a start unless it may, and does nothing in a prebuild.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dev, loggedIn, rotated, token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram();
const { run } = rig;
const hook = (env = {}, required = false) => run(['--hook'], { env, recorded: { required } });
const silence = { code: 0, stdout: '', stderr: '' };
const noToken = withoutToken.env;
const prebuild = { CODESPACES: 'true', CLOUDENV_ENVIRONMENT_ID: 'null' };

describe('the start hook right after the create hook', () => {
  test('asks and says nothing', async () => {
    assert.equal((await hook()).stdout, loggedIn);
    rig.heroku.clearSeen();
    assert.deepEqual(await hook(), silence);
    assert.deepEqual(rig.requests(), []);
  });

  test('puts back what was removed', async () => {
    await hook();
    rmSync(rig.netrc());
    assert.deepEqual(await hook(), silence);
    assert.equal(rig.stored(), rig.entry(token));
  });

  test('asks again for another token', async () => {
    await hook();
    rig.heroku.set({ accounts: [{ ...dev, token: rotated }] });
    assert.equal((await hook({ HEROKU_API_KEY: rotated })).stdout, loggedIn);
    assert.equal(rig.stored(), rig.entry(rotated));
  });

  test('asks again if the container was started anew', async () => {
    await hook();
    const last = JSON.parse(rig.state('last.json') ?? '') as { start: string };
    assert.match(last.start, /^[0-9a-f-]{36}\/\d+$/);
    const next = JSON.stringify({ ...last, start: 'another boot/1' });
    writeFileSync(rig.statePath('last.json'), next);
    assert.equal((await hook()).stdout, loggedIn);
  });

  test('asks again if Heroku did not answer, but not at once', async () => {
    const recorded = { timeouts: { retryPause: 10, repeatAfter: 60_000 } };
    rig.fail({ kind: 'status', status: 503 });
    await rig.ends(0, /could not log in/, { args: ['--hook'], recorded });
    rig.heroku.set({ faults: [] });
    assert.deepEqual(await run(['--hook'], { recorded }), silence);
    recorded.timeouts.repeatAfter = 0;
    assert.equal((await run(['--hook'], { recorded })).stdout, loggedIn);
  });
});

describe('the exit code', () => {
  test('is 0 whatever happens', async () => {
    assert.equal((await hook(noToken)).code, 0);
    rig.heroku.set({ accounts: [] });
    await rig.ends(0, /refused the token/, { args: ['--hook'] });
    rig.home = join(rig.home, 'none');
    assert.equal((await hook()).code, 0);
  });

  test('with the option required is that of the login, and 0 in a prebuild', async () => {
    assert.equal((await hook(noToken, true)).code, 3);
    assert.equal((await hook({ ...noToken, ...prebuild }, true)).code, 0);
    assert.equal((await hook({}, true)).code, 0);
    assert.equal((await hook({}, true)).code, 0, 'repeated');
    rig.heroku.set({ accounts: [] });
    assert.equal((await hook({ HEROKU_API_KEY: rotated }, true)).code, 4);
  });
});

test('in a prebuild nothing is done', async () => {
  await rig.ends(0, /nothing is done in a prebuild/, { args: ['--hook'], env: prebuild });
  assert.deepEqual(readdirSync(rig.home), []);
  assert.deepEqual(rig.requests(), []);
});
