// Real git over TLS: which token it sends to Heroku, and which it never does.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { storeLogin } from '../../src/credentials/store.ts';
import type { FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { attempt, type Result } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import {
  buildProgram,
  makeToken,
  newHome,
  output,
  type Program,
  temporaryFolder,
} from '../support/program.ts';
import { type Proxied, startProxied } from '../support/proxied.ts';

const token = makeToken('first');
const rotated = makeToken('second');
const githubToken = 'ghu_16C7e42F292c6912E7710c838347Ae178B4a';
const dev = { email: 'dev@example.com', token };

let proxied: Proxied;
let heroku: FakeHeroku;
let program: Program;
let home: string;
let project: string;

before(async () => {
  proxied = await startProxied();
  ({ heroku } = proxied);
  program = await buildProgram();
  project = temporaryFolder();
  output('git', ['init', '-q', '-b', 'main', project]);
  const me = ['-c', 'user.name=x', '-c', 'user.email=x@x'];
  output('git', ['-C', project, ...me, 'commit', '-q', '--allow-empty', '-m', 'x']);
});
after(() => proxied.close());
beforeEach(() => {
  home = newHome();
  heroku.set({ accounts: [dev], faults: [] });
  heroku.clearSeen();
  writeSystemConfig();
});

/** A helper that answers any host with GitHub's token, and writes down what it is told to keep. */
function foreignHelper(): string {
  const file = join(home, 'foreign');
  writeFileSync(
    file,
    `#!/bin/sh\necho "$1" >> ${home}/foreign.log\ncat >> ${home}/foreign.log\nif [ "$1" = get ]; then echo username=x; echo password=${githubToken}; fi\n`,
    { mode: 0o755 },
  );
  return file;
}

/** The system's git configuration as install.sh leaves it in a codespace (codespaces.md part 7). */
function writeSystemConfig(): void {
  const file = join(home, 'gitconfig-system');
  const helper = `!${process.execPath} ${program.file} git-credential`;
  const set = (...args: string[]) => output('git', ['config', '--file', file, ...args]);
  set('credential.helper', foreignHelper());
  set('credential.https://git.heroku.com.helper', '');
  set('--add', 'credential.https://git.heroku.com.helper', helper);
  set('http.sslCAInfo', proxied.certificates.ca);
  set('http.proxy', proxied.proxy.url);
}

async function git(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const result = await attempt('git', args, {
    cwd: project,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      GIT_CONFIG_SYSTEM: join(home, 'gitconfig-system'),
      GIT_TERMINAL_PROMPT: '0',
      ...env,
    },
  });
  for (const secret of [token, rotated, githubToken]) {
    assert.ok(!(result.stdout + result.stderr).includes(secret), 'a token was printed');
  }
  return result;
}

const push = (env?: Record<string, string>) =>
  git(['push', 'https://git.heroku.com/my-app.git', 'HEAD:refs/heads/main'], env);

/** Passwords that reached Heroku's git server. */
const sent = () =>
  heroku
    .seen()
    .map(({ headers }) => headers['authorization'])
    .filter((header) => header?.startsWith('Basic '))
    .map(
      (header) =>
        Buffer.from((header ?? '').slice(6), 'base64')
          .toString()
          .split(':')[1],
    );

const stored = (password: string) =>
  ['api', 'git']
    .map((name) => `machine ${name}.heroku.com\n  login dev@example.com\n  password ${password}\n`)
    .join('');

/** Logs in against the plain listener, whose entries in ~/.netrc carry its own address. */
const login = (key: string, ...args: string[]) =>
  program.run(home, args, { env: { HEROKU_HOST: heroku.url, HEROKU_API_KEY: key } });

const withToken = { HEROKU_API_KEY: token };

describe('git push', () => {
  test('with the token in the environment alone, at the first try', async () => {
    const { code, stderr } = await push(withToken);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...new Set(sent())], [token]);
  });

  test('with ~/.netrc alone', async () => {
    writeFileSync(join(home, '.netrc'), stored(token));
    const { code, stderr } = await push();
    assert.equal(code, 0, stderr);
    assert.deepEqual([...new Set(sent())], [token]);
  });

  test('with a stale ~/.netrc and a newer token in the environment', async () => {
    writeFileSync(join(home, '.netrc'), stored(rotated));
    const { code, stderr } = await push(withToken);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...new Set(sent())], [rotated, token]);
  });

  test('with a user name in the address', async () => {
    const url = 'https://somebody@git.heroku.com/my-app.git';
    const { code, stderr } = await git(['push', url, 'HEAD:refs/heads/main'], withToken);
    assert.equal(code, 0, stderr);
  });
});

