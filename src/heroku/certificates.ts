// Which certificates count beside those that Node brings along.

/** What Node has since 22.19 and 24.5; the types here are of Node 20. */
interface Stores {
  getCACertificates?(store: 'default' | 'system'): string[];
  setDefaultCACertificates?(certificates: string[]): void;
}

/**
 * From now on also trusts what curl and git trust: the files that SSL_CERT_FILE and SSL_CERT_DIR name, or
 * else the system's store, where a company's certificate lies once it was put into the image. Not from
 * the start, because reading them takes longer than a login.
 *
 * @returns false where this Node cannot do it. One that a distribution built uses the system's store anyway.
 */
export async function useSystemCertificates(): Promise<boolean> {
  const { getCACertificates, setDefaultCACertificates } = (await import('node:tls')) as Stores;
  if (!getCACertificates || !setDefaultCACertificates) return false;
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
  return true;
}
