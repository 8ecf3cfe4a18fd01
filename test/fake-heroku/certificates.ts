// A private certificate authority, for tests that need real TLS under Heroku's names.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names that the server certificate is good for. */
export const TLS_NAMES = [
  'api.heroku.com',
  'git.heroku.com',
  'cli-assets.heroku.com',
  'registry.heroku.com',
  // Where the CLI's whoami asks as well.
  'particleboard.heroku.com',
  'localhost',
] as const;

/**
 * Makes a certificate authority and a server certificate for `hosts` and 127.0.0.1, valid for 30 days, in `dir` (made when missing). Needs the `openssl` program; throws what it printed.
 *
 * @returns paths of the PEM files: the authority's certificate, the server's certificate, and the
 * server's key (mode 0600). The authority's own key is gone, so nothing else can be signed with it.
 */
export function makeCertificates(
  dir: string,
  hosts: readonly string[] = TLS_NAMES,
): { ca: string; cert: string; key: string } {
  mkdirSync(dir, { recursive: true });
  const at = (name: string) => join(dir, name);
  const [ca, caKey, cert, key] = [at('ca.crt'), at('ca.key'), at('server.crt'), at('server.key')];
  const request = at('server.csr');
  const extensions = at('server.ext');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = hosts.map((name) => `DNS:${name}`).join(',');
  // What strict verifiers ask for (Go, Python 3.13), not only what curl is content with.
  writeFileSync(
    extensions,
    [
      `subjectAltName=${names},IP:127.0.0.1`,
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
      'subjectKeyIdentifier=hash',
      'authorityKeyIdentifier=keyid',
      '',
    ].join('\n'),
  );
  try {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      '30',
      '-subj',
      '/CN=Heroku stand-in test CA',
      '-keyout',
      caKey,
      '-out',
      ca,
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    );
    openssl('req', ...newKey, '-subj', '/CN=api.heroku.com', '-keyout', key, '-out', request);
    chmodSync(key, 0o600);
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      ca,
      '-CAkey',
      caKey,
      '-set_serial',
      `0x${serial()}`,
      '-days',
      '30',
      '-extfile',
      extensions,
      '-out',
      cert,
    );
  } finally {
    for (const file of [caKey, request, extensions]) rmSync(file, { force: true });
  }
  return { ca, cert, key };
}

/** Positive, and different each time: clients reject two certificates of one issuer and serial. */
function serial(): string {
  return `1${Date.now().toString(16).padStart(15, '0')}`;
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
}
