// Real git over TLS: which token it sends to Heroku, and which it never does.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { storeLogin } from '../../src/credentials/store.ts';
import { notAsked, passwordInAddress, pushGoesElsewhere } from '../../src/messages/git.ts';
import { attempt, type Result } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import { commitIn, newHome, output, temporaryFolder } from '../support/program.ts';
import { useProxied } from '../support/proxied.ts';
import { dev, rotated, token } from '../support/rig.ts';

const githubToken = 'ghu_16C7e42F292c6912E7710c838347Ae178B4a';

const realGit = output('sh', ['-c', 'command -v git']).trim();

const rig = useProxied();
let project: string;
before(() => {
  project = temporaryFolder();
  commitIn(project);
});
beforeEach(() => writeSystemConfig());

/** A helper that answers any host with GitHub's token, and writes down what it is told to keep. */
function foreignHelper(): string {
  const file = join(rig.home, 'foreign');
  writeFileSync(
    file,
    `#!/bin/sh\necho "$1" >> ${rig.home}/foreign.log\ncat >> ${rig.home}/foreign.log\nif [ "$1" = get ]; then echo username=x; echo password=${githubToken}; fi\n`,
    { mode: 0o755 },
  );
  return file;
}

const launcher = () => join(rig.home, 'bin/heroku-login');

/**
 * The system's git configuration as install.sh leaves it in a codespace (docs/facts/codespaces.md
 * part 7).
 */
function writeSystemConfig(): void {
  const helper = `${launcher()} git-credential`;
  mkdirSync(join(rig.home, 'bin'), { recursive: true });
  const script = `#!/bin/sh\nexec ${process.execPath} ${rig.program.file} "$@"\n`;
  writeFileSync(launcher(), script, { mode: 0o755 });
  writeFileSync(
    join(rig.home, 'gitconfig-system'),
    `[credential]\nhelper = ${foreignHelper()}
     [credential "https://git.heroku.com"]\nhelper =\nhelper = ${helper}
     [http]\nsslCAInfo = ${rig.heroku.certificates.ca}\nproxy = ${rig.heroku.proxy.url}\n`,
  );
}

/** The worst case: a helper that is asked after ours and answers any host. */
const addForeignHelper = () =>
  writeFileSync(join(rig.home, '.gitconfig'), `[credential]\nhelper = ${foreignHelper()}\n`);

async function git(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const GIT_CONFIG_SYSTEM = join(rig.home, 'gitconfig-system');
  const own = { HOME: rig.home, GIT_CONFIG_SYSTEM, GIT_TERMINAL_PROMPT: '0' };
  const all = { PATH: process.env['PATH'] ?? '', ...own, ...env };
  const result = await attempt('git', args, { cwd: project, env: all });
  for (const secret of [token, rotated, githubToken]) {
    assert.ok(!result.output.includes(secret), 'a token was printed');
  }
  return result;
}

const push = (env?: Record<string, string>) =>
  git(['push', 'https://git.heroku.com/my-app.git', 'HEAD:refs/heads/main'], env);

/** Passwords that reached Heroku's git server. */
const sent = () =>
  rig.heroku
    .seen()
    .map(({ headers }) => headers['authorization'])
    .filter((header) => header?.startsWith('Basic '))
    .map((header = '') => atob(header.slice(6)).split(':')[1]);

const stored = (password: string) =>
  ['api', 'git']
    .map((name) => `machine ${name}.heroku.com\n  login dev@example.com\n  password ${password}\n`)
    .join('');

/** Logs in against the plain listener, whose entries in ~/.netrc carry its own address. */
const login = () => rig.run([], { env: { HEROKU_HOST: rig.heroku.url } });

const withToken = { HEROKU_API_KEY: token };

describe('git push', () => {
  const rows: [
    name: string,
    inNetrc: string | null,
    env: Record<string, string>,
    sent: string[],
  ][] = [
    ['the token in the environment alone, at the first try', null, withToken, [token]],
    ['~/.netrc alone', token, {}, [token]],
    ['a stale ~/.netrc and a newer token in the environment', rotated, withToken, [rotated, token]],
  ];
  for (const [name, inNetrc, env, expected] of rows) {
    test(`with ${name}`, async () => {
      if (inNetrc !== null) writeFileSync(rig.netrc(), stored(inNetrc));
      const { code, stderr } = await push(env);
      assert.equal(code, 0, stderr);
      assert.deepEqual([...new Set(sent())], expected);
    });
  }

  test('with a user name in the address', async () => {
    const url = 'https://somebody@git.heroku.com/my-app.git';
    const { code, stderr } = await git(['push', url, 'HEAD:refs/heads/main'], withToken);
    assert.equal(code, 0, stderr);
  });
});

