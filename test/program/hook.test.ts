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

  test('asks again if Heroku did not answer, and the clock was set back since', async () => {
    rig.fail({ kind: 'status', status: 503 });
    await rig.ends(0, /could not log in/, { args: ['--hook'] });
    rig.heroku.set({ faults: [] });
    const last = JSON.parse(rig.state('last.json') ?? '') as { at: number };
    writeFileSync(rig.statePath('last.json'), JSON.stringify({ ...last, at: last.at + 1e9 }));
    assert.equal((await hook()).stdout, loggedIn);
  });
});

describe('a last.json of another form counts as absent', () => {
  /** What a login left, with something else in the place of a part. */
  const changed = (change: (last: Record<string, unknown>) => unknown) => () => {
    const last = JSON.parse(rig.state('last.json') ?? '') as Record<string, unknown>;
    return JSON.stringify(change(last));
  };
  const inReport = (part: object) =>
    changed((last) => ({ ...last, report: { ...(last['report'] as object), ...part } }));
  const forms: [name: string, text: () => string][] = [
    ...['', '{', '{}', '[]', '1', 'null', 'true', '"x"', '{"report":null}', '{"report":{}}'].map(
      (text): [string, () => string] => [text, () => text],
    ),
    ['deep', () => '['.repeat(1e6)],
    ['huge', () => `"${'x'.repeat(5e7)}"`],
    ['binary', () => '\0\xff\n'],
    ['a __proto__', () => '{"__proto__":{"report":{}}}'],
    ['a list in its place', changed((last) => [last])],
    ['an outcome of a later version', inReport({ outcome: 'logged_in_twice' })],
    ['an outcome of another type', inReport({ outcome: ['logged_in'] })],
    ['an outcome that every object has', inReport({ outcome: 'toString' })],
    ['an account that is a number', inReport({ account: 5 })],
    ['an account that is an object', inReport({ account: { email: 'x' } })],
    ['a source that is a list', inReport({ source: ['x'] })],
    ['no sentence', inReport({ sentence: null })],
    ['details that are no list', inReport({ details: 'x' })],
    ['details of a later version', inReport({ details: [{ text: 'x' }] })],
    ['a date as text', inReport({ expiresAt: '2026-01-01' })],
    ['a date that none can be', inReport({ expiresAt: 1e300 })],
    ['a time as text', changed((last) => ({ ...last, at: 'now' }))],
    ['an accepted token that is a number', changed((last) => ({ ...last, accepted: 1 }))],
    ['no list of tokens', changed((last) => ({ ...last, tokens: { 0: 'x' } }))],
  ];
  for (const [name, text] of forms) {
    test(name, async () => {
      await hook();
      writeFileSync(rig.statePath('last.json'), text());
      rig.heroku.clearSeen();
      const { code, stdout, stderr } = await hook();
      assert.deepEqual([code, stdout, stderr], [0, loggedIn, '']);
      assert.notDeepEqual(rig.requests(), []);
      assert.deepEqual(await hook(), silence, 'and this one is repeated');
    });
  }

  test('and more than is known here does no harm', async () => {
    await hook();
    const more = inReport({ later: 1 })();
    writeFileSync(rig.statePath('last.json'), more.replace('{', '{"version":9,'));
    assert.deepEqual(await hook(), silence);
  });
});

describe('the exit code', () => {
  test('is 0 whatever happens', async () => {
    assert.equal((await hook(noToken)).code, 0);
    rig.heroku.set({ accounts: [] });
    await rig.ends(0, /rejected the token/, { args: ['--hook'] });
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
  await rig.ends(0, /skipped: this is a prebuild/, { args: ['--hook'], env: prebuild });
  assert.deepEqual(readdirSync(rig.home), []);
  assert.deepEqual(rig.requests(), []);
});
