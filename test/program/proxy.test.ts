// Companies: heroku-login, the real CLI and real git behind a proxy and a private certificate authority,
// by the variables that people set for curl.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createServer, type Server } from 'node:tls';
import { networkError } from '../../src/heroku/network-error.ts';
import { proxyFor } from '../../src/heroku/proxy.ts';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import type { FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release } from '../support/cli-release.ts';
import { attempt, type Result } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  newHome,
  output,
  type Program,
  temporaryFolder,
} from '../support/program.ts';
import { type Proxied, startProxied } from '../support/proxied.ts';
import { startProxy, type TunnelProxy } from '../support/proxy.ts';

const token = makeToken('first');
const LOGGED_IN = 'Heroku: logged in as dev@example.com (token expires in 29 days)\n';

type Environment = Record<string, string>;

let proxied: Proxied;
let heroku: FakeHeroku;
let proxy: TunnelProxy;
let program: Program;
/** The unpacked real CLI. */
let tree: string;
let certificates: Proxied['certificates'];
let home: string;

before(async () => {
  proxied = await startProxied();
  ({ heroku, proxy, certificates } = proxied);
  ({ tree } = await release());
  // The Node that runs it in a container, which knows proxies; that of these tests may be older.
  program = await buildProgram(undefined, join(tree, 'bin/node'));
});
after(() => proxied.close());
beforeEach(() => {
  home = newHome();
  heroku.set({
    accounts: [{ email: 'dev@example.com', token, expiresIn: 29 * 24 * 60 * 60 }],
    faults: [],
  });
  heroku.clearSeen();
  proxy.behave();
  proxy.asked.length = 0;
});

/** A login with the token in the environment, behind whatever `env` says. */
async function login(env: Environment, ...args: string[]): Promise<Ended> {
  const result = await program.run(home, args, { env: { HEROKU_API_KEY: token, ...env } });
  for (const text of [result.stdout, result.stderr]) {
    assert.ok(!text.includes(token) && !text.includes('s3cret'), 'a secret was printed');
  }
  return result;
}

const trusted = () => ({ NODE_EXTRA_CA_CERTS: certificates.ca });
const tunnels = () => proxy.asked.map(({ what }) => what);

