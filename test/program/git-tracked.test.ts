// A token never gets into a file that a git repository tracks, wherever that repository keeps its git folder;
// and "git could not tell" does not count as tracked.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { netrcNotIgnored, trackingUnknown } from '../../src/messages/git.ts';
import { trackedByGit } from '../../src/messages/login.ts';
import { linesOf } from '../../src/messages/steps.ts';
import { output } from '../support/program.ts';
import { dev, loggedIn, rotated, token, useProgram } from '../support/rig.ts';

const isRoot = process.geteuid?.() === 0;
const rig = useProgram({ timeouts: { git: 1000 } });
const theirs = 'machine example.com\n  login a\n  password b\n';
const inHome = (name: string) => join(rig.home, name);

const git = (...args: string[]) =>
  output('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: rig.home },
    cwd: rig.home,
  });

/** A start of the container; returns what is said below the first line. */
async function start(env: Record<string, string> = {}): Promise<string> {
  rmSync(rig.statePath('last.json'), { force: true });
  const { code, stdout, stderr } = await rig.run(['--hook'], { env });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  assert.ok(stdout.startsWith(loggedIn), stdout);
  return stdout.slice(loggedIn.length);
}

/** A login that must leave the file alone, because of the repository at `place`. */
async function refuses(place: string, env: Record<string, string> = {}): Promise<void> {
  const file = realpathSync(rig.netrc());
  const { code, stderr } = await rig.run([], { env });
  assert.equal(code, 6, stderr);
  assert.equal(stderr, `Heroku: ${linesOf(trackedByGit(dev.email, file, place)).join('\n')}\n`);
  assert.equal(readFileSync(file, 'utf8'), theirs);
}

/** Puts a program `git` first into the PATH; `$git` is the real one in it. */
function shim(script: string): Record<string, string> {
  const bin = inHome('../bin');
  const real = output('sh', ['-c', 'command -v git']).trim();
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'git'), `#!/bin/sh\ngit=${real}\n${script}\n`, { mode: 0o755 });
  return { PATH: `${bin}:${process.env['PATH']}` };
}

beforeEach(() => writeFileSync(rig.netrc(), theirs, { mode: 0o600 }));

describe('a repository with its git folder elsewhere', () => {
  /** Settings that yadm and vcsh make. */
  const set = (dir: string, worktree = rig.home) => {
    git(`--git-dir=${dir}`, 'config', 'core.bare', 'false');
    git(`--git-dir=${dir}`, 'config', 'core.worktree', worktree);
  };
  const table: [
    name: string,
    gitDir: string,
    prepare?: ((dir: string) => void) | undefined,
    env?: Record<string, string>,
  ][] = [
    ['of yadm', '.local/share/yadm/repo.git', set],
    ['of yadm with XDG_DATA_HOME', 'data/yadm/repo.git', set, { XDG_DATA_HOME: 'data' }],
    ['of yadm 2', '.config/yadm/repo.git', set],
    ['of yadm 1', '.yadm/repo.git', set],
    ['of yadm for another work tree', '.local/share/yadm/repo.git', set],
    ['of vcsh', '.config/vcsh/repo.d/netrc.git', set],
    ['of vcsh with XDG_CONFIG_HOME', 'etc/vcsh/repo.d/netrc.git', set, { XDG_CONFIG_HOME: 'etc' }],
    ['of vcsh with VCSH_REPO_D', 'a/b/c/netrc.git', set, { VCSH_REPO_D: 'a/b/c' }],
    ['~/.dotfiles', '.dotfiles'],
    ['~/.cfg', '.cfg'],
    ['~/.dotfiles.git', '.dotfiles.git'],
    ['~/.config/dotfiles', '.config/dotfiles'],
    ['~/code/dotfiles.git', 'code/dotfiles.git'],
    ['~/.myconf, cloned with a work tree that is gone', '.myconf', (dir) => set(dir, '/gone')],
    ['~/.dotfiles/.git, and nothing beside it', '.dotfiles/.git'],
    [
      '~/dots/.git with core.worktree, and files beside it',
      'dots/.git',
      (dir) => {
        set(dir);
        writeFileSync(join(dir, '../README.md'), '');
      },
    ],
    [
      'with an index of version 4',
      '.cfg',
      (dir) => git(`--git-dir=${dir}`, 'config', 'index.version', '4'),
    ],
    ['that GIT_DIR names', 'a/b/c/d', undefined, { GIT_DIR: 'a/b/c/d' }],
    [
      'that GIT_DIR names, with GIT_WORK_TREE',
      'a/b/c/d',
      undefined,
      { GIT_DIR: 'a/b/c/d', GIT_WORK_TREE: '..' },
    ],
  ];
  for (const [name, gitDir, prepare, env = {}] of table) {
    test(name, async () => {
      const dir = inHome(gitDir);
      const tree =
        'GIT_WORK_TREE' in env || name.includes('another work tree') ? dirname(rig.home) : rig.home;
      mkdirSync(dirname(dir), { recursive: true });
      git('init', '-q', '--bare', dir);
      prepare?.(dir);
      const files = (...args: string[]) => git(`--git-dir=${dir}`, `--work-tree=${tree}`, ...args);
      files('add', '-f', rig.netrc());
      files('commit', '-qm', 'x');
      if (name.includes('another work tree')) {
        git(`--git-dir=${dir}`, 'config', 'core.worktree', tree);
      }
      const absolute = Object.entries(env).map(([key, value]) => [key, join(rig.home, value)]);
      const variables = Object.fromEntries(absolute);
      await refuses(dir, variables);
      files('rm', '-q', '--cached', rig.netrc());
      assert.equal(await start(variables), '');
      assert.equal(rig.stored(), rig.entry(token) + theirs);
    });
  }

  test('is found in a home that is a link', async () => {
    renameSync(rig.home, inHome('../real'));
    symlinkSync('real', rig.home);
    git('init', '-q', '--bare', inHome('.cfg'));
    git(`--git-dir=${inHome('.cfg')}`, `--work-tree=${rig.home}`, 'add', '.netrc');
    // Root goes on with the real path, which nobody else can change.
    await refuses(inHome(isRoot ? '../real/.cfg' : '.cfg'));
  });

  test('is another one: a project, a mirror, or one with a file of that name of its own', async () => {
    git('init', '-q', inHome('project'));
    writeFileSync(inHome('project/.netrc'), theirs);
    git('-C', inHome('project'), 'add', '.netrc');
    git('-C', inHome('project'), 'commit', '-qm', 'x');
    git('clone', '-q', '--mirror', inHome('project'), inHome('mirror.git'));
    mkdirSync(inHome('dots'));
    git('init', '-q', '--bare', inHome('dots/.git'));
    assert.equal(await start(), '');
  });
});

