// A session of the container's own (option `perContainerToken`): made with the secret, stored instead of it, renewed,
// ended. The built program against the stand-in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { logout } from '../../src/commands/logout.ts';
import type { Context } from '../../src/context.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { hideSecret } from '../../src/credentials/resolve.ts';
import { type ContainerToken, openState } from '../../src/credentials/state.ts';
import { defaults } from '../../src/options.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';
import { uuidOf } from '../fake-heroku/state.ts';
import { release } from '../support/cli-release.ts';
import { makeContext } from '../support/context.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  newHome,
  type Program,
  type RunOptions,
  temporaryFolder,
} from '../support/program.ts';
import { callsBelow, runDisturbed } from '../support/trace.ts';

const day = 24 * 60 * 60;
const secret = makeToken('secret');
const rotated = makeToken('rotated');
const dev: Account = { email: 'dev@example.com', token: secret, expiresIn: 29 * day };

let heroku: FakeHeroku;
let program: Program;
let home: string;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
  program = await buildProgram({ perContainerToken: true });
});
after(() => heroku.close());
beforeEach(() => {
  home = newHome();
  heroku.set({ accounts: [dev], faults: [], settings: { pageSize: 200 } });
  heroku.clearSeen();
});

async function run(args: readonly string[] = [], options: RunOptions = {}): Promise<Ended> {
  const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: secret, ...options.env };
  const result = await program.run(home, args, { ...options, env });
  for (const text of [result.stdout, result.stderr]) {
    assert.ok(!/HRKU-AA/.test(text), 'a token was printed');
  }
  return result;
}

const codespace = {
  CODESPACES: 'true',
  CODESPACE_NAME: 'fluffy-disco-1234',
  GITHUB_REPOSITORY: 'octocat/my-app',
};

/** The outside of a login in this process, as a codespace has it. */
const context = (changes: Partial<Context> = {}): Context =>
  makeContext({
    home,
    env: { ...codespace, HEROKU_HOST: heroku.url, HEROKU_API_KEY: secret },
    options: { ...defaults, perContainerToken: true },
    ...changes,
  });

const netrc = () => readFileSync(join(home, '.netrc'), 'utf8');
const storedToken = () => / {2}password (\S+)\n/.exec(netrc())?.[1] ?? '';
const requests = () => heroku.seen().map(({ method, path }) => `${method} ${path}`);
const asked = () => requests().map((one) => one.replace(/[0-9a-f-]{36}$/, 'ID'));
const made = ['GET /account', 'GET /oauth/authorizations', 'POST /oauth/authorizations'];

/** What Heroku says to a token. */
async function statusOf(token: string): Promise<number> {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${token}`,
  };
  return (await fetch(`${heroku.url}/account`, { headers })).status;
}

interface Row {
  readonly id: string;
  readonly description: string;
  readonly scope: string[];
  readonly access_token: { readonly expires_in: number } | null;
}

/** The account's live sessions, as its person sees them in the dashboard. */
async function sessions(): Promise<Row[]> {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${secret}`,
  };
  const rows = (await (
    await fetch(`${heroku.url}/oauth/authorizations`, { headers })
  ).json()) as Row[];
  return rows.filter(({ description }) => /^(Codespace|Dev container) /.test(description));
}

/** Lets the session in use have been made so many days earlier. */
function makeOlder(days: number): void {
  const folder = join(home, '.local/state/heroku-login');
  for (const name of readdirSync(folder).filter((one) => /^session-\d+$/.test(one))) {
    const session = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ContainerToken;
    const by = days * day * 1000;
    const older = { madeAt: session.madeAt - by, expiresAt: session.expiresAt - by };
    writeFileSync(join(folder, name), JSON.stringify({ ...session, ...older }));
  }
}

const sentence =
  'Heroku: logged in as dev@example.com, with a session of this container alone (token expires in 29 days)\n';

