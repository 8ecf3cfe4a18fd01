// Disks that fail and an API that lies: the user's file stays whole, the token goes nowhere else, and the
// message has a next step.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { systemError } from '../../src/messages/file.ts';
import { attempt, type Ended } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import { newHome, output, temporaryFolder } from '../support/program.ts';
import { dev, rotated, token } from '../support/rig.ts';
import { type Call, callsBelow, runDisturbed, useTraced } from '../support/trace.ts';

const theirs = 'machine example.com\n  login a\n  password b\n';
const isRoot = process.getuid?.() === 0;

const rig = useTraced();
const { command, environment } = rig;
const knowBoth = () => rig.heroku.set({ accounts: [dev, { ...dev, token: rotated }] });
beforeEach(knowBoth);

const logIn = (home: string, secret: string, args: readonly string[] = []) =>
  rig.program.run(home, args, { env: environment(home, secret) });
const netrcOf = (home: string) => readFileSync(join(home, '.netrc'), 'utf8');
const withLogin = (secret: string) => rig.entry(secret) + theirs;

/** A home with a user's entry and the login with the first token above it. */
async function homeWithLogin(): Promise<string> {
  const home = newHome();
  writeFileSync(join(home, '.netrc'), theirs, { mode: 0o600 });
  assert.equal((await logIn(home, token)).code, 0);
  return home;
}

/** The login did not succeed, and says why instead of crashing. */
function assertNotStored({ code, stderr }: Ended, reason: RegExp, what = ''): void {
  assert.equal(code, 6, `${what}\n${stderr}`);
  assert.match(stderr, /^Heroku: the token of dev@example\.com is valid, but could not be saved/);
  assert.match(stderr, reason, what);
  assert.match(stderr, /Once that is fixed, run: heroku-login\n$/);
}

describe('a system call that fails', () => {
  let prepared: string;
  let undisturbed: string;
  let calls: readonly Call[];
  const copy = () => {
    const home = newHome();
    cpSync(prepared, home, { recursive: true });
    return home;
  };

  before(async () => {
    knowBoth();
    prepared = await homeWithLogin();
    undisturbed = copy();
    calls = await callsBelow(undisturbed, command(), environment(undisturbed, rotated));
    assert.equal(netrcOf(undisturbed), withLogin(rotated));
  });

  /** Lets `call` fail, checks the file, and then that the next login leaves everything as it should be. */
  async function fail(call: Call, error: string): Promise<Ended> {
    const home = copy();
    const again = () => {
      rmSync(home, { recursive: true });
      cpSync(prepared, home, { recursive: true });
    };
    const env = environment(home, rotated);
    const ended = await runDisturbed(call, `error=${error}`, command(), env, again);
    const what = `${error} at ${call.line}`;
    if (ended.code === 0) assert.equal(netrcOf(home), withLogin(rotated), what);
    else {
      assertNotStored(ended, /could not be saved to ~\/\.netrc: /, what);
      assert.ok([withLogin(token), withLogin(rotated)].includes(netrcOf(home)), what);
    }
    assert.equal((await logIn(home, rotated)).code, 0, what);
    assert.deepEqual(listing(home), listing(undisturbed), what);
    return ended;
  }

  test('whichever it is, the file is the old one or the new one', async (t) => {
    let stored = 0;
    for (const call of calls) if ((await fail(call, 'EIO')).code === 0) stored++;
    t.diagnostic(
      `${calls.length} calls; ${stored} of them do not keep the login from being stored`,
    );
    assert.ok(stored > 0 && stored < calls.length);
  });

  const problems = [
    ...['EXDEV', 'EPERM', 'EBUSY', 'EIO'].map((error) => ['rename', error] as const),
    ...['ESTALE', 'EIO'].map((error) => ['fsync', error] as const),
    ...['ENOSPC', 'EDQUOT'].map((error) => ['write', error] as const),
  ];

  for (const [name, error] of problems) {
    test(`${name} with ${error} leaves the earlier login`, async () => {
      const call = calls.find(
        (one) => one.name.startsWith(name) && one.line.includes('.netrc.heroku-login-'),
      );
      assert.ok(call, `there is no ${name}`);
      const ended = await fail(call, error);
      assertNotStored(ended, new RegExp(error));
      assert.ok(ended.stderr.includes(`: ${systemError(error)}. `), ended.stderr);
    });
  }
});

