// The option `containerRegistry`: the real docker command against the stand-in, under Heroku's names.
// Without a daemon docker logs in by itself; with one, the replay does it.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { defaults } from '../../src/options.ts';
import type { Account, FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release } from '../support/cli-release.ts';
import { run } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  newHome,
  type Program,
  temporaryFolder,
} from '../support/program.ts';
import { type Proxied, startProxied } from '../support/proxied.ts';

const REGISTRY = 'registry.heroku.com';
const token = makeToken('first');
const rotated = makeToken('second');
const theirs = makeToken('theirs');
const LOGGED_IN = `docker is logged in to ${REGISTRY}`;
const LOGGED_OUT = `docker was logged out of ${REGISTRY}.`;
/** How docker is started, by what it is for. */
const STARTS = {
  login: `login --username=_ --password-stdin ${REGISTRY}`,
  logout: `logout ${REGISTRY}`,
};

let proxied: Proxied;
let heroku: FakeHeroku;
let withOption: Program;
let withSession: Program;
let withoutOption: Program;
/** Holds a `docker` that notes how it is started and what it can see, and is the real one then. */
let bin: string;
let home: string;

before(async () => {
  proxied = await startProxied();
  ({ heroku } = proxied);
  const node = join((await release()).tree, 'bin/node');
  withOption = await buildProgram({ containerRegistry: true }, node);
  withSession = await buildProgram({ containerRegistry: true, perContainerToken: true }, node);
  withoutOption = await buildProgram({}, node);
  const docker = (await run('sh', ['-c', 'command -v docker'])).trim();
  bin = temporaryFolder();
  writeScript(
    'docker',
    `echo "$*" >>"$HOME/docker.log"; env >>"$HOME/docker.env"; exec ${docker} "$@"`,
  );
});
after(() => proxied.close());
beforeEach(() => {
  home = newHome();
  accounts({ token });
});

function writeScript(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

function accounts(...known: Partial<Account>[]): void {
  const all = known.map((own) => ({ email: 'dev@example.com', token, ...own }));
  heroku.set({ accounts: all, faults: [] });
}

interface How {
  env?: Record<string, string>;
  program?: Program;
}

/** The environment of a codespace whose names lead to the stand-in. */
const environment = (secret: string) => ({
  PATH: `${bin}:${process.env['PATH']}`,
  https_proxy: proxied.proxy.url,
  NODE_EXTRA_CA_CERTS: proxied.certificates.ca,
  SSL_CERT_FILE: proxied.certificates.ca,
  DOCKER_HOST: 'unix:///nowhere.sock',
  ...(secret === '' ? {} : { HEROKU_API_KEY: secret }),
});

async function herokuLogin(secret: string, args: string[], how: How = {}): Promise<Ended> {
  const { env, program = withOption } = how;
  const result = await program.run(home, args, { env: { ...environment(secret), ...env } });
  for (const text of [result.stdout, result.stderr, log(), readIf('docker.env')]) {
    for (const secret of [token, rotated]) assert.ok(!text.includes(secret), 'a token was shown');
  }
  return result;
}

/** What follows is another start: the hook that follows in the same one does nothing. */
function newStart(): void {
  rmSync(join(home, '.local/state/heroku-login/last.json'), { force: true });
  rmSync(join(home, 'docker.log'), { force: true });
}

/** A start of the container; returns what is said below the first line. */
async function start(secret: string, how?: How): Promise<string[]> {
  newStart();
  const { code, stdout, stderr } = await herokuLogin(secret, ['--hook'], how);
  assert.equal(code, 0);
  return details(stdout + stderr);
}

/** The hook of a codespace without the secret: Codespaces' own file says that it is gone. */
async function startWithoutSecret(): Promise<readonly string[]> {
  newStart();
  const codespacesShared = temporaryFolder();
  writeFileSync(join(codespacesShared, 'user-secrets-envs.json'), '{"GITHUB_TOKEN":"x"}');
  const options = { ...defaults, containerRegistry: true };
  const env = { ...environment(''), HOME: home };
  const trigger = 'hook';
  const report = await login(makeContext({ home, env, options, codespacesShared, trigger }));
  assert.equal(report.outcome, 'no_token');
  return report.details ?? [];
}

const details = (text: string) =>
  text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim());
