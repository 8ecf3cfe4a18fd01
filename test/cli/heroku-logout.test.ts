// `heroku logout` with the real CLI behind our launcher: whom it logs out, and what it asks before.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { beforeEach, describe, test } from 'node:test';
import { loggedOutHereAlone } from '../../src/messages/logout.ts';
import { makeContext } from '../support/context.ts';
import { type How, useInstalled } from '../support/installed.ts';
import { dev, rotated as other, token as secret } from '../support/rig.ts';

const rig = useInstalled();
const { script, type, whoami } = rig;
/** In a codespace, as the rig's commands run. */
const context = makeContext({ env: { CODESPACES: 'true' } });
const choice = 'Type "here" or "everywhere", or press Enter to cancel: ';

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
      const slips = ['\r', 'y\r', 'n\r', 'yes\r', 'logout\r', 'every\r', '\x04', '\x03', '\x1c'];
      for (const keys of slips) {
        const { code, screen } = await answer('heroku logout', keys, how);
        assert.notEqual(code, 0, `${JSON.stringify(keys)}\n${screen}`);
        assert.ok(
          screen.includes(`The token from ${source} is shared: every other codespace`),
          screen,
        );
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
      /Heroku: logged out: removed the login from ~\/\.netrc\. The token is still/,
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

describe('who cannot be asked is logged out here alone', () => {
  const commands = [
    'heroku logout </dev/null',
    'heroku auth:logout </dev/null',
    'heroku logout <&-',
    'yes | heroku logout',
    'yes everywhere | heroku logout',
    'heroku logout <<<everywhere',
    ...['', 'here', 'yes', '1', 'true', 'Everywhere', 'everywhere ', 'everywhere,here'].map(
      (value) => `HEROKU_LOGOUT='${value}' heroku logout </dev/null`,
    ),
  ];
  for (const command of commands) {
    test(command, async () => {
      await logIn();
      const run = `bash -c ${JSON.stringify(command)}`;
      const { code, stdout, stderr } = await script(run, { key: secret });
      assert.equal(code, 0, stderr);
      assert.ok(stderr.startsWith(`Heroku: ${loggedOutHereAlone(context)}\n`), stderr);
      assert.equal(stdout, '');
      assert.deepEqual(rig.requests(), []);
      assert.equal(await rig.isGood(secret), true);
      assert.equal(await whoami({ key: secret }), 'nobody');
    });
  }

  for (const redirected of ['2>/dev/full </dev/null', '2>&- </dev/null']) {
    test(`with ${redirected}, where nobody can read it`, async () => {
      await logIn();
      const { code, output } = await script(`heroku logout ${redirected}`, { key: secret });
      assert.deepEqual([code, output], [0, '']);
      assert.equal(await rig.isGood(secret), true);
      assert.equal(await whoami({ key: secret }), 'nobody');
    });
  }

  for (const redirected of ['2>/dev/null', '2>&1 | cat', '2>&1 | true', '</dev/null']) {
    test(`at a terminal with ${redirected}`, async () => {
      await logIn();
      const { screen } = await type(`heroku logout ${redirected}`, { key: secret }).end();
      assert.ok(!screen.includes(choice), screen);
      assert.equal(await rig.isGood(secret), true);
      assert.equal(await whoami({ key: secret }), 'nobody');
    });
  }

  test('with a token in ~/.netrc alone, and with one that nobody stored', async () => {
    await logIn();
    assert.equal((await script('heroku logout </dev/null')).code, 0);
    assert.equal((await script('heroku logout </dev/null', { key: other })).code, 0);
    assert.deepEqual([await rig.isGood(secret), await rig.isGood(other)], [true, true]);
    assert.deepEqual([await whoami(), await whoami({ key: other })], ['nobody', 'nobody']);
  });

  test('and if heroku-login cannot run, nothing is revoked either', async () => {
    await logIn();
    const hidden = 'cp "$(command -v heroku)" heroku; sed -i s,/bin/heroku-login,/bin/gone, heroku';
    const { code } = await script(`${hidden}; ./heroku logout </dev/null`, { key: secret });
    assert.notEqual(code, 0);
    assert.equal(await rig.isGood(secret), true);
  });
});

describe('HEROKU_LOGOUT=everywhere means it', () => {
  const command = 'HEROKU_LOGOUT=everywhere heroku logout';
  test('in a script', async () => {
    await logIn();
    const { code, output } = await script(`${command} </dev/null`, { key: secret });
    assert.equal(code, 0, output);
    assert.equal(await rig.isGood(secret), false);
    assert.equal(await whoami({ key: secret }), 'nobody');
  });

  test('at a terminal, without a question', async () => {
    await logIn();
    const { code, screen } = await type(command, { key: secret }).end();
    assert.equal(code, 0, screen);
    assert.ok(!screen.includes(choice));
    assert.equal(await rig.isGood(secret), false);
  });
});

describe('nobody is asked', () => {
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
