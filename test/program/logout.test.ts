// A logout says what it did, in every state of ~/.netrc and of our own folder, and leaves nothing half done.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as messages from '../../src/messages/logout.ts';
import { output } from '../support/program.ts';
import { rotated, token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram();
const { run } = rig;
const variable = 'HEROKU_API_KEY in the environment';
const theirs = 'machine example.com login a password b\n';
const logout = (how = {}) => run(['logout'], how);
const said = (sentence: string) => `Heroku: ${sentence}\n`;

describe('a logout says', () => {
  test('that the login was removed', async () => {
    await run();
    assert.equal((await logout(withoutToken)).stdout, said(messages.loggedOut(true)));
  });

  const replaced: [name: string, replace: () => void][] = [
    ['was replaced by dotfiles', () => writeFileSync(rig.netrc(), theirs)],
    ['is gone', () => rmSync(rig.netrc())],
    ['has other tokens in our entries', () => writeFileSync(rig.netrc(), rig.entry('other'))],
  ];
  for (const [name, replace] of replaced) {
    test(`that it could not find the login, if ~/.netrc ${name}`, async () => {
      await run();
      replace();
      const before = rig.stored();
      assert.equal((await logout(withoutToken)).stdout, said(messages.notFound()));
      assert.equal(rig.stored(), before);
      await run();
      replace();
      assert.ok((await logout()).stdout.startsWith(said(messages.notFound(variable))));
    });
  }

  test('that nothing was stored, and what is ignored from now on', async () => {
    assert.equal((await logout(withoutToken)).stdout, said(messages.loggedOut(false)));
    for (const before of [undefined, theirs, rig.entry('other')]) {
      if (before !== undefined) writeFileSync(rig.netrc(), before);
      const { code, stdout } = await logout();
      assert.equal(code, 0);
      assert.ok(stdout.startsWith(said(messages.nothingStored(variable))), stdout);
      assert.equal(rig.stored(), before);
      assert.equal((await run(['git-credential', 'get'], { input: git() })).stdout, '');
    }
  });
});

const git = (password = '') =>
  `protocol=https\nhost=git.heroku.com\n${password && `username=x\npassword=${password}\n`}`;

describe('git stores nothing after a logout', () => {
  // git.heroku.com needs a default host.
  const env = (key: string) => ({ HEROKU_API_KEY: key, HEROKU_HOST: '' });
  const store = (key: string) =>
    run(['git-credential', 'store'], { env: env(key), input: git(key) });
  const states: [name: string, before: () => unknown][] = [
    ['of a login', () => run()],
    ['of nothing', () => undefined],
    ['of a login by hand', () => run(['--with-token'], { ...withoutToken, input: token })],
    [
      'of a login that dotfiles replaced',
      () => run().then(() => writeFileSync(rig.netrc(), theirs)),
    ],
  ];
  for (const [name, before] of states) {
    test(name, async () => {
      await before();
      for (const how of [undefined, withoutToken]) {
        await logout(how);
        const left = rig.stored();
        for (const key of [rotated, token]) {
          assert.deepEqual(await store(key), { code: 0, stdout: '', stderr: '' });
          assert.equal(rig.stored(), left);
        }
      }
      // It does so again after the next login.
      assert.equal((await run()).code, 0);
      rmSync(rig.netrc());
      await store(token);
      assert.ok(rig.stored()?.includes(token));
    });
  }
});

describe('if ~/.netrc cannot be used, a logout says why, and does nothing', () => {
  const unusable: [name: string, make: (path: string) => unknown][] = [
    ['a folder', (path) => mkdirSync(path)],
    ['a FIFO', (path) => output('mkfifo', [path])],
    ['a link in a circle', (path) => symlinkSync('.netrc', path)],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
    ['a link to a folder that is missing', (path) => symlinkSync('none/netrc', path)],
  ];
  for (const [name, make] of unusable) {
    for (const command of ['logout', 'heroku-logout']) {
      test(`${name}: ${command}`, async () => {
        await run();
        rmSync(rig.netrc());
        make(rig.netrc());
        const hide = rig.state('hide');
        rig.heroku.clearSeen();
        const args = command === 'logout' ? [command] : [command, 'logout'];
        // Also if it is meant for everyone.
        const { code, stdout, stderr } = await run(args, { env: { HEROKU_LOGOUT: 'everywhere' } });
        assert.deepEqual([code, stdout], [6, '']);
        const [before = '', after = ''] = messages.notRemoved('|').split('|');
        assert.ok(stderr.startsWith(`Heroku: ${before}`) && stderr.includes(after), stderr);
        assert.equal(stderr.split('\n').length, 2, stderr);
        assert.equal(rig.state('hide'), hide);
        assert.deepEqual(rig.requests(), []);
      });
    }
  }
});

describe('if our own folder cannot be changed, the login goes all the same', () => {
  const state = () => join(rig.home, '.local/state');
  const folderAt = (name: string) => {
    rmSync(rig.statePath(name), { force: true });
    mkdirSync(rig.statePath(`${name}/x`), { recursive: true });
  };
  const broken: [name: string, breakIt: () => unknown, isNoted: boolean][] = [
    ['a mark is a folder', () => folderAt('notice'), true],
    ['it holds a file of others', () => writeFileSync(rig.statePath('other'), 'x'), true],
    ['it holds a folder of others', () => folderAt('written-1'), true],
    ['a folder is in the place of what is ignored', () => folderAt('hide'), false],
    [
      'a file is in its place',
      () => {
        rmSync(state(), { recursive: true });
        writeFileSync(state(), '');
      },
      false,
    ],
  ];
  for (const [name, breakIt, isNoted] of broken) {
    test(name, async () => {
      await run();
      breakIt();
      const { code, stdout, stderr } = await logout();
      if (isNoted) assert.deepEqual([code, rig.stored()], [0, undefined], stdout + stderr);
      else assert.deepEqual([code, stderr], [6, said(messages.notIgnored(variable))]);
    });
  }
});

test('a token that is left is said by a rotation and by a logout', async () => {
  await run();
  writeFileSync(rig.netrc(), `# ${token}\n${rig.stored()}`);
  rig.heroku.set({ accounts: [{ email: 'dev@example.com', token: rotated }] });
  const { stdout } = await run([], { env: { HEROKU_API_KEY: rotated } });
  const lines = rig.entry(rotated).split('\n').length;
  // The rig fails if a token is printed.
  assert.ok(stdout.includes(messages.tokenLeft([lines])), stdout);
  await rig.ends(6, /in line 1,/, { args: ['logout'], ...withoutToken });
  assert.equal(rig.stored(), `# ${token}\n`);
});
