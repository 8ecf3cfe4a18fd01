// Which token counts: the launcher of `heroku` and `heroku-login status` give the same answer in every
// state. A small program in the place of the CLI tells which variable it got.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { passwordForCli } from '../../src/credentials/netrc.ts';
import { hideSecret } from '../../src/credentials/resolve.ts';
import { storeLogin } from '../../src/credentials/store.ts';
import { defaults } from '../../src/options.ts';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { attempt, hasCommand } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import { installed } from '../support/installed.ts';
import { makeToken, newHome, temporaryFolder } from '../support/program.ts';

const day = 24 * 60 * 60 * 1000;
const secret = makeToken('secret');
/** Of another account. */
const other = makeToken('other');
const accounts = [
  { email: 'a@example.com', token: secret, expiresIn: 90 * 24 * 60 * 60 },
  { email: 'b@example.com', token: other, expiresIn: 90 * 24 * 60 * 60 },
];
const theirs = 'machine example.com\n  login x\n  password y\n';

let heroku: FakeHeroku;
/** With the option `perContainerToken`, and without it. */
let own: string;
let plain: string;
let home: string;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
  const tree = temporaryFolder();
  mkdirSync(join(tree, 'bin'));
  symlinkSync(process.execPath, join(tree, 'bin/node'));
  const script = 'process.stdout.write(JSON.stringify(process.env.HEROKU_API_KEY ?? null))';
  writeFileSync(join(tree, 'bin/run'), script);
  plain = await installed({}, tree);
  own = await installed({ perContainerToken: true }, tree);
});
after(() => heroku.close());
beforeEach(() => {
  home = newHome();
  heroku.set({ accounts, faults: [] });
});

const netrcFile = () => join(home, '.netrc');
const netrc = () => readFileSync(netrcFile(), 'utf8');
const stateFile = (name: string) => join(home, '.local/state/heroku-login', name);
const environment = (key?: string) => ({
  HOME: home,
  PATH: process.env['PATH'] ?? '',
  HEROKU_HOST: heroku.url,
  ...(key === undefined ? {} : { HEROKU_API_KEY: key }),
});

/** Runs heroku-login, with the secret in the variable unless `key` says otherwise. */
async function herokuLogin(
  folder: string,
  args: string[],
  how: { key?: string; input?: string } = {},
) {
  const { key = secret, input = '' } = how;
  const program = join(folder, 'bin/heroku-login');
  return await attempt(program, args, { env: environment(key), cwd: home, input });
}

/** What the launcher hands to the CLI as HEROKU_API_KEY; null for nothing. */
async function handedOn(folder: string, key: string, shell: readonly string[] = []) {
  const [program = '', ...args] = [...shell, join(folder, 'bin/heroku'), 'whoami'];
  const { stdout, stderr } = await attempt(program, args, { env: environment(key), cwd: home });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as string | null;
}

/** The account that Heroku tells for a token; null if it takes none, or the token cannot be sent. */
async function accountOf(token: string | undefined): Promise<string | null> {
  if (token === undefined || /[^!-~]/.test(token)) return null;
  const accept = 'application/vnd.heroku+json; version=3';
  const headers = { accept, authorization: `Bearer ${token}` };
  const response = await fetch(`${heroku.url}/account`, { headers });
  return response.ok ? ((await response.json()) as { email: string }).email : null;
}

interface Row {
  readonly name: string;
  /** Leaves the state. */
  readonly state: () => Promise<unknown> | unknown;
  /** HEROKU_API_KEY after it; the secret by default. */
  readonly key?: string;
  readonly folder?: () => string;
  /** What the CLI gets. */
  readonly gets: string | null;
  /** The account it acts as. */
  readonly as: string | null;
  /** What `status` says of the token it reports on: whether the CLI uses it. */
  readonly sameToken?: boolean | null;
}

const a = 'a@example.com';
const b = 'b@example.com';
const logIn = (folder: () => string) => () => herokuLogin(folder(), []);
const inPlain = () => plain;
const inOwn = () => own;
const withDotfiles = (folder: () => string) => async () => {
  await logIn(folder)();
  writeFileSync(netrcFile(), theirs);
};
const input = (token: string, folder: () => string) => async () => {
  await logIn(folder)();
  await herokuLogin(folder(), ['--with-token'], { input: token });
};
const loggedOut = (folder: () => string) => async () => {
  await logIn(folder)();
  await herokuLogin(folder(), ['logout']);
};

