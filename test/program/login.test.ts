// A login: what it verifies, what it writes, what it sends, and what it leaves alone.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cameLater } from '../../src/messages/login.ts';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { makeToken, output, temporaryFolder } from '../support/program.ts';
import { day, dev, loggedIn, rotated, token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram();
const { run } = rig;
/** An entry of the user's own. */
const theirs = 'machine example.com login a password b\n';

describe('a login', () => {
  test('verifies the token, stores it and says so in one line', async () => {
    assert.deepEqual(await run(), { code: 0, stdout: loggedIn, stderr: '' });
    assert.equal(rig.stored(), rig.entry(token));
    assert.equal(statSync(rig.netrc()).mode & 0o777, 0o600);
    assert.deepEqual(rig.requests(), ['GET /account', 'GET /oauth/authorizations']);
    for (const { headers } of rig.heroku.seen()) {
      assert.equal(headers['authorization'], `Bearer ${token}`);
      assert.match(headers['user-agent'] ?? '', /^heroku-login\/1\./);
      assert.equal(headers['accept'], 'application/vnd.heroku+json; version=3');
    }
    const holders = output('grep', ['-rl', token, rig.home]);
    assert.equal(holders, `${rig.netrc()}\n`, 'the token is in ~/.netrc alone');
  });

  const netrcs: [name: string, before: () => string | undefined][] = [
    ['no file', () => undefined],
    ['an empty file', () => ''],
    ['other entries', () => `# mine\n${theirs}\tmacdef x\nfoo \n\n# end`],
    ["a login of the user's own", () => rig.entry('theirs') + theirs],
    ['one with the same token', () => rig.entry(token) + theirs],
  ];
  for (const [name, before] of netrcs) {
    test(`leaves every byte of ~/.netrc, and logout gives it back: ${name}`, async () => {
      const original = before();
      if (original !== undefined) writeFileSync(rig.netrc(), original);
      await run();
      const added = original?.startsWith(rig.entry(token)) ? '' : rig.entry(token);
      assert.equal(rig.stored(), added + (original ?? ''));
      rig.heroku.clearSeen();
      assert.equal((await run(['logout'], withoutToken)).code, 0);
      assert.equal(rig.stored(), original);
      assert.deepEqual(rig.requests(), [], 'logout needs no network');
    });
  }

  test('the second one changes nothing, not even the inode', async () => {
    await run();
    const { ino, ctimeMs } = statSync(rig.netrc());
    assert.equal((await run()).code, 0);
    assert.deepEqual([statSync(rig.netrc()).ino, statSync(rig.netrc()).ctimeMs], [ino, ctimeMs]);
  });

  test('a rotated token replaces the old one', async () => {
    writeFileSync(rig.netrc(), theirs);
    await run();
    rig.heroku.set({ accounts: [{ ...dev, token: rotated }] });
    await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.equal(rig.stored(), rig.entry(rotated) + theirs);
  });

  test('what another process writes while Heroku answers survives', async () => {
    writeFileSync(rig.netrc(), theirs);
    rig.fail({ kind: 'delay', ms: 300 });
    const login = run();
    while (rig.requests().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    writeFileSync(rig.netrc(), 'machine two.example login c password d\n');
    assert.equal((await login).code, 0);
    assert.equal(rig.stored(), `${rig.entry(token)}machine two.example login c password d\n`);
  });

  test('twelve at once all succeed, with one login in the file', async () => {
    writeFileSync(rig.netrc(), theirs);
    rig.heroku.set({ accounts: [dev, { ...dev, token: rotated }] });
    const all = Array.from({ length: 12 }, (_, index) =>
      run([], { env: { HEROKU_API_KEY: index % 2 ? token : rotated } }),
    );
    for (const { code, stderr } of await Promise.all(all)) assert.equal(code, 0, stderr);
    const text = rig.stored() ?? '';
    assert.ok([rig.entry(token) + theirs, rig.entry(rotated) + theirs].includes(text), text);
    await run(['logout']);
    assert.equal(rig.stored(), theirs);
    assert.deepEqual(readdirSync(rig.home).sort(), ['.local', '.netrc']);
  });

  test('takes the token from standard input', async () => {
    await rig.ends(0, /logged in/, {
      args: ['--with-token'],
      ...withoutToken,
      input: `${token}\n`,
    });
    assert.equal(rig.stored(), rig.entry(token));
  });

  test('depends neither on the working directory nor on /tmp', async () => {
    const cwd = mkdtempSync(join(temporaryFolder(), 'gone-'));
    const env = { HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: token, TMPDIR: '/none' };
    // Not rig.run, which builds first: the folder must be there until the program is started.
    const child = rig.program.run(rig.home, [], { cwd, env });
    rmSync(cwd, { recursive: true });
    assert.equal((await child).code, 0);
  });
});

describe('the expiry', () => {
  const told: [name: string, account: Partial<Account>, expiry: string][] = [
    ['never', { expiresIn: null }, ' (token does not expire)'],
    ['not told to a narrow scope', { scope: ['identity'] }, ''],
  ];
  for (const [name, account, expiry] of told) {
    test(name, async () => {
      rig.heroku.set({ accounts: [{ ...dev, ...account }] });
      const { code, stdout } = await run();
      assert.deepEqual([code, stdout], [0, `Heroku: logged in as ${dev.email}${expiry}\n`]);
    });
  }

  test('within the week comes with the next step', async () => {
    rig.heroku.set({ accounts: [{ ...dev, expiresIn: 3 * day }] });
    await rig.ends(
      0,
      /expires in 3 days\)\n {2}the token expires soon\. To replace it:\n {4}1\. Create a token/,
    );
  });

  test('is found on a later page of the list', async () => {
    const others = ['x', 'y'].map((name) => ({ email: dev.email, token: makeToken(name) }));
    rig.heroku.set({ accounts: [...others, dev], settings: { pageSize: 1 } });
    assert.equal((await run()).stdout, loggedIn);
  });

  test('is not asked for if little is left of the rate limit', async () => {
    const limit = (left: number) => ({ rateLimit: { size: 4500, left, perMinute: 0 } });
    rig.heroku.set({ settings: limit(1000) });
    assert.equal((await run()).stdout, 'Heroku: logged in as dev@example.com\n');
    assert.deepEqual(rig.requests(), ['GET /account']);
    rig.heroku.set({ settings: limit(1001) });
    assert.equal((await run()).stdout, loggedIn);
  });

  for (const kind of ['reset', 'hang'] as const) {
    test(`a list that does not come (${kind}) is no reason to fail or to wait`, async () => {
      rig.fail({ kind }, { path: '/oauth/authorizations' });
      const timeouts = { list: { total: 300, attempt: 300 }, retryPause: 10 };
      const { code, stdout } = await run([], { recorded: { timeouts } });
      assert.deepEqual([code, stdout], [0, 'Heroku: logged in as dev@example.com\n']);
    });
  }
});

describe('if ~/.netrc cannot be used', () => {
  test('a folder instead of the file is named', async () => {
    mkdirSync(rig.netrc());
    await rig.ends(6, /token of dev@example\.com is valid, but could not be saved to ~\/\.netrc/);
  });

  test('a missing home folder is not made', async () => {
    rig.home = join(rig.home, 'none');
    await rig.ends(6, /could not be saved/);
    assert.equal(existsSync(rig.home), false);
  });

  test('the token stays out of a repository that tracks the file, and the link to it stays', async () => {
    const dotfiles = join(rig.home, 'dotfiles');
    mkdirSync(dotfiles);
    writeFileSync(join(dotfiles, 'netrc'), theirs);
    symlinkSync('dotfiles/netrc', rig.netrc());
    const git = (...args: string[]) =>
      output('git', ['-C', dotfiles, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
        env: { PATH: process.env['PATH'] ?? '', HOME: rig.home },
      });
    git('init', '-q');
    git('add', 'netrc');
    git('commit', '-qm', 'x');
    await rig.ends(6, /git tracks ~\/\.netrc \(.*dotfiles\/netrc\) in .*dotfiles/);
    assert.equal(git('status', '--porcelain'), '');
    // If git does not track the file, the same link is followed.
    git('rm', '-q', '--cached', 'netrc');
    assert.equal((await run()).code, 0);
    assert.equal(readFileSync(join(dotfiles, 'netrc'), 'utf8'), rig.entry(token) + theirs);
  });

  test('programs that were installed after the Feature are named, and no others', async () => {
    const [git] = [cameLater(['git'])];
    for (const [lacks, said] of [
      ['git', git],
      ['git no-such-program', git],
      ['no-such-program', undefined],
      ['sh git', cameLater(['sh', 'git'])],
    ] as const) {
      const { stdout } = await rig.run([], { recorded: { lacks } });
      assert.equal(stdout, `${loggedIn}${said === undefined ? '' : `  ${said}\n`}`);
    }
  });

  test('a ~/.netrc.gpg, which the CLI prefers, is named', async () => {
    writeFileSync(`${rig.netrc()}.gpg`, 'x');
    await rig.ends(0, /the Heroku CLI reads ~\/\.netrc\.gpg instead/);
  });
});