const logout = async (how?: How) => {
  const { code, stdout, stderr } = await herokuLogin('', ['logout'], how);
  assert.equal(code, 0, stderr);
  return details(stdout);
};
const readIf = (name: string) =>
  existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8') : '';
const log = () => readIf('docker.log');
/** How docker was started in the last start. */
const starts = () => log().split('\n').slice(0, -1);
const config = () => join(home, '.docker/config.json');
const mark = () => join(home, '.docker/heroku-login.json');
const docker = (args: string[], input = '') =>
  run('docker', args, { input, env: { ...environment(''), HOME: home } });
const dockerLogin = (password: string) =>
  docker(['login', '--username=_', '--password-stdin', REGISTRY], password);

/** The token that docker has for the registry; undefined for none. */
function entry(file = config()): string | undefined {
  const { auths } = JSON.parse(readFileSync(file, 'utf8')) as {
    auths?: Record<string, { auth?: string }>;
  };
  const encoded = auths?.[REGISTRY]?.auth;
  return encoded && Buffer.from(encoded, 'base64').toString().replace(/^_:/, '');
}

/** A new container: the home folder is gone, and docker's is where it was. */
function rebuild(): void {
  const former = home;
  home = newHome();
  renameSync(join(former, '.docker'), join(home, '.docker'));
}

describe('a login with the option', () => {
  test('logs docker in, over standard input, and says so', async () => {
    assert.deepEqual(await start(token), [LOGGED_IN]);
    assert.deepEqual(starts(), [STARTS.login]);
    assert.equal(entry(), token);
    assert.equal(statSync(config()).mode & 0o777, 0o600);
    const asked = heroku.seen().filter(({ host }) => host === REGISTRY);
    assert.deepEqual([...new Set(asked.map(({ path }) => path))], ['/v2/']);
    assert.equal(asked.at(-1)?.status, 200);
  });

  test('remembers it without the token', async () => {
    await start(token);
    const text = readFileSync(mark(), 'utf8');
    const own = fingerprint(token);
    assert.deepEqual(JSON.parse(text), { [REGISTRY]: { done: own, written: [own] } });
    assert.equal(statSync(mark()).mode & 0o777, 0o600);
  });

  test('starts no docker while nothing changes, and writes nothing', async () => {
    await start(token);
    const before = [config(), mark()].map((file) => statSync(file).ctimeMs);
    assert.deepEqual(await start(token), []);
    assert.deepEqual(starts(), []);
    assert.deepEqual(
      [config(), mark()].map((file) => statSync(file).ctimeMs),
      before,
    );
  });

  test('tells programs in --json', async () => {
    const ask = async (how?: How) =>
      JSON.parse((await herokuLogin(token, ['--json'], how)).stdout) as Record<string, unknown>;
    assert.equal((await ask())['registry'], REGISTRY);
    assert.equal((await ask())['registry'], REGISTRY);
    assert.equal('registry' in (await ask({ program: withoutOption })), false);
  });

  for (const [name, lose] of [
    ['docker logout', () => docker(['logout', REGISTRY])],
    ['its folder is gone', () => rmSync(join(home, '.docker'), { recursive: true })],
    ['its settings are gone', () => rmSync(config())],
  ] as const) {
    test(`logs docker in again: ${name}`, async () => {
      await start(token);
      await lose();
      assert.deepEqual(await start(token), [LOGGED_IN]);
      assert.equal(entry(), token);
    });
  }

  test('also in the second hook of a start, after Codespaces has put its folder in place', async () => {
    await herokuLogin(token, ['--hook']);
    rmSync(join(home, '.docker'), { recursive: true });
    const second = await herokuLogin(token, ['--hook']);
    assert.deepEqual(second, { code: 0, stdout: '', stderr: '' });
    assert.equal(entry(), token);
  });

  test('replaces the login when the token changes', async () => {
    await start(token);
    accounts({ token: rotated }, { token, state: 'revoked' });
    assert.deepEqual(await start(rotated), [LOGGED_IN]);
    assert.deepEqual(starts(), [STARTS.login]);
    assert.equal(entry(), rotated);
    assert.ok(!readFileSync(mark(), 'utf8').includes(fingerprint(token)));
  });

  test('follows the symbolic link that ~/.docker is in Codespaces', async () => {
    const persisted = join(temporaryFolder(), '.docker');
    mkdirSync(persisted);
    symlinkSync(persisted, join(home, '.docker'));
    await start(token);
    assert.equal(entry(join(persisted, 'config.json')), token);
    assert.ok(existsSync(join(persisted, 'heroku-login.json')));
    assert.deepEqual(await logout(), [LOGGED_OUT]);
    assert.equal(entry(join(persisted, 'config.json')), undefined);
    assert.equal(existsSync(join(persisted, 'heroku-login.json')), false);
  });

  test('uses the folder that DOCKER_CONFIG names', async () => {
    const DOCKER_CONFIG = join(home, 'elsewhere');
    assert.deepEqual(await start(token, { env: { DOCKER_CONFIG } }), [LOGGED_IN]);
    assert.equal(entry(join(DOCKER_CONFIG, 'config.json')), token);
    assert.equal(existsSync(join(home, '.docker')), false);
    assert.deepEqual(await start(token, { env: { DOCKER_CONFIG } }), []);
    assert.deepEqual(await logout({ env: { DOCKER_CONFIG } }), [LOGGED_OUT]);
  });

  test('run as root in the home of another, leaves everything to that one', async (t) => {
    if (process.getuid?.() !== 0) return t.skip('root');
    chownSync(home, 1234, 1234);
    await start(token);
    for (const path of [join(home, '.docker'), config(), mark()]) {
      assert.equal(statSync(path).uid, 1234, path);
    }
  });

  test('is told by status', async () => {
    const line = async (how?: How) => {
      const { stdout, stderr } = await herokuLogin(token, ['status'], how);
      return (stdout + stderr).split('\n').find((text) => text.startsWith('  docker:'));
    };
    assert.equal(await line(), '  docker:     would find no login');
    await start(token);
    assert.equal(await line(), `  docker:     uses this token, from ${config()} for ${REGISTRY}`);
    accounts({ token }, { token: theirs });
    await dockerLogin(theirs);
    assert.equal(
      await line(),
      `  docker:     uses another token, from ${config()} for ${REGISTRY}`,
    );
    assert.equal(await line({ env: { PATH: '/nowhere' } }), '  docker:     not installed');
    assert.equal(await line({ program: withoutOption }), undefined);
  });
});

