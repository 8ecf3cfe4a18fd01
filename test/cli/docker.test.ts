// The option `containerRegistry`: real docker commands, of each version that is here, get the token from
// heroku-login, and docker's settings get one key and lose it again. Docker talks to the registry itself
// here; test/container/docker.test.ts has an engine.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { defaults } from '../../src/options.ts';
import { attempt } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import { installed } from '../support/installed.ts';
import { makeToken, newHome, output, temporaryFolder } from '../support/program.ts';
import { useProxied } from '../support/proxied.ts';
import { dev, rotated, token } from '../support/rig.ts';

const REGISTRY = 'registry.heroku.com';
const ADDED = `docker uses this login for ${REGISTRY}`;
const REMOVED = 'docker no longer uses this login.';
const NOT_FOUND = { code: 1, stdout: 'credentials not found in native keychain\n', stderr: '' };
const theirs = makeToken('theirs');

/** Debian's, which is 20.10, and one of Docker's own, such as 28. */
const dockers = ['/usr/bin/docker', '/usr/local/bin/docker'].filter(existsSync);

const rig = useProxied({ containerRegistry: true });
let folder: string;
before(async () => {
  folder = await installed({ containerRegistry: true });
  const helper = `helper = ${bin()}/heroku-login git-credential`;
  writeFileSync(join(folder, 'gitconfig'), `[credential "https://git.heroku.com"]\n${helper}\n`);
});
const bin = () => join(folder, 'bin');
const config = () => join(rig.home, '.docker/config.json');
const read = (file = config()) => readFileSync(file, 'latin1');
/** What programs of a user find, besides the secret. */
const environment = () => ({
  https_proxy: rig.heroku.proxy.url,
  SSL_CERT_FILE: rig.heroku.certificates.ca,
  ...rig.trusted(),
  HOME: rig.home,
  PATH: `${bin()}:${process.env['PATH']}`,
  DOCKER_HOST: 'unix:///nowhere.sock',
  GIT_CONFIG_SYSTEM: join(folder, 'gitconfig'),
});

/** Runs another program as a user would; no token is in its environment unless `env` has one. */
async function command(line: readonly string[], input = '', env: Record<string, string> = {}) {
  const [file = '', ...args] = line;
  const all = { ...environment(), ...env };
  const ended = await attempt(file, args, { input, env: all, timeout: 20_000 });
  return { code: ended.code, stdout: ended.stdout, stderr: ended.stderr };
}

const helper = (operation: string, input = '', env = {}) =>
  command([join(bin(), 'docker-credential-heroku-login'), operation], input, env);

/** Runs heroku-login with the secret, unless `env` says otherwise. */
async function herokuLogin(args: readonly string[], env: Record<string, string> = {}) {
  const secret = { HEROKU_API_KEY: token, ...env };
  const ended = await command([join(bin(), 'heroku-login'), ...args], '', secret);
  assert.doesNotMatch(ended.stdout + ended.stderr, /HRKU-AA/, 'a token was printed');
  return ended;
}

/** The lines below the first, after a command that must succeed. */
async function details(args: readonly string[], env: Record<string, string>): Promise<string[]> {
  const { code, stdout, stderr } = await herokuLogin(args, env);
  assert.equal(code, 0, stderr);
  const lines = (stdout + stderr).split('\n').slice(1, -1);
  return lines.map((line) => line.trim());
}

/** A start of the container; returns what is said below the first line. */
async function start(env: Record<string, string> = {}): Promise<string[]> {
  rmSync(join(rig.home, '.local/state/heroku-login/last.json'), { force: true });
  return details(['--hook'], env);
}

const logout = (env: Record<string, string> = {}) =>
  details(['logout'], { HEROKU_API_KEY: '', ...env });

/** The hook of a codespace without the secret: Codespaces' own file says that it is gone. */
async function startWithoutSecret(): Promise<readonly string[]> {
  const codespacesShared = temporaryFolder();
  writeFileSync(join(codespacesShared, 'user-secrets-envs.json'), '{"GITHUB_TOKEN":"x"}');
  const options = { ...defaults, containerRegistry: true };
  const env = { ...environment(), CODESPACES: 'true' };
  const own = { home: rig.home, env, options, codespacesShared };
  return (await login(makeContext({ ...own, trigger: 'hook' }))).details ?? [];
}