describe('the first login', () => {
  test('makes a session, stores it instead of the secret, and says so', async () => {
    const { stdout, stderr, code } = await run();
    assert.deepEqual({ stdout, stderr, code }, { stdout: sentence, stderr: '', code: 0 });
    assert.deepEqual(requests(), made);
    const token = storedToken();
    assert.notEqual(token, secret);
    assert.equal(await statusOf(token), 200);
    assert.throws(() => execFileSync('grep', ['-r', secret, home]), 'the secret is in the home');
  });

  test('gives it a name that tells the codespace, a week, and the scope that logout needs', async () => {
    await run([], { env: codespace });
    const [session, ...more] = await sessions();
    assert.deepEqual(more, []);
    assert.match(
      session?.description ?? '',
      /^Codespace fluffy-disco-1234 of octocat\/my-app, user \S+$/,
    );
    assert.deepEqual(session?.scope, ['global']);
    const left = session?.access_token?.expires_in ?? 0;
    assert.ok(left > 7 * day - 60 && left <= 7 * day, `${left} s`);
  });

  test('tells programs until when it is', async () => {
    const { stdout } = await run(['--json']);
    const { sessionExpiresAt, expiresAt } = JSON.parse(stdout) as Record<string, string>;
    const left = (at = '') => Math.round((Date.parse(at) - Date.now()) / (day * 1000));
    assert.deepEqual([left(sessionExpiresAt), left(expiresAt)], [7, 29]);
  });

  test('stores the token of a person as it is', async () => {
    await run(['--with-token'], { env: { HEROKU_API_KEY: '' }, input: secret });
    assert.equal(storedToken(), secret);
  });
});

describe('without a new session the secret itself is stored, and that is said:', () => {
  const table: [name: string, account: Partial<Account>, fault: Fault['do'] | undefined, RegExp][] =
    [
      [
        'a scope that is too narrow',
        { scope: ['write-protected'] },
        undefined,
        /because this token may not make authorizations \(403, forbidden, request [^)]+\)\. The token itself is stored instead/,
      ],
      [
        'an account with SSO',
        {},
        { kind: 'status', status: 422 },
        /may not make authorizations \(422, invalid_params/,
      ],
      ['a fault', {}, { kind: 'status', status: 500 }, /because \S+ has a fault of its own/],
      ['no answer', {}, { kind: 'hang' }, /because \S+ did not answer in time/],
      [
        'an answer of another form',
        {},
        { kind: 'status', status: 201, body: '{"id":"x","access_token":null}' },
        /because something else than Heroku seems to answer/,
      ],
    ];
  for (const [name, account, fault, expected] of table) {
    test(name, async () => {
      const faults = fault ? [{ method: 'POST', do: fault }] : [];
      heroku.set({ accounts: [{ ...dev, ...account }], faults });
      const { code, stdout } = await run();
      assert.equal(code, 0);
      assert.match(stdout, /^Heroku: logged in as dev@example\.com[^,]*\n {2}no session of this /);
      assert.match(stdout, expected);
      assert.equal(storedToken(), secret);
      assert.equal(requests().filter((one) => one.startsWith('POST')).length, 1);
    });
  }

  test('little left of the rate limit', async () => {
    heroku.set({ settings: { rateLimit: { size: 4500, left: 900, perMinute: 75 } } });
    const { stdout } = await run();
    heroku.set({ settings: { rateLimit: { size: 4500, left: 4500, perMinute: 75 } } });
    assert.match(stdout, /because little is left of what Heroku lets this account ask/);
    assert.deepEqual(requests(), ['GET /account']);
    assert.equal(storedToken(), secret);
  });

  test('a ~/.netrc that cannot be written leaves no session behind', async () => {
    mkdirSync(join(home, '.netrc'));
    assert.equal((await run()).code, 6);
    assert.deepEqual(asked(), [...made, 'DELETE /oauth/authorizations/ID']);
    assert.deepEqual(await sessions(), []);
  });
});

