// Root in a home that is not root's, or that others may change. Only root can make one.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { foreignRepository } from '../../src/messages/git.ts';
import * as messages from '../../src/messages/program.ts';
import { attempt } from '../support/command.ts';
import { commitIn, output, temporaryFolder } from '../support/program.ts';
import { token, useProgram } from '../support/rig.ts';
import { root } from '../support/root.ts';

const rig = useProgram({ app: 'my-app', perContainerToken: true });
const [uid, gid] = [12_345, 12_346];

/** Something of root's that a user wants root to change, outside of the home. */
let target: string;

/** Gives everything in the home, or below `path`, to the user. */
const give = (path = rig.home) => output('chown', ['-hR', `${uid}:${gid}`, path]);

const plant = (name: string, make: (path: string) => void) => {
  const path = join(rig.home, name);
  fs.mkdirSync(dirname(path), { recursive: true });
  make(path);
};

/** Every file below a folder, with owner, mode and content. */
const snapshot = (folder: string) =>
  output('find', [folder, '-printf', '%p %u %g %m %y %s %C@\n']).split('\n').sort();

/** Owners of everything in the home. */
const owners = () => new Set(output('find', [rig.home, '-printf', '%U:%G\n']).trim().split('\n'));

beforeEach(() => {
  target = temporaryFolder();
  fs.chmodSync(target, 0o755);
  fs.chmodSync(dirname(rig.home), 0o755);
  fs.writeFileSync(join(target, 'secret'), `${'root-only'}\n`, { mode: 0o600 });
  fs.mkdirSync(join(target, 'heroku-login'));
  fs.writeFileSync(join(target, 'heroku-login/notice'), 'root-only\n', { mode: 0o600 });
  give();
});

const stateOf = (name: string) => join('.local/state/heroku-login', name);
const link = (to: string) => (path: string) => fs.symlinkSync(join(target, to), path);

// That user may not write what Node reports of the tests' coverage, and Node would say so.
const asUser = (value: string | undefined) =>
  `unset NODE_V8_COVERAGE; ${value === undefined ? 'unset HOME;' : `HOME='${value}'; export HOME;`} exec setpriv --reuid ${uid} --regid ${gid} --clear-groups `;

/** The program, for every user. */
function openProgram(): string {
  fs.chmodSync(dirname(rig.program.file), 0o755);
  return rig.program.file;
}

/** What the user of the home prepares. */
const plants: Record<string, () => void> = {
  nothing: () => {},
  'the mark of a new ~/.netrc as a link to a file of root': () =>
    plant(stateOf('created-netrc'), link('secret')),
  'the mark as a link to a file that is missing': () =>
    plant(stateOf('created-netrc'), link('new')),
  '~/.netrc as a link to a file of root': () => plant('.netrc', link('secret')),
  '~/.netrc as a link to a file that is missing': () => plant('.netrc', link('new')),
  '~/.local/state as a link to a folder of root': () => plant('.local/state', link('.')),
  '~/.local as a link to a folder of root': () => plant('.local', link('.')),
  'the folder of the state as a link': () => plant(stateOf('.').slice(0, -2), link('heroku-login')),
  'the notice as a link': () => plant(stateOf('notice'), link('secret')),
  'the last login as a pipe': () => plant(stateOf('last.json'), (path) => output('mkfifo', [path])),
  'the hidden values as a link to a device': () =>
    plant(stateOf('hide'), (path) => fs.symlinkSync('/dev/zero', path)),
  'the workspace as a link to a secret': () => plant(stateOf('workspace'), link('secret')),
  "docker's settings as a link": () => plant('.docker/config.json', link('secret')),
};

for (const [name, prepare] of Object.entries(plants)) {
  test(`root changes nothing of its own for ${name}`, async () => {
    prepare();
    give();
    const before = snapshot(target);
    const recorded = { app: 'my-app', containerRegistry: true };
    for (const args of [['--hook'], [], ['status'], ['logout']]) {
      const began = Date.now();
      const { stdout, stderr } = await rig.run(args, { recorded, cwd: '/' });
      assert.ok(Date.now() - began < 10_000, 'nothing waits');
      assert.doesNotMatch(stdout + stderr, /root-only/);
      assert.doesNotMatch(stderr, /should not/);
      assert.deepEqual(snapshot(target), before, args.join());
      assert.deepEqual(owners(), new Set([`${uid}:${gid}`]), args.join());
    }
  });
}