function options(changes: object): void {
  const file = join(folder, 'lib/heroku-login/options.json');
  writeFileSync(file, JSON.stringify({ containerRegistry: true, ...changes }));
}

function settings(text: string, mode = 0o600): void {
  mkdirSync(join(rig.home, '.docker'), { recursive: true });
  writeFileSync(config(), text, 'latin1');
  chmodSync(config(), mode);
}

/** The container goes on. */
const stay = (): void => {};

/** A new container: the home folder is gone, and docker's is where it was. */
function rebuild(): void {
  const former = rig.home;
  rig.home = newHome();
  renameSync(join(former, '.docker'), join(rig.home, '.docker'));
}

beforeEach(() => {
  options({});
  rig.heroku.set({ accounts: [dev, { email: 'o@example.com', token: theirs }], faults: [] });
});

describe('the credential helper', () => {
  const stored = (Secret: string, ServerURL = REGISTRY) =>
    JSON.stringify({ ServerURL, Username: '_', Secret });
  const given = (secret: string, server = REGISTRY) =>
    ({ code: 0, stdout: `${stored(secret, server)}\n`, stderr: '' }) as const;

  test('gives the stored token, for the registry of Heroku alone', async () => {
    await start();
    for (const server of [REGISTRY, `https://${REGISTRY}`, `https://${REGISTRY}/v1/`]) {
      assert.deepEqual(await helper('get', server), given(token, server));
    }
    for (const server of ['', 'ghcr.io', `${REGISTRY}.example`, 'https://index.docker.io/v1/']) {
      assert.deepEqual(await helper('get', server), NOT_FOUND);
    }
    assert.equal((await helper('list')).stdout, `{"${REGISTRY}":"_"}\n`);
    rig.heroku.clearSeen();
    await helper('get', REGISTRY);
    assert.deepEqual(rig.requests(), [], 'it used the network');
  });

  test('gives a newer secret of the environment, and never one that Heroku has rejected', async () => {
    await start();
    rig.heroku.set({ accounts: [{ ...dev, token: rotated }], faults: [] });
    assert.deepEqual(await helper('get', REGISTRY, { HEROKU_API_KEY: rotated }), given(rotated));
    await start();
    assert.deepEqual(await helper('get', REGISTRY, { HEROKU_API_KEY: token }), NOT_FOUND);
  });

  test('gives the token of this container, until a logout', async () => {
    options({ perContainerToken: true });
    await start();
    const [, own = ''] = /password (\S+)/.exec(read(rig.netrc())) ?? [];
    assert.notEqual(own, token);
    const env = { HEROKU_API_KEY: token };
    assert.deepEqual(await helper('get', REGISTRY, env), given(own));
    await logout();
    assert.deepEqual(await helper('get', REGISTRY, env), NOT_FOUND);
  });

  test('has nothing without a token, and waits for no input that it does not need', async () => {
    assert.deepEqual(await helper('get', REGISTRY), NOT_FOUND);
    const line = 'cd ~ && mkfifo pipe && exec 3<>pipe && "$1" list <&3 && "$1" erase <&3';
    const file = join(bin(), 'docker-credential-heroku-login');
    const listed = await command(['timeout', '10', 'sh', '-c', line, 'sh', file]);
    assert.deepEqual(listed, { code: 0, stdout: '{}\n', stderr: '' });
    for (const operation of ['', 'version']) assert.equal((await helper(operation)).code, 2);
  });

  test('stores nothing, and accepts what it has', async () => {
    await start();
    const done = { code: 0, stdout: '', stderr: '' };
    assert.deepEqual(await helper('store', stored(token)), done);
    assert.deepEqual(await helper('erase', REGISTRY), done);
    assert.deepEqual(await helper('get', REGISTRY), given(token));
    for (const input of [stored(theirs), stored(token, 'ghcr.io'), '', '{']) {
      const { code, stdout, stderr } = await helper('store', input);
      assert.deepEqual({ code, stderr }, { code: 1, stderr: '' });
      assert.match(stdout, /^this login was not saved: .*run: heroku-login --with-token\n$/);
    }
  });
});

