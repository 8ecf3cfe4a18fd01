// Which token counts: the launcher of `heroku` and `heroku-login status` give the same answer in every
// state. A small program in the place of the CLI tells which variable it got.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { passwordForCli } from '../../src/credentials/netrc.ts';
import { hideSecret } from '../../src/credentials/resolve.ts';
import { storeLogin } from '../../src/credentials/store.ts';
import { defaults } from '../../src/options.ts';
import { attempt, hasCommand } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import { installed } from '../support/installed.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';
import { dev, rotated as other, token as secret, useProgram } from '../support/rig.ts';

const day = 24 * 60 * 60 * 1000;
const a = dev.email;
/** Whose {@link other} is. */
const b = 'b@example.com';
const theirs = 'machine example.com\n  login x\n  password y\n';

const rig = useProgram();
/** With the option `perContainerToken`, and without it. */
let own: string;
let plain: string;

before(async () => {
  const tree = temporaryFolder();
  mkdirSync(join(tree, 'bin'));
  symlinkSync(process.execPath, join(tree, 'bin/node'));
  const script = 'process.stdout.write(JSON.stringify(process.env.HEROKU_API_KEY ?? null))';
  writeFileSync(join(tree, 'bin/run'), script);
  plain = await installed({}, tree);
  own = await installed({ perContainerToken: true }, tree);
});
beforeEach(() => rig.heroku.set({ accounts: [dev, { ...dev, email: b, token: other }] }));

const stateFile = (name: string) => join(rig.home, '.local/state/heroku-login', name);
const environment = (key: string) => ({
  HOME: rig.home,
  PATH: process.env['PATH'] ?? '',
  HEROKU_HOST: rig.heroku.url,
  HEROKU_API_KEY: key,
});

/** Runs heroku-login, with the secret in the variable unless `key` says otherwise. */
const herokuLogin = (folder: string, args: string[], { key = secret, input = '' } = {}) =>
  attempt(join(folder, 'bin/heroku-login'), args, { env: environment(key), cwd: rig.home, input });

/** What the launcher hands to the CLI as HEROKU_API_KEY; null for nothing. */
async function handedOn(folder: string, key: string, shell: readonly string[] = []) {
  const [program = '', ...args] = [...shell, join(folder, 'bin/heroku'), 'whoami'];
  const { stdout, stderr } = await attempt(program, args, { env: environment(key), cwd: rig.home });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as string | null;
}

/** The account that Heroku tells for a token; null if it takes none, or the token cannot be sent. */
async function accountOf(token: string | undefined): Promise<string | null> {
  if (token === undefined || /[^!-~]/.test(token)) return null;
  const accept = 'application/vnd.heroku+json; version=3';
  const headers = { accept, authorization: `Bearer ${token}` };
  const response = await fetch(`${rig.heroku.url}/account`, { headers });
  return response.ok ? ((await response.json()) as { email: string }).email : null;
}

/** @param folder the installation of the row. */
type Step = (folder: string) => Promise<unknown> | unknown;

const logIn: Step = (folder) => herokuLogin(folder, []);
const logInPlain: Step = () => herokuLogin(plain, []);
const logInOwn: Step = () => herokuLogin(own, []);
const logOut: Step = (folder) => herokuLogin(folder, ['logout']);
const takeOther: Step = (folder) => herokuLogin(folder, ['--with-token'], { input: other });
const bad = makeToken('unknown');
/** A new secret, which Heroku rejects: the earlier login stays in use. */
const takeBad: Step = (folder) => herokuLogin(folder, [], { key: bad });
const dotfiles: Step = () => writeFileSync(rig.netrc(), theirs);
const addLine: Step = () => writeFileSync(rig.netrc(), `# mine\n${rig.stored()}`);
const removeNetrc: Step = () => rmSync(rig.netrc());
const removeState: Step = () => rmSync(stateFile(''), { recursive: true });
const hide =
  (text: string): Step =>
  () =>
    writeFileSync(stateFile('hide'), text);

/** A login eight days ago: the container's own token is over. */
async function eightDaysAgo() {
  const options = { ...defaults, perContainerToken: true };
  const { outcome } = await login(rig.context({ options, now: () => Date.now() - 8 * day }));
  assert.equal(outcome, 'logged_in');
}