describe('with the option perContainerToken', () => {
  const how = () => ({ program: withSession });
  const stored = () => / {2}password (\S+)\n/.exec(readIf('.netrc'))?.[1];

  test('docker gets the session, and the one that follows it', async () => {
    assert.deepEqual(await start(token, how()), [LOGGED_IN]);
    const first = stored();
    assert.notEqual(first, token);
    assert.equal(entry(), first);
    assert.deepEqual(await start(token, how()), []);
    assert.deepEqual(starts(), []);
    // Heroku knows the secret alone from now on, as if the session had been ended in the dashboard.
    accounts({ token });
    assert.deepEqual(await start(token, how()), [LOGGED_IN]);
    assert.notEqual(stored(), first);
    assert.equal(entry(), stored());
  });

  test('heroku logout ends it for docker, too', async () => {
    await start(token, how());
    const { code, stderr } = await herokuLogin('', ['heroku-logout', 'logout'], {
      ...how(),
      env: { DISABLE_TELEMETRY: 'true', HEROKU_DISABLE_AUTOUPDATE: '1' },
    });
    assert.equal(code, 0, stderr);
    assert.ok(stderr.includes(`Heroku: ${LOGGED_OUT}\n`), stderr);
    assert.equal(entry(), undefined);
  });
});

describe('a login without the option', () => {
  test('leaves docker alone', async () => {
    assert.deepEqual(await start(token, { program: withoutOption }), []);
    assert.deepEqual(starts(), []);
    assert.equal(existsSync(join(home, '.docker')), false);
  });

  test('takes back what a container with the option had left', async () => {
    await start(token);
    rebuild();
    assert.deepEqual(await start(token, { program: withoutOption }), [LOGGED_OUT]);
    assert.equal(entry(), undefined);
    assert.deepEqual(await start(token, { program: withoutOption }), []);
    assert.deepEqual(starts(), []);
  });
});

