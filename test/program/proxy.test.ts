// A login through a company's proxy, by the variables that people set for curl, and the company's certificates.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { buildProgram, newHome, temporaryFolder } from '../support/program.ts';
import { useProxied } from '../support/proxied.ts';
import { startProxy, type TunnelProxy } from '../support/proxy.ts';
import { loggedIn, token } from '../support/rig.ts';

const rig = useProxied({ timeouts: { retryPause: 10 } });
const { run, trusted, tunnels } = rig;

describe('a login through a proxy', () => {
  test('goes through one tunnel, in which all is encrypted', async () => {
    const { code, stdout } = await run([], {
      env: { https_proxy: rig.heroku.proxy.url, ...trusted() },
    });
    assert.deepEqual([code, stdout], [0, loggedIn]);
    assert.deepEqual(rig.heroku.proxy.asked, [
      { what: 'CONNECT api.heroku.com:443', login: undefined },
    ]);
    const requests = rig.heroku.seen().map(({ protocol, path }) => `${protocol} ${path}`);
    assert.deepEqual(requests, ['https /account', 'https /oauth/authorizations']);
  });

  // Each way to write them: test/unit/proxy.test.ts.
  test('shows it user and password', async () => {
    const login = 'd@me:s3cret#/%';
    rig.heroku.proxy.behave({ login });
    const https_proxy = `http://${login}@${rig.heroku.proxy.host}`;
    assert.equal((await run([], { env: { https_proxy, ...trusted() } })).stdout, loggedIn);
    assert.deepEqual(rig.heroku.proxy.asked, [{ what: 'CONNECT api.heroku.com:443', login }]);
  });

  test('in the start hook, and status after it', async () => {
    const env = { HTTPS_PROXY: rig.heroku.proxy.url, ...trusted() };
    assert.equal((await run(['--hook'], { env })).stdout, loggedIn);
    assert.match((await run(['status'], { env })).stdout, /^Heroku: logged in as dev@example\.com/);
    assert.deepEqual(tunnels(), Array(2).fill('CONNECT api.heroku.com:443'));
  });

  test('uses none if Heroku is on this machine, whatever the variables say', async () => {
    const { url } = rig.heroku.proxy;
    const proxies = { http_proxy: url, https_proxy: url, all_proxy: url };
    for (const HEROKU_HOST of [rig.heroku.url, `https://localhost:${rig.heroku.tlsPort}`]) {
      // With it Node's own agents would hand the token to the proxy in clear.
      const env = { HEROKU_HOST, ...trusted(), ...proxies, NODE_USE_ENV_PROXY: '1' };
      assert.equal((await run([], { env })).stdout, loggedIn);
    }
    assert.deepEqual(rig.heroku.proxy.asked, []);
    assert.equal(rig.heroku.seen().length, 4);
  });

  const hook = { total: 1500, attempt: 600, attempts: 2 };
  const hurried = { timeouts: { retryPause: 10, verify: { hook } } };
  const page = '\r\n\r\n<html><title>Please sign in</title></html>';
  const http = (answer: string) => ({ say: `HTTP/1.1 ${answer}` });
  const none = 'PROXY would not connect to api\\.heroku\\.com';
  // The whole sentences: test/unit/proxy.test.ts.
  const table: [name: string, how: Parameters<TunnelProxy['behave']>[0], sentence: string][] = [
    [
      'wants a login',
      { login: 'me:other' },
      'PROXY requires a user name and .* in https_proxy .407.',
    ],
    ['forbids the host', http(`403 Forbidden${page}`), 'PROXY does not allow .*403'],
    ['does not reach the host', http('502 Bad Gateway\r\n\r\n'), 'PROXY could not .*502'],
    ['ends the connection', { say: '' }, none],
    ['is none', { say: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' }, none],
    ['answers itself', http(`200 OK${page}`), 'to api\\.heroku\\.com through PROXY was cut'],
    ['cuts the connection', 'reset', 'through PROXY was cut .ECONNRESET.'],
    ['hangs', 'hang', 'api\\.heroku\\.com did not answer in time through PROXY\\.'],
  ];
  for (const [name, how, sentence] of table) {
    test(`that ${name}: the sentence names it`, async () => {
      rig.heroku.proxy.behave(how);
      const https_proxy = `http://me:s3cret@${rig.heroku.proxy.host}`;
      const started = performance.now();
      const result = await run(['--hook', '--json'], {
        env: { https_proxy, ...trusted() },
        ...(how === 'hang' ? { recorded: hurried } : {}),
      });
      const { code, message } = JSON.parse(result.stdout) as { code: number; message: string };
      assert.equal(code, 5);
      assert.match(
        message,
        new RegExp(sentence.replace('PROXY', `the proxy ${rig.heroku.proxy.host}`)),
      );
      // The real limit is 10 s, and the proxy would hang for ever.
      assert.ok(how !== 'hang' || performance.now() - started < 8000);
      // What the user has to fix is not tried again.
      const lasting = /\((407|403)/.test(message);
      assert.equal(tunnels().length === 1, lasting, `${tunnels().length} attempts`);
      assert.deepEqual(rig.heroku.seen(), []);
    });
  }

  for (const [name, HTTPS_PROXY, told] of [
    ['is not there', 'http://127.0.0.1:9', /proxy 127\.0\.0\.1:9 refused the connection/],
    ['has no known name', 'http://proxy.invalid:1', /proxy\.invalid:1 could not be resolved /],
  ] as const) {
    test(`that ${name}: the sentence names it and the variable`, async () => {
      const { stdout } = await run(['--hook', '--json'], { env: { HTTPS_PROXY } });
      assert.match(stdout, told);
      assert.match(stdout, /is HTTPS_PROXY right\?/);
    });
  }

  test('that does not speak TLS itself: the sentence names it', async () => {
    const env = { HTTPS_PROXY: rig.heroku.proxy.url.replace('http', 'https') };
    const told = /something other than Heroku answered as api\.heroku\.com through the proxy /;
    assert.match((await run(['--hook', '--json'], { env })).stdout, told);
  });
});

describe("a company's certificate", () => {
  test('in the file of SSL_CERT_FILE or a folder of SSL_CERT_DIR, as curl reads them', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'company.pem'), readFileSync(rig.heroku.certificates.ca));
    for (const env of [{ SSL_CERT_FILE: rig.heroku.certificates.ca }, { SSL_CERT_DIR: folder }]) {
      rig.heroku.proxy.asked.length = 0;
      const result = await run([], { env: { https_proxy: rig.heroku.proxy.url, ...env } });
      assert.deepEqual(result, { code: 0, stdout: loggedIn, stderr: '' });
      // The first tunnel ended at the certificate.
      assert.equal(tunnels().length, 2);
    }
  });

  test('in SSL_CERT_FILE, also on a Node without a setting for it, such as that of the CLI 10', async () => {
    const folder = temporaryFolder();
    const [forget, node] = [join(folder, 'forget.cjs'), join(folder, 'node')];
    const names = ['getCACertificates', 'setDefaultCACertificates'];
    writeFileSync(forget, names.map((name) => `delete require('tls').${name};\n`).join(''));
    writeFileSync(node, `#!/bin/sh\nexec ${process.execPath} --require ${forget} "$@"\n`, {
      mode: 0o755,
    });
    const old = await buildProgram({}, node);
    const [broken, both] = [join(folder, 'broken.pem'), join(folder, 'both.pem')];
    const nonsense = '-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n';
    writeFileSync(broken, nonsense);
    writeFileSync(both, nonsense + readFileSync(rig.heroku.certificates.ca, 'utf8'));
    const host = { HEROKU_HOST: `https://localhost:${rig.heroku.tlsPort}`, HEROKU_API_KEY: token };
    for (const [env, code] of [
      [{ SSL_CERT_FILE: rig.heroku.certificates.ca }, 0],
      [{ SSL_CERT_FILE: broken }, 5],
      [{ SSL_CERT_FILE: both }, 0],
      [{ SSL_CERT_FILE: '/missing' }, 5],
      [{ SSL_CERT_FILE: '/' }, 5],
      [{}, 5],
    ] as const) {
      for (const program of [old, rig.program]) {
        const ended = await program.run(newHome(), [], { env: { ...host, ...env } });
        assert.equal(ended.code, code, ended.stderr);
      }
    }
  });

  test('of the proxy itself', async (t) => {
    const env = { https_proxy: `https://localhost:${await startTlsProxy(t)}` };
    const trust = { SSL_CERT_FILE: rig.heroku.certificates.ca };
    assert.equal((await run([], { env: { ...env, ...trust } })).stdout, loggedIn);
    await rig.ends(5, /the certificate that the proxy localhost:/, { env });
  });

  test('that nobody here knows: named, not tried again, and nothing is sent', async (t) => {
    const { strange, through } = await startStranger(t);
    const told = /certificate that the proxy \S+ sent for api\.heroku\.com is not trusted here /;
    const { stderr } = await rig.ends(5, told, { env: { https_proxy: through.url } });
    assert.match(stderr, / here \(\w+; .*update-ca-certificates.*NODE_EXTRA_CA_CERTS/);
    assert.equal(through.asked.length, 2);
    assert.equal(strange.received(), '');
    // It would have been noticed: with trust, the same server gets the request.
    rig.home = newHome();
    const trust = { NODE_EXTRA_CA_CERTS: strange.ca };
    await run(['--hook'], { env: { https_proxy: through.url, ...trust } });
    assert.match(strange.received(), /^GET \/account[\s\S]*Bearer HRKU-AA/i);
  });

  test('for another name: no other store is tried', async (t) => {
    const { strange, through } = await startStranger(t, ['other.example']);
    const env = { https_proxy: through.url, NODE_EXTRA_CA_CERTS: strange.ca };
    await rig.ends(5, /not trusted here \(ERR_TLS_CERT_ALTNAME_INVALID/, { env });
    assert.equal(strange.received(), '');
    assert.equal(through.asked.length, 1);
  });
});

/**
 * A server under Heroku's name (or others), which answers nothing, with a certificate of another authority, and
 * a proxy that leads to it. `ca` is the path of that authority's certificate, `received` what was sent inside of
 * TLS.
 */
async function startStranger(t: TestContext, names?: string[]) {
  let received = '';
  const { ca, ...keys } = makeCertificates(temporaryFolder(), names);
  const port = await startTls(t, keys, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.toString();
      socket.end();
    });
  });
  const through = await startProxy(port);
  t.after(() => through.close());
  return { strange: { ca, received: () => received }, through };
}

/** The port of the proxy, reached over TLS. */
const startTlsProxy = (t: TestContext) =>
  startTls(t, rig.heroku.certificates, (socket) => {
    const inner = connect(Number(new URL(rig.heroku.proxy.url).port), '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });

/** The port of a TLS server that ends with the test. */
async function startTls(
  t: TestContext,
  { cert, key }: { cert: string; key: string },
  connected: (socket: TLSSocket) => void,
): Promise<number> {
  const keys = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createServer(keys, connected).on('tlsClientError', () => {});
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
