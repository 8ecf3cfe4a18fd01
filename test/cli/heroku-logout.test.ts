// `heroku logout` with the real CLI behind our launcher: whom it logs out, and what it asks before.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { attempt, type Result } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { makeToken, newHome, temporaryFolder } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';

const secret = makeToken('secret');
const other = makeToken('other');

let heroku: FakeHeroku;
let plain: string;
let withSession: string;
let home: string;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
  plain = await installed();
  withSession = await installed({ perContainerToken: true });
});
after(() => heroku.close());
beforeEach(() => {
  home = newHome();
  const tokens = [secret, other];
  heroku.set({ accounts: tokens.map((token) => ({ email: 'dev@example.com', token })) });
  heroku.clearSeen();
});

interface How {
  readonly folder?: string;
  readonly home?: string;
  /** In the environment; none by default. */
  readonly key?: string;
}

const environment = ({ folder = plain, home: at = home, key }: How) => ({
  HOME: at,
  PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  HEROKU_HOST: heroku.url,
  HEROKU_PARTICLEBOARD_URL: heroku.url,
  DISABLE_TELEMETRY: 'true',
  CODESPACES: 'true',
  ...(key === undefined ? {} : { HEROKU_API_KEY: key }),
});

/** As a script runs it: no terminal. */
const run = (command: string, how: How = {}): Promise<Result> =>
  attempt('sh', ['-c', command], { env: environment(how), cwd: home });

/** As a person types it. */
const type = (command: string, how: How = {}) =>
  new Terminal(`cd ${home} && ${command}`, environment(how), [secret, other]);

async function logIn(how: How = {}): Promise<void> {
  const { code, output } = await run('heroku-login', { key: secret, ...how });
  assert.equal(code, 0, output);
  heroku.clearSeen();
}

/** What Heroku says to a token. */
async function isGood(token: string): Promise<boolean> {
  const accept = 'application/vnd.heroku+json; version=3';
  const headers = { accept, authorization: `Bearer ${token}` };
  return (await fetch(`${heroku.url}/account`, { headers })).status === 200;
}

async function whoami(how: How = {}): Promise<string> {
  const { code, stdout, stderr } = await run('heroku whoami', how);
  return code === 0 ? stdout.trim() : /not logged in/i.test(stderr) ? 'nobody' : stderr;
}

const deleted = () => heroku.seen().filter(({ method }) => method === 'DELETE').length;
const storedToken = () =>
  / {2}password (\S+)\n/.exec(readFileSync(join(home, '.netrc'), 'utf8'))?.[1] ?? '';
const choice = 'Your choice (Enter alone does nothing): ';

describe('a typed heroku logout with the shared token', () => {
  for (const [name, how, source] of [
    ['in the environment', { key: secret }, 'HEROKU_API_KEY in the environment'],
    ['in ~/.netrc alone', {}, '~/.netrc'],
  ] as const) {
    test(`${name} says what it would do, and does nothing by accident`, async () => {
      await logIn();
      for (const keys of ['\r', 'y\r', 'yes\r', 'logout\r', '\x04', '\x03']) {
        const terminal = type('heroku logout', how);
        await terminal.until(choice);
        const { code, screen } = await terminal.type(keys).end();
        assert.notEqual(code, 0, `${JSON.stringify(keys)}\n${screen}`);
        assert.ok(screen.includes(`It is the one from ${source}: every other codespace`), screen);
      }
      assert.equal(deleted(), 0);
      assert.equal(await isGood(secret), true);
      assert.equal(await whoami(how), 'dev@example.com');
    });
  }

  test('logs out here alone where that is chosen, also with the variable still set', async () => {
    await logIn();
    const terminal = type('heroku auth:logout', { key: secret });
    await terminal.until(choice);
    const { code, screen } = await terminal.type('here\r').end();
    assert.equal(code, 0, screen);
    assert.match(
      screen,
      /Heroku: logged out: the login was removed from ~\/\.netrc; the token itself/,
    );
    assert.deepEqual(heroku.seen(), []);
    assert.equal(await whoami({ key: secret }), 'nobody');
    // Another one, given on purpose, counts.
    assert.equal(await whoami({ key: other }), 'dev@example.com');
    await logIn();
    assert.equal(await whoami({ key: secret }), 'dev@example.com');
  });

  test('goes on where that is meant', async () => {
    await logIn();
    const terminal = type('heroku logout', { key: secret });
    await terminal.until(choice);
    const { code, screen } = await terminal.type('everywhere\r').end();
    assert.equal(code, 0, screen);
    assert.equal(await isGood(secret), false);
    assert.equal(await whoami({ key: secret }), 'nobody');
  });
});

