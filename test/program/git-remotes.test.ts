// The option `app`: the git remotes that a login adds to a repository, and all that it leaves alone.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import {
  defaultApp,
  netrcNotIgnored,
  noDefaultApp,
  passwordInAddress,
} from '../../src/messages/git.ts';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { run } from '../support/command.ts';
import { added, useProject } from '../support/git-project.ts';
import { output } from '../support/program.ts';
import { loggedIn, rotated, status, token } from '../support/rig.ts';

const rig = useProject();
const { address, git, gitEnv, init, start } = rig;

describe('a repository', () => {
  beforeEach(() => init());

  test('gets the remote heroku, which git can use, and the next start asks and says nothing', async () => {
    assert.deepEqual(await start(), [added('heroku', 'my-app')]);
    assert.equal(git('remote', 'get-url', 'heroku'), `${address('my-app')}\n`);
    assert.equal(git('config', 'remote.heroku.fetch'), '+refs/heads/*:refs/remotes/heroku/*\n');
    assert.deepEqual(rig.askedApps(), ['my-app']);
    rig.heroku.clearSeen();
    const before = readFileSync(join(rig.project, '.git/config'));
    assert.deepEqual(await start(), []);
    assert.deepEqual(rig.askedApps(), []);
    assert.deepEqual(readFileSync(join(rig.project, '.git/config')), before);
  });

  test('gets each remote that is missing', async () => {
    const app = 'staging=my-app-staging,production=my-app';
    git('remote', 'add', 'production', address('my-app'));
    const told = [added('staging', 'my-app-staging'), defaultApp('my-app-staging')];
    assert.deepEqual(await start({ app }), told);
    assert.equal(git('remote'), 'production\nstaging\n');
    assert.deepEqual(rig.askedApps(), ['my-app-staging']);
  });

  test('is left alone without the option: not even git is started', async () => {
    const bin = join(rig.home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho ran >${rig.home}/git-ran\n`, { mode: 0o755 });
    // The first login asks git about its settings.
    await start({ app: '' });
    await start({ app: '', env: { PATH: bin } });
    assert.equal(existsSync(join(rig.home, 'git-ran')), false);
    assert.equal(git('remote'), '');
    await start({ env: { PATH: bin } });
    assert.equal(existsSync(join(rig.home, 'git-ran')), true, 'this way of looking sees it');
  });

  const same: [name: string, url: (url: string) => string][] = [
    ['without .git', (url) => url.replace('.git', '')],
    ['with a user name', (url) => url.replace('https://', 'https://heroku@')],
    ['with a slash', (url) => `${url}/`],
    ['with a slash and without .git', (url) => url.replace('.git', '/')],
  ];
  for (const [name, url] of same) {
    test(`keeps a remote that leads there already, ${name}`, async () => {
      git('remote', 'add', 'heroku', url(address('my-app')));
      assert.deepEqual(await start(), []);
      assert.equal(git('remote', 'get-url', 'heroku'), `${url(address('my-app'))}\n`);
    });
  }

  test('keeps a remote that leads elsewhere, and it is named without its password', async () => {
    git('remote', 'add', 'heroku', 'https://me:secret@example.com/other.git');
    const change = `git remote set-url heroku ${address('my-app')}`;
    const stays =
      'the git remote heroku already points to https://example.com/other.git and was left unchanged';
    assert.deepEqual(await start(), [`${stays}. To change it, run: ${change}`]);
    assert.equal(git('remote', 'get-url', 'heroku'), 'https://me:secret@example.com/other.git\n');
    assert.deepEqual(rig.askedApps(), []);
  });

  test('keeps a remote with a password, and says at each start how to remove that', async () => {
    const withPassword = (app: string, password: string) =>
      address(app).replace('://', `://heroku:${password}@`);
    git('remote', 'add', 'heroku', withPassword('my-app', rotated));
    git('remote', 'add', 'other', 'https://example.com/x.git');
    git('remote', 'set-url', '--push', 'other', withPassword('staging', 'hunter2'));
    const told = [
      passwordInAddress('local', 'remote.heroku.url', address('my-app')),
      passwordInAddress('local', 'remote.other.pushurl', address('staging')),
    ];
    // A token in what is printed fails the run, and so does its end in what is remembered.
    assert.deepEqual(await start(), told);
    assert.deepEqual(await start(), told);
    const json = await rig.run(['--json'], { cwd: rig.project });
    const status = await rig.run(['status', '--json'], { cwd: rig.project });
    assert.deepEqual(JSON.parse(json.stdout).details, told);
    assert.deepEqual(JSON.parse(status.stdout).details.slice(2), told);
    for (const text of [json.stdout, status.stdout, rig.state('last.json') ?? '']) {
      assert.doesNotMatch(text, /hunter2|second/);
    }
    assert.equal(git('remote', 'get-url', 'heroku'), `${withPassword('my-app', rotated)}\n`);
    assert.deepEqual(rig.askedApps(), []);
  });

  test('keeps a remote that a setting leads there', async () => {
    git('config', `url.${address('').replace('.git', '')}.insteadOf`, 'heroku:');
    git('remote', 'add', 'heroku', 'heroku:my-app.git');
    assert.deepEqual(await start(), []);
  });

  test('keeps a remote without an address, and one that all of the machine has', async () => {
    git('config', 'remote.heroku.fetch', '+refs/heads/*:refs/remotes/heroku/*');
    assert.match((await start()).join('\n'), /already points to no URL and was left unchanged/);
    git('config', '--unset', 'remote.heroku.fetch');
    git('config', '--global', 'remote.heroku.url', address('my-app'));
    assert.deepEqual(await start(), []);
    assert.equal(git('config', '--local', '--get-regexp', 'user|core.bare'), 'core.bare false\n');
  });

  const notHeroku = /something other than Heroku/;
  const again = 'The next start of the container tries again\\.$';
  const unusable: [name: string, fault: Fault['do'] | undefined, sentence: RegExp][] = [
    [
      'does not exist',
      undefined,
      /could not add .*: Heroku has no app no-app, .* heroku apps --all$/,
    ],
    ["is another user's", status(403), /no access to .* heroku access:add --app no-app$/],
    ['cannot be asked for', status(503), new RegExp(`server error .*\\. ${again}`)],
    ['hangs', { kind: 'hang' }, new RegExp(`did not answer in time\\. ${again}`)],
    ['is answered for by a proxy', { kind: 'html' }, notHeroku],
    ['is another one', status(200, '{"name":"x"}'), notHeroku],
    ['is a 404 of a proxy', status(404, 'no'), notHeroku],
  ];
  for (const [name, fault, sentence] of unusable) {
    test(`gets no remote for an app that ${name}`, async () => {
      if (fault) rig.heroku.set({ faults: [{ path: '/apps/', do: fault }] });
      const started = performance.now();
      const lines = await start({ app: 'no-app', ...(name === 'hangs' ? { remotes: 1000 } : {}) });
      assert.match(lines.join('\n'), sentence);
      // The real limit is 4 s, and Heroku would hang for ever.
      assert.ok(name !== 'hangs' || performance.now() - started < 3900);
      assert.equal(git('remote'), '');
    });
  }

  test('gets no remote if its settings cannot be written, and git is quoted', async () => {
    writeFileSync(join(rig.project, '.git/config.lock'), '');
    const [line = ''] = await start();
    assert.match(
      line,
      /could not add the git remote [^:]*: git reported: .*could not lock config file/,
    );
  });

  test('starts no program that its settings name', async () => {
    const ran = join(rig.home, 'ran');
    const trap = join(rig.home, 'trap');
    writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >>${ran}\n`, { mode: 0o755 });
    const programs = 'fsmonitor pager editor sshCommand askPass'.split(' ');
    for (const key of [
      ...programs.map((name) => `core.${name}`),
      ...['credential.helper', 'diff.external', 'alias.remote', 'alias.config', 'gpg.program'],
      ...['remote.other.uploadpack', 'pager.config', 'pager.remote'],
    ]) {
      git('config', key, key.startsWith('alias') ? `!${trap}` : trap);
    }
    git('config', 'core.hooksPath', rig.home);
    for (const hook of ['reference-transaction', 'post-index-change', 'post-checkout']) {
      writeFileSync(join(rig.home, hook), readFileSync(trap), { mode: 0o755 });
    }
    git('config', 'include.path', '../more');
    writeFileSync(join(rig.project, 'more'), `[core]\n\tfsmonitor = ${trap}\n`);
    assert.deepEqual(await start(), [added('heroku', 'my-app')]);
    assert.equal(existsSync(ran), false);
    output('git', ['-C', rig.project, 'status'], { env: gitEnv() });
    assert.equal(existsSync(ran), true, 'the trap works');
  });

  test('is found from a folder inside it, from a worktree, and by hand from anywhere', async () => {
    mkdirSync(join(rig.project, 'packages/web'), { recursive: true });
    assert.deepEqual(await start({ cwd: join(rig.project, 'packages/web') }), [
      added('heroku', 'my-app'),
    ]);
    git('remote', 'remove', 'heroku');
    git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'x');
    git('worktree', 'add', '-q', join(rig.home, 'tree'));
    assert.deepEqual(await start({ cwd: join(rig.home, 'tree') }), [added('heroku', 'my-app')]);
    assert.equal(git('remote'), 'heroku\n');
    git('remote', 'remove', 'heroku');
    assert.deepEqual(await start({ args: [], cwd: '/' }), [added('heroku', 'my-app')]);
  });

  test('in which a login is typed stays as it is if no hook ever ran there', async () => {
    assert.deepEqual(await start({ args: [] }), []);
    assert.equal(git('remote'), '');
  });

  test('is known after a hook that found no token', async () => {
    await rig.program.run(rig.home, ['--hook'], { cwd: rig.project });
    assert.deepEqual(await start({ args: [], cwd: rig.home }), [added('heroku', 'my-app')]);
  });

  test('gets one remote from two logins at once', async () => {
    // Not by hooks: the one that comes too late would have nothing to say.
    await rig.run(['--hook'], { cwd: rig.project, env: { HEROKU_API_KEY: '' } });
    const both = await Promise.all([start({ args: [] }), start({ args: [] })]);
    assert.equal(git('config', '--get-all', 'remote.heroku.url'), `${address('my-app')}\n`);
    assert.doesNotMatch(both.flat().join(''), /already exists/);
  });

  test('keeps a remote that somebody adds while Heroku answers', async () => {
    rig.heroku.set({ faults: [{ path: '/apps/', do: { kind: 'delay', ms: 500 } }] });
    const started = start();
    while (rig.askedApps().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    git('remote', 'add', 'heroku', address('theirs'));
    assert.deepEqual(await started, []);
    assert.equal(git('remote', 'get-url', 'heroku'), `${address('theirs')}\n`);
  });
});

describe('with several apps, the first is the one of commands that name none', () => {
  const both = 'staging=my-app-staging,production=my-app';
  const isDefault = () =>
    ['heroku.remote', 'heroku-login.remote'].map((key) =>
      git('config', '--local', '--default', '', '--get', key).trim(),
    );
  beforeEach(() => init());

  test('in this repository alone, and the next start asks and says nothing', async () => {
    const told = [added('staging', 'my-app-staging'), added('production', 'my-app')];
    assert.deepEqual(await start({ app: both }), [...told, defaultApp('my-app-staging')]);
    assert.deepEqual(isDefault(), ['staging', 'staging']);
    assert.ok(!existsSync(join(rig.home, '.gitconfig')));
    assert.deepEqual(await start({ app: both }), []);
  });

  test('if all remotes are there already', async () => {
    git('remote', 'add', 'staging', address('my-app-staging'));
    git('remote', 'add', 'production', address('my-app'));
    assert.deepEqual(await start({ app: both }), [defaultApp('my-app-staging')]);
    assert.deepEqual(isDefault(), ['staging', 'staging']);
  });

  for (const app of [
    'staging=my-app-staging,heroku=my-app',
    'heroku=my-app,staging=my-app-staging',
  ])
    test(`also if one of them is called heroku, which the CLI does not prefer: ${app}`, async () => {
      await start({ app });
      const [first] = app.split('=');
      assert.deepEqual(isDefault(), [first, first]);
    });

  const none: [name: string, prepare: () => unknown, app?: string][] = [
    ['there is one app', () => {}, 'staging=my-app-staging'],
    ['another remote is called heroku', () => git('remote', 'add', 'heroku', address('other'))],
    ['the first app does not exist', () => {}, 'staging=no-app,production=my-app'],
    ['the first leads elsewhere', () => git('remote', 'add', 'staging', address('other'))],
    [
      'the CLI does not know the address of the first',
      () => git('remote', 'add', 'staging', address('my-app-staging').replace('.git', '')),
    ],
  ];
  for (const [name, prepare, app = both] of none) {
    test(`but not if ${name}`, async () => {
      prepare();
      await start({ app });
      assert.deepEqual(isDefault(), ['', '']);
    });
  }

  for (const scope of ['--local', '--global']) {
    test(`but not if the user has set it: ${scope}`, async () => {
      git('config', scope, 'heroku.remote', 'production');
      await start({ app: both });
      assert.equal(git('config', 'heroku.remote'), 'production\n');
      assert.equal(isDefault()[1], '');
    });
  }

  test('until the user sets another one, or none', async () => {
    await start({ app: both });
    git('config', 'heroku.remote', 'production');
    assert.deepEqual(await start({ app: both }), []);
    assert.deepEqual(isDefault(), ['production', 'staging']);
    git('config', '--unset', 'heroku.remote');
    assert.deepEqual(await start({ app: both }), []);
    assert.deepEqual(isDefault(), ['', 'staging']);
  });

  test('until another one is the first', async () => {
    await start({ app: both });
    const other = 'production=my-app,staging=my-app-staging';
    assert.deepEqual(await start({ app: other }), [defaultApp('my-app')]);
    assert.deepEqual(isDefault(), ['production', 'production']);
  });

  test('until it leaves the list', async () => {
    await start({ app: both });
    assert.deepEqual(await start({ app: 'production=my-app' }), [noDefaultApp('staging')]);
    assert.deepEqual(isDefault(), ['', '']);
    assert.deepEqual(await start({ app: 'production=my-app' }), []);
  });

  test('and stays if the others leave the list, because their remotes stay too', async () => {
    await start({ app: both });
    assert.deepEqual(await start({ app: 'staging=my-app-staging' }), []);
    assert.deepEqual(isDefault(), ['staging', 'staging']);
  });
});

describe('no repository', () => {
  const inProject = (name: string) => join(rig.project, name);
  const dotfiles = () => {
    output('git', ['init', '-q', rig.home], { env: gitEnv() });
    rig.project = join(rig.home, 'project');
  };
  const table: [name: string, prepare: () => unknown, broken?: [file: string, text: string]][] = [
    ['a folder like any other', () => {}],
    ['below a home that is the repository of dotfiles', dotfiles],
    ['a bare one', () => init('--bare')],
    ['a worktree whose repository is not there', () => {}, ['.git', 'gitdir: /nowhere/.git/x\n']],
    ['settings that git cannot read', () => init(), ['.git/config', '[broken']],
  ];
  const told = async (more: readonly string[]) => {
    const none = `no git remotes added: ${rig.project} is not in the work tree of a git repository.`;
    assert.deepEqual(await start(), [none, ...more]);
    assert.deepEqual(rig.askedApps(), []);
    const configs = ['.git/config', 'config', '../.git/config'].map(inProject).filter(existsSync);
    for (const file of configs) assert.doesNotMatch(readFileSync(file, 'utf8'), /\[remote/);
  };
  for (const [name, prepare, broken] of table) {
    test(name, async () => {
      prepare();
      mkdirSync(rig.project, { recursive: true });
      if (broken) writeFileSync(inProject(broken[0]), broken[1]);
      await told(prepare === dotfiles ? [netrcNotIgnored(rig.home)] : []);
    });
  }

  test('a bare one that the content of a repository pretends to be', async () => {
    init('--bare');
    git('config', 'core.bare', 'false');
    git('config', 'core.worktree', rig.project);
    await told([]);
  });

  test('a working directory that is gone', async () => {
    mkdirSync(rig.project);
    const script = `rm -r ${rig.project}; exec "$0" "$@"`;
    const said = await run('sh', ['-c', script, process.execPath, rig.program.file, '--hook'], {
      cwd: rig.project,
      env: { ...gitEnv(), HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: token },
    });
    assert.equal(said, loggedIn);
  });

  test('no git', async () => {
    init();
    assert.deepEqual(await start({ env: { PATH: '/nowhere' } }), [
      'no git remotes added: git is not installed.',
    ]);
  });
});