describe('~/.netrc after a push that another one than its own token made', () => {
  const inHome = () => readFileSync(rig.netrc(), 'utf8');
  const theirs = 'machine example.com\n  login a\n  password b\n';

  test('has the login again that dotfiles took away, and all that they brought', async () => {
    await login();
    writeFileSync(rig.netrc(), theirs);
    assert.equal((await push(withToken)).code, 0);
    assert.equal(inHome(), stored(token) + theirs);
    // Processes without the variable profit as well.
    assert.equal((await push()).code, 0);
  });

  test('has the newer secret that the terminal had', async () => {
    const context = makeContext({ home: rig.home });
    storeLogin(context, 'dev@example.com', rotated);
    assert.equal((await push(withToken)).code, 0);
    assert.deepEqual([...new Set(sent())], [rotated, token]);
    assert.match(inHome(), new RegExp(`password ${token}\n`));
    assert.doesNotMatch(inHome(), new RegExp(rotated));
  });

  test('is as it was if the login is manual, or the file is tracked by git', async () => {
    const env = { HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: '' };
    await rig.run(['--with-token'], { env, input: token });
    writeFileSync(rig.netrc(), theirs);
    assert.equal((await push(withToken)).code, 0);
    assert.equal(inHome(), theirs);
    rig.home = newHome();
    writeSystemConfig();
    writeFileSync(rig.netrc(), theirs);
    output('git', ['init', '-q', rig.home]);
    output('git', ['-C', rig.home, 'add', '.netrc']);
    assert.equal((await push(withToken)).code, 0);
    assert.equal(inHome(), theirs);
  });

  test('has no token after a push with one that Heroku rejects', async () => {
    writeFileSync(rig.netrc(), theirs);
    await push({ HEROKU_API_KEY: rotated });
    assert.equal(inHome(), theirs);
  });

  test('is left alone in a prebuild', async () => {
    await push({ ...withToken, CODESPACES: 'true', CLOUDENV_ENVIRONMENT_ID: 'null' });
    assert.throws(inHome, /ENOENT/);
  });
});

describe('settings of the user that stand in the way', () => {
  /** Runs heroku-login behind the proxy, as a user whose PATH has it; returns the lines below the first. */
  async function program(args: readonly string[], env: Record<string, string> = {}) {
    const own = { https_proxy: rig.heroku.proxy.url, ...rig.trusted() };
    const PATH = `${join(rig.home, 'bin')}:${process.env['PATH']}`;
    const GIT_CONFIG_SYSTEM = join(rig.home, 'gitconfig-system');
    const ended = await rig.run(args, {
      cwd: project,
      env: { ...own, PATH, GIT_CONFIG_SYSTEM, ...env },
    });
    return (ended.stdout + ended.stderr)
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim());
  }
  /** The same in another start of the container. */
  const start = (env?: Record<string, string>) => {
    rmSync(rig.statePath('last.json'), { force: true });
    return program(['--hook'], env);
  };
  /** Runs the command at the end of a sentence, as the user would. */
  async function follow(sentence: string | undefined): Promise<void> {
    const [, command = ''] = / run: (git .*)$/.exec(sentence ?? '') ?? [];
    const env = { HOME: rig.home, PATH: process.env['PATH'] ?? '' };
    assert.equal((await attempt('sh', ['-c', command], { cwd: project, env })).code, 0);
  }
  const own = () => `${launcher()} git-credential`;

  test('as by Git Credential Manager: said once, and fixed by the command', async () => {
    const asked = foreignHelper();
    writeFileSync(join(rig.home, '.gitconfig'), `[credential]\nhelper =\nhelper = ${asked}\n`);
    const how = { own: own(), scope: 'global', git: realGit, asked };
    const removed = notAsked('git.heroku.com', how);
    assert.deepEqual(await start(), [removed]);
    assert.deepEqual(await start(), []);
    assert.ok((await program(['status'])).includes(removed));
    assert.equal((await push()).code, 0);
    assert.deepEqual([...new Set(sent())], [token]);
    // What the sentence warns of, and what becomes of it.
    rig.heroku.set({ accounts: [] });
    await push();
    assert.ok(sent().includes(githubToken), 'the trap works');
    await follow(removed);
    rig.heroku.clearSeen();
    assert.equal((await push()).code, 128);
    assert.ok(!sent().includes(githubToken));
    assert.ok(!(await program(['status'])).includes(removed));
  });

  test("as another git's system file: said once, and git push works through ~/.netrc", async () => {
    const settings = `[http]\nsslCAInfo = ${rig.heroku.certificates.ca}\nproxy = ${rig.heroku.proxy.url}\n`;
    writeFileSync(join(rig.home, 'gitconfig-system'), settings);
    const unknown = notAsked('git.heroku.com', { own: own(), git: realGit, asked: '' });
    assert.deepEqual(await start(), [unknown]);
    assert.deepEqual(await start(), []);
    assert.ok((await program(['status'])).includes(unknown));
    assert.equal((await push()).code, 0);
    await follow(unknown);
    rmSync(rig.netrc());
    assert.equal((await push(withToken)).code, 0);
    assert.deepEqual(await program([]), []);
  });

  test('as an address of its own for pushes: said, and git does push there', async () => {
    const url = `https://somebody:${rotated}@mirror.example/`;
    const rule = `[url "${url}"]\n\tinsteadOf = https://git.heroku.com/\n`;
    writeFileSync(join(rig.home, '.gitconfig'), rule);
    const elsewhere = pushGoesElsewhere('git.heroku.com', 'https://mirror.example/');
    assert.deepEqual(await start(), [elsewhere]);
    const status = await program(['status']);
    assert.ok(status.includes(elsewhere));
    assert.match(status.join('\n'), /^git: +would not be logged in$/m);
    await push(withToken);
    assert.deepEqual(sent(), []);
  });

  test('as a remote with an old password: pushes fail until the command is run', async () => {
    const address = 'https://git.heroku.com/my-app.git';
    await git(['remote', 'add', 'heroku', address.replace('://', `://heroku:${rotated}@`)]);
    const withPassword = passwordInAddress('local', 'remote.heroku.url', address);
    assert.deepEqual(await start(), [withPassword]);
    assert.ok((await program(['status'])).includes(withPassword));
    const toRemote = () => git(['push', 'heroku', 'HEAD:refs/heads/main'], withToken);
    assert.equal((await toRemote()).code, 128);
    await follow(withPassword);
    assert.equal((await toRemote()).code, 0);
    await git(['remote', 'remove', 'heroku']);
    assert.doesNotMatch(rig.state('last.json') ?? '', /second/);
  });
});

