// What heroku-login makes of git's settings, compared with what real git does with them: which helpers it
// asks, where a push goes, which passwords it has already.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import type { Context } from '../../src/context.ts';
import { deadlineIn } from '../../src/deadline.ts';
import { gitSettings } from '../../src/git.ts';
import * as messages from '../../src/messages/git.ts';
import { gitUse, helpersFor, pushTarget } from '../../src/tools/git-settings.ts';
import { attempt } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import { makeToken, newHome, output } from '../support/program.ts';

const HOST = 'git.heroku.com';
const old = makeToken('old');
const realGit = output('sh', ['-c', 'command -v git']).trim();

let home: string;
let project: string;
/** What the user's shell has, beside the home and the PATH. */
let env: Record<string, string>;
const inHome = (name: string) => join(home, name);

beforeEach(() => {
  home = newHome();
  project = inHome('project');
  env = { GIT_CONFIG_SYSTEM: inHome('system') };
  write('system', '');
  output('git', ['init', '-q', '-b', 'main', project]);
});

function write(name: string, text: string): void {
  mkdirSync(join(inHome(name), '..'), { recursive: true });
  writeFileSync(inHome(name), text);
}

const environment = () => ({ PATH: process.env['PATH'] ?? '', HOME: home, ...env });
const context = (): Context => makeContext({ home, env: environment(), folder: () => project });
const settings = () =>
  gitSettings(context(), { folder: project, deadline: deadlineIn(5000) }) ?? [];
const use = () => gitUse(context());

/** A helper that answers nothing, and notes that it was asked. */
function helper(name: string): string {
  const file = inHome(name);
  writeFileSync(file, `#!/bin/sh\necho ${name} >>${inHome('asked')}\n`, { mode: 0o755 });
  return file;
}

