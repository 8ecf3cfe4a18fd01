// The option `app`: real git in repositories of every kind, against the stand-in.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parseApps } from '../../src/tools/git-remotes.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';
import { run } from '../support/command.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  newHome,
  output,
  type Program,
  temporaryFolder,
} from '../support/program.ts';

const token = makeToken('first');
const apps = ['my-app', 'my-app-staging'];
const dev: Account = { email: 'dev@example.com', token, apps };

let heroku: FakeHeroku;
const programs = new Map<string, Program>();
let home: string;
let project: string;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
});
after(() => heroku.close());
beforeEach(() => {
  home = newHome();
  project = join(home, '../project');
  heroku.set({ accounts: [dev], faults: [] });
  heroku.clearSeen();
});

interface How {
  app?: string;
  args?: string[];
  cwd?: string;
  env?: Record<string, string>;
}

/** One start of the container, or a login by hand. */
async function start({
  app = 'my-app',
  args = ['--hook'],
  cwd = project,
  env,
}: How = {}): Promise<Ended> {
  const program = programs.get(app) ?? (await buildProgram({ app }));
  programs.set(app, program);
  // Another start: the hook that follows in the same one does nothing.
  rmSync(join(home, '.local/state/heroku-login/last.json'), { force: true });
  const result = await program.run(home, args, {
    cwd,
    env: { HEROKU_HOST: heroku.url, HEROKU_API_KEY: token, ...env },
  });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^Heroku: logged in as dev@example\.com/);
  return result;
}

/** The lines below the first. */
const details = ({ stdout }: Ended) =>
  stdout
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim());
const git = (...args: string[]) => output('git', args, { cwd: project, env: gitEnv() });
const gitEnv = () => ({ HOME: home, PATH: process.env['PATH'] ?? '' });
const init = (...args: string[]) =>
  output('git', ['init', '-q', '-b', 'main', ...args, project], { env: gitEnv() });
const address = (app: string) => `https://${new URL(heroku.url).host}/${app}.git`;
const asked = () =>
  heroku
    .seen()
    .map(({ path }) => path)
    .filter((path) => path.startsWith('/apps/'));
const added = (remote: string, app: string) =>
  `added the git remote ${remote}: git push ${remote} main deploys to the app ${app}`;

test('what the option says', () => {
  assert.deepEqual(parseApps('my-app'), [{ remote: 'heroku', app: 'my-app' }]);
  assert.deepEqual(parseApps('staging=a-b-c,production=d1e'), [
    { remote: 'staging', app: 'a-b-c' },
    { remote: 'production', app: 'd1e' },
  ]);
});

