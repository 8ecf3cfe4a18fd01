// `heroku logout` with the real CLI behind our launcher: whom it logs out, and what it asks before.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { beforeEach, describe, test } from 'node:test';
import { type How, useInstalled } from '../support/installed.ts';
import { dev, rotated as other, token as secret } from '../support/rig.ts';

const rig = useInstalled();
const { script, type, whoami } = rig;
const choice = 'Your choice (Enter alone does nothing): ';

beforeEach(() => {
  rig.heroku.set({ accounts: [secret, other].map((token) => ({ email: dev.email, token })) });
});

async function logIn(): Promise<void> {
  const { code, output } = await script('heroku-login', { key: secret });
  assert.equal(code, 0, output);
  rig.heroku.clearSeen();
}

/** Types `command`, and `keys` when it asks; the exit code and all that was shown. */
async function answer(command: string, keys: string, how?: How) {
  const terminal = type(command, how);
  await terminal.until(choice);
  return terminal.type(keys).end();
}

describe('a typed heroku logout with the shared token', () => {
  for (const [name, how, source] of [
    ['in the environment', { key: secret }, 'HEROKU_API_KEY in the environment'],
    ['in ~/.netrc alone', {}, '~/.netrc'],
  ] as const) {
    test(`${name} says what it would do, and does nothing by accident`, async () => {
      await logIn();
      for (const keys of ['\r', 'y\r', 'yes\r', 'logout\r', '\x04', '\x03']) {
        const { code, screen } = await answer('heroku logout', keys, how);
        assert.notEqual(code, 0, `${JSON.stringify(keys)}\n${screen}`);
        assert.ok(screen.includes(`It is the one from ${source}: every other codespace`), screen);
      }
      assert.deepEqual(rig.requests(), []);
      assert.equal(await whoami(how), dev.email);
    });
  }

  test('logs out here alone if that is chosen, also with the variable still set', async () => {
    await logIn();
    const { code, screen } = await answer('heroku auth:logout', 'here\r', { key: secret });
    assert.equal(code, 0, screen);
    assert.match(
      screen,
      /Heroku: logged out: the login was removed from ~\/\.netrc; the token itself/,
    );
    assert.deepEqual(rig.requests(), []);
    assert.equal(await whoami({ key: secret }), 'nobody');
    // Another one, given on purpose, counts.
    assert.equal(await whoami({ key: other }), dev.email);
    await logIn();
    assert.equal(await whoami({ key: secret }), dev.email);
  });

  test('goes on if that is meant', async () => {
    await logIn();
    const { code, screen } = await answer('heroku logout', 'everywhere\r', { key: secret });
    assert.equal(code, 0, screen);
    assert.equal(await rig.isGood(secret), false);
    assert.equal(await whoami({ key: secret }), 'nobody');
  });
});

describe('nobody is asked', () => {
  test('in a script, which means what it says', async () => {
    await logIn();
    const { code, output } = await script('heroku logout </dev/null', { key: secret });
    assert.equal(code, 0, output);
    assert.ok(!output.includes(choice));
    assert.equal(await rig.isGood(secret), false);
  });

  test('who wants to read about it', async () => {
    await logIn();
    const { code, screen } = await type('heroku logout --help', { key: secret }).end();
    assert.equal(code, 0);
    assert.match(screen, /clears local login credentials/);
    assert.deepEqual(rig.requests(), []);
    assert.equal(await whoami({ key: secret }), dev.email);
  });

  test("who is logged in with a login of one's own", async () => {
    writeFileSync(rig.netrc(), rig.entry(other), { mode: 0o600 });
    const { code, screen } = await type('heroku logout').end();
    assert.equal(code, 0, screen);
    assert.ok(!screen.includes(choice));
    assert.deepEqual([await rig.isGood(other), await rig.isGood(secret)], [false, true]);
  });

  test('who is not logged in', async () => {
    const { code, screen } = await type('heroku logout').end();
    assert.equal(code, 0, screen);
    assert.ok(!screen.includes(choice));
  });
});