/** What leaves the state, what the CLI then gets, whom it acts as, and HEROKU_API_KEY if not the secret. */
type Row = [name: string, steps: Step[], gets: string | null, as: string | null, key?: string];

const curly = `“${secret}”`;
const pasted: [string, string][] = [
  ['curly quotes', curly],
  ['backticks', `\`${secret}\``],
  ['guillemets', `«${secret}»`],
  ['a zero-width space', `${secret}\u200b`],
  ['a byte order mark', `\ufeff${secret}`],
  ['a no-break space', `\u00a0${secret}`],
];
/** A new secret, which no login has seen; until then the earlier login counts for the CLI. */
const UNSEEN = 'another token, in curly quotes';

const plainRows: Row[] = [
  ['the secret, stored', [logIn], secret, a],
  ['the secret, never logged in', [], secret, a],
  ['blanks and quotes', [logIn], secret, a, ` "${secret}'\t`],
  ...pasted.flatMap(([name, key]): Row[] => [
    [`${name}, stored`, [logIn], null, a, key],
    [`${name}, logged out`, [logIn, logOut], null, null, key],
    [`${name}, dotfiles`, [logIn, dotfiles], key, null, key],
  ]),
  ['curly quotes, never logged in', [], curly, null, curly],
  [UNSEEN, [logIn], null, a, `“${other}”`],
  ['a place holder', [logIn], null, a, `\${localEnv:X Y}`],
  ['another token', [logIn], other, b, other],
  ['a rejected token, after a login', [logIn, takeBad], null, a, bad],
  ['a rejected token, then another one', [logIn, takeBad], other, b, other],
  ['a rejected token, then the former one', [logIn, takeBad], secret, a],
  ['dotfiles', [logIn, dotfiles], secret, a],
  ['--with-token for another account', [logIn, takeOther], secret, a],
  ['logged out', [logIn, logOut], null, null],
  ['logged out, then another token', [logIn, logOut], other, b, other],
  ['logged out, then in again', [logIn, logOut, logIn], secret, a],
  ['own token, option turned off', [logInOwn], null, a],
  ['own token, option turned off, logged in', [logInOwn, logIn], secret, a],
];
const ownRows: Row[] = [
  ['own token', [logIn], null, a],
  ...pasted.map(([name, key]): Row => [`own token, ${name}`, [logIn], null, a, key]),
  ['own token, dotfiles', [logIn, dotfiles], secret, a],
  ['own token, a line above our entries', [logIn, addLine], secret, a],
  ['own token, ~/.netrc is gone', [logIn, removeNetrc], secret, a],
  ['own token that is over', [eightDaysAgo], secret, a],
  ['own token that is over, in curly quotes', [eightDaysAgo], curly, null, curly],
  ['own token, then --with-token for another account', [logIn, takeOther], secret, a],
  ['own token, another secret', [logIn], other, b, other],
  ['own token, a rejected secret', [logIn, takeBad], null, a, bad],
  ['own token, a rejected secret, then the former one', [logIn, takeBad], null, a],
  ['own token, logged out', [logIn, logOut], null, null],
  ['own token, our state is gone', [logIn, removeState], secret, a],
  ...['', 'x\n', '3\n', '3 x 1\n', '-1 0 1\n', '999999999999 0\n'].map((text): Row => {
    return [`own token, not our form: ${JSON.stringify(text)}`, [logIn, hide(text)], secret, a];
  }),
];

describe('the launcher and status agree', () => {
  const rows = [
    ...plainRows.map((row) => ({ row, folder: () => plain })),
    ...ownRows.map((row) => ({ row, folder: () => own })),
  ];
  for (const { row, folder } of rows) {
    const [name, steps, gets, as, key = secret] = row;
    test(name, async () => {
      for (const step of steps) await step(folder());
      const variable = await handedOn(folder(), key);
      assert.equal(variable, gets);
      const { host } = new URL(rig.heroku.url);
      const used = variable ?? passwordForCli(rig.stored() ?? '', host);
      assert.equal(await accountOf(used), as, 'the account that the CLI acts as');
      const { stdout } = await herokuLogin(folder(), ['status', '--json'], { key });
      const { account, cli } = JSON.parse(stdout) as {
        account?: string;
        cli: { uses: string | null; sameToken: boolean | null };
      };
      const place = variable === null ? '~/.netrc' : 'HEROKU_API_KEY in the environment';
      assert.equal(cli.uses, used === undefined ? null : place);
      // Whether the CLI uses the token that status reports on.
      const sameToken = used === undefined ? null : as !== null && name !== UNSEEN;
      assert.equal(cli.sameToken, sameToken);
      if (sameToken) assert.equal(account, as, 'the account that status tells');
    });
  }
});