describe('the helpers that git asks', () => {
  /** `a` and `b` in a value stand for two helpers. */
  const scoped = (url: string, ...values: string[]) =>
    `[credential "${url}"]\n${values.map((value) => `\thelper = ${value}\n`).join('')}`;
  const all = (...values: string[]) =>
    `[credential]\n${values.map((value) => `\thelper = ${value}\n`).join('')}`;
  const url = `https://${HOST}`;
  const table: [name: string, files: Record<string, string>, asked: string, env?: object][] = [
    ['none', {}, ''],
    ['two files', { system: all('A'), '.gitconfig': all('B') }, 'a b'],
    ['that of the URL, after a reset', { system: all('A') + scoped(url, '', 'B') }, 'b'],
    ['a reset in a later file', { system: scoped(url, 'A'), '.gitconfig': all('', 'B') }, 'b'],
    ['a reset in an earlier file', { system: all(''), '.gitconfig': all('A') }, 'a'],
    ['a reset for the URL alone', { system: all('A'), '.gitconfig': scoped(url, '') }, ''],
    ['a reset for another host', { system: all('A') + scoped('https://github.com', '') }, 'a'],
    ['a file of the repository', { system: all('A'), 'project/.git/config': all('', 'B') }, 'b'],
    ['the XDG file', { '.config/git/config': all('A'), '.gitconfig': all('B') }, 'a b'],
    ['an included file', { '.gitconfig': '[include]\npath = more\n', more: all('A') }, 'a'],
    [
      'a file that is included for the folder',
      { '.gitconfig': '[includeIf "gitdir:~/project/"]\npath = more\n', more: all('A') },
      'a',
    ],
    [
      'a file that is included for another folder',
      { '.gitconfig': '[includeIf "gitdir:~/else/"]\npath = more\n', more: all('A') },
      '',
    ],
    [
      'a file that is included for the branch',
      { '.gitconfig': '[includeIf "onbranch:main"]\npath = more\n', more: all('A') },
      'a',
    ],
    ...(
      [
        [`${url}/`, true],
        [`${url}:443`, true],
        [`HTTPS://GIT.HEROKU.COM`, true],
        ['https://*.heroku.com', true],
        ['https://git.*.com', true],
        ['git.heroku.com', true],
        ['*.heroku.com', false],
        ['https://*.com', false],
        ['https://heroku.com', false],
        ['https://git.heroku.com.example', false],
        ['https://example.com/git.heroku.com', false],
        ['http://git.heroku.com', false],
        ['ssh://git.heroku.com', false],
        [`${url}:8443`, false],
        [`https://heroku@${HOST}`, false],
        [`${url}/my-app.git`, false],
      ] as const
    ).map(([pattern, isAsked]): [string, Record<string, string>, string] => [
      `for ${pattern}`,
      { '.gitconfig': scoped(pattern, 'A') },
      isAsked ? 'a' : '',
    ]),
    [
      'variables',
      { system: all('A') },
      'b',
      {
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: 'credential.helper',
        GIT_CONFIG_VALUE_0: '',
        GIT_CONFIG_KEY_1: 'credential.helper',
        GIT_CONFIG_VALUE_1: 'B',
      },
    ],
    [
      'GIT_CONFIG_PARAMETERS',
      { system: all('A') },
      '',
      { GIT_CONFIG_PARAMETERS: "'credential.helper='" },
    ],
    ['GIT_CONFIG_NOSYSTEM', { system: all('A') }, '', { GIT_CONFIG_NOSYSTEM: '1' }],
    [
      'GIT_CONFIG_SYSTEM',
      { system: all('A'), other: all('B') },
      'b',
      { GIT_CONFIG_SYSTEM: '~/other' },
    ],
    [
      'GIT_CONFIG_GLOBAL',
      { '.gitconfig': all('A'), other: all('B') },
      'b',
      { GIT_CONFIG_GLOBAL: '~/other' },
    ],
    [
      'GIT_CONFIG, which counts for git config alone',
      { system: all('A'), other: all('B') },
      'a',
      { GIT_CONFIG: '~/other' },
    ],
    ['XDG_CONFIG_HOME', { 'else/git/config': all('A') }, 'a', { XDG_CONFIG_HOME: '~/else' }],
    ['a user name and paths', { system: `${all('A')}useHttpPath = true\nusername = x\n` }, 'a'],
  ];
  for (const [name, files, asked, variables = {}] of table) {
    test(name, async () => {
      const [a, b] = [helper('a'), helper('b')];
      const filled = (text: string) =>
        text.replaceAll(/\b[AB]\b/g, (letter) => (letter === 'A' ? a : b)).replace(/^~/, home);
      for (const [file, text] of Object.entries(files)) {
        const before = file === 'project/.git/config' ? readFileSync(inHome(file), 'utf8') : '';
        write(file, before + filled(text));
      }
      for (const [key, value] of Object.entries(variables)) env[key] = filled(value);
      write('asked', '');
      const own = { ...environment(), GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '' };
      const input = `protocol=https\nhost=${HOST}\n\n`;
      await attempt('git', ['credential', 'fill'], { cwd: project, env: own, input });
      const really = readFileSync(inHome('asked'), 'utf8').split('\n').filter(Boolean);
      assert.equal(really.join(' '), asked, 'what git does');
      const said = helpersFor(HOST, settings()).map(({ value }) => value.slice(home.length + 1));
      assert.deepEqual(said, really);
    });
  }

  test('are known to a git that cannot tell the scope of a setting', () => {
    write('.gitconfig', '[credential]\nhelper = one\nhelper\n');
    const bin = inHome('bin');
    write('bin/git', `#!/bin/sh\ncase $* in *show-scope*) exit 129;; esac\nexec ${realGit} "$@"\n`);
    output('chmod', ['+x', join(bin, 'git')]);
    env['PATH'] = `${bin}:${process.env['PATH']}`;
    const found = settings().filter(({ key }) => key === 'credential.helper');
    assert.deepEqual(found, [
      { scope: '', key: 'credential.helper', value: 'one' },
      { scope: '', key: 'credential.helper', value: '' },
    ]);
  });
});

describe('the address of a push', () => {
  const rule = (base: string, kind: string, value: string) =>
    `[url "${base}"]\n\t${kind} = ${value}\n`;
  const table: [name: string, text: string, address: RegExp][] = [
    ['without a rule', '', /^https:\/\/git\.heroku\.com\/a\.git$/],
    ['by a rule for all of https', rule('ssh://git@', 'insteadOf', 'https://'), /^ssh:\/\/git@git/],
    [
      'by a rule for the host',
      rule('https://mirror.example/', 'insteadOf', `https://${HOST}/`),
      /^https:\/\/mirror/,
    ],
    ['by a rule for pushes', rule('git@x:', 'pushInsteadOf', `https://${HOST}/`), /^git@x:a\.git$/],
    [
      'by the longest of two rules',
      rule('one:', 'insteadOf', 'https://') + rule('two:', 'insteadOf', 'https://git.'),
      /^two:heroku/,
    ],
    [
      'by a rule for pushes before a longer one',
      rule('one:', 'insteadOf', 'https://git.') + rule('two:', 'pushInsteadOf', 'https'),
      /^two:/,
    ],
    ['by none for http', rule(`https://${HOST}`, 'insteadOf', `http://${HOST}`), /^https:\/\/git/],
    [
      'by none for another host',
      rule('git@x:', 'insteadOf', 'https://github.com/'),
      /^https:\/\/git/,
    ],
  ];
  for (const [name, text, expected] of table) {
    test(name, () => {
      write('.gitconfig', text);
      const address = `https://${HOST}/a.git`;
      const git = (...args: string[]) => output('git', args, { cwd: project, env: environment() });
      git('remote', 'add', 'heroku', address);
      const really = git('remote', 'get-url', '--push', 'heroku').trim();
      assert.match(really, expected);
      assert.equal(pushTarget(address, settings()), really);
      if (!/push/i.test(text)) assert.equal(git('ls-remote', '--get-url', address).trim(), really);
      const { isRedirected, problems } = use();
      const isElsewhere = !really.startsWith(`https://${HOST}/`);
      assert.equal(isRedirected, isElsewhere);
      const target = pushTarget(`https://${HOST}/`, settings());
      const said = isElsewhere
        ? [messages.pushGoesElsewhere(HOST, target.replace('a.git', ''))]
        : [];
      assert.deepEqual(problems, said);
    });
  }

  test('is named without the password that a rule gives it', () => {
    write('.gitconfig', rule(`https://x:${old}@mirror.example/`, 'insteadOf', `https://${HOST}/`));
    assert.deepEqual(use().problems, [messages.pushGoesElsewhere(HOST, 'https://mirror.example/')]);
  });
});

