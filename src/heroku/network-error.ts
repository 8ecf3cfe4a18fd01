// What can go wrong on the way to Heroku, sorted by its likely cause.

import * as messages from '../messages/network.ts';
import { errorCode } from '../report.ts';
import type { Server } from './hosts.ts';

/** Whether this Node goes through proxies by itself: 22.21, 24.5 and newer do. */
export const canUseProxies = (): boolean =>
  process.allowedNodeEnvironmentFlags.has('--use-env-proxy');

/** Whether the issuer is unknown; loading the system's CA store may fix that. */
export const isUntrusted = (error: unknown): boolean =>
  /ISSUER|SELF_SIGNED|LEAF_SIGNATURE/.test(errorCode(error) ?? '');

/** Whether an error of the network would be the same at once again. */
export function isLasting(error: Error | undefined): boolean {
  const { status } = tunnel(error) ?? {};
  const kind = kindOf(errorCode(error) ?? '');
  return ['certificate', 'dates'].includes(kind) || (status !== undefined && status < 500);
}

/** What is known besides the error. */
interface Known {
  /** Of the certificate. */
  readonly validity?: messages.Validity | undefined;
  readonly canProxy?: () => boolean;
}

/**
 * What happened, as a clause.
 *
 * @param error undefined if the time was up.
 */
export function networkError(
  { host, proxy }: Server,
  error?: Error,
  { validity, canProxy = canUseProxies }: Known = {},
) {
  const code = error && (errorCode(error) ?? '');
  const failed = { code, kind: kindOf(code ?? ''), ...(validity && { validity }) };
  const directly = messages.connectionFailed(host, failed);
  if (!proxy) return directly;
  if ('problem' in proxy) return directly + messages.triedWithout(proxy.variable, proxy.problem);
  if (!canProxy()) return directly + messages.nodeWithoutProxies(proxy.variable);
  const refusal = tunnel(error);
  return refusal
    ? messages.tunnelRefused(host, refusal.status, proxy)
    : messages.connectionFailed(host, failed, proxy);
}

/** What the proxy said to the wish for a connection; no status if that was not HTTP. */
function tunnel(error: Error | undefined): { readonly status: number | undefined } | undefined {
  if (!error || errorCode(error) !== 'ERR_PROXY_TUNNEL') return undefined;
  const status = 'statusCode' in error ? Number(error.statusCode) : Number.NaN;
  return { status: Number.isNaN(status) ? undefined : status };
}

/** `no-tls`: whatever answered does not speak TLS, or none that Node does. */
function kindOf(code: string): messages.Failed['kind'] {
  if (/CERT_(HAS_EXPIRED|NOT_YET_VALID)/.test(code)) return 'dates';
  if (/CERT|ISSUER|SIGNATURE|ALTNAME|SELF_SIGNED/.test(code)) return 'certificate';
  return code === 'EPROTO' || code.startsWith('ERR_SSL_') ? 'no-tls' : 'other';
}
