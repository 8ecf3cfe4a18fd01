// A company's certificates: which stores count, and what is told of one that nobody here knows.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createServer, type Server } from 'node:tls';
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
    const tls = await startTlsProxy();
    t.after(() => tls.server.close());
    const env = { https_proxy: `https://localhost:${tls.port}` };
    assert.equal(
      (await run([], { env: { ...env, SSL_CERT_FILE: rig.certificates.ca } })).stdout,
      loggedIn,
    );
    assert.match(
      (await run([], { env })).stderr,
      /a certificate that comes through the proxy localhost:/,
    );
  });

  test('that nobody here knows: named, not tried again, and nothing is sent', async (t) => {
    const strange = await startStranger();
    const through = await startProxy(strange.port);
    t.after(() => Promise.all([through.close(), strange.server.close()]));
    const { code, stderr } = await run([], { env: { https_proxy: through.url } });
    assert.equal(code, 5);
    assert.match(
      stderr,
      /certificate that comes through the proxy \S+ for api\.heroku\.com is not trusted here \(\w+; .*update-ca-certificates.*NODE_EXTRA_CA_CERTS/,
    );
    assert.equal(through.asked.length, 2);
    assert.equal(strange.received(), '');
    // It would have been noticed: with trust, the same server gets the request.
    rig.home = newHome();
    const trust = { NODE_EXTRA_CA_CERTS: strange.ca };
    await run(['--hook'], { env: { https_proxy: through.url, ...trust } });
    assert.match(strange.received(), /^GET \/account[\s\S]*Bearer HRKU-AA/i);
  });

  test('for another name: no other store is tried', async (t) => {
    const { ca, cert, key } = makeCertificates(temporaryFolder(), ['other.example']);
    const strange = await startStranger({ ca, cert, key });
    const through = await startProxy(strange.port);
    t.after(() => Promise.all([through.close(), strange.server.close()]));
    const env = { https_proxy: through.url, NODE_EXTRA_CA_CERTS: ca };
    const { code, stderr } = await run([], { env });
    assert.equal(code, 5);
    assert.match(stderr, /not trusted here \(ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.equal(strange.received(), '');
    assert.equal(through.asked.length, 1);
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
  const keys = {
    cert: readFileSync(rig.certificates.cert),
    key: readFileSync(rig.certificates.key),
  };
  const server = createServer(keys, (socket) => {
    const inner = connect(Number(new URL(rig.proxy.url).port), '127.0.0.1');
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