describe('the login goes', () => {
  for (const [where, move] of [
    ['in the same container', () => {}],
    ['in a new one', rebuild],
  ] as const) {
    test(`with heroku-login logout, ${where}`, async () => {
      await start(token);
      move();
      assert.deepEqual(await logout(), [LOGGED_OUT]);
      assert.equal(entry(), undefined);
      assert.equal(existsSync(mark()), false);
      assert.deepEqual(await logout(), []);
    });

    test(`with the secret, ${where}`, async () => {
      await start(token);
      move();
      assert.deepEqual(await startWithoutSecret(), [LOGGED_OUT]);
      assert.deepEqual(starts(), [STARTS.logout]);
      assert.equal(entry(), undefined);
      assert.deepEqual(await startWithoutSecret(), []);
      assert.deepEqual(starts(), []);
    });

    test(`with a token that Heroku refuses, ${where}`, async () => {
      await start(token);
      move();
      accounts({ token, state: 'revoked' });
      assert.deepEqual(await start(token), [LOGGED_OUT]);
      assert.equal(entry(), undefined);
    });
  }

  test('not while the earlier login stays in use', async () => {
    await start(token);
    // A new secret that was mistyped.
    assert.deepEqual(await start(rotated), []);
    assert.deepEqual(starts(), []);
    assert.equal(entry(), token);
  });

  test('not while Heroku does not answer', async () => {
    await start(token);
    heroku.set({ faults: [{ host: 'api', do: { kind: 'status', status: 503 } }] });
    assert.deepEqual(await start(rotated), []);
    assert.equal(entry(), token);
  });
});

describe('what others put there', () => {
  const others = {
    auths: { 'ghcr.io': { auth: 'bWU6Z2hwX3g=' } },
    HttpHeaders: { 'X-Meta-Source': 'codespaces' },
  };

  test('stays, and so does every other setting', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(config(), JSON.stringify(others));
    await start(token);
    assert.equal(entry(), token);
    await logout();
    assert.deepEqual(JSON.parse(readFileSync(config(), 'utf8')), others);
  });

  test('a login of before is replaced, as docker does it', async () => {
    accounts({ token }, { token: theirs });
    await dockerLogin(theirs);
    assert.deepEqual(await start(token), [LOGGED_IN]);
    assert.equal(entry(), token);
  });

  test('a login of after ours stays, whatever happens', async () => {
    accounts({ token }, { token: rotated }, { token: theirs });
    await start(token);
    await dockerLogin(theirs);
    for (const secret of [token, rotated]) {
      assert.deepEqual(await start(secret), []);
      assert.deepEqual(starts(), []);
    }
    assert.deepEqual(await logout(), []);
    assert.equal(entry(), theirs);
    assert.equal(existsSync(mark()), false);
  });

  test('a login with the same token, as heroku container:login makes it, is not ours', async () => {
    await dockerLogin(token);
    assert.deepEqual(await start(token), []);
    assert.deepEqual(starts(), []);
    assert.deepEqual(await logout(), []);
    assert.equal(entry(), token);
  });
});

describe('a store of credentials', () => {
  const stored = () => readIf('stored');

  beforeEach(() => {
    // What docker asks of any such program (docker-credential-helpers).
    writeScript(
      'docker-credential-file',
      `case $1 in
        store) cat >"$HOME/stored" ;;
        erase) rm -f "$HOME/stored" ;;
        get) cat "$HOME/stored" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
        list) echo '{}' ;;
      esac`,
    );
    mkdirSync(join(home, '.docker'));
  });

  for (const [name, settings] of [
    ['for all', { credsStore: 'file' }],
    ['for this registry', { credHelpers: { [REGISTRY]: 'file' } }],
  ] as const) {
    test(`keeps the token, and the mark says whose it is: ${name}`, async () => {
      writeFileSync(config(), JSON.stringify(settings));
      assert.deepEqual(await start(token), [LOGGED_IN]);
      assert.equal(JSON.parse(stored()).Secret, token);
      assert.equal(entry(), undefined);
      assert.deepEqual(await start(token), []);
      assert.deepEqual(starts(), []);
      const { stdout } = await herokuLogin(token, ['status']);
      assert.match(stdout, /^ {2}docker: {5}uses this token, from the store file for registry\./m);
      accounts({ token: rotated });
      assert.deepEqual(await start(rotated), [LOGGED_IN]);
      assert.equal(JSON.parse(stored()).Secret, rotated);
      assert.deepEqual(await logout(), [LOGGED_OUT]);
      assert.equal(stored(), '');
    });
  }
});