test('the login is stored for the owner of the home, and removed again', async () => {
  await rig.ends(0, /logged in/);
  assert.ok(rig.stored()?.includes('machine'));
  assert.deepEqual(owners(), new Set([`${uid}:${gid}`]));
  await rig.ends(0, /./, { args: ['logout'] });
  assert.equal(rig.stored(), undefined);
  assert.equal(fs.existsSync(rig.statePath('written-1')), false);
});

test('no user ID, group, or capability of root is left', async () => {
  const trace = join(temporaryFolder(), 'status');
  const git = join(temporaryFolder(), 'git');
  fs.chmodSync(dirname(git), 0o755);
  fs.chmodSync(dirname(trace), 0o777);
  fs.writeFileSync(git, `#!/bin/sh\ncat /proc/$PPID/status >${trace}\nexit 1\n`, { mode: 0o755 });
  plant('.git/HEAD', (path) => fs.writeFileSync(path, ''));
  give();
  await rig.run([], { env: { PATH: `${dirname(git)}:${process.env['PATH']}` } });
  const status = fs.readFileSync(trace, 'utf8');
  assert.match(status, /^Uid:\s+12345\s+12345\s+12345\s+12345$/m);
  assert.match(status, /^Gid:\s+(\d+)\s+\1\s+\1\s+\1$/m);
  assert.match(status, /^Groups:\s+12346 *$/m);
  assert.match(status, /^CapEff:\s+0+$/m);
});

test('a home behind a link counts as the home of its owner', async () => {
  const alias = join(temporaryFolder(), 'alias');
  fs.chmodSync(dirname(alias), 0o755);
  fs.symlinkSync(rig.home, alias);
  await rig.ends(0, /logged in/, { env: { HOME: alias } });
  assert.deepEqual(owners(), new Set([`${uid}:${gid}`]));
});

/**
 * Makes the home a repository that lacks a tree, with a program in every setting that names one; whoever
 * runs it, `ran` is there then.
 */
function hostileRepository(): string {
  const ran = join(temporaryFolder(), 'ran');
  fs.chmodSync(dirname(ran), 0o777);
  output('chown', ['0:0', rig.home]);
  const script = join(rig.home, 'script');
  fs.writeFileSync(script, `#!/bin/sh\nid -u >>${ran}\n`, { mode: 0o755 });
  commitIn(rig.home);
  const me = ['-c', 'user.name=x', '-c', 'user.email=x@x'];
  const git = (...args: string[]) => output('git', ['-C', rig.home, ...me, ...args]).trim();
  for (const name of ['kept/file', 'left-out/file']) {
    plant(name, (path) => fs.writeFileSync(path, name));
  }
  git('add', '.');
  git('commit', '-qm', 'x');
  const tree = git('rev-parse', 'HEAD:left-out');
  git('sparse-checkout', 'set', '--cone', '--sparse-index', 'kept');
  fs.rmSync(join(rig.home, '.git/objects', tree.slice(0, 2), tree.slice(2)));
  for (const [key, value] of [
    ...['core.fsmonitor', 'core.sshCommand', 'core.pager', 'core.askPass', 'core.editor'].map(
      (key) => [key, script] as const,
    ),
    ['core.hooksPath', rig.home],
    ['alias.ls-files', `!${script}`],
    ['core.repositoryFormatVersion', '1'],
    ['extensions.partialClone', 'origin'],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.url', rig.home],
    ['remote.origin.uploadpack', script],
  ] as const) {
    git('config', key, value);
  }
  return ran;
}