describe('~/.netrc after a push that another one than its own token made', () => {
  const inHome = () => readFileSync(join(home, '.netrc'), 'utf8');
  const theirs = 'machine example.com\n  login a\n  password b\n';

  test('has the login again that dotfiles took away, and all that they brought', async () => {
    await login(token);
    writeFileSync(join(home, '.netrc'), theirs);
    assert.equal((await push(withToken)).code, 0);
    assert.equal(inHome(), stored(token) + theirs);
    // Processes without the variable profit as well.
    assert.equal((await push()).code, 0);
  });

  test('has the newer secret that the terminal had', async () => {
    const context = makeContext({ home });
    storeLogin(context, { account: 'dev@example.com', token: rotated });
    assert.equal((await push(withToken)).code, 0);
    assert.deepEqual([...new Set(sent())], [rotated, token]);
    assert.match(inHome(), new RegExp(`password ${token}\n`));
    assert.doesNotMatch(inHome(), new RegExp(rotated));
  });

  test('is as it was where the login is by hand, or the file is tracked by git', async () => {
    await program.run(home, ['--with-token'], { env: { HEROKU_HOST: heroku.url }, input: token });
    writeFileSync(join(home, '.netrc'), theirs);
    assert.equal((await push(withToken)).code, 0);
    assert.equal(inHome(), theirs);
    home = newHome();
    writeSystemConfig();
    writeFileSync(join(home, '.netrc'), theirs);
    output('git', ['init', '-q', home]);
    output('git', ['-C', home, 'add', '.netrc']);
    assert.equal((await push(withToken)).code, 0);
    assert.equal(inHome(), theirs);
  });

  test('has no token after a push with one that Heroku refuses', async () => {
    writeFileSync(join(home, '.netrc'), theirs);
    await push({ HEROKU_API_KEY: rotated });
    assert.equal(inHome(), theirs);
  });

  test('is left alone in a prebuild', async () => {
    await push({ ...withToken, CODESPACES: 'true', CLOUDENV_ENVIRONMENT_ID: 'null' });
    assert.throws(inHome, /ENOENT/);
  });
});

describe('a token that Heroku refused', () => {
  test("makes git stop before another helper sends GitHub's token to Heroku", async () => {
    heroku.set({ accounts: [] });
    assert.equal((await login(token)).code, 4);
    // The worst case: a helper that is asked after ours and answers any host.
    output('git', [
      'config',
      '--file',
      join(home, '.gitconfig'),
      'credential.helper',
      foreignHelper(),
    ]);
    const { code, stderr } = await push(withToken);
    assert.equal(code, 128);
    assert.match(
      stderr,
      /Heroku: Heroku refused the token from HEROKU_API_KEY in the environment when/,
    );
    assert.match(stderr, /told us to quit/);
    assert.deepEqual(sent(), []);
  });

  test('found out by git itself: said at once, and the next push stops', async () => {
    heroku.set({ accounts: [{ ...dev, state: 'revoked' }] });
    const first = await push(withToken);
    assert.equal(first.code, 128);
    assert.match(first.stderr, /git\.heroku\.com refused the token from HEROKU_API_KEY/);
    heroku.clearSeen();
    const second = await push(withToken);
    assert.match(second.stderr, /told us to quit/);
    assert.deepEqual(sent(), []);
  });

  test('works again once Heroku accepts it', async () => {
    heroku.set({ accounts: [] });
    await push(withToken);
    heroku.set({ accounts: [dev] });
    assert.equal((await login(token)).code, 0);
    assert.equal((await push(withToken)).code, 0);
  });

  test('does not stand in the way of a newer one', async () => {
    heroku.set({ accounts: [{ ...dev, token: rotated }] });
    await login(token);
    assert.equal((await push({ HEROKU_API_KEY: rotated })).code, 0);
  });
});

describe('what heroku-login answers', () => {
  const ask = (operation: string, input: string, env: Record<string, string> = withToken) =>
    program.run(home, ['git-credential', operation], { env, input });
  const nothing = { code: 0, stdout: '', stderr: '' };

  test('get, for git.heroku.com over https', async () => {
    const input = 'protocol=https\nhost=git.heroku.com\nwwwauth[]=Basic realm="Heroku"\n\n';
    const { stdout } = await ask('get', input);
    assert.equal(stdout, `username=heroku\npassword=${token}\n`);
  });

  for (const [name, input] of Object.entries({
    'another host': 'protocol=https\nhost=github.com\n',
    'a host that begins the same': 'protocol=https\nhost=git.heroku.com.evil.example\n',
    'another port': 'protocol=https\nhost=git.heroku.com:8443\n',
    'plain http': 'protocol=http\nhost=git.heroku.com\n',
    'no host': 'protocol=https\n',
    nothing: '',
  })) {
    test(`nothing for ${name}`, async () => assert.deepEqual(await ask('get', input), nothing));
  }

  test('nothing without a token, so that a login of another kind can work', async () => {
    const input = 'protocol=https\nhost=git.heroku.com\n';
    assert.deepEqual(await ask('get', input, {}), nothing);
    output('git', [
      'config',
      '--file',
      join(home, '.gitconfig'),
      'credential.helper',
      foreignHelper(),
    ]);
    await push();
    assert.match(readFileSync(join(home, 'foreign.log'), 'utf8'), /^get\n/);
  });

  test('nothing to store or erase of others, and to what a later git may ask', async () => {
    const input = `protocol=https\nhost=git.heroku.com\nusername=x\npassword=${rotated}\n`;
    for (const operation of ['store', 'erase', 'capability', '']) {
      assert.deepEqual(await ask(operation, input), nothing);
    }
    assert.match((await ask('get', input)).stdout, new RegExp(token));
  });

  test('the token that is stored, where there is no other', async () => {
    // The helper of git's host for this API is that API's own, and answers https alone: the stored
    // token is asked for through functions, with the hosts of the real Heroku.
    const context = makeContext({ home });
    storeLogin(context, { account: 'dev@example.com', token });
    assert.equal(readFileSync(join(home, '.netrc'), 'utf8'), stored(token));
    const { stdout } = await ask('get', 'protocol=https\nhost=git.heroku.com\n', {});
    assert.equal(stdout, `username=heroku\npassword=${token}\n`);
  });
});
