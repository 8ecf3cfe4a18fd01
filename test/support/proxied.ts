// A fake Heroku under Heroku's own names: over TLS with a private certificate authority, and behind a proxy
// through which every name leads to it.
import { beforeEach } from 'node:test';
import type { RecordedOptions } from '../../src/options.ts';
import { cliNode } from './cli-release.ts';
import { startTlsHeroku } from './fake-heroku.ts';
import { startProxy } from './proxy.ts';
import { useProgram } from './rig.ts';

export type Proxied = Awaited<ReturnType<typeof startProxied>>;

/**
 * Starts both; `close` ends both.
 *
 * @param releases folder laid out as cli-assets.heroku.com is.
 */
export async function startProxied(releases?: string) {
  const heroku = await startTlsHeroku(releases);
  const proxy = await startProxy(heroku.tlsPort ?? 0);
  const close = async () => {
    await Promise.all([proxy.close(), heroku.close()]);
  };
  return { ...heroku, proxy, close };
}

/**
 * A rig without HEROKU_HOST, so that the program asks api.heroku.com, through the proxy if a test sets the
 * variables for it. The program runs in the CLI's own Node, as in a container: it knows proxies, and the
 * Node of the tests may be too old for that. See {@link useProgram}.
 */
export function useProxied(recorded: RecordedOptions = {}) {
  // Filled before the tests.
  const heroku = {} as Proxied;
  const rig = useProgram(recorded, {
    start: async () => Object.assign(heroku, await startProxied()),
    env: () => ({}),
    node: cliNode,
  });
  beforeEach(() => {
    heroku.proxy.behave();
    heroku.proxy.asked.length = 0;
  });
  return Object.assign(rig, {
    heroku,
    /** The environment that lets Node trust the private authority, which is in none of the system's stores. */
    trusted: () => ({ NODE_EXTRA_CA_CERTS: heroku.certificates.ca }),
    /** What the proxy was asked for, oldest first. */
    tunnels: () => heroku.proxy.asked.map(({ what }) => what),
  });
}