for (const as of ['root', 'its owner'] as const) {
  test(`a repository in the home starts no program as ${as}`, async () => {
    const ran = hostileRepository();
    if (as === 'its owner') give();
    for (const args of [['--hook'], [], ['status'], ['logout']]) {
      await rig.run(args, { cwd: rig.home });
      assert.equal(fs.existsSync(ran), false, args.join());
    }
    await rig.ends(0, /logged in/, { cwd: rig.home });
  });
}

test('a work tree of root gets no remote from the owner of the home, and it is said', async () => {
  const project = join(dirname(rig.home), 'project');
  commitIn(project);
  const how = { cwd: project, recorded: { app: 'my-app' } };
  const { stdout } = await rig.run(['--hook'], how);
  assert.ok(stdout.includes(foreignRepository(project)), stdout);
  assert.equal(output('git', ['-C', project, 'remote']), '');
});

test('git without ls-files --sparse, before 2.35, is asked without it', async () => {
  const git = join(temporaryFolder(), 'git');
  fs.chmodSync(dirname(git), 0o755);
  const real = output('sh', ['-c', 'command -v git']).trim();
  const old = `#!/bin/sh\ncase " $* " in *" --sparse "*) exit 129 ;; esac\nexec ${real} "$@"\n`;
  fs.writeFileSync(git, old, { mode: 0o755 });
  output('chown', ['0:0', rig.home]);
  commitIn(rig.home);
  await rig.ends(0, /logged in/, { env: { PATH: `${dirname(git)}:${process.env['PATH']}` } });
});

describe('what root cannot do safely is not done', () => {
  /** Nothing is written, and the hook goes on unless a login is required. */
  async function refuses(sentence: string, home = rig.home) {
    const before = snapshot(home);
    const env = { HOME: home };
    for (const [args, required, expected] of [
      [['--hook'], false, 0],
      [['--hook'], true, 6],
      [['--shell'], true, 0],
      [[], false, 6],
      [['logout'], false, 6],
    ] as const) {
      const { code, stdout, stderr } = await rig.run(args, { env, recorded: { required } });
      assert.deepEqual([code, stdout, stderr], [expected, '', `Heroku: ${sentence}\n`]);
    }
    assert.deepEqual(snapshot(home), before);
  }

  test('in a home whose owner is not known here', async () => {
    output('chown', ['65534:65534', rig.home]);
    await refuses(messages.notOwnHome(rig.home));
  });

  for (const [name, mode] of [
    ['a folder like /tmp', 0o1777],
    ['a home that everybody may change', 0o777],
    ['a home that a group may change', 0o775],
  ] as const) {
    test(`in ${name}`, async () => {
      output('chown', [`root:${gid}`, rig.home]);
      fs.chmodSync(rig.home, mode);
      await refuses(messages.homeOpenToOthers(rig.home));
    });
  }

  test("in a home of root's inside a folder of somebody else", async () => {
    const home = join(rig.home, 'of-root');
    fs.mkdirSync(home);
    await refuses(messages.homeOpenToOthers(rig.home), home);
  });

  test('without the capability to change the user', async () => {
    const before = snapshot(rig.home);
    for (const drop of ['-setuid', '-setgid']) {
      const { code, output: printed } = await attempt(
        'setpriv',
        [`--bounding-set=${drop}`, process.execPath, rig.program.file, '--hook'],
        { env: { HOME: rig.home, HEROKU_API_KEY: token, HEROKU_HOST: rig.heroku.url } },
      );
      assert.equal(printed.trim(), `Heroku: ${messages.notOwnHome(rig.home)}`);
      assert.equal(code, 0);
    }
    assert.deepEqual(snapshot(rig.home), before);
  });
});

test('a home that refuses chown is a home like any other', async () => {
  const { code, output: printed } = await attempt(
    'setpriv',
    ['--bounding-set=-chown', process.execPath, rig.program.file, '--hook'],
    { env: { HOME: rig.home, HEROKU_API_KEY: token, HEROKU_HOST: rig.heroku.url } },
  );
  assert.match(printed, /logged in/);
  assert.equal(code, 0);
});