describe('which proxy', () => {
  // Where an address has no port, and where nothing is a proxy.
  const direct = '127.0.0.9:443';
  const table: [name: string, env: Environment, first: string][] = [
    ['none', {}, direct],
    ['https_proxy', { https_proxy: 'http://127.0.0.1:3128' }, '127.0.0.1:3128'],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://127.0.0.1:3128' }, '127.0.0.1:3128'],
    [
      'the small letters first',
      { https_proxy: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:2' },
      '127.0.0.1:1',
    ],
    [
      'an empty one does not count',
      { https_proxy: '', HTTPS_PROXY: '', ALL_PROXY: 'http://127.0.0.1:2' },
      '127.0.0.1:2',
    ],
    ['all_proxy', { all_proxy: 'http://127.0.0.1:3128' }, '127.0.0.1:3128'],
    ['http_proxy is for http', { http_proxy: 'http://127.0.0.1:3128' }, direct],
    ['no scheme', { https_proxy: '127.0.0.1:3128' }, '127.0.0.1:3128'],
    ['no port', { https_proxy: 'http://127.0.0.1' }, '127.0.0.1:1080'],
    ['the usual port, written', { https_proxy: 'http://127.0.0.1:80/' }, '127.0.0.1:80'],
    ['an encrypted proxy', { https_proxy: 'https://127.0.0.1' }, '127.0.0.1:443'],
    ['capitals', { https_proxy: 'HTTP://127.0.0.1:3128' }, '127.0.0.1:3128'],
    ['a login', { https_proxy: 'http://me:s3cret@127.0.0.1:3128' }, '127.0.0.1:3128'],
    ['a login without a scheme', { https_proxy: 'me:s3cret@127.0.0.1:3128' }, '127.0.0.1:3128'],
    ...(
      [
        ['api.heroku.com', direct],
        ['heroku.com', direct],
        ['.heroku.com', direct],
        ['HEROKU.com.', direct],
        ['localhost, heroku.com', direct],
        ['localhost heroku.com', direct],
        ['*', direct],
        ['other.example,*', '127.0.0.1:3128'],
        ['*.heroku.com', '127.0.0.1:3128'],
        ['i.heroku.com', '127.0.0.1:3128'],
        ['oku.com', '127.0.0.1:3128'],
        ['git.heroku.com', '127.0.0.1:3128'],
        ['', '127.0.0.1:3128'],
      ] as const
    ).map(([no_proxy, first]): [string, Environment, string] => [
      `no_proxy ${no_proxy}`,
      { https_proxy: 'http://127.0.0.1:3128', no_proxy },
      first,
    ]),
    ['NO_PROXY', { https_proxy: 'http://127.0.0.1:3128', NO_PROXY: 'heroku.com' }, direct],
  ];
  for (const [name, env, first] of table) {
    test(`${name}: as curl`, async () => {
      const found = proxyFor('api.heroku.com', env);
      assert.equal(found === undefined ? direct : 'host' in found && found.host, first);
      // The judge: where real curl turns first. Nobody has to listen there.
      const { stderr } = await attempt(
        'curl',
        [
          '-sv',
          '--max-time',
          '2',
          '--resolve',
          'api.heroku.com:443:127.0.0.9',
          'https://api.heroku.com',
        ],
        { env: { PATH: process.env['PATH'], ...env } },
      );
      assert.equal(/Trying ([^ ]+?)\.\.\./.exec(stderr)?.[1], first, stderr);
    });
  }

  for (const [value, problem] of [
    ['socks5h://127.0.0.1:1080', 'names a socks5h proxy, which heroku-login cannot use'],
    ['http://me:s3cret@', 'does not hold the address of a proxy'],
    ['http://two words:80', 'does not hold the address of a proxy'],
    ['http://127.0.0.1:99999', 'does not hold the address of a proxy'],
    ['http://me:%ff@127.0.0.1:1', 'does not hold the address of a proxy'],
  ] as const) {
    test(`none that Node can use: ${value}`, () => {
      const found = proxyFor('api.heroku.com', { https_proxy: value });
      assert.deepEqual(found, { variable: 'https_proxy', problem });
    });
  }
});

describe('a login through a proxy', () => {
  test('goes through one tunnel, in which all is encrypted', async () => {
    const { code, stdout } = await login({ https_proxy: proxy.url, ...trusted() });
    assert.deepEqual([code, stdout], [0, LOGGED_IN]);
    assert.deepEqual(proxy.asked, [{ what: 'CONNECT api.heroku.com:443', login: undefined }]);
    const requests = heroku.seen().map(({ protocol, path }) => `${protocol} ${path}`);
    assert.deepEqual(requests, ['https /account', 'https /oauth/authorizations']);
  });

  for (const [name, written, sent] of [
    ['as curl takes them', 'me:s3cret', 'me:s3cret'],
    ['encoded', 'd%40me:s3cret%23%2F', 'd@me:s3cret#/'],
    ['not encoded', 'd@me:s3cret#/%', 'd@me:s3cret#/%'],
  ]) {
    test(`shows it user and password, ${name}`, async () => {
      proxy.behave({ login: sent ?? '' });
      const { code, stderr } = await login({
        https_proxy: `http://${written}@${proxy.host}`,
        ...trusted(),
      });
      assert.equal(code, 0, stderr);
      assert.deepEqual(proxy.asked, [{ what: 'CONNECT api.heroku.com:443', login: sent }]);
    });
  }

  test('in the start hook, and status after it', async () => {
    const env = { HTTPS_PROXY: proxy.url, ...trusted() };
    assert.equal((await login(env, '--hook')).stdout, LOGGED_IN);
    assert.match((await login(env, 'status')).stdout, /^Heroku: logged in as dev@example\.com/);
    assert.deepEqual(tunnels(), Array(2).fill('CONNECT api.heroku.com:443'));
  });

  test('is none where Heroku is on this machine, whatever the variables say', async () => {
    for (const HEROKU_HOST of [heroku.url, `https://localhost:${heroku.tlsPort}`]) {
      const { code, stderr } = await login({
        HEROKU_HOST,
        ...trusted(),
        // With it Node's own agents would hand the token to the proxy in clear.
        NODE_USE_ENV_PROXY: '1',
        http_proxy: proxy.url,
        https_proxy: proxy.url,
        all_proxy: proxy.url,
      });
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(proxy.asked, []);
    assert.equal(heroku.seen().length, 4);
  });

  const html = '<html><title>Please sign in</title></html>';
  const table: [name: string, how: Parameters<TunnelProxy['behave']>[0], sentence: RegExp][] = [
    [
      'wants a login',
      { login: 'me:other' },
      /the proxy HOST asks for a user and a password, or does not take those that are in https_proxy \(407\)/,
    ],
    [
      'forbids the host',
      { say: `HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n${html}` },
      /the proxy HOST does not let a connection to api\.heroku\.com through \(403; /,
    ],
    [
      'does not reach the host',
      { say: 'HTTP/1.1 502 Bad Gateway\r\n\r\n' },
      /the proxy HOST could not reach api\.heroku\.com \(502\)/,
    ],
    [
      'ends the connection',
      { say: '' },
      /the proxy HOST opened no connection to api\.heroku\.com \(is it a proxy\?\)/,
    ],
    [
      'is none',
      { say: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
      /the proxy HOST opened no connection to api\.heroku\.com \(is it a proxy\?\)/,
    ],
    [
      'answers with a page of its own',
      { say: `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n${html}` },
      /the connection to api\.heroku\.com through the proxy HOST was cut \(ECONNRESET\)/,
    ],
    ['cuts the connection', 'reset', /through the proxy HOST was cut \(ECONNRESET\)/],
    ['hangs', 'hang', /api\.heroku\.com did not answer in time through the proxy HOST\./],
  ];
  for (const [name, how, sentence] of table) {
    test(`that ${name}: the sentence names it`, async () => {
      proxy.behave(how);
      const https_proxy = `http://me:s3cret@${proxy.host}`;
      const started = performance.now();
      const result = await login({ https_proxy, ...trusted() }, '--hook', '--json');
      const { code, message } = JSON.parse(result.stdout) as { code: number; message: string };
      assert.equal(code, 5);
      assert.match(message, new RegExp(sentence.source.replace('HOST', proxy.host)));
      assert.ok(performance.now() - started < 14_000);
      // What a person has to mend is not tried again.
      const lasting = /\((407|403)/.test(message);
      assert.equal(tunnels().length === 1, lasting, `${tunnels().length} attempts`);
      assert.deepEqual(heroku.seen(), []);
    });
  }

  for (const [name, https_proxy, sentence] of [
    ['is not there', 'http://127.0.0.1:9', /the proxy 127\.0\.0\.1:9 refused the connection/],
    [
      'has an unknown name',
      'http://proxy.invalid:3128',
      /the proxy proxy\.invalid:3128 has a name that (is not known here|could not be looked up)/,
    ],
    [
      'does not speak TLS itself',
      'https',
      /something else than Heroku answers for api\.heroku\.com through the proxy /,
    ],
  ] as const) {
    test(`that ${name}: the sentence names it and the variable`, async () => {
      const address = https_proxy === 'https' ? proxy.url.replace('http', 'https') : https_proxy;
      const { stdout } = await login({ HTTPS_PROXY: address }, '--hook', '--json');
      assert.match(stdout, sentence);
      if (https_proxy !== 'https') assert.match(stdout, /is HTTPS_PROXY right\?/);
    });
  }

  test('that Node cannot use: the sentence says so', () => {
    const base = new URL('https://api.heroku.com');
    const error = Object.assign(new Error(), { code: 'ENOTFOUND' });
    const server = { base, host: base.host };
    const socks = { variable: 'all_proxy', problem: 'names a socks5 proxy' };
    assert.match(
      networkError({ ...server, proxy: socks }, error),
      /^the name api\.heroku\.com is not known here .*; all_proxy names a socks5 proxy, so it was tried without$/,
    );
    const usable = { variable: 'https_proxy', host: 'proxy:1', address: 'http://x:s3cret@proxy:1' };
    const old = networkError({ ...server, proxy: usable }, undefined, () => false);
    assert.match(
      old,
      /^api\.heroku\.com did not answer in time; https_proxy names a proxy, but Node v\d+\S+ of this image cannot use one, .*Node 24\.5 or newer/,
    );
    assert.doesNotMatch(old, /s3cret/);
  });
});

describe("a company's certificate", () => {
  test('in the file of SSL_CERT_FILE or a folder of SSL_CERT_DIR, as curl reads them', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'company.pem'), readFileSync(certificates.ca));
    for (const env of [{ SSL_CERT_FILE: certificates.ca }, { SSL_CERT_DIR: folder }]) {
      proxy.asked.length = 0;
      const result = await login({ https_proxy: proxy.url, ...env });
      assert.deepEqual(result, { code: 0, stdout: LOGGED_IN, stderr: '' });
      // The first tunnel ended at the certificate.
      assert.equal(tunnels().length, 2);
    }
  });

  test('of the proxy itself', async (t) => {
    const tls = await startTlsProxy();
    t.after(() => tls.server.close());
    const env = { https_proxy: `https://localhost:${tls.port}` };
    assert.equal((await login({ ...env, SSL_CERT_FILE: certificates.ca })).stdout, LOGGED_IN);
    assert.match(
      (await login(env)).stderr,
      /a certificate that comes through the proxy localhost:/,
    );
  });

  test('that nobody here knows: named, not tried again, and nothing is sent', async (t) => {
    const strange = await startStranger();
    const through = await startProxy(strange.port);
    t.after(() => Promise.all([through.close(), strange.server.close()]));
    const { code, stderr } = await login({ https_proxy: through.url });
    assert.equal(code, 5);
    assert.match(
      stderr,
      /certificate that comes through the proxy \S+ for api\.heroku\.com is not trusted here \(\w+; .*update-ca-certificates.*NODE_EXTRA_CA_CERTS/,
    );
    assert.equal(through.asked.length, 2);
    assert.equal(strange.received(), '');
    // It would have been noticed: with trust, the same server gets the request.
    home = newHome();
    const trust = { NODE_EXTRA_CA_CERTS: strange.ca };
    await login({ https_proxy: through.url, ...trust }, '--hook');
    assert.match(strange.received(), /^GET \/account[\s\S]*Bearer HRKU-AA/i);
  });

  test('for another name: no store of certificates mends that', async (t) => {
    const { ca, cert, key } = makeCertificates(temporaryFolder(), ['other.example']);
    const strange = await startStranger({ ca, cert, key });
    const through = await startProxy(strange.port);
    t.after(() => Promise.all([through.close(), strange.server.close()]));
    const env = { https_proxy: through.url, NODE_EXTRA_CA_CERTS: ca };
    const { code, stderr } = await login(env);
    assert.equal(code, 5);
    assert.match(stderr, /not trusted here \(ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.equal(strange.received(), '');
    assert.equal(through.asked.length, 1);
  });
});

describe('the real programs, behind the proxy with the private authority', () => {
  const quiet = {
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
    GIT_TERMINAL_PROMPT: '0',
  };

  const inContainer = (file: string, args: string[], env: Environment): Promise<Result> =>
    attempt(file, args, {
      cwd: home,
      env: { HOME: home, PATH: process.env['PATH'], ...quiet, ...env },
    });

  const own = () => ({ SSL_CERT_FILE: certificates.ca });
  const table: [name: string, env: () => Environment][] = [
    ['NODE_EXTRA_CA_CERTS', () => ({ https_proxy: proxy.url, ...trusted() })],
    ['SSL_CERT_FILE', () => ({ https_proxy: proxy.url, ...own() })],
    ['a proxy without http:// before it', () => ({ https_proxy: proxy.host, ...own() })],
    ['one for everything', () => ({ all_proxy: proxy.url, ...own() })],
    ['one in capitals', () => ({ HTTPS_PROXY: proxy.host, ...own() })],
  ];
  for (const [name, env] of table) {
    test(`heroku whoami works after the login: ${name}`, async () => {
      const behind = env();
      assert.equal((await login(behind)).stdout, LOGGED_IN);
      proxy.asked.length = 0;
      const heroku = join(await installed(), 'bin/heroku');
      const { code, stdout, output } = await inContainer(heroku, ['whoami'], behind);
      assert.deepEqual([code, stdout], [0, 'dev@example.com\n'], output);
      assert.ok(tunnels().includes('CONNECT api.heroku.com:443'));
    });
  }

  test('heroku whoami trusts SSL_CERT_FILE where there is no proxy, too', async () => {
    const host = `https://localhost:${heroku.tlsPort}`;
    const env = { HEROKU_HOST: host, HEROKU_PARTICLEBOARD_URL: host, HEROKU_API_KEY: token };
    const program = join(await installed(), 'bin/heroku');
    const untrusted = await inContainer(program, ['whoami'], env);
    assert.notEqual(untrusted.code, 0);
    const { code, stdout, output } = await inContainer(program, ['whoami'], { ...env, ...own() });
    assert.deepEqual([code, stdout], [0, 'dev@example.com\n'], output);
  });

  test('git push works after the login', async () => {
    const behind = { https_proxy: proxy.url, ...trusted() };
    await login(behind);
    output('git', ['init', '-q', '-b', 'main', home]);
    const me = ['-c', 'user.name=x', '-c', 'user.email=x@x'];
    output('git', ['-C', home, ...me, 'commit', '-q', '--allow-empty', '-m', 'x']);
    proxy.asked.length = 0;
    // Debian's git, built with GnuTLS, does not read SSL_CERT_FILE.
    const env = { ...behind, GIT_SSL_CAINFO: certificates.ca };
    const push = ['push', 'https://git.heroku.com/my-app.git', 'HEAD:refs/heads/main'];
    const { code, output: said } = await inContainer('git', push, env);
    assert.equal(code, 0, said);
    assert.deepEqual(new Set(tunnels()), new Set(['CONNECT git.heroku.com:443']));
    const passwords = heroku.seen().flatMap(({ headers }) => {
      const [, encoded] = /^Basic (.+)$/.exec(headers['authorization'] ?? '') ?? [];
      return encoded ? [Buffer.from(encoded, 'base64').toString()] : [];
    });
    assert.deepEqual([...new Set(passwords)], [`dev@example.com:${token}`]);
  });
});

interface Stranger {
  readonly server: Server;
  readonly port: number;
  /** Path of its authority's certificate. */
  readonly ca: string;
  /** What it was sent inside of TLS, from everybody. */
  received(): string;
}

/** A server under Heroku's name, which answers nothing, with a certificate of another authority. */
async function startStranger(own = makeCertificates(temporaryFolder())): Promise<Stranger> {
  let received = '';
  const keys = { cert: readFileSync(own.cert), key: readFileSync(own.key) };
  const server = createServer(keys, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.toString();
      socket.end();
    });
  });
  server.on('tlsClientError', () => {});
  return { server, port: await listen(server), ca: own.ca, received: () => received };
}

/** The proxy, reached over TLS. */
async function startTlsProxy(): Promise<{ server: Server; port: number }> {
  const keys = { cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) };
  const server = createServer(keys, (socket) => {
    const inner = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => {});
  return { server, port: await listen(server) };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