describe('the next login', () => {
  test('asks about the session alone, and changes nothing', async () => {
    await run();
    const token = storedToken();
    heroku.clearSeen();
    assert.equal((await run()).stdout, sentence);
    assert.deepEqual(requests(), ['GET /account']);
    assert.equal(heroku.seen()[0]?.headers['authorization'], `Bearer ${token}`);
    assert.equal(storedToken(), token);
  });

  test('renews it when less than half its life is left, and ends the one before', async () => {
    await run();
    const token = storedToken();
    makeOlder(3.4);
    await run();
    assert.equal(storedToken(), token);
    makeOlder(0.2);
    heroku.clearSeen();
    assert.equal((await run()).stdout, sentence);
    assert.deepEqual(asked(), [...made, 'DELETE /oauth/authorizations/ID']);
    assert.notEqual(storedToken(), token);
    assert.equal(await statusOf(token), 401);
    assert.equal((await sessions()).length, 1);
  });

  test('keeps it where it cannot be renewed, and says until when', async () => {
    await run();
    const token = storedToken();
    makeOlder(4);
    heroku.set({ faults: [{ method: 'POST', do: { kind: 'status', status: 503 } }] });
    const { code, stdout } = await run();
    assert.equal(code, 0);
    assert.match(
      stdout,
      /session of this container could not be renewed, because .*\. It is good until \d{4}-\d\d-\d\d; the next start tries again/,
    );
    assert.equal(storedToken(), token);
    assert.equal(await statusOf(token), 200);
  });

  test('makes a new one where it was ended in the dashboard, or is over', async () => {
    await run();
    const first = storedToken();
    await endInDashboard();
    assert.equal((await run()).stdout, sentence);
    const second = storedToken();
    assert.notEqual(second, first);
    makeOlder(8);
    assert.equal((await run()).stdout, sentence);
    assert.notEqual(storedToken(), second);
  });

  test('with a rotated secret makes a new one, and the old one ends, whoever had it', async () => {
    await run();
    const token = storedToken();
    heroku.set({ accounts: [] });
    await logInElsewhere(rotated, 'team@example.com', token);
    await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.notEqual(storedToken(), token);
    assert.equal(await statusOf(storedToken()), 200);
    assert.equal(await statusOf(token), 401);
  });

  test('with the option off stores the secret, and the session ends', async () => {
    await run();
    const token = storedToken();
    const plain = await buildProgram();
    const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: secret };
    assert.equal((await plain.run(home, [], { env })).code, 0);
    assert.equal(storedToken(), secret);
    assert.equal(await statusOf(token), 401);
  });

  test('in the same start of the container makes one anew where ~/.netrc lost it', async () => {
    await run(['--hook']);
    writeFileSync(join(home, '.netrc'), 'machine example.com\n  login a\n  password b\n');
    await run(['--hook']);
    assert.notEqual(storedToken(), secret);
    assert.equal(await statusOf(storedToken()), 200);
    assert.match(netrc(), /machine example\.com\n {2}login a\n {2}password b\n$/);
  });
});

test("after a rebuild a codespace's last session ends, and no other's", async () => {
  const name = 'Codespace fluffy-disco-1234 of octocat/my-app, user dev';
  const others = [
    { token: makeToken('lost'), description: name, age: 3600 },
    // CreatedAuthorization at the same time: it may be about to be stored.
    { token: makeToken('new'), description: name },
    {
      token: makeToken('elsewhere'),
      description: 'Codespace other-1 of octocat/my-app, user dev',
      age: 3600,
    },
    { token: makeToken('root'), description: name.replace('dev', 'root'), age: 3600 },
  ];
  heroku.set({ accounts: [dev, ...others.map((other) => ({ email: dev.email, ...other }))] });
  assert.equal((await login(context())).outcome, 'logged_in');
  const states = await Promise.all(others.map(({ token }) => statusOf(token)));
  assert.deepEqual(states, [401, 200, 200, 200]);
});

test('ten logins at once leave one session, the one that is stored', async () => {
  const ended = await Promise.all(Array.from({ length: 10 }, () => run()));
  for (const { stdout } of ended) assert.equal(stdout, sentence);
  assert.equal(await statusOf(storedToken()), 200);
  assert.equal((await sessions()).length, 1);
});