describe('what cannot be done is said, and the login to Heroku stands', () => {
  test('no docker', async () => {
    const env = { PATH: '/nowhere' };
    const said = await start(token, { env });
    assert.equal(said.length, 1);
    assert.match(
      said[0] ?? '',
      /^docker was not logged in to registry\.heroku\.com, because there is no docker command here\. .*docker-in-docker.*containerRegistry/,
    );
    assert.equal(existsSync(join(home, '.docker')), false);
    // A container without docker, after one with it.
    await start(token);
    const { stdout } = await herokuLogin('', ['logout'], { env });
    assert.match(
      stdout,
      /docker's login to registry\.heroku\.com is still in .*\/\.docker\/config\.json, because there is no docker .*: docker logout registry/,
    );
    assert.deepEqual(await logout(), [LOGGED_OUT]);
  });

  for (const [name, how, words] of [
    [
      'the registry refuses',
      { kind: 'status', status: 401 },
      /docker says: login attempt to https:\/\/registry\.heroku\.com\/v2\/ failed with status: 401/,
    ],
    ['the registry has a fault', { kind: 'status', status: 503 }, /503 Service Unavailable/],
    ['the registry cuts the connection', { kind: 'reset' }, /docker says: .*EOF/],
    ['the registry hangs', { kind: 'hang' }, /docker says: it took more than 6 s/],
  ] as const) {
    test(`${name}: docker's own words, in time, and the next start tries again`, async () => {
      heroku.set({ faults: [{ host: 'registry', do: how }] });
      const started = performance.now();
      const [said = '', ...more] = await start(token);
      assert.ok(performance.now() - started < 14_000);
      assert.deepEqual(more, []);
      assert.match(said, /^docker was not logged in to registry\.heroku\.com; docker says: /);
      assert.match(said, words);
      assert.match(
        said,
        /[^.]\. The next start of the container tries again, or now: heroku-login$/,
      );
      assert.doesNotMatch(said, /WARNING|unencrypted|time="/);
      assert.equal(existsSync(mark()), false);
      heroku.set({ faults: [] });
      assert.deepEqual(await start(token), [LOGGED_IN]);
    });
  }

  test('settings that docker would write over stay as they are', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(config(), '{"auths": {');
    const said = await start(token);
    assert.match(
      said.join(),
      /^docker's login to Heroku's registry was left as it is, because of \S+\/config\.json: it cannot be understood\./,
    );
    assert.equal(readFileSync(config(), 'utf8'), '{"auths": {');
    assert.deepEqual(starts(), []);
  });

  test('a file in the place of its folder', async () => {
    writeFileSync(join(home, '.docker'), '');
    assert.match((await start(token)).join(), /because of \S+: .*\((ENOTDIR|EEXIST)\)\. When/);
    assert.deepEqual(starts(), []);
  });

  test('a mark that is not of our making counts as none', async () => {
    mkdirSync(join(home, '.docker'));
    const own = fingerprint(token);
    const strange = { '--help': { done: own, written: [own] }, [REGISTRY]: 'x', other: null };
    writeFileSync(mark(), JSON.stringify(strange));
    assert.deepEqual(await logout(), []);
    assert.deepEqual(await start(token), [LOGGED_IN]);
  });

  test('where HEROKU_HOST is this machine there is no registry', async () => {
    const said = await start(token, { env: { HEROKU_HOST: heroku.url } });
    assert.match(
      said.join(),
      /^docker was not logged in: .*HEROKU_HOST.* no registry of images\.$/,
    );
    assert.deepEqual(starts(), []);
  });

  test('a login that was killed halfway is known as ours', async () => {
    await start(token);
    const [old, fresh] = [fingerprint(token), fingerprint(rotated)];
    accounts({ token: rotated }, { token });
    const pending = JSON.stringify({ [REGISTRY]: { done: old, written: [old, fresh] } });
    // Before docker wrote its file.
    writeFileSync(mark(), pending);
    assert.deepEqual(await start(rotated), [LOGGED_IN]);
    // The first of all, which met a login of somebody else's.
    writeFileSync(mark(), JSON.stringify({ [REGISTRY]: { written: [fresh] } }));
    await dockerLogin(token);
    assert.deepEqual(await start(rotated), [LOGGED_IN]);
    // After docker wrote it.
    writeFileSync(mark(), pending);
    assert.deepEqual(await start(rotated), []);
    assert.deepEqual(await logout(), [LOGGED_OUT]);
  });
});
