// A fake Heroku under Heroku's own names: over TLS with a private certificate authority, and behind a proxy
// through which every name leads to it.
import { join } from 'node:path';
import { after, beforeEach } from 'node:test';
import type { RecordedOptions } from '../../src/options.ts';
import type { FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release } from './cli-release.ts';
import { startTlsHeroku, type TlsHeroku } from './fake-heroku.ts';
import { startProxy, type TunnelProxy } from './proxy.ts';
import { type Rig, useProgram } from './rig.ts';

export interface Proxied {
  readonly heroku: FakeHeroku;
  readonly proxy: TunnelProxy;
  /** Paths of PEM files. */
  readonly certificates: TlsHeroku['certificates'];
  close(): Promise<void>;
}

/** @param releases folder laid out as cli-assets.heroku.com is. */
export async function startProxied(releases?: string): Promise<Proxied> {
  const heroku = await startTlsHeroku(releases);
  const proxy = await startProxy(heroku.tlsPort ?? 0);
  const close = async () => {
    await proxy.close();
    await heroku.close();
  };
  return { heroku, proxy, certificates: heroku.certificates, close };
}

export interface ProxiedRig extends Rig {
  proxy: TunnelProxy;
  /** Paths of PEM files: the private authority is in none of the system's stores. */
  certificates: Proxied['certificates'];
  /** The environment that lets Node trust the private authority. */
  trusted(): Record<string, string>;
  /** What the proxy was asked for, oldest first. */
  tunnels(): string[];
}

/**
 * A rig without HEROKU_HOST, so that the program asks api.heroku.com, through the proxy if a test sets the
 * variables for it. The program runs in the CLI's own Node, as in a container: it knows proxies, and the
 * Node of the tests may be too old for that. See {@link useProgram}.
 */
export function useProxied(recorded: RecordedOptions = {}): ProxiedRig {
  const proxied = {} as Pick<ProxiedRig, 'proxy' | 'certificates'>;
  const rig = useProgram(recorded, {
    start: async () => {
      const { heroku, proxy, certificates } = await startProxied();
      Object.assign(proxied, { proxy, certificates });
      return heroku;
    },
    env: () => ({}),
    node: async () => join((await release()).tree, 'bin/node'),
  });
  after(() => proxied.proxy.close());
  beforeEach(() => {
    Object.assign(rig, proxied);
    proxied.proxy.behave();
    proxied.proxy.asked.length = 0;
  });
  return Object.assign(rig, proxied, {
    trusted: () => ({ NODE_EXTRA_CA_CERTS: proxied.certificates.ca }),
    tunnels: () => proxied.proxy.asked.map(({ what }) => what),
  });
}
