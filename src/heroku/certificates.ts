// Which certificates count beside those that Node brings along.

import { readFileSync } from 'node:fs';
import { orNothing } from '../report.ts';

/** What Node has since 22.19 and 24.5; the types here are of Node 20. */
interface Stores {
  readonly rootCertificates: readonly string[];
  getCACertificates?(store: 'default' | 'system'): string[];
  setDefaultCACertificates?(certificates: string[]): void;
}

/** Where distributions keep all certificates in one file. The launcher of `heroku` has the same list. */
const bundles = [
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/cert.pem',
];

/** Whether {@link systemCertificates} was asked: Node's own certificates were not enough. */
export let systemStoreUsed = false;

/**
 * From now on also trusts what curl and git trust: the files that SSL_CERT_FILE and SSL_CERT_DIR name, or
 * else the system's store, where a company's certificate lies once it was put into the image. Not from
 * the start, because reading them takes longer than a login.
 *
 * @param file what SSL_CERT_FILE says.
 * @returns what connections must be told: nothing if this Node has a setting for all of them; an older one
 * reads only files with all certificates.
 */
export function systemCertificates(file = ''): { ca?: string[] } {
  systemStoreUsed = true;
  const tls: Stores = process.getBuiltinModule('node:tls');
  const { getCACertificates, setDefaultCACertificates, rootCertificates } = tls;
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  // One that cannot be read would end the program.
  const isValid = (text: string) => orNothing(() => new X509Certificate(text)) !== undefined;
  const found = [file, ...bundles].map(certificatesIn).find(({ length }) => length > 0) ?? [];
  const own = found.filter(isValid);
  if (!getCACertificates || !setDefaultCACertificates) return { ca: [...rootCertificates, ...own] };
  const known = [...getCACertificates('default'), ...getCACertificates('system')];
  setDefaultCACertificates([...new Set([...known, ...own])]);
  return {};
}

/** The certificates in a PEM file; none if it cannot be read. */
function certificatesIn(file: string): string[] {
  const text = orNothing(() => readFileSync(file, 'utf8')) ?? '';
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