describe('git that does not ask heroku-login', () => {
  const own = (launcher: string) => `${launcher} git-credential`;
  const system = (launcher: string) =>
    `[credential "https://${HOST}"]\n\thelper =\n\thelper = ${own(launcher)}\n`;
  let launcher: string;
  beforeEach(() => {
    write('bin/heroku-login', '#!/bin/sh\necho heroku-login >>~/asked\n');
    launcher = inHome('bin/heroku-login');
    output('chmod', ['+x', launcher]);
    env['PATH'] = `${inHome('bin')}:${process.env['PATH']}`;
    write('system', system(launcher));
  });

  test('asks it as install.sh has set it up', () => {
    const { helper, problems, others } = use();
    assert.deepEqual({ helper, problems, others }, { helper: 'helper', problems: [], others: [] });
  });

  /** The command at the end of a sentence, run as a user would, makes git ask heroku-login alone. */
  async function repaired(sentence = ''): Promise<void> {
    const [, command = ''] = / To fix this, run: (.*)$/.exec(sentence) ?? [];
    output('sh', ['-c', command], { cwd: project, env: environment() });
    const { helper, problems, others } = use();
    assert.deepEqual({ helper, problems, others }, { helper: 'helper', problems: [], others: [] });
    rmSync(inHome('asked'), { force: true });
    const input = `protocol=https\nhost=${HOST}\n\n`;
    const own = { ...environment(), GIT_TERMINAL_PROMPT: '0' };
    await attempt('git', ['credential', 'fill'], { cwd: project, env: own, input });
    assert.equal(readFileSync(inHome('asked'), 'utf8'), 'heroku-login\n');
  }

  const removed: [name: string, file: string, text: string, scope: string, asked: string][] = [
    [
      'Git Credential Manager',
      '.gitconfig',
      '[credential]\nhelper =\nhelper = /usr/local/bin/git-credential-manager\n',
      'global',
      '/usr/local/bin/git-credential-manager',
    ],
    ['an empty one alone', '.gitconfig', '[credential]\nhelper =\n', 'global', ''],
    [
      'one for all of https',
      '.config/git/config',
      `[credential "https://*.heroku.com"]\nhelper =\nhelper = store --file ${old}\n`,
      'global',
      'store',
    ],
    [
      'gh auth setup-git, for every host',
      '.gitconfig',
      '[credential]\nhelper =\nhelper = !/usr/bin/gh auth git-credential\n',
      'global',
      messages.shellCommand,
    ],
    [
      'the repository',
      'project/.git/config',
      '[core]\nbare = false\n[credential]\nhelper =\nhelper = cache\n',
      'local',
      'cache',
    ],
  ];
  for (const [name, file, text, scope, asked] of removed)
    test(`because of ${name}`, async () => {
      write(file, text);
      const { helper, problems } = use();
      assert.equal(helper, 'none');
      const how = { own: own(launcher), scope, git: realGit, asked };
      assert.deepEqual(problems, [messages.notAsked(HOST, how)]);
      assert.ok(!problems.join().includes(old));
      await repaired(problems[0]);
    });

  test('because of the environment, which no file can help', () => {
    Object.assign(env, {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: '',
    });
    const how = { own: own(launcher), scope: 'command', git: realGit, asked: '' };
    assert.deepEqual(use().problems, [messages.notAsked(HOST, how)]);
  });

  const otherGit: [name: string, change: () => void][] = [
    ['is another one, with another system file', () => write('system', '[core]\n')],
    ['is told to read none', () => (env['GIT_CONFIG_NOSYSTEM'] = '1')],
    ['is told to read another', () => (env['GIT_CONFIG_SYSTEM'] = inHome('none'))],
  ];
  for (const [name, change] of otherGit) {
    test(`because it ${name}`, async () => {
      change();
      write('.gitconfig', '[credential]\nhelper = store\n');
      const { helper, problems } = use();
      assert.equal(helper, 'none');
      const how = { own: own(launcher), git: realGit, asked: 'store' };
      assert.deepEqual(problems, [messages.notAsked(HOST, how)]);
      await repaired(problems[0]);
    });
  }

  test('and has none to ask: nothing is said of a host that install.sh knows nothing of', () => {
    write('system', '');
    rmSync(launcher);
    assert.deepEqual(use().problems, []);
    assert.deepEqual(gitUse({ ...context(), env: { PATH: '/nowhere' } }).helper, 'absent');
  });

  test('alone: the others are named, by a word that is no password', () => {
    write(
      '.gitconfig',
      `[credential]\nhelper = store --file=${old}\nhelper = "!echo password=${old} #"\nhelper = /opt/x/git-credential-libsecret\nhelper = /.codespaces/bin/gitcredential_github.sh\n[credential "https://${HOST}"]\nhelper = !heroku git:credentials\n`,
    );
    const named = `store, ${messages.shellCommand}, /opt/x/git-credential-libsecret`;
    assert.deepEqual(use().others, [messages.gitAlsoAsks(named)]);
  });
});