describe('docker', () => {
  /** A manifest that only a caller with the right token can read. */
  const inspect = (docker: string) =>
    command([docker, 'manifest', 'inspect', `${REGISTRY}/my-app/web`]);
  const dockerLogin = (docker: string, password: string, server = REGISTRY) =>
    command([docker, 'login', '--username=_', '--password-stdin', server], password);

  test('is here', () => assert.ok(dockers.length > 0, 'no docker command'));

  for (const docker of dockers) {
    test(`${docker} reads the registry with the token, and without one it cannot`, async () => {
      // Nothing is there, but only a caller with a token is told that.
      settings('{"credsStore": "is-not-here"}');
      await start();
      assert.match((await inspect(docker)).stderr, /manifest unknown/);
      const statuses = () =>
        rig.heroku.seen().flatMap((s) => (s.host === REGISTRY ? s.status : []));
      assert.ok(statuses().includes(404), `${statuses()}`);
      rebuild();
      rig.heroku.clearSeen();
      const { code, stderr } = await inspect(docker);
      assert.equal(code, 1);
      assert.match(stderr, /unauthorized|no basic auth credentials/i);
      assert.doesNotMatch(stderr, /heroku-login/);
      assert.deepEqual([...new Set(statuses())], [401]);
    });

    test(`${docker} login saves nothing, and says so if the token is another one`, async () => {
      await start();
      assert.match((await dockerLogin(docker, token)).stdout, /Login Succeeded/);
      const { code, stderr } = await dockerLogin(docker, theirs);
      assert.equal(code, 1);
      assert.match(stderr, /Error saving credentials: .*out: `this login was not saved: .*`/);
      const { auths, credHelpers } = JSON.parse(read());
      assert.deepEqual(auths, { [REGISTRY]: {} });
      assert.deepEqual(credHelpers, { [REGISTRY]: 'heroku-login' });
      // An empty entry is no login of the user's.
      assert.deepEqual(await start(), []);
      assert.equal((await command([docker, 'logout', REGISTRY])).code, 0);
      assert.match((await inspect(docker)).stderr, /manifest unknown/);
      assert.deepEqual(await logout(), [REMOVED]);
      assert.equal(JSON.parse(read()).credHelpers, undefined);
    });

    test(`${docker} login of the user's stays, until the user logs out`, async () => {
      await dockerLogin(docker, theirs);
      const before = read();
      const [said, ...more] = await start();
      assert.deepEqual(more, []);
      assert.equal(
        said,
        `docker keeps using its own login for ${REGISTRY}, from ${config()}. To use this login instead, remove that entry from ${config()}, then run: heroku-login`,
      );
      assert.equal(read(), before);
      assert.deepEqual(await logout(), []);
      assert.equal(read(), before);
      await command([docker, 'logout', REGISTRY]);
      assert.deepEqual(await start(), [ADDED]);
    });
  }
});

