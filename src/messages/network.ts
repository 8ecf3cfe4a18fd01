// What can go wrong on the way to Heroku and in its responses. Clauses, unless a comment says otherwise.

const addCertificate =
  "; behind a company's proxy, add its certificate to the image with update-ca-certificates, or to the file in NODE_EXTRA_CA_CERTS";

/** By the error code of a direct connection. */
const direct: Readonly<Record<string, (host: string) => string>> = {
  ENOTFOUND: (host) => `could not resolve ${host} (ENOTFOUND; is there a network?)`,
  EAI_AGAIN: (host) => `could not resolve ${host} (EAI_AGAIN; is there a network?)`,
  ECONNREFUSED: (host) => `${host} refused the connection (ECONNREFUSED; a firewall or a proxy?)`,
  ENETUNREACH: (host) => `${host} is unreachable (ENETUNREACH; is there a network?)`,
  EHOSTUNREACH: (host) => `${host} is unreachable (EHOSTUNREACH; is there a network?)`,
  ETIMEDOUT: (host) => `${host} did not answer in time (ETIMEDOUT; a firewall or a slow network?)`,
};

/** By the error code of a connection to a proxy. */
const toProxy: Readonly<Record<string, string>> = {
  ENOTFOUND: 'could not be resolved',
  EAI_AGAIN: 'could not be resolved',
  ECONNREFUSED: 'refused the connection',
  ENETUNREACH: 'is unreachable',
  EHOSTUNREACH: 'is unreachable',
  ETIMEDOUT: 'did not answer in time',
};

/** Its host and port, and the variable that names it. */
type Proxy = { readonly host: string; readonly variable: string };

/** What kind of failure an error code stands for, see network-error.ts. */
export interface Failed {
  /** Undefined if the time was up. */
  readonly code: string | undefined;
  readonly kind: 'certificate' | 'dates' | 'no-tls' | 'other';
  readonly validity?: Validity;
}

/** From when to when a certificate is valid, as TLS libraries write it: `Nov 25 00:00:00 2026 GMT`. */
export type Validity = { readonly from: string; readonly to: string };

/** @param proxy that the connection went through, if one. */
export function connectionFailed(
  host: string,
  { code, kind, validity }: Failed,
  proxy?: Proxy,
): string {
  const name = `the proxy ${proxy?.host}`;
  const through = proxy ? ` through ${name}` : '';
  if (code === undefined) return `${host} did not answer in time${through}`;
  const problem = proxy && toProxy[code];
  if (problem) return `${name} ${problem} (${code}; is ${proxy.variable} right?)`;
  if (!proxy && direct[code]) return direct[code](host);
  if (code === 'ECONNRESET') return `the connection to ${host}${through} was cut (${code})`;
  if (kind === 'dates') {
    const dates = validity
      ? `is valid from ${validity.from} to ${validity.to}`
      : 'is not valid today';
    const now = new Date().toUTCString();
    return `the certificate of ${host}${through} ${dates}, and the clock on this machine says ${now} (${code}; is the clock right?)`;
  }
  if (kind === 'certificate') {
    const certificate = proxy
      ? `the certificate that ${name} sent for ${host}`
      : `the certificate of ${host}`;
    return `${certificate} is not trusted here (${code}${addCertificate})`;
  }
  if (kind === 'no-tls')
    return `something other than Heroku answered as ${host}${through} (${code}; a proxy or a login page?)`;
  return `the connection to ${host}${through} failed (${code || 'no reason given'})`;
}

/** @param status what the proxy answered; undefined if that was not HTTP. */
export function tunnelRefused(host: string, status: number | undefined, proxy: Proxy): string {
  const name = `the proxy ${proxy.host}`;
  if (status === undefined) return `${name} would not connect to ${host} (is it a proxy?)`;
  if (status === 407) {
    return `${name} requires a user name and password, or rejected those in ${proxy.variable} (407)`;
  }
  return status < 500
    ? `${name} does not allow connections to ${host} (${status}; ask its administrator)`
    : `${name} could not reach ${host} (${status})`;
}

/** Said after a failure, if a proxy is set that was not used. */
export const triedWithout = (variable: string, problem: string) =>
  `; ${variable} ${problem}, so no proxy was used`;

export const nodeWithoutProxies = (variable: string) =>
  `; ${variable} names a proxy, but Node ${process.version} of this image cannot use one, so the proxy was not used. Install Node 24.5 or newer in the image`;

/** The end of "https_proxy ...". */
export const noProxyAddress = 'is not the address of a proxy';

/** The end of "https_proxy ...". */
export const proxyKind = (kind: string) => `names a ${kind} proxy, which heroku-login cannot use`;

export const tooLarge = (host: string) => `${host} sent a response that is too large`;

/** A sentence. */
export const wrongHost = "HEROKU_HOST is not one of Heroku's hosts, so heroku.com is used.";

/** A sentence; `git` is the host that is used instead. */
export const wrongGitHost = (git: string) =>
  `HEROKU_GIT_HOST is not one of Heroku's hosts, so ${git} is used.`;

/** By what Heroku says to a token; `trace` is what Heroku's support asks for. */
export const rejected: Readonly<Record<401 | 402 | 'suspended', (trace: string) => string>> = {
  401: (trace) => `expired, revoked, or mistyped; ${trace}`,
  '402': (trace) => `the account has an unpaid bill; ${trace}`,
  suspended: (trace) => `the account is suspended; ${trace}`,
};

/** A response that says nothing about the token. */
export function unusableResponse(host: string, status: number, trace: string): string {
  if (status === 429) return `${host} is rate-limiting this account (${trace})`;
  if (status >= 500) return `${host} returned a server error (${trace})`;
  return `something other than Heroku answered as ${host} (${trace}; a proxy or a login page?)`;
}

/** A response of Heroku's own that says nothing about the token either. */
export const undecided = (host: string, trace: string) =>
  `${host} neither accepted nor rejected the token (${trace})`;

export const mayNotAuthorize = (trace: string) =>
  `this token cannot create authorizations (${trace})`;

/** To a token that asked to revoke another one, of which Heroku tells only its own account. */
export const mayNotRevoke = (trace: string) =>
  `Heroku did not find it with the tokens that are still here (${trace})`;

/** Why an authorization goes on. */
export const noTokenToRevokeWith = 'no token is left here to revoke it with';

/** Beside a login: a sentence. */
export const accountNotShown =
  'Heroku does not show this token its account, as with team tokens, so the account and the expiration date are unknown.';

/** Why a new token is not used. */
export const notAToken = 'Heroku answered with something that is not a token';
