// The stand-in under Heroku's own names: over TLS with a private certificate authority, and behind a proxy
// through which every name leads to it.
import { readFileSync } from 'node:fs';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { temporaryFolder } from './program.ts';
import { startProxy, type TunnelProxy } from './proxy.ts';
import type { Reachable } from './rig.ts';

export interface Proxied {
  readonly heroku: FakeHeroku;
  readonly proxy: TunnelProxy;
  /** Paths of PEM files. */
  readonly certificates: ReturnType<typeof makeCertificates>;
  close(): Promise<void>;
}

/** @param releases folder laid out as cli-assets.heroku.com is. */
export async function startProxied(releases?: string): Promise<Proxied> {
  const certificates = makeCertificates(temporaryFolder());
  const heroku = await startFakeHeroku({
    dir: temporaryFolder(),
    ...(releases === undefined ? {} : { releases }),
    tls: {
      cert: readFileSync(certificates.cert, 'utf8'),
      key: readFileSync(certificates.key, 'utf8'),
    },
  });
  const proxy = await startProxy(heroku.tlsPort ?? 0);
  return {
    heroku,
    proxy,
    certificates,
    close: async () => {
      await proxy.close();
      await heroku.close();
    },
  };
}

/** The same for a rig: programs that read these variables find the fake Heroku under Heroku's names. */
export async function startUnderHerokuNames(): Promise<Reachable> {
  const { heroku, proxy, certificates, close } = await startProxied();
  const env = {
    https_proxy: proxy.url,
    NODE_EXTRA_CA_CERTS: certificates.ca,
    SSL_CERT_FILE: certificates.ca,
  };
  return { heroku, env, close };
}