describe('a link to a file in a repository', () => {
  const table: [name: string, file: string, prepare?: () => void][] = [
    ['of stow', 'dotfiles/netrc/.netrc'],
    ['of homeshick', '.homesick/repos/castle/home/.netrc'],
    ['of rcm', '.dotfiles/netrc'],
    ['of chezmoi', '.local/share/chezmoi/symlink_netrc'],
  ];
  for (const [name, file] of table) {
    for (const kind of ['repository', 'worktree', 'git folder elsewhere']) {
      test(`${name}: a ${kind}`, async () => {
        const [top = ''] =
          /^(\.homesick\/repos\/castle|\.local\/share\/chezmoi|[^/]*)/.exec(file) ?? [];
        const tree = inHome(top);
        if (kind === 'worktree') {
          git('init', '-q', inHome('../main'));
          git('-C', inHome('../main'), 'commit', '-q', '--allow-empty', '-m', 'x');
          git('-C', inHome('../main'), 'worktree', 'add', '-qb', 'dotfiles', tree);
        } else {
          const apart = kind === 'repository' ? [] : [`--separate-git-dir=${inHome('../apart')}`];
          git('init', '-q', ...apart, tree);
        }
        mkdirSync(dirname(inHome(file)), { recursive: true });
        renameSync(rig.netrc(), inHome(file));
        symlinkSync(file, rig.netrc());
        git('-C', tree, 'add', '.');
        await refuses(tree);
        git('-C', tree, 'rm', '-rq', '--cached', '.');
        assert.equal(await start(), `  ${netrcNotIgnored(tree)}\n`);
        assert.equal(readFileSync(inHome(file), 'utf8'), rig.entry(token) + theirs);
      });
    }
  }
});