test('the root of a user namespace logs in in its own home, below folders of users it does not know', async () => {
  const { code, output: printed } = await attempt(
    'setpriv',
    [
      ...['--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups', 'unshare', '--map-root-user'],
      ...[process.execPath, openProgram(), '--hook'],
    ],
    { env: { HOME: rig.home, HEROKU_API_KEY: token, HEROKU_HOST: rig.heroku.url } },
  );
  assert.match(printed, /logged in/);
  assert.equal(code, 0);
});

describe("in root's own home", () => {
  beforeEach(() => {
    output('chown', ['-R', '0:0', rig.home]);
  });

  test('a login is stored', async () => {
    await rig.ends(0, /logged in/);
  });

  for (const name of ['.local', '.local/state', '.local/state/heroku-login']) {
    test(`nothing is stored by way of a ${name} of another user, and it is said`, async () => {
      const folder = join(rig.home, name);
      fs.mkdirSync(folder, { recursive: true });
      give(folder);
      await rig.ends(6, new RegExp(`${name} belongs to another user.*chown`));
      assert.deepEqual(fs.readdirSync(folder), []);
      assert.equal(rig.stored(), undefined);
    });
  }

  test('~/.netrc as a link into a folder of another user stays as it is', async () => {
    give(target);
    plant('.netrc', link('new'));
    await rig.ends(6, /other users may change the folder/);
    assert.equal(fs.existsSync(join(target, 'new')), false);
  });
});

describe('an ordinary user', () => {
  test('whose ~/.local belongs to root is told how to take it over', async () => {
    fs.mkdirSync(join(rig.home, '.local'));
    await rig.ends(6, /\.local belongs to another user.*sudo chown -R/);
    for (const time of ['first', 'second']) {
      const { code, stderr } = await rig.run(['--shell']);
      assert.equal(code, 0, time);
      assert.match(stderr, /sudo chown -R/, `said in the ${time} terminal`);
    }
    assert.equal(rig.stored(), undefined);
  });
});

test('nobody is told to take over a folder outside of the home', async () => {
  plant('.local', link('.'));
  give();
  const linked = await rig.ends(6, /could not be saved/);
  const noHome = await apart(`${asUser('/')} ${node()}`, { env: { HEROKU_API_KEY: token } });
  assert.match(noHome.output, /could not be saved/);
  assert.doesNotMatch(linked.stderr + noHome.output, /chown/);
});

/** Runs a line of shell where /run is empty, and the file `passwd` in the place of that of the machine. */
function apart(command: string, { passwd = '', env = {} } = {}) {
  const file = join(temporaryFolder(), 'passwd');
  fs.writeFileSync(file, passwd, { mode: 0o644 });
  fs.chmodSync(dirname(file), 0o755);
  const mounts = `mount --bind ${file} /etc/passwd && mount -t tmpfs tmpfs /run && `;
  return attempt('unshare', ['--mount', 'sh', '-c', mounts + command], {
    cwd: rig.home,
    env: { PATH: process.env['PATH'] ?? '', HEROKU_HOST: rig.heroku.url, ...env },
  });
}

const node = () => `${process.execPath} ${openProgram()}`;

test('a secret that only root may read is stored for the owner of the home', async () => {
  const file = '/run/secrets/HEROKU_API_KEY';
  const write = `mkdir /run/secrets && printf %s "$SECRET" >${file} && chmod 400 ${file} && `;
  const env = { HOME: rig.home, SECRET: token };
  const { code, stdout } = await apart(`${write} ${node()} --hook`, { env });
  assert.equal(code, 0);
  assert.match(stdout, /logged in/);
  assert.deepEqual(owners(), new Set([`${uid}:${gid}`]));
});

test('the owner goes on with the group of their account', async () => {
  const passwd = `dev:x:${uid}:54321::/:/bin/sh\n`;
  const env = { HOME: rig.home, HEROKU_API_KEY: token };
  await apart(`${node()} --hook`, { passwd, env });
  assert.equal(fs.statSync(rig.netrc()).gid, 54_321);
});