/** Every path below `home`. */
const listing = (home: string) => readdirSync(home, { recursive: true }).map(String).sort();

describe('a home', { skip: !isRoot && 'root' }, () => {
  /** Gives `work` a home that is a mount of `size` bytes of memory. */
  async function withMount(size: number, work: (home: string) => Promise<void>): Promise<void> {
    const home = newHome();
    output('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', home]);
    try {
      await work(home);
    } finally {
      output('umount', [home]);
    }
  }

  test('on a full disk keeps what it had, and is healed when there is room', () =>
    withMount(64 * 1024, async (home) => {
      writeFileSync(join(home, '.netrc'), theirs, { mode: 0o600 });
      await logIn(home, token);
      fill(join(home, 'filler'));
      assertNotStored(await logIn(home, rotated), /the disk is full \(ENOSPC\)/);
      assert.equal(netrcOf(home), withLogin(token));
      assert.deepEqual(readdirSync(home).sort(), ['.local', '.netrc', 'filler']);
      // A start that changes nothing needs no room, so it does not fail on a full disk.
      assert.equal((await logIn(home, token)).code, 0);
      writeFileSync(join(home, 'filler'), '');
      assert.equal((await logIn(home, rotated)).code, 0);
      assert.equal(netrcOf(home), withLogin(rotated));
    }));

  test('on a full disk that never had a login says so and stays empty', () =>
    withMount(16 * 1024, async (home) => {
      fill(join(home, 'filler'));
      const ended = await logIn(home, token);
      assertNotStored(ended, /cannot be written|the disk is full/);
      assert.ok(!readdirSync(home).includes('.netrc'));
    }));

  test('that is read-only keeps what it had, and serves where nothing changes', () =>
    withMount(1024 * 1024, async (home) => {
      writeFileSync(join(home, '.netrc'), theirs, { mode: 0o600 });
      await logIn(home, token);
      output('mount', ['-o', 'remount,ro', home]);
      assertNotStored(await logIn(home, rotated), /cannot write to ~\/\.local|read-only/);
      assert.equal(netrcOf(home), withLogin(token));
      assert.equal((await logIn(home, token)).code, 0);
      assert.equal((await logIn(home, rotated, ['--hook'])).code, 0, 'the container opens');
    }));

  test('whose ~/.netrc is mounted from outside keeps that file', async () => {
    const home = newHome();
    const outside = join(temporaryFolder(), 'netrc');
    for (const file of [outside, join(home, '.netrc')]) writeFileSync(file, theirs);
    output('mount', ['--bind', outside, join(home, '.netrc')]);
    try {
      assertNotStored(await logIn(home, token), /mounted from outside the container .*\(EBUSY\)/);
      assert.equal(readFileSync(outside, 'utf8'), theirs);
    } finally {
      output('umount', [join(home, '.netrc')]);
    }
    assert.deepEqual(readdirSync(home).sort(), ['.local', '.netrc']);
  });
});

/** Writes until the disk is full. */
function fill(path: string): void {
  try {
    for (let size = 65_536; ; ) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
  } catch {
    assert.ok(statSync(path).size > 0);
  }
}

test('two and twenty at once, half of them killed, leave one whole login', async () => {
  for (const size of [2, 20]) {
    const home = newHome();
    writeFileSync(join(home, '.netrc'), theirs, { mode: 0o600 });
    const all = Array.from({ length: size }, async (_, index) => {
      const env = environment(home, index % 2 ? token : rotated);
      const killed = Math.floor(index / 2) % 2 === 1;
      const timeout = killed ? { timeout: Math.round(40 + Math.random() * 200) } : {};
      const [file = '', ...words] = command();
      const { code, stderr } = await attempt(file, words, { env, ...timeout });
      if (!killed) assert.equal(code, 0, stderr);
    });
    await Promise.all(all);
    assert.ok([withLogin(token), withLogin(rotated)].includes(netrcOf(home)), netrcOf(home));
    assert.equal((await logIn(home, token)).code, 0);
    assert.deepEqual(readdirSync(home).sort(), ['.local', '.netrc']);
    assert.equal((await logIn(home, token, ['logout'])).code, 0);
    assert.equal(netrcOf(home), theirs);
  }
});