describe('a password in an address', () => {
  const to = (user: string, path = 'my-app.git') => `https://${user}@${HOST}/${path}`;
  const plain = `https://${HOST}/my-app.git`;
  const git = (...args: string[]) => output('git', args, { cwd: project, env: environment() });

  const remotes: [name: string, remote: string, user: string][] = [
    ['of the CLI’s own remote', 'heroku', `heroku:${old}`],
    ['of another remote', 'production', `x:${old}`],
    ['with an address as user', 'heroku', `dev%40example.com:${old}`],
    ['with no user', 'heroku', `:${old}`],
    ['that is the user', 'heroku', old],
    ['that is the user, in the form of 2024', 'heroku', '01234567-89ab-cdef-0123-456789abcdef'],
    ['that has an @ in it', 'heroku', 'heroku:p@ssw0rd'],
    ['of a remote whose name a shell would take apart', "it's;x", `heroku:${old}`],
  ];
  for (const [name, remote, user] of remotes) {
    for (const kind of ['url', 'pushurl']) {
      test(`${name} is said without it, and the command removes it: ${kind}`, () => {
        git('remote', 'add', remote, kind === 'url' ? to(user) : 'https://example.com/x.git');
        if (kind === 'pushurl') git('remote', 'set-url', '--push', remote, to(user));
        const key = `remote.${remote}.${kind}`;
        const [said = ''] = use().problems;
        assert.equal(said, messages.passwordInAddress('local', key, plain));
        for (const part of [user, old, 'p@ss', 'ssw0rd']) assert.ok(!said.includes(part), said);
        const [, command = ''] = / run: (git remote set-url .*)$/.exec(said) ?? [];
        output('sh', ['-c', command], { cwd: project, env: environment() });
        assert.equal(git('config', '--get-all', key), `${plain}\n`);
        assert.deepEqual(use().problems, []);
      });
    }
  }

  const elsewhere: [name: string, file: string, key: string, scope: string][] = [
    ['of a submodule', 'project/.git/config', 'submodule.web.url', 'local'],
    ['of a branch', 'project/.git/config', 'branch.main.remote', 'local'],
    ['that pushes go to', '.gitconfig', 'remote.pushdefault', 'global'],
    ['of a remote that all of the machine has', '.gitconfig', 'remote.heroku.url', 'global'],
  ];
  for (const [name, file, key, scope] of elsewhere) {
    test(`${name} is said, and the command removes it`, () => {
      output('git', ['config', '--file', inHome(file), key, to(`heroku:${old}`)]);
      const { problems: passwords } = use();
      assert.deepEqual(passwords, [messages.passwordInAddress(scope, key, plain)]);
      const [, command = ''] = / run: (git .*)$/.exec(passwords[0] ?? '') ?? [];
      output('sh', ['-c', command], { cwd: project, env: environment() });
      assert.deepEqual(use().problems, []);
    });
  }

  test('that a rule puts into addresses is said', () => {
    write('.gitconfig', `[url "https://heroku:${old}@${HOST}/"]\n\tinsteadOf = https://${HOST}/\n`);
    assert.deepEqual(use().problems, [messages.passwordInKey(HOST)]);
  });

  test('of another host, and a user name, are none of ours', () => {
    git('remote', 'add', 'a', `https://x:${old}@example.com/`);
    git('remote', 'add', 'b', `https://x:${old}@${HOST}.example.com/`);
    git('remote', 'add', 'c', to('heroku'));
    git('remote', 'add', 'd', to('some-body%40example.com'));
    git('remote', 'add', 'e', `ssh://git@${HOST}/my-app.git`);
    assert.deepEqual(use().problems, []);
  });
});