describe('HOME', () => {
  // The last has no account.
  const values = ['', '.', './', '..', 'home', '~', ' /tmp'];
  const credential = 'protocol=https\nhost=git.heroku.com\n';

  for (const value of [...values, undefined]) {
    test(`that is ${value === undefined ? 'unset' : `'${value}'`} is not a folder: the account's counts`, async () => {
      const home = join(dirname(rig.home), 'account');
      fs.mkdirSync(home);
      give(home);
      const passwd = `dev:x:${uid}:${gid}::${home}:/bin/sh\n`;
      const env = { HEROKU_API_KEY: token };
      const { code, stdout } = await apart(`${asUser(value)} ${node()} --hook`, { passwd, env });
      assert.equal(code, 0);
      assert.match(stdout, /logged in/);
      assert.deepEqual(fs.readdirSync(rig.home), []);
      assert.deepEqual(fs.readdirSync(home).sort(), ['.local', '.netrc']);
    });

    test(`that is ${value === undefined ? 'unset' : `'${value}'`}, and no account: nothing is written`, async () => {
      for (const passwd of ['', `dev:x:${uid}:${gid}::relative:/bin/sh\n`]) {
        const env = { HEROKU_API_KEY: token, HEROKU_HOST: '' };
        const run = (args: string) => apart(`${asUser(value)} ${args}`, { passwd, env });
        const hook = await run(`${node()} --hook`);
        assert.deepEqual([hook.code, hook.output], [0, `Heroku: ${messages.noHome()}\n`]);
        assert.equal((await run(`${node()} logout`)).code, 6);
        assert.equal((await run(`${node()} --json`)).code, 6);
        const git = await run(`sh -c 'printf "${credential}" | ${node()} git-credential get'`);
        assert.match(git.stdout, new RegExp(`password=${token}`));
        assert.equal(git.code, 0);
        const docker = `echo registry.heroku.com | ${node()} docker-credential get`;
        assert.match((await run(`sh -c '${docker}'`)).stdout, new RegExp(token));
        assert.deepEqual(fs.readdirSync(rig.home), []);
      }
    });
  }

  for (const value of ['/', '//', '/dev/null', '/etc/passwd', '/proc', '/none/../gone']) {
    test(`that is ${value} is no reason to fail`, async () => {
      const env = { HEROKU_API_KEY: token };
      const { code, output } = await apart(`${asUser(value)} ${node()} --hook`, { env });
      assert.match(output, /could not be saved/);
      assert.equal(code, 0);
    });
  }
});

describe('the launcher of a program that is killed', () => {
  const launch = async (home: string) => {
    const folder = temporaryFolder();
    const text = fs.readFileSync(join(root, 'src/image/bin/heroku-login'), 'utf8');
    const file = join(folder, 'heroku-login');
    fs.writeFileSync(file, text.replaceAll('/usr/local', folder), { mode: 0o755 });
    const program = join(folder, 'lib/heroku/bin/node');
    fs.mkdirSync(dirname(program), { recursive: true });
    fs.writeFileSync(program, '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
    return attempt(file, ['--hook'], { env: { HOME: home, PATH: process.env['PATH'] ?? '' } });
  };

  test('leaves a notice in the home of root', async () => {
    output('chown', ['0:0', rig.home]);
    assert.match((await launch(rig.home)).stderr, /crashed or was stopped/);
    assert.ok(rig.state('notice'));
  });

  for (const [name, prepare] of Object.entries({
    'that is not root’s': () => {},
    'that everybody may change': () => {
      output('chown', ['0:0', rig.home]);
      fs.chmodSync(rig.home, 0o1777);
    },
    'with a ~/.local of another user': () => {
      give();
      output('chown', ['0:0', rig.home]);
    },
    'that is not an absolute path': () => {
      output('chown', ['0:0', rig.home]);
      rig.home = '.';
    },
  })) {
    test(`writes nothing as root in a home ${name}`, async () => {
      const home = rig.home;
      plant(stateOf('notice'), link('secret'));
      prepare();
      const before = snapshot(target);
      assert.match((await launch(rig.home)).stderr, /crashed or was stopped/);
      assert.deepEqual(snapshot(target), before);
      assert.equal(fs.lstatSync(join(home, stateOf('notice'))).isSymbolicLink(), true);
    });
  }
});