describe('if git cannot tell,', () => {
  /** Makes the home a repository, which tracks the file or not. */
  function repository(isTracked: boolean): void {
    git('init', '-q');
    writeFileSync(inHome('.gitignore'), '*\n');
    git('add', '-f', ...(isTracked ? ['.netrc'] : []), '.gitignore');
  }
  const tooOld =
    'case $* in *--sparse*) echo "error: unknown option" >&2; exit 129;; esac; exec $git "$@"';
  const table: [name: string, prepare: () => Record<string, string>][] = [
    ['because there is no git', () => ({ PATH: '/nowhere' })],
    ['because it is too old', () => shim(tooOld)],
    ['because it is far too old', () => shim('echo usage >&2; exit 129')],
    ['because it hangs', () => shim('exec sleep 30')],
    ['because it is killed', () => shim('kill -9 $$')],
    [
      'because it does not trust the folder',
      () => shim('echo "fatal: detected dubious ownership" >&2; exit 128'),
    ],
    [
      'because the repository is broken',
      () => {
        writeFileSync(inHome('.git/config'), '[broken');
        return {};
      },
    ],
    [
      'because of a format of later times',
      () => {
        git('config', 'core.repositoryformatversion', '99');
        return {};
      },
    ],
  ];
  for (const [name, prepare] of table) {
    test(`${name}, the index of the repository does`, async () => {
      repository(true);
      const env = prepare();
      await refuses(rig.home, env);
      rmSync(inHome('.git'), { recursive: true });
      repository(false);
      assert.equal(await start(prepare()), '');
      assert.equal(rig.stored(), rig.entry(token) + theirs);
    });
  }

  const nothingThere: [name: string, prepare: () => void][] = [
    ['a folder', () => mkdirSync(inHome('.git'))],
    ['a folder with something in it', () => mkdirSync(inHome('.git/hooks'), { recursive: true })],
    ['a link that leads nowhere', () => symlinkSync('gone', inHome('.git'))],
    [
      'a file that names a folder that is gone',
      () => writeFileSync(inHome('.git'), 'gitdir: /gone\n'),
    ],
  ];
  for (const [name, prepare] of nothingThere) {
    test(`because .git is ${name}, there is no repository`, async () => {
      prepare();
      assert.equal(await start(), '');
      assert.equal(rig.stored(), rig.entry(token) + theirs);
    });
  }

  test('and the index does not either, the login is stored, and that is said once', async () => {
    git('config', '--global', 'index.version', '4');
    repository(false);
    const env = shim('echo "fatal: not today" >&2; exit 128');
    assert.equal(await start(env), `  ${trackingUnknown('fatal: not today')}\n`);
    assert.equal(await start(env), '');
    rig.heroku.set({ accounts: [{ ...dev, token: rotated }] });
    assert.equal(await start({ ...env, HEROKU_API_KEY: rotated }), '');
    assert.equal(rig.stored(), rig.entry(rotated) + theirs);
  });
});

describe('a home that is a repository', () => {
  test('without .netrc in it or in .gitignore: said once, and the login is stored', async () => {
    git('init', '-q');
    rmSync(rig.netrc());
    assert.equal(await start(), `  ${netrcNotIgnored(rig.home)}\n`);
    assert.equal(rig.stored(), rig.entry(token));
    assert.equal(await start(), '');
    rig.heroku.set({ accounts: [{ ...dev, token: rotated }] });
    assert.equal(await start({ HEROKU_API_KEY: rotated }), '');
    // What git says is so.
    git('add', '--all');
    assert.match(git('ls-files'), /^\.netrc$/m);
  });

  test('as part of a larger one, is said as well', async () => {
    git('init', '-q', dirname(rig.home));
    assert.equal(await start(), `  ${netrcNotIgnored(dirname(rig.home))}\n`);
  });

  const ignored: [name: string, file: string, text: string, setting?: string][] = [
    ['.gitignore', '.gitignore', '.netrc\n'],
    ['.gitignore, as everything', '.gitignore', '*\n!/.bashrc\n'],
    ['.git/info/exclude', '.git/info/exclude', '/.netrc\n'],
    ['the usual file of the user', '.config/git/ignore', '.netrc\n'],
    ['core.excludesFile', 'mine', '.net*\n', 'core.excludesFile'],
  ];
  for (const [name, file, text, setting] of ignored) {
    test(`that ignores it by ${name}: nothing is said`, async () => {
      git('init', '-q');
      mkdirSync(dirname(inHome(file)), { recursive: true });
      writeFileSync(inHome(file), text);
      if (setting) git('config', '--global', setting, inHome(file));
      assert.equal(await start(), '');
    });
  }
});

test('a start that changes nothing does not start git, and no other one asks about a file', async () => {
  const log = inHome('../log');
  const env = shim(`echo "$*" >>${log}; exec $git "$@"`);
  await start(env);
  const asked = readFileSync(log, 'utf8');
  assert.doesNotMatch(asked, /ls-files|check-ignore/);
  assert.equal(asked.split('\n').length - 1, 1, asked);
  rmSync(log);
  git('init', '-q');
  await start(env);
  assert.equal(existsSync(log), false);
});
