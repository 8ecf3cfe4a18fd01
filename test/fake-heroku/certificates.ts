// A private certificate authority, for tests that need real TLS under Heroku's names.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names that the server certificate is good for: Heroku's, and this machine's last. */
export const TLS_NAMES = [
  'api.heroku.com',
  'git.heroku.com',
  'cli-assets.heroku.com',
  'registry.heroku.com',
  // Where the CLI asks for the account as well, with the token; if the connection is refused it tries for 7 s
  // (docs/facts/heroku.md part 7).
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
  /** Runs a command whose words have no blanks in them; the files are in `dir`. */
  const openssl = (command: string): void => {
    execFileSync('openssl', command.split(/\s+/), { cwd: dir, stdio: 'pipe' });
  };
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  const names = hosts.map((name) => `DNS:${name}`).join(',');
  // What strict verifiers ask for (Go, Python 3.13), not only what curl is content with.
  const extensions = `subjectAltName=${names},IP:127.0.0.1
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`;
  writeFileSync(join(dir, 'server.ext'), extensions);
  try {
    openssl(`req -x509 ${newKey} -days 30 -subj /CN=Fake-Heroku-CA -keyout ca.key -out ca.crt
      -addext keyUsage=critical,keyCertSign,cRLSign`);
    openssl(`req ${newKey} -subj /CN=api.heroku.com -keyout server.key -out server.csr`);
    chmodSync(join(dir, 'server.key'), 0o600);
    // Clients reject two certificates of one issuer and serial.
    const serial = `0x1${randomBytes(8).toString('hex')}`;
    openssl(`x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial ${serial} -days 30
      -extfile server.ext -out server.crt`);
  } finally {
    for (const name of ['ca.key', 'server.csr', 'server.ext']) {
      rmSync(join(dir, name), { force: true });
    }
  }
  const at = (name: string) => join(dir, name);
  return { ca: at('ca.crt'), cert: at('server.crt'), key: at('server.key') };
}
