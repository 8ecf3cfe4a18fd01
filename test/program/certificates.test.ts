// The check of certificates cannot be turned off, and a certificate that is not valid today has dates.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { temporaryFolder } from '../support/program.ts';
import { dev, token, useProgram } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });
const started: FakeHeroku[] = [];
after(() => Promise.all(started.map((heroku) => heroku.close())));

async function startWith(certificate: string, key: string): Promise<FakeHeroku> {
  const tls = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  const heroku = await startFakeHeroku({ dir: temporaryFolder(), tls });
  heroku.set({ accounts: [dev] });
  started.push(heroku);
  return heroku;
}

/** Signs a certificate for localhost that is valid between two dates, such as `20200101000000Z`. */
function makeDated(from: string, to: string): { ca: string; cert: string; key: string } {
  const dir = temporaryFolder();
  const openssl = (command: string) =>
    execFileSync('openssl', command.split(' '), { cwd: dir, stdio: 'pipe' });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  writeFileSync(join(dir, 'index'), '');
  writeFileSync(join(dir, 'serial'), '01');
  writeFileSync(
    join(dir, 'ca.cnf'),
    '[ca]\ndefault_ca=x\n[x]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n',
  );
  openssl(`req -x509 ${newKey} -days 30 -subj /CN=Dated-CA -keyout ca.key -out ca.crt`);
  openssl(`req ${newKey} -subj /CN=localhost -keyout server.key -out server.csr`);
  openssl(
    `ca -batch -notext -config ca.cnf -cert ca.crt -keyfile ca.key -startdate ${from} -enddate ${to} -in server.csr -out server.crt`,
  );
  return { ca: join(dir, 'ca.crt'), cert: join(dir, 'server.crt'), key: join(dir, 'server.key') };
}

const off = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };

describe('a certificate that nobody trusts', () => {
  for (const [name, host, env] of [
    ['by a variable of Node', '127.0.0.1', off],
    [
      'by the variable and the store of the system',
      'localhost',
      { ...off, NODE_USE_SYSTEM_CA: '1' },
    ],
    ['by variables of git and curl', 'localhost', { GIT_SSL_NO_VERIFY: '1', CURL_INSECURE: '1' }],
  ] as const) {
    test(`is not accepted ${name}`, async () => {
      const { cert, key } = makeCertificates(temporaryFolder());
      const heroku = await startWith(cert, key);
      const HEROKU_HOST = `https://${host}:${heroku.tlsPort}`;
      await rig.ends(5, /is not trusted/, { env: { ...env, HEROKU_HOST } });
      assert.deepEqual(heroku.seen(), []);
      assert.equal(rig.stored(), undefined);
    });
  }

  test('is not accepted for another name, though its issuer is trusted', async () => {
    const { ca, cert, key } = makeCertificates(temporaryFolder(), ['api.heroku.com']);
    const heroku = await startWith(cert, key);
    const env = {
      ...off,
      NODE_EXTRA_CA_CERTS: ca,
      HEROKU_HOST: `https://localhost:${heroku.tlsPort}`,
    };
    await rig.ends(5, /is not trusted/, { env });
    assert.deepEqual(heroku.seen(), []);
  });
});

describe('a certificate that is not valid today: the dates are told, and the clock is asked about', () => {
  for (const [name, from, to, dates] of [
    [
      'expired',
      '20200101000000Z',
      '20210203000000Z',
      /from Jan +1 00:00:00 2020 GMT to Feb +3 00:00:00 2021 GMT/,
    ],
    [
      'not valid yet',
      '20400101000000Z',
      '20410101000000Z',
      /from Jan +1 00:00:00 2040 GMT to Jan +1 00:00:00 2041 GMT/,
    ],
  ] as const) {
    test(name, async () => {
      const { ca, cert, key } = makeDated(from, to);
      const heroku = await startWith(cert, key);
      const env = { NODE_EXTRA_CA_CERTS: ca, HEROKU_HOST: `https://localhost:${heroku.tlsPort}` };
      const { stderr } = await rig.ends(5, /is the clock right\?/, { env });
      assert.match(stderr, dates);
      assert.match(stderr, new RegExp(`${new Date().getUTCFullYear()} \\d\\d:`));
      assert.doesNotMatch(stderr, /update-ca-certificates/);
      assert.deepEqual(heroku.seen(), []);
    });
  }
});

test('a name below localhost is this machine, whatever a name server says', async () => {
  const HEROKU_HOST = rig.heroku.url.replace('127.0.0.1', 'api.x.localhost');
  const { code, stderr } = await rig.run([], { env: { HEROKU_HOST } });
  assert.equal(code, 0, stderr);
  assert.ok(rig.stored()?.includes(token));
});