describe('the key in the settings of docker', () => {
  const indented = '{\n  "HttpHeaders": {\n    "X": "\xc3\xa9"\n  },\n  "auths": {}\n}\n';

  test('is set at the first login, which says so, and nothing is written after that', async () => {
    assert.deepEqual(await start(), [ADDED]);
    assert.equal(read(), `{\n\t"credHelpers": {\n\t\t"${REGISTRY}": "heroku-login"\n\t}\n}`);
    assert.equal(statSync(config()).mode & 0o777, 0o600);
    const { ctimeMs } = statSync(config());
    assert.deepEqual(await start(), []);
    assert.equal(statSync(config()).ctimeMs, ctimeMs);
    const { registry } = JSON.parse((await herokuLogin(['--json'])).stdout);
    assert.equal(registry, REGISTRY);
  });

  test('is there after both hooks, although Codespaces replaces the folder in between', async () => {
    const persisted = temporaryFolder();
    writeFileSync(join(persisted, 'config.json'), indented, 'latin1');
    chmodSync(join(persisted, 'config.json'), 0o666);
    await herokuLogin(['--hook']);
    rmSync(join(rig.home, '.docker'), { recursive: true });
    symlinkSync(persisted, join(rig.home, '.docker'));
    rig.heroku.clearSeen();
    assert.deepEqual(await herokuLogin(['--hook']), { code: 0, stdout: '', stderr: '' });
    assert.deepEqual(rig.requests(), []);
    assert.equal(JSON.parse(read()).credHelpers[REGISTRY], 'heroku-login');
    assert.equal(statSync(config()).mode & 0o777, 0o666);
    assert.deepEqual(await logout(), [REMOVED]);
    assert.equal(read(), indented);
    assert.equal(statSync(config()).mode & 0o777, 0o666);
  });

  test('is in the folder that DOCKER_CONFIG names, unless that is relative', async () => {
    const DOCKER_CONFIG = join(rig.home, 'elsewhere');
    const file = join(DOCKER_CONFIG, 'config.json');
    assert.deepEqual(await start({ DOCKER_CONFIG }), [ADDED]);
    assert.equal(JSON.parse(read(file)).credHelpers[REGISTRY], 'heroku-login');
    assert.equal(existsSync(config()), false);
    assert.deepEqual(await logout({ DOCKER_CONFIG }), [REMOVED]);
    assert.deepEqual(await start({ DOCKER_CONFIG: 'elsewhere' }), [ADDED]);
    assert.ok(existsSync(config()));
  });

  test('set as root in the home of another user, belongs to that user', async (t) => {
    if (process.getuid?.() !== 0) return t.skip('root');
    // That user has to get there, and to the certificate.
    const { ca } = rig.heroku.certificates;
    for (const path of [dirname(rig.home), dirname(ca), dirname(dirname(ca))])
      chmodSync(path, 0o755);
    chownSync(rig.home, 1234, 1234);
    await start({ PATH: '/usr/local/bin:/usr/bin:/bin' });
    for (const path of [join(rig.home, '.docker'), config()]) {
      assert.equal(statSync(path).uid, 1234, path);
    }
  });

  const dotfiles = () => join(rig.home, 'dotfiles/docker');
  const places: [name: string, folder: () => string, prepare: () => Record<string, string>][] = [
    ['in the home', () => join(rig.home, '.docker'), () => ({})],
    [
      'in dotfiles that the folder leads to',
      dotfiles,
      () => {
        symlinkSync(dotfiles(), join(rig.home, '.docker'));
        return {};
      },
    ],
    ['in a folder of DOCKER_CONFIG', dotfiles, () => ({ DOCKER_CONFIG: dotfiles() })],
  ];
  for (const [name, place, prepare] of places) {
    test(`is set in a file that git tracks, ${name}, and no token gets in there`, async () => {
      mkdirSync(place(), { recursive: true });
      const env = prepare();
      writeFileSync(join(place(), 'config.json'), indented, 'latin1');
      const git = (...args: string[]) =>
        output('git', ['-C', place(), '-c', 'user.name=x', '-c', 'user.email=x@x', ...args]);
      git('init', '-q');
      git('add', 'config.json');
      git('commit', '-qm', 'x');
      assert.ok((await start(env)).includes(ADDED));
      for (const docker of dockers) {
        const login = [docker, 'login', '--username=_', '--password-stdin', REGISTRY];
        assert.match((await command(login, token, env)).stdout, /Login Succeeded/);
      }
      const changes = git('diff');
      assert.match(changes, /^\+.*"registry\.heroku\.com": "heroku-login"/m);
      for (const file of readdirSync(place())) {
        if (file === '.git') continue;
        const text = read(join(place(), file));
        const encoded = Buffer.from(`_:${token}`).toString('base64');
        for (const secret of [token, encoded]) assert.ok(!text.includes(secret), file);
      }
      assert.equal(git('status', '--porcelain'), ' M config.json\n');
    });
  }

  test('is not set over the helper of another, which the sentence names', async () => {
    const text = `{"credHelpers": {"${REGISTRY}": "pass"}}`;
    settings(text);
    const said = await start();
    assert.match(said.join(), /its own login for \S+, from the credential helper pass\. To use/);
    assert.deepEqual(await start(), said);
    const { stdout } = await herokuLogin(['status']);
    assert.match(
      stdout,
      /^ {2}docker: {5}uses a token that cannot be read from here, from the credential helper pass$/m,
    );
    await logout();
    assert.equal(read(), text);
  });

  const turnedOff = () => {
    options({ containerRegistry: false });
    return start();
  };
  const herokuLogout = async () => {
    const env = { DISABLE_TELEMETRY: 'true', HEROKU_API_KEY: token };
    const { code, stderr } = await command([join(bin(), 'heroku'), 'logout'], '', env);
    assert.equal(code, 0, stderr);
    return stderr.includes(`Heroku: ${REMOVED}\n`) ? [REMOVED] : [];
  };
  for (const [way, goes, text] of [
    ['heroku-login logout', logout, '{"credsStore":"x","credHelpers":{"gcr.io":"gcloud"}}'],
    ['heroku logout', herokuLogout, indented],
    ['the secret is gone', startWithoutSecret, undefined],
    ['the option is turned off', turnedOff, '{"auths":{}}\n'],
  ] as const) {
    test(`${way}: it goes, and leaves what was there, also for a new container`, async () => {
      const left = () => (existsSync(config()) ? read() : undefined);
      // Heroku's own logout ends the token, so there is no second time.
      for (const move of goes === herokuLogout ? [stay] : [stay, rebuild]) {
        options({});
        if (text !== undefined) settings(text, 0o644);
        assert.deepEqual(await start(), [ADDED]);
        assert.notEqual(left(), text);
        move();
        assert.deepEqual(await goes(), [REMOVED]);
        assert.equal(left(), text);
        assert.deepEqual(await logout(), []);
      }
    });
  }

  test('is not touched by a login without the option, nor is anything else', async () => {
    options({ containerRegistry: false });
    assert.deepEqual(await start(), []);
    assert.equal(existsSync(join(rig.home, '.docker')), false);
    assert.doesNotMatch((await herokuLogin(['status'])).stdout, /docker/);
    settings('{"auths": {');
    assert.deepEqual(await start(), []);
  });

  test('stays while Heroku does not answer, and if it rejects a new secret', async () => {
    await start();
    assert.match((await start({ HEROKU_API_KEY: rotated })).join(), /^1\. Create a token[^:]*/);
    rig.heroku.set({ faults: [{ host: 'api', do: { kind: 'status', status: 503 } }] });
    await start({ HEROKU_API_KEY: rotated });
    assert.equal(JSON.parse(read()).credHelpers[REGISTRY], 'heroku-login');
  });

  test('is told by status', async () => {
    const line = async (env = {}) =>
      /^ {2}docker: {5}(.*)$/m.exec((await herokuLogin(['status'], env)).stdout)?.[1];
    assert.equal(await line(), 'would not be logged in');
    await start();
    assert.equal(await line(), 'uses this token, from the credential helper heroku-login');
    assert.equal(await line({ PATH: '/nowhere' }), 'not installed');
    const auth = Buffer.from(`_:${theirs}`).toString('base64');
    settings(JSON.stringify({ auths: { [REGISTRY]: { auth } } }));
    assert.equal(await line(), `uses another token, from ${config()}`);
  });
});

describe('what cannot be done is said, and the login to Heroku stands', () => {
  test('settings that are not valid JSON stay as they are', async () => {
    const text = '{"credHelpers": {"registry.heroku.com": "heroku-login"';
    settings(text);
    const problem = `cannot change ${config()}: it is not valid JSON. Once that is fixed,`;
    assert.deepEqual(await start(), [`could not set up docker: ${problem} run: heroku-login`]);
    assert.deepEqual(await logout(), [
      `could not remove heroku-login from docker's settings in ${config()}: it is not valid JSON. Once that is fixed, remove the line with heroku-login from that file.`,
    ]);
    assert.equal(read(), text);
  });

  test('a file in the place of its folder', async () => {
    writeFileSync(join(rig.home, '.docker'), '');
    assert.match(
      (await start()).join(),
      /could not set up docker: cannot change \S+: its folder .* \((EEXIST|ENOTDIR)\)\. Once/,
    );
    assert.deepEqual(await logout(), []);
  });

  test('a host of Heroku without a registry', async () => {
    const said = await start({ HEROKU_HOST: rig.heroku.url });
    assert.match(said.join(), /^docker was not set up: .*HEROKU_HOST has no container registry\.$/);
    assert.equal(existsSync(config()), false);
  });
});