/** A login eight days ago: the container's own token is over. */
async function eightDaysAgo() {
  const options = { ...defaults, perContainerToken: true };
  const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: secret };
  const now = () => Date.now() - 8 * day;
  const { outcome } = await login(makeContext({ home, env, options, now }));
  assert.equal(outcome, 'logged_in');
}

const pasted: [string, string][] = [
  ['curly quotes', `“${secret}”`],
  ['backticks', `\`${secret}\``],
  ['guillemets', `«${secret}»`],
  ['a zero-width space', `${secret}\u200b`],
  ['a byte order mark', `\ufeff${secret}`],
  ['a no-break space', `\u00a0${secret}`],
];

const rows: Row[] = [
  // A plain login.
  { name: 'the secret, stored', state: logIn(inPlain), gets: secret, as: a },
  { name: 'the secret, never logged in', state: () => {}, gets: secret, as: a },
  { name: 'blanks and quotes', state: logIn(inPlain), key: ` "${secret}'\t`, gets: secret, as: a },
  ...pasted.flatMap(([name, key]): Row[] => [
    { name: `${name}, stored`, state: logIn(inPlain), key, gets: null, as: a },
    { name: `${name}, own token`, folder: inOwn, state: logIn(inOwn), key, gets: null, as: a },
    { name: `${name}, logged out`, state: loggedOut(inPlain), key, gets: null, as: null },
    { name: `${name}, dotfiles`, state: withDotfiles(inPlain), key, gets: key, as: null },
  ]),
  {
    ...{ name: 'curly quotes, never logged in', state: () => {}, key: `“${secret}”` },
    ...{ gets: `“${secret}”`, as: null },
  },
  {
    ...{ name: 'another token, in curly quotes', state: logIn(inPlain), key: `“${other}”` },
    // It is a new secret, which no login has seen; until then the earlier login counts for the CLI.
    ...{ gets: null, as: a, sameToken: false },
  },
  { name: 'a place holder', state: logIn(inPlain), key: `\${localEnv:X Y}`, gets: null, as: a },
  { name: 'another token', state: logIn(inPlain), key: other, gets: other, as: b },
  { name: 'dotfiles', state: withDotfiles(inPlain), gets: secret, as: a },
  { name: '--with-token for another account', state: input(other, inPlain), gets: secret, as: a },
  // Logged out.
  { name: 'logged out', state: loggedOut(inPlain), gets: null, as: null },
  {
    name: 'logged out, then another token',
    state: loggedOut(inPlain),
    key: other,
    gets: other,
    as: b,
  },
  {
    ...{ name: 'logged out, then in again', gets: secret, as: a },
    state: async () => {
      await loggedOut(inPlain)();
      await logIn(inPlain)();
    },
  },
  // The container's own token.
  { name: 'own token', folder: inOwn, state: logIn(inOwn), gets: null, as: a },
  { name: 'own token, dotfiles', folder: inOwn, state: withDotfiles(inOwn), gets: secret, as: a },
  {
    ...{ name: 'own token, a line above our entries', folder: inOwn, gets: secret, as: a },
    state: async () => {
      await logIn(inOwn)();
      writeFileSync(netrcFile(), `# mine\n${netrc()}`);
    },
  },
  {
    ...{ name: 'own token, ~/.netrc is gone', folder: inOwn, gets: secret, as: a },
    state: async () => {
      await logIn(inOwn)();
      rmSync(netrcFile());
    },
  },
  { name: 'own token that is over', folder: inOwn, state: eightDaysAgo, gets: secret, as: a },
  {
    ...{ name: 'own token that is over, in curly quotes', folder: inOwn, state: eightDaysAgo },
    ...{ key: `“${secret}”`, gets: `“${secret}”`, as: null },
  },
  {
    ...{ name: 'own token, then --with-token for another account', folder: inOwn },
    ...{ state: input(other, inOwn), gets: secret, as: a },
  },
  {
    name: 'own token, another secret',
    folder: inOwn,
    state: logIn(inOwn),
    key: other,
    gets: other,
    as: b,
  },
  { name: 'own token, logged out', folder: inOwn, state: loggedOut(inOwn), gets: null, as: null },
  { name: 'own token, option turned off', state: logIn(inOwn), gets: null, as: a },
  {
    ...{ name: 'own token, option turned off, logged in', gets: secret, as: a },
    state: async () => {
      await logIn(inOwn)();
      await logIn(inPlain)();
    },
  },
  {
    ...{ name: 'own token, our state is gone', folder: inOwn, gets: secret, as: a },
    state: async () => {
      await logIn(inOwn)();
      rmSync(stateFile(''), { recursive: true });
    },
  },
  ...['', 'x\n', '3\n', '3 x 1\n', '-1 0 1\n', '999999999999 0\n'].map(
    (text): Row => ({
      ...{ name: `own token, not our form: ${JSON.stringify(text)}`, folder: inOwn },
      ...{ gets: secret, as: a },
      state: async () => {
        await logIn(inOwn)();
        writeFileSync(stateFile('hide'), text);
      },
    }),
  ),
];