describe('in every shell', () => {
  const shells = [['dash'], ['busybox', 'sh'], ['bash', '--posix']];
  for (const shell of shells) {
    test(shell.join(' '), async (t) => {
      if (!(await hasCommand(shell[0] ?? ''))) return t.skip('not installed');
      // Two entries, as a login to the real Heroku leaves them.
      const context = makeContext({ home: rig.home });
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
      writeFileSync(rig.netrc(), rig.stored()?.replace(/\w\n$/, '!\n') ?? '');
      assert.equal(await ask(secret), secret);
    });
  }
});

for (const shell of [['dash'], ['busybox', 'sh'], ['bash', '--posix']]) {
  test(`an engine that answers wrongly what may be read and run, with ${shell[0]}`, async () => {
    const wrong = 'inject=access,faccessat,faccessat2:error=EPERM';
    const strace = ['strace', '-qqq', '-e', wrong, '-e', 'signal=none'];
    const log = join(rig.home, 'calls');
    await logInOwn(own);
    assert.equal(await handedOn(own, secret, [...strace, '-o', log, ...shell]), null);
    await herokuLogin(own, ['logout']);
    assert.equal(await handedOn(own, secret, [...strace, '-o', log, ...shell]), null);
  });
}

describe('a trace of the launcher shows no token', () => {
  const shells = [
    ['dash', '-x'],
    ['dash', '-vx'],
    ['busybox', 'sh', '-x'],
    ['bash', '-x'],
    ['bash', '-o', 'posix', '-x'],
    ['env', 'SHELLOPTS=xtrace', 'bash'],
    ['env', 'BASH_XTRACEFD=2', 'bash', '-x'],
  ];
  for (const shell of shells) {
    test(shell.join(' '), async () => {
      await logInOwn(own);
      const [program = '', ...args] = [...shell, join(own, 'bin/heroku'), 'whoami'];
      for (const key of [secret, ` '${secret}"`, `“${secret}”`, other]) {
        const env = { ...environment(key), https_proxy: 'http://u:s3cret@localhost:9' };
        const { code, stderr } = await attempt(program, args, { env, cwd: rig.home });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /\+ set \+x/, 'this is a trace');
        assert.ok(!/HRKU-|s3cret@/.test(stderr), stderr);
      }
    });
  }
});

test('no process is started if there is nothing to hide, and few otherwise', async () => {
  // In the place of /usr/local/bin, the first of the folders that the launcher looks in.
  const log = join(temporaryFolder(), 'log');
  for (const name of ['cksum', 'date']) {
    const script = `#!/bin/sh\nenv >>${log}.env\necho ${name} >>${log}\nexec /usr/bin/env PATH=/usr/bin:/bin ${name} "$@"\n`;
    writeFileSync(join(own, 'bin', name), script, { mode: 0o755 });
  }
  const started = async (key: string) => {
    writeFileSync(log, '');
    const { code } = await attempt(join(own, 'bin/heroku'), ['whoami'], { env: environment(key) });
    assert.equal(code, 0);
    return readFileSync(log, 'utf8').split('\n').slice(0, -1);
  };
  assert.deepEqual(await started(secret), []);
  await logInPlain(plain);
  assert.deepEqual(await started(secret), []);
  assert.deepEqual(await started(`“${secret}”`), ['cksum']);
  await logInOwn(own);
  assert.deepEqual(await started(other), ['cksum']);
  // Only what has an end needs the clock.
  assert.deepEqual(await started(secret), ['cksum', 'date']);
  await herokuLogin(own, ['logout']);
  assert.deepEqual(await started(secret), ['cksum']);
  assert.doesNotMatch(readFileSync(`${log}.env`, 'utf8'), /HRKU|HEROKU_API_KEY/);
});