describe('a token that Heroku rejected', () => {
  test("makes git stop before another helper sends GitHub's token to Heroku", async () => {
    rig.heroku.set({ accounts: [] });
    assert.equal((await login()).code, 4);
    addForeignHelper();
    const { code, stderr } = await push(withToken);
    assert.equal(code, 128);
    assert.match(
      stderr,
      /Heroku: Heroku rejected the token from HEROKU_API_KEY in the environment the last time/,
    );
    assert.match(stderr, /told us to quit/);
    assert.deepEqual(sent(), []);
  });

  test('found out by git itself: said at once, and the next push stops', async () => {
    rig.heroku.set({ accounts: [{ ...dev, state: 'revoked' }] });
    const first = await push(withToken);
    assert.equal(first.code, 128);
    assert.match(first.stderr, /git\.heroku\.com rejected the token from HEROKU_API_KEY/);
    rig.heroku.clearSeen();
    const second = await push(withToken);
    assert.match(second.stderr, /told us to quit/);
    assert.deepEqual(sent(), []);
  });

  test('works again once Heroku accepts it', async () => {
    rig.heroku.set({ accounts: [] });
    await push(withToken);
    rig.heroku.set({ accounts: [dev] });
    assert.equal((await login()).code, 0);
    assert.equal((await push(withToken)).code, 0);
  });

  test('does not stand in the way of a newer one', async () => {
    rig.heroku.set({ accounts: [{ ...dev, token: rotated }] });
    await login();
    assert.equal((await push({ HEROKU_API_KEY: rotated })).code, 0);
  });
});

describe('what heroku-login answers', () => {
  const ask = (operation: string, input: string, env: Record<string, string> = withToken) =>
    rig.program.run(rig.home, ['git-credential', operation], { env, input });
  const nothing = { code: 0, stdout: '', stderr: '' };

  test('nothing without a token, so that a login of another kind can work', async () => {
    const input = 'protocol=https\nhost=git.heroku.com\n';
    assert.deepEqual(await ask('get', input, {}), nothing);
    addForeignHelper();
    await push();
    assert.match(readFileSync(join(rig.home, 'foreign.log'), 'utf8'), /^get\n/);
  });

  test('nothing to store or erase of others, and to what a later git may ask', async () => {
    const input = `protocol=https\nhost=git.heroku.com\nusername=x\npassword=${rotated}\n`;
    for (const operation of ['store', 'erase', 'capability', '']) {
      assert.deepEqual(await ask(operation, input), nothing);
    }
    assert.match((await ask('get', input)).stdout, new RegExp(token));
  });

  test('the token that is stored, if there is no other', async () => {
    // The helper of git's host for this API is that API's own, and answers https alone: the stored
    // token is asked for through functions, with the hosts of the real Heroku.
    const context = makeContext({ home: rig.home });
    storeLogin(context, 'dev@example.com', token);
    assert.equal(readFileSync(rig.netrc(), 'utf8'), stored(token));
    const { stdout } = await ask('get', 'protocol=https\nhost=git.heroku.com\n', {});
    assert.equal(stdout, `username=heroku\npassword=${token}\n`);
  });
});