describe('nobody is asked', () => {
  test('in a script, which means what it says', async () => {
    await logIn();
    const { code, output } = await run('heroku logout </dev/null', { key: secret });
    assert.equal(code, 0, output);
    assert.ok(!output.includes(choice));
    assert.equal(await isGood(secret), false);
  });

  test('who wants to read about it', async () => {
    await logIn();
    const { code, screen } = await type('heroku logout --help', { key: secret }).end();
    assert.equal(code, 0);
    assert.match(screen, /clears local login credentials/);
    assert.equal(deleted(), 0);
    assert.equal(await whoami({ key: secret }), 'dev@example.com');
  });

  test("who is logged in with a login of one's own", async () => {
    const host = new URL(heroku.url).host;
    const own = `machine ${host}\n  login dev@example.com\n  password ${other}\n`;
    writeFileSync(join(home, '.netrc'), own, { mode: 0o600 });
    const { code, screen } = await type('heroku logout').end();
    assert.equal(code, 0, screen);
    assert.ok(!screen.includes(choice));
    assert.deepEqual([await isGood(other), await isGood(secret)], [false, true]);
  });

  test('who is not logged in', async () => {
    const { code, screen } = await type('heroku logout').end();
    assert.equal(code, 0, screen);
    assert.ok(!screen.includes(choice));
  });
});

describe('with the option perContainerToken', () => {
  const how: How = { key: secret };

  test('heroku logout ends the session of this codespace; another one stays logged in', async () => {
    const folder = withSession;
    const second = newHome();
    await logIn({ folder });
    await logIn({ folder, home: second });
    const session = storedToken();
    assert.equal(await whoami({ folder, ...how }), 'dev@example.com');
    const { code, screen } = await type('heroku logout', { folder, ...how }).end();
    assert.equal(code, 0, screen);
    assert.ok(!screen.includes(choice));
    assert.equal(await isGood(session), false);
    assert.equal(await isGood(secret), true);
    assert.equal(await whoami({ folder, ...how }), 'nobody');
    assert.equal(await whoami({ folder, ...how, home: second }), 'dev@example.com');
    await logIn({ folder });
    assert.equal(await whoami({ folder, ...how }), 'dev@example.com');
  });

  test('the CLI behaves as after its own login, although the variable is set', async () => {
    await logIn({ folder: withSession });
    const { stdout, stderr } = await run('heroku whoami', { folder: withSession, ...how });
    assert.equal(stdout, 'dev@example.com\n');
    assert.doesNotMatch(stderr, /HEROKU_API_KEY/);
    const login = type('heroku login', { folder: withSession, ...how });
    await login.until('Press any key');
    await login.type('q').end();
    for (const { headers } of heroku.seen()) {
      assert.notEqual(headers['authorization'], `Bearer ${secret}`);
    }
  });

  test('a token that is given on purpose counts, as does a newer secret', async () => {
    await logIn({ folder: withSession });
    await run('heroku whoami', { folder: withSession, key: other });
    const used = new Set(heroku.seen().map(({ headers }) => headers['authorization']));
    assert.deepEqual([...used], [`Bearer ${other}`]);
  });

  test("where somebody's dotfiles took the session's place the variable counts", async () => {
    await logIn({ folder: withSession });
    writeFileSync(join(home, '.netrc'), '# my dotfiles\nmachine example.com login a password b\n');
    assert.equal(await whoami({ folder: withSession, ...how }), 'dev@example.com');
  });

  test('heroku-login logout is a logout too', async () => {
    await logIn({ folder: withSession });
    await run('heroku-login logout', { folder: withSession, ...how });
    assert.equal(await whoami({ folder: withSession, ...how }), 'nobody');
    assert.equal(await isGood(secret), true);
  });
});

test('the launcher starts nothing but the CLI where no login was ended', async () => {
  await logIn();
  const calls = join(home, 'calls');
  const strace = `strace -f -qq -o ${calls} -e trace=execve heroku --version`;
  assert.match((await run(strace, { key: secret })).stdout, /^heroku\/11/);
  const started = readFileSync(calls, 'utf8').match(/execve\("[^"]+"[^\n]* = 0$/gm) ?? [];
  // The shell that reads the launcher becomes the CLI.
  assert.deepEqual(
    started.slice(0, 2).map((line) => /"([^"]+)"/.exec(line)?.[1]?.split('/').at(-1)),
    ['heroku', 'node'],
  );
});
