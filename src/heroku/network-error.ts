// What can go wrong on the way to Heroku, as clauses that name the likely cause.

import { errorCode } from '../report.ts';
import type { Server } from './http.ts';
import type { WebProxy } from './proxy.ts';

/** Whether this Node goes through proxies by itself: 22.21, 24.5 and newer do. */
export function canUseProxies(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--use-env-proxy');
}

/** Whether the certificate is nobody's that is known here, which another store of them can mend. */
export function isUntrusted(error: unknown): boolean {
  return /ISSUER|SELF_SIGNED|LEAF_SIGNATURE/.test(errorCode(error) ?? '');
}

/** Whether an error of the network would be the same at once again. */
export function isLasting(error: Error): boolean {
  const { status } = tunnel(error) ?? {};
  return isCertificate(errorCode(error) ?? '') || (status !== undefined && status < 500);
}

/** @param error undefined where the time was up. */
export function networkError(
  { host, proxy }: Server,
  error: Error | undefined,
  canProxy = canUseProxies,
): string {
  if (!proxy) return directError(host, error);
  if ('problem' in proxy) {
    return `${directError(host, error)}; ${proxy.variable} ${proxy.problem}, so it was tried without`;
  }
  if (canProxy()) return proxyError(host, proxy, error);
  return `${directError(host, error)}; ${proxy.variable} names a proxy, but Node ${process.version} of this image cannot use one, so it was tried without: put Node 24.5 or newer into the image`;
}

function directError(host: string, error: Error | undefined): string {
  if (!error) return `${host} did not answer in time`;
  const code = errorCode(error) ?? '';
  const clause = clauses[code];
  if (clause) return clause.replace('HOST', host);
  if (isCertificate(code)) return `the certificate of ${host} is not trusted here (${code}${mend})`;
  if (isNoTls(code)) return `something else than Heroku answers for ${host} (${code})`;
  return `the connection to ${host} failed (${code || 'no reason given'})`;
}

const mend =
  "; behind a company's proxy, its certificate belongs into the image with update-ca-certificates, or into the file that NODE_EXTRA_CA_CERTS names";

const clauses: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name HOST is not known here (ENOTFOUND; is there a network?)',
  EAI_AGAIN: 'the name HOST could not be looked up (EAI_AGAIN; is there a network?)',
  ECONNREFUSED: 'HOST refused the connection (ECONNREFUSED; a firewall or a proxy?)',
  ECONNRESET: 'the connection to HOST was cut (ECONNRESET)',
  ENETUNREACH: 'there is no way to HOST (ENETUNREACH; is there a network?)',
  EHOSTUNREACH: 'there is no way to HOST (EHOSTUNREACH; is there a network?)',
};

function proxyError(
  host: string,
  proxy: Extract<WebProxy, { address: string }>,
  error: Error | undefined,
): string {
  const { variable } = proxy;
  const name = `the proxy ${proxy.host}`;
  if (!error) return `${host} did not answer in time through ${name}`;
  const code = errorCode(error) ?? '';
  const refusal = tunnel(error);
  if (refusal) {
    const { status } = refusal;
    if (status === undefined) return `${name} opened no connection to ${host} (is it a proxy?)`;
    if (status === 407) {
      return `${name} asks for a user and a password, or does not take those that are in ${variable} (407)`;
    }
    return status < 500
      ? `${name} does not let a connection to ${host} through (${status}; whoever runs it can allow it)`
      : `${name} could not reach ${host} (${status})`;
  }
  const clause = proxyClauses[code];
  if (clause) return `${name} ${clause.replace('HOST', host)} (${code}; is ${variable} right?)`;
  if (code === 'ECONNRESET') return `the connection to ${host} through ${name} was cut (${code})`;
  if (isCertificate(code)) {
    return `a certificate that comes through ${name} for ${host} is not trusted here (${code}${mend})`;
  }
  if (isNoTls(code))
    return `something else than Heroku answers for ${host} through ${name} (${code})`;
  return `the connection to ${host} through ${name} failed (${code || 'no reason given'})`;
}

const proxyClauses: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has a name that is not known here',
  EAI_AGAIN: 'has a name that could not be looked up',
  ECONNREFUSED: 'refused the connection',
  ENETUNREACH: 'cannot be reached',
  EHOSTUNREACH: 'cannot be reached',
};

/** What the proxy said to the wish for a connection; no status where it was none of HTTP's. */
function tunnel(error: Error): { readonly status: number | undefined } | undefined {
  if (errorCode(error) !== 'ERR_PROXY_TUNNEL') return undefined;
  const status = 'statusCode' in error ? Number(error.statusCode) : Number.NaN;
  return { status: Number.isNaN(status) ? undefined : status };
}

function isCertificate(code: string): boolean {
  return /CERT|ISSUER|SIGNATURE|ALTNAME|SELF_SIGNED/.test(code);
}

/** Whatever answered does not speak TLS, or none that Node does. */
function isNoTls(code: string): boolean {
  return code === 'EPROTO' || code.startsWith('ERR_SSL_');
}