describe('a repository', () => {
  beforeEach(() => init());

  test('gets the remote heroku, which git can use, and the next start asks and says nothing', async () => {
    assert.deepEqual(details(await start()), [added('heroku', 'my-app')]);
    assert.equal(git('remote', 'get-url', 'heroku'), `${address('my-app')}\n`);
    assert.equal(git('config', 'remote.heroku.fetch'), '+refs/heads/*:refs/remotes/heroku/*\n');
    assert.deepEqual(asked(), ['/apps/my-app']);
    heroku.clearSeen();
    const before = readFileSync(join(project, '.git/config'));
    assert.deepEqual(details(await start()), []);
    assert.deepEqual(asked(), []);
    assert.deepEqual(readFileSync(join(project, '.git/config')), before);
  });

  test('gets each remote that is missing', async () => {
    const app = 'staging=my-app-staging,production=my-app';
    git('remote', 'add', 'production', address('my-app'));
    assert.deepEqual(details(await start({ app })), [added('staging', 'my-app-staging')]);
    assert.equal(git('remote'), 'production\nstaging\n');
    assert.deepEqual(asked(), ['/apps/my-app-staging']);
  });

  test('is left alone without the option, where not even git is started', async () => {
    const bin = join(home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho ran >${home}/git-ran\n`, { mode: 0o755 });
    await start({ app: '', env: { PATH: bin } });
    assert.equal(existsSync(join(home, 'git-ran')), false);
    assert.equal(git('remote'), '');
    await start({ env: { PATH: bin } });
    assert.equal(existsSync(join(home, 'git-ran')), true, 'this way of looking sees it');
  });

  const same: [name: string, url: (url: string) => string][] = [
    ['without .git', (url) => url.replace('.git', '')],
    ['with a user name', (url) => url.replace('https://', 'https://heroku@')],
    ['with a slash', (url) => `${url}/`],
  ];
  for (const [name, url] of same) {
    test(`keeps a remote that leads there already, ${name}`, async () => {
      git('remote', 'add', 'heroku', url(address('my-app')));
      assert.deepEqual(details(await start()), []);
      assert.equal(git('remote', 'get-url', 'heroku'), `${url(address('my-app'))}\n`);
    });
  }

  test('keeps a remote that leads elsewhere, and it is named without its password', async () => {
    git('remote', 'add', 'heroku', 'https://me:secret@example.com/other.git');
    assert.deepEqual(details(await start()), [
      `the git remote heroku leads to https://example.com/other.git and stays so. If it should not: git remote set-url heroku ${address('my-app')}`,
    ]);
    assert.equal(git('remote', 'get-url', 'heroku'), 'https://me:secret@example.com/other.git\n');
    assert.deepEqual(asked(), []);
  });

  test('keeps a remote without an address, and one that all of the machine has', async () => {
    git('config', 'remote.heroku.fetch', '+refs/heads/*:refs/remotes/heroku/*');
    assert.match(details(await start()).join('\n'), /leads to no address and stays so/);
    git('config', '--unset', 'remote.heroku.fetch');
    git('config', '--global', 'remote.heroku.url', address('my-app'));
    assert.deepEqual(details(await start()), []);
    assert.equal(git('config', '--local', '--get-regexp', 'user|core.bare'), 'core.bare false\n');
  });

  const unusable: [name: string, fault: Fault['do'] | undefined, app: string, sentence: RegExp][] =
    [
      [
        'does not exist',
        undefined,
        'no-such-app',
        /^the git remote heroku was not added: there is no app no-such-app .* heroku apps --all$/,
      ],
      [
        "is somebody else's",
        { kind: 'status', status: 403 },
        'my-app',
        /no access to the app my-app.*heroku access:add --app my-app$/,
      ],
      [
        'cannot be asked for',
        { kind: 'status', status: 503 },
        'my-app',
        /fault of its own .*; the next start of the container tries again$/,
      ],
      ['hangs', { kind: 'hang' }, 'my-app', /did not answer in time; the next start/],
      [
        'is answered for by a proxy',
        { kind: 'html' },
        'my-app',
        /something else than Heroku seems to answer/,
      ],
      [
        'is another one',
        { kind: 'status', status: 200, body: '{"name":"x"}' },
        'my-app',
        /something else than Heroku/,
      ],
      [
        'is a 404 of a proxy',
        { kind: 'status', status: 404, body: 'no' },
        'my-app',
        /something else than Heroku/,
      ],
    ];
  for (const [name, fault, app, sentence] of unusable) {
    test(`gets no remote for an app that ${name}`, async () => {
      if (fault) heroku.set({ faults: [{ path: '/apps/', do: fault }] });
      const started = performance.now();
      assert.match(details(await start({ app })).join('\n'), sentence);
      assert.ok(performance.now() - started < 6000);
      assert.equal(git('remote'), '');
    });
  }

  test('gets no remote where its settings cannot be written, and git is quoted', async () => {
    writeFileSync(join(project, '.git/config.lock'), '');
    assert.match(
      details(await start()).join('\n'),
      /was not added: git says: .*could not lock config file/,
    );
  });

  test('starts no program that its settings name', async () => {
    const ran = join(home, 'ran');
    const trap = join(home, 'trap');
    writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >>${ran}\n`, { mode: 0o755 });
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'core.editor',
      'core.sshCommand',
      'core.askPass',
      'credential.helper',
      'diff.external',
      'alias.remote',
      'alias.config',
      'gpg.program',
      'remote.other.uploadpack',
      'pager.config',
      'pager.remote',
    ]) {
      git('config', key, key.startsWith('alias') ? `!${trap}` : trap);
    }
    git('config', 'core.hooksPath', home);
    for (const hook of ['reference-transaction', 'post-index-change', 'post-checkout']) {
      writeFileSync(join(home, hook), readFileSync(trap), { mode: 0o755 });
    }
    git('config', 'include.path', '../more');
    writeFileSync(join(project, 'more'), `[core]\n\tfsmonitor = ${trap}\n`);
    assert.deepEqual(details(await start()), [added('heroku', 'my-app')]);
    assert.equal(existsSync(ran), false);
    output('git', ['-C', project, 'status'], { env: gitEnv() });
    assert.equal(existsSync(ran), true, 'the trap works');
  });

  test('is found from a folder inside it, from a worktree, and by hand from anywhere', async () => {
    mkdirSync(join(project, 'packages/web'), { recursive: true });
    assert.deepEqual(details(await start({ cwd: join(project, 'packages/web') })), [
      added('heroku', 'my-app'),
    ]);
    git('remote', 'remove', 'heroku');
    git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'x');
    git('worktree', 'add', '-q', join(home, 'tree'));
    assert.deepEqual(details(await start({ cwd: join(home, 'tree') })), [
      added('heroku', 'my-app'),
    ]);
    assert.equal(git('remote'), 'heroku\n');
    git('remote', 'remove', 'heroku');
    assert.deepEqual(details(await start({ args: [], cwd: '/' })), [added('heroku', 'my-app')]);
  });

  test('where a login by hand is typed stays as it is, if no hook ever ran there', async () => {
    assert.deepEqual(details(await start({ args: [] })), []);
    assert.equal(git('remote'), '');
  });

  test('is known after a hook that found no token', async () => {
    const program = programs.get('my-app') ?? (await buildProgram({ app: 'my-app' }));
    await program.run(home, ['--hook'], { cwd: project });
    assert.deepEqual(details(await start({ args: [], cwd: home })), [added('heroku', 'my-app')]);
  });

  test('gets one remote from two logins at once', async () => {
    const both = await Promise.all([start(), start()]);
    assert.equal(git('config', '--get-all', 'remote.heroku.url'), `${address('my-app')}\n`);
    assert.doesNotMatch(both.map(({ stdout }) => stdout).join(''), /already exists/);
  });

  test('keeps a remote that somebody adds while Heroku answers', async () => {
    heroku.set({ faults: [{ path: '/apps/', do: { kind: 'delay', ms: 500 } }] });
    const started = start();
    while (asked().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    git('remote', 'add', 'heroku', address('theirs'));
    assert.deepEqual(details(await started), []);
    assert.equal(git('remote', 'get-url', 'heroku'), `${address('theirs')}\n`);
  });
});

describe('no repository', () => {
  const none = [`no git remote was added: PROJECT is not in the work tree of a git repository.`];
  const from = (ended: Ended) => details(ended).map((line) => line.replace(project, 'PROJECT'));

  test('a folder like any other', async () => {
    mkdirSync(project);
    assert.deepEqual(from(await start()), none);
    assert.deepEqual(asked(), []);
  });

  test('below a home that is the repository of dotfiles', async () => {
    output('git', ['init', '-q', home], { env: gitEnv() });
    project = join(home, 'project');
    mkdirSync(project);
    assert.deepEqual(from(await start()), none);
    assert.equal(output('git', ['-C', home, 'remote'], { env: gitEnv() }), '');
  });

  test('a bare one, also one that the content of a repository pretends to be', async () => {
    init('--bare');
    assert.deepEqual(from(await start()), none);
    git('config', 'core.bare', 'false');
    git('config', 'core.worktree', project);
    assert.deepEqual(from(await start()), none);
    assert.doesNotMatch(readFileSync(join(project, 'config'), 'utf8'), /\[remote/);
  });

  test('a worktree whose repository is not in the container', async () => {
    mkdirSync(project);
    writeFileSync(join(project, '.git'), 'gitdir: /nowhere/.git/worktrees/x\n');
    assert.deepEqual(from(await start()), none);
  });

  test('settings that git cannot read', async () => {
    init();
    writeFileSync(join(project, '.git/config'), '[broken');
    assert.deepEqual(from(await start()), none);
  });

  test('a working directory that is gone', async () => {
    mkdirSync(project);
    const script = `rm -r ${project}; exec "$0" "$@"`;
    const program = programs.get('my-app') ?? (await buildProgram({ app: 'my-app' }));
    const said = await run('sh', ['-c', script, process.execPath, program.file, '--hook'], {
      cwd: project,
      env: { ...gitEnv(), HEROKU_HOST: heroku.url, HEROKU_API_KEY: token },
    });
    assert.match(said, /^Heroku: logged in as dev@example\.com \(.*\)\n$/);
  });

  test('no git', async () => {
    init();
    assert.deepEqual(details(await start({ env: { PATH: '/nowhere' } })), [
      'no git remote was added: git is not installed.',
    ]);
  });

  const notRoot = process.getuid?.() !== 0 && 'root';
  test("one of somebody else's, until the person trusts it", { skip: notRoot }, async () => {
    init();
    chownSync(project, 12_345, 12_345);
    chmodSync(project, 0o755);
    const [line = ''] = details(await start());
    assert.match(line, /belongs to somebody else, and git does not trust it/);
    const command = /(git config --global --add safe\.directory \S+) && heroku-login$/.exec(
      line,
    )?.[1];
    output('sh', ['-c', command ?? 'false'], { env: gitEnv() });
    assert.deepEqual(details(await start({ args: [] })), [added('heroku', 'my-app')]);
  });
});
