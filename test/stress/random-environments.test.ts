// A thousand random environments: variables, files, owners, modes and answers as other people's containers have
// them. Whatever they are, the hook ends well and in time, and writes nothing but what it promises.
//
// The seed is printed; HEROKU_LOGIN_TEST_SEED=N runs the same again.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { errorCode } from '../../src/report.ts';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';
import { installed } from '../support/installed.ts';
import { type Change, newLayer, randomNumbers, runLayered } from '../support/layered.ts';
import { commitIn, makeToken, output, temporaryFolder } from '../support/program.ts';

const runs = Number(process.env['HEROKU_LOGIN_TEST_RUNS'] ?? 1000);
/** How often each odd value is picked at least. */
const least = 15;
const seed = Number(process.env['HEROKU_LOGIN_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const [good, other, mallory] = ['good', 'other', 'mallory'].map(makeToken) as [
  string,
  string,
  string,
];
const revoked = makeToken('revoked');
const secrets = [good, other, mallory, revoked];
const [root, dev, stranger] = [0, 1000, 4711];
const homes = { [root]: '/h/root', [dev]: '/h/dev', [stranger]: '/h/stranger' } as Record<
  number,
  string
>;
const homeOf = (uid: number) => homes[uid] ?? '/none';

/** What one run works with; the picks change it, in the order of {@link dimensions}. */
interface Case {
  readonly layer: string;
  uid: number;
  /** The user's home folder, and what HOME says. */
  home: string;
  /** Who owns the home. */
  owner: number;
  env: Record<string, string>;
  options: keyof typeof optionSets;
  folder: string;
  /** Lines of shell that run before the program. */
  prepare: string;
  /** Lines of the user's in ~/.netrc, none of which may be lost. */
  theirs: string;
  /** Where `~/.netrc` leads, if it is a link out of the home. */
  netrcTarget?: string;
  /** Writes into the layer; parents are made, and belong to root. */
  put(path: string, text: string, how?: How): void;
  /** What lies in the home, owned by its owner. */
  inHome(path: string, text: string, how?: How): void;
  link(path: string, to: string, uid?: number): void;
  /** Makes a folder. */
  folderAt(path: string, how?: How): void;
  special(path: string, kind: string): void;
}
type How = { readonly mode?: number; readonly uid?: number };
type Pick = (one: Case) => void;
type Dimension = { readonly name: string; readonly odd: Readonly<Record<string, Pick>> };

const optionSets = {
  plain: {},
  app: { app: 'my-app' },
  'several apps': { app: 'staging=my-app,production=gone-app' },
  'own token': { perContainerToken: true },
  docker: { containerRegistry: true },
} as const;

const project = '/workspaces/app';
const shared = '/workspaces/.codespaces/shared';
const state = '.local/state/heroku-login';
const hostile = '#!/bin/sh\n/bin/echo "$0" >>/planted\nexit 1\n';
const programs = [
  'git',
  'docker',
  'timeout',
  'cksum',
  'date',
  'grep',
  'mkdir',
  'node',
  'sh',
  'printf',
  'id',
  'stat',
];
const prepare =
  (line: string): Pick =>
  (one) => {
    one.prepare += `${line}\n`;
  };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const env =
  (variables: Record<string, string>): Pick =>
  (one) => {
    Object.assign(one.env, variables);
  };
const key = (value: string) => env({ HEROKU_API_KEY: value });
const withoutKey = (one: Case) => {
  delete one.env['HEROKU_API_KEY'];
};
const userAt =
  (uid: number, owner: number): Pick =>
  (one) => {
    Object.assign(one, { uid, owner, home: homeOf(owner) });
  };
/** Without a home, the one in /etc/passwd counts; the stranger has none there. */
const homeIs =
  (value: string | undefined, home?: string, owner = root): Pick =>
  (one) => {
    if (value === undefined) delete one.env['HOME'];
    else one.env['HOME'] = value;
    one.home = home ?? (one.uid === stranger ? '/none' : homeOf(one.uid));
    one.owner = home === undefined ? one.uid : owner;
  };
const inHome =
  (path: string, text: string, how: How = {}): Pick =>
  (one) =>
    one.inHome(path, text, how);
const inState = (name: string, text: string): Pick =>
  inHome(join(state, name), text, { mode: 0o600 });
const netrc =
  (text: string, how: How = { mode: 0o600 }): Pick =>
  (one) => {
    one.theirs = text;
    one.inHome('.netrc', text, how);
  };
const server =
  (name: string): Pick =>
  (one) => {
    one.env['HEROKU_HOST'] = servers[name]?.url ?? '';
  };
const repository =
  (work: Pick, options: Case['options'] = 'app'): Pick =>
  (one) => {
    one.options = options;
    work(one);
  };
/** Changes the settings of the workspace's repository. */
const setting = (...lines: string[]): Pick =>
  repository((one) => one.put(`${project}/.git/config`, configOf(one, lines), { uid: dev }));
const configOf = ({ layer }: Case, lines: readonly string[]) =>
  `${readFileSync(join(layer, project, '.git/config'), 'utf8')}${lines.join('\n')}\n`;

const netrcLink =
  (target: string): Pick =>
  (one) => {
    one.netrcTarget = target;
    one.link(join(one.home, '.netrc'), target, one.owner);
  };

const theirs = '# mine\nmachine example.com\n  login a\n  password b\n\n# no end of line';

// The first runs of each are ordinary; a value that is odd is picked as often as all others.
const dimensions: readonly Dimension[] = [
  {
    name: 'user',
    odd: {
      'root at home': userAt(root, root),
      "root in the user's home": userAt(root, dev),
      "root in a stranger's home": userAt(root, stranger),
      'no name': userAt(stranger, stranger),
      "no name in the user's home": userAt(stranger, dev),
      "the user in root's home": userAt(dev, root),
      'home of nobody': (one) => {
        one.uid = root;
        one.owner = 65534;
      },
    },
  },
  {
    name: 'HOME',
    odd: {
      unset: homeIs(undefined),
      empty: homeIs(''),
      dot: homeIs('.'),
      relative: homeIs('h/dev'),
      'does not exist': homeIs('/nonexistent', '/nonexistent'),
      'the root': homeIs('/', '/'),
      'a file': homeIs('/etc/passwd', '/etc/passwd'),
      'with a slash': homeIs('/h/dev/', '/h/dev', dev),
      'with dots': homeIs('/h/root/../dev', '/h/dev', dev),
      'a link': homeIs('/h/link', '/h/dev', dev),
      'for everybody': homeIs('/h/everybody', '/h/everybody'),
    },
  },
  {
    name: 'token',
    odd: {
      unset: withoutKey,
      empty: key(''),
      'in quotes': key(`"${good}"`),
      'in typographic quotes': key(`“${good}”\u200b`),
      'with its name': key(`HEROKU_API_KEY=${good}`),
      'with an end of line': key(`${good}\r\n`),
      'two lines': key(`${good}\nmachine evil.example\n  password x`),
      revoked: key(revoked),
      another: key(other),
      'not known': key('a-token-that-heroku-does-not-know'),
      'place holder': key(`\${localEnv:HEROKU_API_KEY}`),
      reference: key('op://vault/heroku/token'),
      address: key('dev@example.com'),
      keyword: key('machine'),
      'too long': key('x'.repeat(9000)),
      'not ASCII': key('pässword'),
    },
  },
  {
    name: 'place',
    odd: {
      'no codespace': (one) => {
        delete one.env['CODESPACES'];
      },
      prebuild: env({ CLOUDENV_ENVIRONMENT_ID: 'null' }),
      'prebuild token': env({ CODESPACES_PREBUILD_TOKEN: 'x' }),
      'odd name': env({ CODESPACE_NAME: 'a\u001b[31m\nb', GITHUB_REPOSITORY: '../x; y' }),
    },
  },
  {
    name: "Codespaces' secrets",
    odd: {
      file: (one) =>
        one.put(`${shared}/user-secrets-envs.json`, JSON.stringify({ HEROKU_API_KEY: good })),
      'file alone': (one) => {
        withoutKey(one);
        one.put(`${shared}/user-secrets-envs.json`, JSON.stringify({ HEROKU_API_KEY: good }));
      },
      'lines alone': (one) => {
        withoutKey(one);
        one.put(`${shared}/.env-secrets`, `HEROKU_API_KEY=${base64(good)}\n`);
      },
      'another token': (one) =>
        one.put(`${shared}/user-secrets-envs.json`, JSON.stringify({ HEROKU_API_KEY: mallory }), {
          uid: stranger,
        }),
      empty: (one) => one.put(`${shared}/user-secrets-envs.json`, '{}'),
      garbage: (one) => one.put(`${shared}/user-secrets-envs.json`, '[1'),
      'other types': (one) =>
        one.put(`${shared}/user-secrets-envs.json`, '{"HEROKU_API_KEY":{"a":1}}'),
      FIFO: (one) => one.special(`${shared}/user-secrets-envs.json`, 'p'),
      'FIFO of lines': (one) => one.special(`${shared}/.env-secrets`, 'p'),
      'endless link': (one) => one.link(`${shared}/user-secrets-envs.json`, '/dev/zero'),
      folder: (one) => one.folderAt(`${shared}/user-secrets-envs.json`),
      huge: (one) => one.put(`${shared}/.env-secrets`, 'x'.repeat(3_000_000)),
    },
  },
  {
    name: "Docker's secrets",
    odd: {
      file: (one) => {
        withoutKey(one);
        one.put('/run/secrets/HEROKU_API_KEY', good);
      },
      'small letters': (one) => {
        withoutKey(one);
        one.put('/run/secrets/heroku_api_key', `${good}\n`);
      },
      "root's": (one) => {
        withoutKey(one);
        one.put('/run/secrets/HEROKU_API_KEY', good, { mode: 0o400 });
      },
      empty: (one) => one.put('/run/secrets/HEROKU_API_KEY', ''),
      folder: (one) => one.folderAt('/run/secrets/HEROKU_API_KEY'),
      FIFO: (one) => one.special('/run/secrets/HEROKU_API_KEY', 'p'),
      'endless link': (one) => one.link('/run/secrets/HEROKU_API_KEY', '/dev/zero'),
      'dead link': (one) => one.link('/run/secrets/HEROKU_API_KEY', '/nowhere'),
      "anybody's folder": (one) => {
        withoutKey(one);
        one.put('/run/secrets/HEROKU_API_KEY', mallory);
        one.folderAt('/run/secrets', { mode: 0o1777 });
      },
    },
  },
  {
    name: 'Heroku',
    odd: {
      '503': server('503'),
      '403': server('403'),
      '404': server('404'),
      '429': server('429'),
      html: server('html'),
      redirect: server('redirect'),
      reset: server('reset'),
      truncated: server('truncated'),
      big: server('big'),
      hangs: server('hangs'),
      'not trusted': (one) => {
        one.env['HEROKU_HOST'] = untrusted();
      },
      'not trusted, check off': (one) => {
        Object.assign(one.env, { HEROKU_HOST: untrusted(), NODE_TLS_REJECT_UNAUTHORIZED: '0' });
      },
      'nobody there': env({ HEROKU_HOST: 'http://127.0.0.1:9' }),
    },
  },
  {
    name: 'HEROKU_HOST',
    odd: {
      'with an end of line': host((url) => `${url}\n`),
      'with a blank': host((url) => ` ${url}`),
      'with a tab': host((url) => `\t${url}\t`),
      capitals: host((url) => url.toUpperCase()),
      'an entry': host(() => 'x\nmachine\tevil.example\n.heroku.com'),
      'with a user': host((url) => url.replace('//', '//a:b@')),
      'with a path': host((url) => `${url}/api?x#y`),
      'another server': host(() => 'http://192.0.2.1:8080'),
      empty: host(() => ''),
    },
  },
  {
    name: "Node's variables",
    odd: {
      'file that is gone': env({ NODE_OPTIONS: '--require /gone.js' }),
      inspector: env({ NODE_OPTIONS: '--inspect=127.0.0.1:0' }),
      'unknown option': env({ NODE_OPTIONS: '--no-such-option' }),
      debug: env({ NODE_DEBUG: 'http,https,net,tls' }),
      coverage: env({ NODE_V8_COVERAGE: '/h/coverage' }),
      'compile cache': env({ NODE_COMPILE_CACHE: '/h/everybody/cache' }),
      warnings: env({ NODE_REDIRECT_WARNINGS: '/h/warnings', NODE_PENDING_DEPRECATION: '1' }),
      'certificates that are gone': env({
        NODE_EXTRA_CA_CERTS: '/gone.pem',
        SSL_CERT_FILE: '/gone.pem',
      }),
      OpenSSL: env({ OPENSSL_CONF: '/gone.cnf' }),
      'keys of TLS': env({ SSLKEYLOGFILE: '/h/everybody/keys' }),
    },
  },
  {
    name: "the shell's variables",
    odd: {
      traces: env({
        SHELLOPTS: 'xtrace',
        PS4: '$HEROKU_API_KEY ',
        ENV: '/h/planted.sh',
        BASH_ENV: '/h/planted.sh',
      }),
      separators: env({ IFS: 'e/', CDPATH: '/h', POSIXLY_CORRECT: '1' }),
      locale: env({ LC_ALL: 'tr_TR.UTF-8', LANG: 'C.UTF-8', TZ: '../../gone' }),
      temporary: env({ TMPDIR: '.', XDG_STATE_HOME: 'state', XDG_CONFIG_HOME: '.' }),
    },
  },
  {
    name: 'PATH',
    odd: {
      'a folder of the repository': path((usual) => `./bin:${usual}`),
      'an empty part': path((usual) => `:${usual}`),
      'an empty end': path((usual) => `${usual}:`),
      'the whole of the repository': path((usual) => `${project}/bin:${usual}`),
      unset: (one) => {
        delete one.env['PATH'];
      },
      empty: path(() => ''),
      'nothing in it': path(() => '/nowhere'),
    },
  },
  {
    name: "git's variables",
    odd: {
      trace: env({ GIT_TRACE: '/h/everybody/trace', GIT_TRACE_CURL: '1' }),
      'another repository': env({ GIT_DIR: '/h/everybody/.git', GIT_WORK_TREE: '/h' }),
      'settings of the environment': env({
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'core.fsmonitor',
        GIT_CONFIG_VALUE_0: '/h/planted.sh',
      }),
      'another git': env({
        GIT_EXEC_PATH: '/h',
        GIT_SSH_COMMAND: '/h/planted.sh',
        GIT_ASKPASS: '/h/planted.sh',
        GIT_EXTERNAL_DIFF: '/h/planted.sh',
      }),
      'no settings of the system': env({ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/gone' }),
    },
  },
  {
    name: '~/.netrc',
    odd: {
      theirs: netrc(theirs),
      'for everybody': netrc(theirs, { mode: 0o666 }),
      'not readable': netrc(theirs, { mode: 0 }),
      "root's": netrc(theirs, { mode: 0o600, uid: root }),
      'line ends of Windows': netrc(theirs.replaceAll('\n', '\r\n')),
      macro: netrc('macdef init\necho a\n\nmachine example.com login a password b\n'),
      'open quote': netrc('machine example.com login a password "b\n'),
      binary: netrc('\0\u0001machine\u00ff'),
      'a login of their own': netrc(
        'machine api.heroku.com\n  login me@example.com\n  password theirs\n',
      ),
      FIFO: (one) => one.special(join(one.home, '.netrc'), 'p'),
      folder: (one) => one.folderAt(join(one.home, '.netrc'), { uid: one.owner }),
      'a link to dotfiles': (one) => {
        one.theirs = theirs;
        one.inHome('dotfiles/netrc', theirs, { mode: 0o600 });
        one.link(join(one.home, '.netrc'), 'dotfiles/netrc', one.owner);
      },
      "a link to root's file": netrcLink('/etc/shadow'),
      "a link to a stranger's file": netrcLink('/h/stranger/secret'),
      'a link to nothing': netrcLink('/etc/made'),
      'a circle': (one) => one.link(join(one.home, '.netrc'), '.netrc', one.owner),
      huge: netrc(`# ${'x'.repeat(3_000_000)}\n`),
    },
  },
  {
    name: 'state',
    odd: {
      'of another form': (one) => {
        for (const name of ['last.json', 'hide', 'notice', 'seen', 'workspace', 'written-1'])
          inState(name, '{"report":null}')(one);
      },
      numbers: inState('last.json', '1'),
      'half a file': inState('last.json', '{"report":{"outcome":"logged_in"'),
      'a workspace with the secret': (one) => {
        one.options = 'app';
        one.link(join(one.home, state, 'workspace'), '/h/root/secret', one.owner);
      },
      'a link for a mark': (one) =>
        one.link(join(one.home, state, 'created-netrc'), '/etc/made', one.owner),
      'links for all': (one) => {
        for (const name of ['notice', 'hide', 'seen', 'last.json'])
          one.link(join(one.home, state, name), '/h/root/secret', one.owner);
      },
      'a link for the folder': (one) =>
        one.link(join(one.home, '.local/state'), '/h/root', one.owner),
      'a FIFO': (one) => one.special(join(one.home, state, 'last.json'), 'p'),
      'FIFO of a mark': (one) => one.special(join(one.home, state, 'hide'), 'p'),
      folders: (one) => {
        for (const name of ['last.json', 'hide', 'notice'])
          one.folderAt(join(one.home, state, name), { uid: one.owner });
      },
      "root's .local": (one) => one.folderAt(join(one.home, '.local'), { uid: root }),
      'a file for a folder': inHome('.local', 'x'),
      'not writable': (one) => one.folderAt(join(one.home, state), { uid: one.owner, mode: 0o500 }),
    },
  },
  {
    name: 'dotfiles',
    odd: {
      'empty .git': (one) => one.folderAt(join(one.home, '.git'), { uid: one.owner }),
      'a file .git': inHome('.git', 'gitdir: /nowhere\n'),
      tracked: (one) => {
        one.theirs = theirs;
        one.inHome('.netrc', theirs, { mode: 0o600 });
        copyRepository(one, join(one.home, '.git'), 'tracked');
      },
      'tracked by yadm': (one) => {
        one.theirs = theirs;
        one.inHome('.netrc', theirs, { mode: 0o600 });
        copyRepository(one, join(one.home, '.local/share/yadm/repo.git'), 'tracked');
      },
      'not tracked': (one) => copyRepository(one, join(one.home, '.git'), 'project'),
      'settings that run a program': (one) => {
        copyRepository(one, join(one.home, '.git'), 'project');
        one.inHome(
          '.git/config',
          '[core]\n\tfsmonitor = /h/planted.sh\n\thooksPath = /h\n\tsshCommand = /h/planted.sh\n',
        );
      },
      'encrypted netrc': inHome('.netrc.gpg', 'x'),
    },
  },
  {
    name: "git's settings",
    odd: {
      'no helper': inHome('.gitconfig', '[credential]\n\thelper =\n\thelper = /h/planted.sh\n'),
      'another address': inHome(
        '.gitconfig',
        '[url "https://evil.example/"]\n\tinsteadOf = https://git.heroku.com/\n',
      ),
      broken: inHome('.gitconfig', '[credential\n'),
      'a FIFO': (one) => one.special(join(one.home, '.gitconfig'), 'p'),
      'safe everywhere': inHome('.gitconfig', '[safe]\n\tdirectory = *\n'),
    },
  },
  {
    name: "docker's settings",
    odd: {
      elsewhere: docker((one) => {
        one.env['DOCKER_CONFIG'] = '/h/docker';
        one.folderAt('/h/docker', { uid: one.owner });
      }),
      'not there': docker(env({ DOCKER_CONFIG: '/h/docker/none' })),
      relative: docker(env({ DOCKER_CONFIG: '.' })),
      theirs: docker(
        inHome(
          '.docker/config.json',
          '{\n\t"credHelpers": {"example.com": "x"},\n\t"auths": {}\n}\n',
        ),
      ),
      broken: docker(inHome('.docker/config.json', '{"auths"')),
      "a link to root's file": docker((one) =>
        one.link(join(one.home, '.docker/config.json'), '/h/root/secret', one.owner),
      ),
      'a FIFO': docker((one) => one.special(join(one.home, '.docker/config.json'), 'p')),
    },
  },
  {
    name: 'options',
    odd: Object.fromEntries(
      (['app', 'several apps', 'own token', 'docker'] as const).map((name) => [
        name,
        repository(() => {}, name),
      ]),
    ),
  },
  {
    name: 'repository',
    odd: {
      "root's": repository((one) => one.folderAt(`${project}/.git`, { uid: root })),
      'settings that run a program': setting(
        '[core]',
        'fsmonitor = /h/planted.sh',
        'hooksPath = /h',
        'sshCommand = /h/planted.sh',
        '[credential]',
        'helper = /h/planted.sh',
        '[alias]',
        'config = !/h/planted.sh',
      ),
      'missing objects': setting(
        '[extensions]',
        'partialClone = origin',
        '[remote "origin"]',
        'url = /h/everybody',
        'uploadpack = /h/planted.sh',
        'promisor = true',
        '[index]',
        'sparse = true',
      ),
      'an old password': setting(
        '[remote "heroku"]',
        `url = https://heroku:${revoked}@git.heroku.com/my-app.git`,
      ),
      'settings from elsewhere': setting(
        '[include]',
        'path = /h/root/secret',
        '[core]',
        'worktree = /h',
      ),
      'another remote': setting('[remote "heroku"]', 'url = git@example.com:x\u001b[31m.git'),
      'no repository': repository((one) => {
        one.folder = '/h/everybody';
      }),
      'broken settings': repository((one) =>
        one.put(`${project}/.git/config`, '[core', { uid: dev }),
      ),
    },
  },
  {
    name: 'working directory',
    odd: {
      gone: prepare('/bin/mkdir /tmp/gone && cd /tmp/gone && /bin/rmdir /tmp/gone'),
      'the root': (one) => {
        one.folder = '/';
      },
      home: (one) => {
        one.folder = one.home;
      },
      'odd name': (one) => {
        one.folder = `/workspaces/a\u001b]0;x\u0007 b\n$(touch planted)`;
        one.folderAt(one.folder, { uid: dev });
      },
    },
  },
  {
    name: 'umask',
    odd: Object.fromEntries(
      ['000', '077', '777'].map((umask) => [umask, prepare(`umask ${umask}`)]),
    ),
  },
  {
    name: 'standard input',
    odd: Object.fromEntries(
      ['<&-', '</', '</dev/zero', '0</dev/full'].map((input) => [input, prepare(`exec ${input}`)]),
    ),
  },
];

function host(change: (url: string) => string): Pick {
  return (one) => {
    one.env['HEROKU_HOST'] = change(one.env['HEROKU_HOST'] ?? '');
  };
}

function path(change: (usual: string) => string): Pick {
  return (one) => {
    one.env['PATH'] = change(one.env['PATH'] ?? '');
  };
}

function docker(work: Pick): Pick {
  return (one) => {
    one.options = 'docker';
    work(one);
  };
}

const servers: Record<string, FakeHeroku> = {};
const untrusted = () => `https://127.0.0.1:${servers['untrusted']?.tlsPort}`;
const faults: Readonly<Record<string, Fault['do'] | undefined>> = {
  good: undefined,
  '503': { kind: 'status', status: 503 },
  '403': { kind: 'status', status: 403 },
  '404': { kind: 'status', status: 404 },
  '429': { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
  html: { kind: 'html' },
  reset: { kind: 'reset' },
  truncated: { kind: 'truncate', bytes: 5 },
  big: { kind: 'big', bytes: 50_000_000 },
  hangs: { kind: 'hang' },
};
const account = (token: string, rest: Partial<Account> = {}): Account => ({
  email: 'dev@example.com',
  token,
  ...rest,
});
const accounts = [
  account(good),
  account(other, { email: 'other@example.com' }),
  account(mallory, { email: 'mallory@example.com' }),
  account(revoked, { state: 'revoked' }),
];
const install = {} as Record<keyof typeof optionSets, string>;
/** A repository of each kind, to be copied. */
let templates: string;

before(async () => {
  const start = async (name: string, fault?: Fault['do'], tls?: { cert: string; key: string }) => {
    const heroku = await startFakeHeroku({ dir: temporaryFolder(), ...(tls && { tls }) });
    const rateLimit = { size: 1e9, left: 1e9, perMinute: 1 };
    heroku.set({
      accounts,
      settings: { rateLimit },
      faults: fault ? [{ host: 'api', do: fault }] : [],
    });
    servers[name] = heroku;
  };
  for (const [name, fault] of Object.entries(faults)) await start(name, fault);
  await start('evil');
  await start('redirect', { kind: 'redirect', to: `${servers['evil']?.url}/account` });
  const { cert, key } = makeCertificates(temporaryFolder());
  const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  await start('untrusted', undefined, tls);
  for (const [name, options] of Object.entries(optionSets))
    install[name as 'plain'] = await forEveryUser(await installed(options));
  templates = temporaryFolder();
  commitIn(join(templates, 'project'));
  commitIn(join(templates, 'tracked'));
  writeFileSync(join(templates, 'tracked/.netrc'), theirs);
  output('git', ['-C', join(templates, 'tracked'), 'add', '.netrc']);
});
after(() => Promise.all(Object.values(servers).map((server) => server.close())));

function copyRepository(one: Case, to: string, kind: 'project' | 'tracked'): void {
  one.folderAt(dirname(to), { uid: one.owner });
  output('cp', ['-a', join(templates, kind, '.git'), join(one.layer, to)]);
  output('chown', ['-R', `${one.owner}:${one.owner}`, join(one.layer, to)]);
}

/** Temporary folders are for one user alone. */
function forEveryUser(folder: string): string {
  for (const path of [folder, realpathSync(join(folder, 'lib/heroku-login'))])
    chmodSync(path, 0o755);
  return folder;
}

/** The ordinary case: a user with a good token, at home, in a codespace, with a repository. */
function ordinary(): Case {
  const layer = newLayer();
  chmodSync(layer, 0o755);
  const at = (path: string) => join(layer, path);
  const parents = (path: string, uid: number) => {
    const parent = dirname(path);
    if (parent === '/') return;
    parents(parent, uid);
    try {
      mkdirSync(at(parent));
    } catch {
      return;
    }
    if (parent.startsWith(`${one.home}/`)) chownSync(at(parent), uid, uid);
  };
  const put = (path: string, text: string, { mode = 0o644, uid = root }: How = {}) => {
    parents(path, uid);
    rmSync(at(path), { recursive: true, force: true });
    writeFileSync(at(path), text, path.endsWith('.netrc') ? 'latin1' : 'utf8');
    chmodSync(at(path), mode);
    chownSync(at(path), uid, uid);
  };
  const folderAt = (path: string, { mode = 0o755, uid = root }: How = {}) => {
    parents(path, uid);
    mkdirSync(at(path), { recursive: true });
    chmodSync(at(path), mode);
    chownSync(at(path), uid, uid);
  };
  const one: Case = {
    layer,
    uid: dev,
    home: homeOf(dev),
    owner: dev,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      CODESPACES: 'true',
      CODESPACE_NAME: 'random-codespace',
      GITHUB_REPOSITORY: 'owner/app',
      HEROKU_API_KEY: good,
      HEROKU_HOST: servers['good']?.url ?? '',
    },
    options: 'plain',
    folder: project,
    prepare: '',
    theirs: '',
    put,
    folderAt,
    inHome: (path, text, { mode = 0o644, uid = one.owner } = {}) =>
      put(join(one.home, path), text, { mode, uid }),
    link: (path, to, uid = root) => {
      parents(path, uid);
      rmSync(at(path), { recursive: true, force: true });
      symlinkSync(to, at(path));
      lchownSync(at(path), uid, uid);
    },
    special: (path, kind) => {
      parents(path, one.owner);
      rmSync(at(path), { recursive: true, force: true });
      output('mknod', [at(path), kind]);
      chmodSync(at(path), 0o666);
      chownSync(at(path), one.owner, one.owner);
    },
  };
  for (const [uid, home] of Object.entries(homes))
    folderAt(home, { uid: Number(uid), mode: 0o755 });
  folderAt('/h/everybody', { mode: 0o1777 });
  chmodSync(at('/h/root'), 0o700);
  put('/h/root/secret', 'top secret of root\n', { mode: 0o600 });
  put('/h/stranger/secret', 'top secret of a stranger\n', { mode: 0o666, uid: stranger });
  put('/h/planted.sh', hostile, { mode: 0o755 });
  one.link('/h/link', '/h/dev');
  put(
    '/etc/passwd',
    `root:x:0:0::${homeOf(root)}:/bin/sh\ndev:x:1000:1000::${homeOf(dev)}:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n`,
  );
  folderAt(project, { uid: dev });
  copyRepository({ ...one, owner: dev }, `${project}/.git`, 'project');
  for (const name of programs) put(`${project}/bin/${name}`, hostile, { mode: 0o755, uid: dev });
  return one;
}

/** For each dimension the value of each run: every odd one {@link least} times, in random order. */
function picks(): readonly (readonly string[])[] {
  const random = randomNumbers(seed);
  return dimensions.map(({ odd }) => {
    const times = Math.ceil((least * runs) / 1000);
    const names = Object.keys(odd).flatMap((name) => Array<string>(times).fill(name));
    const all = [...names, ...Array<string>(Math.max(0, runs - names.length)).fill('')];
    for (let last = all.length - 1; last > 0; last--) {
      const chosen = Math.floor(random() * (last + 1));
      [all[last], all[chosen]] = [all[chosen] ?? '', all[last] ?? ''];
    }
    return all.slice(0, runs);
  });
}

function apply(pick: Pick | undefined, one: Case): void {
  try {
    pick?.(one);
  } catch (error) {
    // Nothing can lie in a home that is a file, or below a file.
    if (!['ENOTDIR', 'EEXIST'].includes(String(errorCode(error)))) throw error;
  }
}

/** What was wrong with a run; nothing if it kept every promise. */
async function problemsOf(
  values: readonly string[],
): Promise<{ problems: string[]; isLoggedIn: boolean }> {
  const one = ordinary();
  const problems: string[] = [];
  try {
    for (const [index, value] of values.entries()) {
      if (dimensions[index]?.name === 'HOME') one.env['HOME'] = one.home;
      if (value !== '') apply(dimensions[index]?.odd[value], one);
    }
    if (one.owner === 65534) chownSync(join(one.layer, homeOf(dev)), 65534, 65534);
    const started = Date.now();
    const command = [join(install[one.options], 'bin/heroku-login'), '--hook'];
    const { code, output: text, changes } = await runLayered(one, command);
    const seconds = (Date.now() - started) / 1000;
    if (code !== 0) problems.push(`code ${code}`);
    if (seconds > 15) problems.push(`${seconds} s`);
    if (/^ +at .*[:(]/m.test(text)) problems.push('a stack trace');
    if (!text.includes('Heroku: ')) problems.push('no sentence');
    if (secrets.some((secret) => text.includes(secret))) problems.push('a secret was printed');
    for (const change of changes) {
      const problem = problemWith(change, one);
      if (problem !== undefined) problems.push(`${change.path}: ${problem}`);
    }
    if (problems.length > 0) problems.push(text);
    return { problems, isLoggedIn: text.includes('logged in as ') };
  } finally {
    rmSync(one.layer, { recursive: true });
  }
}

/** Which promise the change breaks. */
function problemWith({ path, before, after }: Change, one: Case): string | undefined {
  const isFile = (name: string) => path === join(one.home, name);
  // Whoever owns both the link and the file has chosen that file: the checks of owners below see to the rest.
  const isNetrc = isFile('.netrc') || isFile('dotfiles/netrc') || path === one.netrcTarget;
  if (
    !isNetrc &&
    after &&
    secrets.some((secret) => after.content.includes(secret) && !before?.content.includes(secret))
  )
    return 'holds a token';
  if (after && /HRKU-/.test(after.content) && !isNetrc && !before?.content.includes('HRKU-'))
    return 'holds a token';
  // Root acts as the owner of the home.
  const actor = one.uid === root ? one.owner : one.uid;
  if (before && before.uid !== actor) return `belongs to ${before.uid}`;
  if (after && after.uid !== actor) return `was given to ${after.uid}`;
  if (isNetrc) {
    const kept = path === one.netrcTarget ? (before?.content ?? '') : one.theirs;
    return after?.content.includes(kept) || kept === '' ? undefined : 'lost lines';
  }
  if ([project, one.home].some((folder) => path === join(folder, '.git/config')))
    return remotesOnly(before?.content ?? '', after?.content ?? '');
  const settings = join(one.env['DOCKER_CONFIG'] ?? join(one.home, '.docker'), 'config.json');
  if (path === settings || path === dirname(settings)) return undefined;
  // The second is what root's own link to its home leads to.
  const isState = ['.local', 'heroku-login'].some((name) => path.startsWith(join(one.home, name)));
  return isState ? undefined : before ? 'was changed' : 'was made';
}

function remotesOnly(before: string, after: string): string | undefined {
  const added = after.startsWith(before) ? after.slice(before.length) : after;
  return /^(\[remote "(heroku|staging|production)"\]\n(\t(url|fetch) = .*\n)+|\[heroku(-login)?\]\n\tremote = .*\n)*$/.test(
    added,
  )
    ? undefined
    : `gained other settings: ${added}`;
}

test(`${runs} random environments, seed ${seed}: every hook ends well, and nothing else is touched`, async (t) => {
  const chosen = picks();
  const broken: string[] = [];
  let loggedIn = 0;
  let next = 0;
  const lane = async () => {
    while (next < runs) {
      const index = next++;
      const values = chosen.map((all) => all[index] ?? '');
      const { problems, isLoggedIn } = await problemsOf(values);
      if (isLoggedIn) loggedIn++;
      if (problems.length === 0) continue;
      const odd = values.flatMap((value, at) => (value ? `${dimensions[at]?.name}: ${value}` : []));
      broken.push(`run ${index}: ${problems.join('; ')}\n  ${odd.join(' | ')}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  for (const [at, { name, odd }] of dimensions.entries()) {
    const counts = Object.keys(odd).map(
      (value) => `${value} ${chosen[at]?.filter((one) => one === value).length}`,
    );
    const usual = chosen[at]?.filter((one) => one === '').length;
    t.diagnostic(`${name}: usual ${usual}, ${counts.join(', ')}`);
  }
  t.diagnostic(`${loggedIn} of ${runs} logged in`);
  const sent = (name: string) =>
    servers[name]?.seen().filter(({ headers }) => headers['authorization']).length ?? 0;
  for (const name of ['evil', 'untrusted']) {
    if (sent(name) > 0)
      broken.push(`${sent(name)} requests with a token reached the server "${name}"`);
  }
  assert.equal(broken.length, 0, `${broken.length} of ${runs}:\n${broken.join('\n')}`);
});