describe('the launcher and status agree', () => {
  for (const { name, state, key = secret, folder = inPlain, gets, as, sameToken } of rows) {
    test(name, async () => {
      await state();
      const variable = await handedOn(folder(), key);
      assert.equal(variable, gets);
      const { host } = new URL(heroku.url);
      const used = variable ?? passwordForCli(readIfThere(), host);
      assert.equal(await accountOf(used), as, 'the account that the CLI acts as');
      const { stdout } = await herokuLogin(folder(), ['status', '--json'], { key });
      const { account, cli } = JSON.parse(stdout) as {
        account?: string;
        cli: { uses: string | null; sameToken: boolean | null };
      };
      const place = variable === null ? '~/.netrc' : 'HEROKU_API_KEY in the environment';
      assert.equal(cli.uses, used === undefined ? null : place);
      const expected = sameToken ?? (used === undefined ? null : as !== null);
      assert.equal(cli.sameToken, expected);
      if (expected) assert.equal(account, as, 'the account that status tells');
    });
  }
});

function readIfThere(): string {
  try {
    return netrc();
  } catch {
    return '';
  }
}

describe('in every shell', () => {
  const shells = [['dash'], ['busybox', 'sh'], ['bash', '--posix']];
  for (const shell of shells) {
    test(shell.join(' '), async (t) => {
      if (!(await hasCommand(shell[0] ?? ''))) return t.skip('not installed');
      // Two entries, as a login to the real Heroku leaves them.
      const context = makeContext({ home });
      const result = storeLogin(context, a, other);
      assert.ok(result.kind === 'stored');
      const containerToken = { id: 'x', of: fingerprint(secret), madeAt: 0, expiresAt: 0 };
      const hideUntil = (expiresAt: number) =>
        hideSecret(context, result.stored, {
          secret,
          containerToken: { ...containerToken, expiresAt },
        });
      const ask = (key: string) => handedOn(own, key, shell);
      hideUntil(Date.now() + day);
      assert.equal(await ask(secret), null);
      assert.equal(await ask(` '${secret}"`), null);
      assert.equal(await ask(`“${secret}”`), null);
      assert.equal(await ask(other), other);
      hideUntil(Date.now() - 1000);
      assert.equal(await ask(secret), secret);
      hideUntil(Date.now() + day);
      writeFileSync(netrcFile(), netrc().replace(/\w\n$/, '!\n'));
      assert.equal(await ask(secret), secret);
    });
  }
});

test('no process is started if there is nothing to hide, and few otherwise', async () => {
  const path = temporaryFolder();
  const log = join(path, 'log');
  for (const name of ['cksum', 'date']) {
    const script = `#!/bin/sh\necho ${name} >>${log}\nPATH=${process.env['PATH']} exec ${name} "$@"\n`;
    writeFileSync(join(path, name), script, { mode: 0o755 });
  }
  const started = async (key: string) => {
    writeFileSync(log, '');
    const env = { ...environment(key), PATH: path };
    const { code } = await attempt(join(own, 'bin/heroku'), ['whoami'], { env });
    assert.equal(code, 0);
    return readFileSync(log, 'utf8').split('\n').slice(0, -1);
  };
  assert.deepEqual(await started(secret), []);
  await herokuLogin(plain, []);
  assert.deepEqual(await started(secret), []);
  assert.deepEqual(await started(`“${secret}”`), ['cksum']);
  await herokuLogin(own, []);
  assert.deepEqual(await started(other), ['cksum']);
  // Only what has an end needs the clock.
  assert.deepEqual(await started(secret), ['cksum', 'date']);
  await herokuLogin(own, ['logout']);
  assert.deepEqual(await started(secret), ['cksum']);
});