/** A server that answers as `listener` does, and everything that it was sent. */
async function server(listener: RequestListener) {
  const seen: string[] = [];
  const listening = createServer((request, response) => {
    seen.push(`${request.url} ${JSON.stringify(request.headers)}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const close = () => {
    listening.closeAllConnections();
    listening.close();
  };
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

describe('the token', () => {
  test('never follows a redirect to another host', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const other = await server((_, response) => response.end('{"email":"evil@example.com"}'));
      const headers = { location: `${other.url}/account` };
      rig.heroku.set({ faults: [{ do: { kind: 'status', status, headers, body: '' } }] });
      rig.heroku.clearSeen();
      const { code, stderr } = await logIn(newHome(), token);
      other.close();
      assert.equal(code, 5, stderr);
      const reason = new RegExp(`something other than Heroku answered .*\\(${status}, request `);
      assert.match(stderr, reason);
      assert.deepEqual(rig.requests(), ['GET /account']);
      assert.deepEqual(other.seen, []);
    }
  });
});

describe('an API that answers with the wrong types', () => {
  const values: readonly unknown[] = [
    ...[null, 7, -1, 1e300, -1e300, true, '', 'x', 'x'.repeat(100_000), [], [[]], {}],
    ...[
      'a@b\nmachine evil.example login x password y',
      '\u202eabc\u0000',
      'a b@c',
      { toString: 1 },
    ],
  ];

  /** A login at an API that gives these two responses. */
  async function loginWith(account: unknown, authorizations: unknown) {
    const api = await server((request, response) => {
      const body = request.url === '/account' ? account : authorizations;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const env = { HEROKU_HOST: api.url, HEROKU_API_KEY: token };
    const context = makeContext({ env, trigger: 'hook' });
    const report = await login(context);
    api.close();
    return { home: context.home, machine: new URL(api.url).host, report };
  }

  test('as an account is no login, or one with a whole entry', async () => {
    for (const value of values) {
      for (const account of [value, { email: value }]) {
        const { home, machine, report } = await loginWith(account, []);
        const what = JSON.stringify(account).slice(0, 100);
        assert.ok(report.outcome === 'logged_in' || report.outcome === 'unreachable', what);
        if (report.outcome === 'unreachable') continue;
        const lines = netrcOf(home).split('\n');
        assert.equal(lines.length, 4, what);
        assert.deepEqual(lines.toSpliced(1, 1), [`machine ${machine}`, `  password ${token}`, '']);
        assert.match(lines[1] ?? '', /^ {2}login [!-~]{1,200}$/, what);
        assert.ok(report.sentence.length < 500, what);
      }
    }
  });

  test('as a list of authorizations is a login, whatever the expiry', async () => {
    const rows = values.flatMap((value) => [
      value,
      [value],
      [{ access_token: value }],
      [{ access_token: { token: value, expires_in: 60 } }],
      [{ access_token: { token, expires_in: value } }],
    ]);
    for (const row of rows) {
      const { report } = await loginWith({ email: 'dev@example.com' }, row);
      const what = JSON.stringify(row).slice(0, 100);
      assert.equal(report.outcome, 'logged_in', what);
      assert.match(
        report.sentence,
        /^logged in as dev@example\.com( \(token [a-z0-9 ]+\))?$/,
        what,
      );
      // As --json prints it.
      if (report.expiresAt)
        assert.doesNotThrow(() => new Date(report.expiresAt ?? 0).toISOString(), what);
    }
  });
});

test('a list of authorizations that goes on, slowly, does not delay the start', async () => {
  const pages: string[] = [];
  const api = await server((request, response) => {
    if (request.url === '/account') return response.end('{"email":"dev@example.com"}');
    pages.push(request.url ?? '');
    const next = { 'next-range': 'id ]x..; max=1' };
    return setTimeout(() => response.writeHead(206, next).end('[]'), 200);
  });
  // A tenth of the default. Without a limit, the hook would go on until its deadline, 13 s.
  const recorded = { timeouts: { list: { total: 300, attempt: 300 } } };
  const began = performance.now();
  const env = { HEROKU_HOST: api.url };
  const { code, stdout } = await rig.run(['--hook'], { env, recorded });
  api.close();
  assert.equal(code, 0);
  assert.equal(stdout, 'Heroku: logged in as dev@example.com\n');
  assert.ok(pages.length >= 1 && pages.length <= 2, `${pages.length} pages`);
  assert.ok(performance.now() - began < 6000);
});
