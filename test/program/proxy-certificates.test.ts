// A company's certificates: which stores count, and what is told of one that nobody here knows.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { newHome, temporaryFolder } from '../support/program.ts';
import { useProxied } from '../support/proxied.ts';
import { startProxy } from '../support/proxy.ts';
import { loggedIn } from '../support/rig.ts';

const rig = useProxied({ timeouts: { retryPause: 10 } });
const { run, tunnels } = rig;

describe("a company's certificate", () => {
  test('in the file of SSL_CERT_FILE or a folder of SSL_CERT_DIR, as curl reads them', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'company.pem'), readFileSync(rig.certificates.ca));
    for (const env of [{ SSL_CERT_FILE: rig.certificates.ca }, { SSL_CERT_DIR: folder }]) {
      rig.proxy.asked.length = 0;
      const result = await run([], { env: { https_proxy: rig.proxy.url, ...env } });
      assert.deepEqual(result, { code: 0, stdout: loggedIn, stderr: '' });
      // The first tunnel ended at the certificate.
      assert.equal(tunnels().length, 2);
    }
  });

  test('of the proxy itself', async (t) => {
    const env = { https_proxy: `https://localhost:${await startTlsProxy(t)}` };
    const trust = { SSL_CERT_FILE: rig.certificates.ca };
    assert.equal((await run([], { env: { ...env, ...trust } })).stdout, loggedIn);
    await rig.ends(5, /a certificate that comes through the proxy localhost:/, { env });
  });

  test('that nobody here knows: named, not tried again, and nothing is sent', async (t) => {
    const { strange, through } = await startStranger(t);
    const told =
      /certificate that comes through the proxy \S+ for api\.heroku\.com is not trusted here /;
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
  startTls(t, rig.certificates, (socket) => {
    const inner = connect(Number(new URL(rig.proxy.url).port), '127.0.0.1');
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
