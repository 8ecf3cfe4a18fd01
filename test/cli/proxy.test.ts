// A company's proxy and certificate authority as the real programs take them: curl, the Heroku CLI and git.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { attempt, type Result } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { commitIn, temporaryFolder } from '../support/program.ts';
import { useProxied } from '../support/proxied.ts';
import { proxyCases } from '../support/proxy-cases.ts';
import { loggedIn, token } from '../support/rig.ts';

type Environment = Record<string, string>;

const rig = useProxied();
const { run, trusted, tunnels } = rig;

describe('curl goes where heroku-login goes (test/unit/proxy.test.ts):', () => {
  for (const [name, env, first] of proxyCases) {
    test(name, async () => {
      // Nobody has to listen there.
      const resolve = ['--resolve', 'api.heroku.com:443:127.0.0.9'];
      const args = ['-sv', '--max-time', '2', ...resolve, 'https://api.heroku.com'];
      const { stderr } = await attempt('curl', args, {
        env: { PATH: process.env['PATH'], ...env },
      });
      assert.equal(/Trying ([^ ]+?)\.\.\./.exec(stderr)?.[1], first, stderr);
    });
  }
});

describe('behind the proxy with the private authority', () => {
  const quiet = {
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
    GIT_TERMINAL_PROMPT: '0',
  };

  const inContainer = (file: string, args: string[], env: Environment): Promise<Result> =>
    attempt(file, args, {
      cwd: rig.home,
      env: { HOME: rig.home, PATH: process.env['PATH'], ...quiet, ...env },
    });

  const own = () => ({ SSL_CERT_FILE: rig.heroku.certificates.ca });
  const table: [name: string, env: () => Environment][] = [
    ['NODE_EXTRA_CA_CERTS', () => ({ https_proxy: rig.heroku.proxy.url, ...trusted() })],
    ['SSL_CERT_FILE', () => ({ https_proxy: rig.heroku.proxy.url, ...own() })],
    ['a proxy without http:// before it', () => ({ https_proxy: rig.heroku.proxy.host, ...own() })],
    ['one for everything', () => ({ all_proxy: rig.heroku.proxy.url, ...own() })],
    ['one in capitals', () => ({ HTTPS_PROXY: rig.heroku.proxy.host, ...own() })],
  ];
  for (const [name, env] of table) {
    test(`heroku whoami works after the login: ${name}`, async () => {
      const behind = env();
      assert.equal((await run([], { env: behind })).stdout, loggedIn);
      rig.heroku.proxy.asked.length = 0;
      const heroku = join(await installed(), 'bin/heroku');
      const { code, stdout, output } = await inContainer(heroku, ['whoami'], behind);
      assert.deepEqual([code, stdout], [0, 'dev@example.com\n'], output);
      assert.ok(tunnels().includes('CONNECT api.heroku.com:443'));
    });
  }

  test('heroku whoami trusts SSL_CERT_FILE without a proxy, too', async () => {
    const host = `https://localhost:${rig.heroku.tlsPort}`;
    const env = { HEROKU_HOST: host, HEROKU_PARTICLEBOARD_URL: host, HEROKU_API_KEY: token };
    const program = join(await installed(), 'bin/heroku');
    const untrusted = await inContainer(program, ['whoami'], env);
    assert.notEqual(untrusted.code, 0);
    const { code, stdout, output } = await inContainer(program, ['whoami'], { ...env, ...own() });
    assert.deepEqual([code, stdout], [0, 'dev@example.com\n'], output);
  });

  test('heroku reads the folder of certificates only if somebody needs it', async () => {
    const tree = temporaryFolder();
    mkdirSync(join(tree, 'bin'));
    symlinkSync(process.execPath, join(tree, 'bin/node'));
    const variables = '[process.env.NODE_USE_SYSTEM_CA, process.env.NODE_EXTRA_CA_CERTS]';
    writeFileSync(join(tree, 'bin/run'), `process.stdout.write(JSON.stringify(${variables}))`);
    const folder = await installed({}, tree);
    const told = async (env: Environment) => {
      const { stdout } = await inContainer(join(folder, 'bin/heroku'), [], env);
      return JSON.parse(stdout) as (string | null)[];
    };
    const [file, dir] = [rig.heroku.certificates.ca, dirname(rig.heroku.certificates.ca)];
    const [uses, bundle] = await told({});
    assert.equal(uses, null);
    if (existsSync('/etc/ssl/certs/ca-certificates.crt')) assert.match(bundle ?? '', /^\/etc\//);
    assert.deepEqual(await told({ SSL_CERT_FILE: file }), ['1', file]);
    assert.deepEqual(await told({ SSL_CERT_DIR: dir }), ['1', bundle]);
    assert.deepEqual(await told({ NODE_EXTRA_CA_CERTS: file }), ['1', file]);
    assert.deepEqual(await told({ NODE_EXTRA_CA_CERTS: file, NODE_USE_SYSTEM_CA: '0' }), [
      '0',
      file,
    ]);
    assert.deepEqual(await told({ SSL_CERT_FILE: '/missing' }), ['1', bundle]);
    assert.deepEqual(await told({ SSL_CERT_FILE: '/dev/null' }), ['1', bundle]);
    // What a login needed counts until one does not need it any more.
    mkdirSync(join(rig.home, '.local/state/heroku-login'), { recursive: true });
    writeFileSync(rig.statePath('system-store'), '');
    assert.deepEqual(await told({}), ['1', bundle]);
    await run([], { env: { https_proxy: rig.heroku.proxy.url, ...trusted() } });
    assert.deepEqual(await told({}), [null, bundle]);
    await run([], { env: { https_proxy: rig.heroku.proxy.url, ...own() } });
    assert.deepEqual(await told({}), ['1', bundle]);
  });

  test('git push works after the login', async () => {
    const behind = { https_proxy: rig.heroku.proxy.url, ...trusted() };
    await run([], { env: behind });
    commitIn(rig.home);
    rig.heroku.proxy.asked.length = 0;
    // Debian's git, built with GnuTLS, does not read SSL_CERT_FILE.
    const env = { ...behind, GIT_SSL_CAINFO: rig.heroku.certificates.ca };
    const push = ['push', 'https://git.heroku.com/my-app.git', 'HEAD:refs/heads/main'];
    const { code, output: said } = await inContainer('git', push, env);
    assert.equal(code, 0, said);
    assert.deepEqual(new Set(tunnels()), new Set(['CONNECT git.heroku.com:443']));
    const passwords = rig.heroku.seen().flatMap(({ headers }) => {
      const [, encoded] = /^Basic (.+)$/.exec(headers['authorization'] ?? '') ?? [];
      return encoded ? [Buffer.from(encoded, 'base64').toString()] : [];
    });
    assert.deepEqual([...new Set(passwords)], [`dev@example.com:${token}`]);
  });
});