test('a login that was killed before it stored its session is cleared up by a later one', async () => {
  await run();
  const state = openState(home);
  const lost = makeToken('lost');
  await logInElsewhere(lost, dev.email, storedToken(), secret);
  const id = uuidOf(`authorization ${lost}`);
  const madeAt = Date.now() - 600_000;
  state.containerToken(fingerprint(lost)).write({
    id,
    of: fingerprint(secret),
    madeAt,
    expiresAt: madeAt + 9e8,
  });
  assert.equal((await run()).stdout, sentence);
  assert.equal(await statusOf(lost), 401);
  assert.equal(state.containerTokens().length, 1);
});

test('killed before any system call that touches a file, the next login has one that is good', async (t) => {
  const node = join((await release()).tree, 'bin/node');
  const command = [node, program.file];
  const env = () => ({
    ...{ HOME: home, PATH: process.env['PATH'] ?? '' },
    ...{ HEROKU_HOST: heroku.url, HEROKU_API_KEY: secret },
  });
  const theirs = 'machine example.com login a password b\n';
  const furnish = () => {
    home = newHome();
    writeFileSync(join(home, '.netrc'), theirs);
  };
  furnish();
  const calls = await callsBelow(home, command, env());
  assert.ok(calls.length > 20, `${calls.length} calls`);
  let orphans = 0;
  for (const call of calls) {
    furnish();
    heroku.set({ accounts: [dev] });
    const { code } = await runDisturbed(call, 'signal=KILL', command, env());
    assert.equal(code, -1, `not killed at ${call.line}`);
    assert.ok(netrc().endsWith(theirs), call.line);
    assert.equal((await run()).stdout, sentence, call.line);
    assert.ok(netrc().endsWith(theirs), call.line);
    assert.equal(await statusOf(storedToken()), 200, call.line);
    // One that was killed before it was stored is remembered, and ended by a later login or by itself.
    const live = await sessions();
    assert.ok(live.length <= 2, `${live.length} sessions after ${call.line}`);
    orphans += live.length - 1;
  }
  t.diagnostic(`${calls.length} moments, ${orphans} sessions left to end later`);
});

describe('the end of a session', () => {
  test('heroku-login logout ends it at Heroku; the secret stays, and is not used', async () => {
    await run();
    const token = storedToken();
    const { code, stdout } = await run(['logout']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Heroku: logged out: the session of this container was ended at Heroku and removed from ~\/\.netrc; the secret stays valid/,
    );
    assert.match(stdout, /\n {2}HEROKU_API_KEY in the environment is still there: the next start/);
    assert.deepEqual([await statusOf(token), await statusOf(secret)], [401, 200]);
    assert.throws(netrc, /ENOENT/);
    const input = 'protocol=https\nhost=git.heroku.com\n\n';
    const env = { HEROKU_HOST: 'heroku.com' };
    assert.equal((await run(['git-credential', 'get'], { env, input })).stdout, '');
    const status = await run(['status']);
    assert.equal(status.code, 3);
    assert.match(status.stderr, /^Heroku: logged out of this container\. To log in again: /);
    assert.equal((await run()).stdout, sentence);
    assert.match((await run(['status'])).stdout, /logged in as dev@example\.com, with a session/);
  });

  test('where Heroku does not answer, the logout says when it ends by itself', async () => {
    await run();
    heroku.set({ faults: [{ method: 'DELETE', do: { kind: 'reset' } }] });
    const { code, stderr } = await run(['logout']);
    assert.equal(code, 5);
    assert.match(
      stderr,
      /^Heroku: logged out of this container, but its session could not be ended at Heroku, because .*\. It ends by itself on \d{4}-\d\d-\d\d; to end it now: https:\/\/dashboard/,
    );
    assert.throws(netrc, /ENOENT/);
  });

  test('a secret that is gone takes its session along', async () => {
    const there = context({ trigger: 'hook' });
    await login(there);
    const token = storedToken();
    const env = { ...there.env, HEROKU_API_KEY: undefined };
    mkdirSync(there.codespacesShared, { recursive: true });
    writeFileSync(join(there.codespacesShared, 'user-secrets-envs.json'), '{}');
    const { sentence } = await login({ ...there, env });
    assert.match(sentence, /is gone from this codespace/);
    assert.equal(await statusOf(token), 401);
  });

  test('logout in this process tells a codespace from a container', async () => {
    await login(context());
    assert.match((await logout(context())).sentence, /the session of this codespace was ended/);
  });
});

describe('who uses what', () => {
  test('status names the session, the secret and who uses it', async () => {
    await run();
    const { code, stdout } = await run(['status']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Heroku: logged in as dev@example\.com, with a session of this container alone \(token expires in 29 days\); the session is good until \d{4}-\d\d-\d\d and is renewed at a start\n/,
    );
    assert.match(stdout, /heroku CLI: .*, uses this token, from ~\/\.netrc\n/);
    assert.match(stdout, /git: {8}.*uses this token, from ~\/\.netrc\n/);
  });

  test('status says that it was ended in the dashboard', async () => {
    await run();
    await endInDashboard();
    const { code, stderr } = await run(['status']);
    assert.equal(code, 4);
    assert.match(
      stderr,
      /^Heroku: Heroku refused a session of this container alone: .*heroku-login/,
    );
  });

  test('git gets the session, not the secret; one that was refused makes git stop', async () => {
    const env = { HEROKU_HOST: 'heroku.com' };
    // As a login against the real Heroku leaves it.
    const stored = makeToken('session');
    const state = openState(home);
    const at = { madeAt: Date.now(), expiresAt: Date.now() + 1e8 };
    const block = ['api', 'git']
      .map((name) => `machine ${name}.heroku.com\n  login x\n  password ${stored}\n`)
      .join('');
    const containerToken = { id: 'x', of: fingerprint(secret), ...at };
    state.written.add(block);
    state.containerToken(fingerprint(stored)).write(containerToken);
    writeFileSync(join(home, '.netrc'), block);
    const entries = { machines: [], login: 'x', password: stored, text: block };
    hideSecret(makeContext({ home }), entries, { secret, containerToken });
    const input = 'protocol=https\nhost=git.heroku.com\n\n';
    const ask = (operation: string, more = '') =>
      run2(['git-credential', operation], { env, input: input.replace('\n\n', `\n${more}\n`) });
    assert.equal((await ask('get')).stdout, `username=heroku\npassword=${stored}\n`);
    await ask('erase', `username=x\npassword=${stored}\n`);
    const { stdout, stderr } = await ask('get');
    assert.equal(stdout, 'quit=1\n');
    assert.match(
      stderr,
      /^Heroku: Heroku refused a session of this container alone when it was last/,
    );
  });

  const run2 = (args: readonly string[], options: RunOptions) =>
    program.run(home, args, { ...options, env: { HEROKU_API_KEY: secret, ...options.env } });

  test('new shells say it on the last day of a session in a container that runs on', async () => {
    await run();
    const notice = () => readFileSync(join(home, '.local/state/heroku-login/notice'), 'utf8');
    const [from = '', line] = notice().split('\n');
    const left = Number(from) - Date.now() / 1000;
    assert.ok(left > 5.9 * day && left <= 6 * day + 1, `${left} s`);
    assert.match(line ?? '', /^the session of this container is good until .* heroku-login$/);
    // The secret's own end comes first.
    heroku.set({ accounts: [{ ...dev, expiresIn: 3 * day }] });
    await run();
    assert.match(notice(), /^\d+\nthe token is good until /);
  });
});

test('the fingerprint is what cksum prints, which the launcher of heroku uses', () => {
  for (const text of ['', 'a', secret, rotated, 'x'.repeat(1000), 'ü']) {
    const [sum] = execFileSync('cksum', { input: text, encoding: 'utf8' }).split(' ');
    assert.equal(fingerprint(text), sum);
  }
});

/** Ends every session at Heroku, as its person can. */
async function endInDashboard(): Promise<void> {
  for (const { id } of await sessions()) {
    await fetch(`${heroku.url}/oauth/authorizations/${id}`, {
      method: 'DELETE',
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        authorization: `Bearer ${secret}`,
      },
    });
  }
}

/** Lets Heroku know one more token, and forget all others but these of `dev`. */
async function logInElsewhere(token: string, email: string, ...kept: string[]): Promise<void> {
  const known = kept.map((one) => ({ ...dev, token: one }));
  heroku.set({ accounts: [...known, { email, token, expiresIn: 29 * day }] });
}
