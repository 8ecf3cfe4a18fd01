// What can go wrong on the way to Heroku and in its responses. Clauses, unless a comment says otherwise.

const mend =
  "; behind a company's proxy, its certificate belongs into the image with update-ca-certificates, or into the file that NODE_EXTRA_CA_CERTS names";

/** By the error code of a direct connection. */
const direct: Readonly<Record<string, (host: string) => string>> = {
  ENOTFOUND: (host) => `the name ${host} is not known here (ENOTFOUND; is there a network?)`,
  EAI_AGAIN: (host) => `the name ${host} could not be looked up (EAI_AGAIN; is there a network?)`,
  ECONNREFUSED: (host) => `${host} refused the connection (ECONNREFUSED; a firewall or a proxy?)`,
  ENETUNREACH: (host) => `there is no way to ${host} (ENETUNREACH; is there a network?)`,
  EHOSTUNREACH: (host) => `there is no way to ${host} (EHOSTUNREACH; is there a network?)`,
  ETIMEDOUT: (host) => `${host} did not answer in time (ETIMEDOUT; a firewall or a slow network?)`,
};

/** By the error code of a connection to a proxy. */
const toProxy: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has a name that is not known here',
  EAI_AGAIN: 'has a name that could not be looked up',
  ECONNREFUSED: 'refused the connection',
  ENETUNREACH: 'cannot be reached',
  EHOSTUNREACH: 'cannot be reached',
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
    return `the certificate of ${host}${through} ${dates}, and the clock of this machine says ${now} (${code}; is the clock right?)`;
  }
  if (kind === 'certificate') {
    const certificate = proxy
      ? `a certificate that comes through ${name} for ${host}`
      : `the certificate of ${host}`;
    return `${certificate} is not trusted here (${code}${mend})`;
  }
  if (kind === 'no-tls')
    return `something else than Heroku answers for ${host}${through} (${code})`;
  return `the connection to ${host}${through} failed (${code || 'no reason given'})`;
}

/** @param status what the proxy answered; undefined if that was not HTTP. */
export function tunnelRefused(host: string, status: number | undefined, proxy: Proxy): string {
  const name = `the proxy ${proxy.host}`;
  if (status === undefined) return `${name} opened no connection to ${host} (is it a proxy?)`;
  if (status === 407) {
    return `${name} asks for a user and a password, or does not take those that are in ${proxy.variable} (407)`;
  }
  return status < 500
    ? `${name} does not let a connection to ${host} through (${status}; whoever runs it can allow it)`
    : `${name} could not reach ${host} (${status})`;
}

/** Said after a failure, if a proxy is set that was not used. */
export const triedWithout = (variable: string, problem: string) =>
  `; ${variable} ${problem}, so it was tried without`;

export const nodeWithoutProxies = (variable: string) =>
  `; ${variable} names a proxy, but Node ${process.version} of this image cannot use one, so it was tried without: put Node 24.5 or newer into the image`;

/** The end of "https_proxy ...". */
export const noProxyAddress = 'does not hold the address of a proxy';

/** The end of "https_proxy ...". */
export const proxyKind = (kind: string) => `names a ${kind} proxy, which heroku-login cannot use`;

export const tooLarge = (host: string) => `${host} sent far more than an answer`;

/** A sentence. */
export const wrongHost = 'HEROKU_HOST is not a host of Heroku, so heroku.com is used.';

/** A sentence; `git` is the host that is used instead. */
export const wrongGitHost = (git: string) =>
  `HEROKU_GIT_HOST is not a host of Heroku, so ${git} is used.`;

/** By what Heroku says to a token; `trace` is what Heroku's support asks for. */
export const rejected: Readonly<Record<401 | 402 | 'suspended', (trace: string) => string>> = {
  401: (trace) => `it is expired, revoked or mistyped (${trace})`,
  '402': (trace) => `the account has an unpaid bill (${trace})`,
  suspended: (trace) => `the account is suspended (${trace})`,
};

/** A response that says nothing about the token. */
export function unusableResponse(host: string, status: number, trace: string): string {
  if (status === 429) return `${host} has had too many requests of this account (${trace})`;
  if (status >= 500) return `${host} has a fault of its own (${trace})`;
  return `something else than Heroku seems to answer for ${host} (${trace})`;
}

/** A response of Heroku's own that says nothing about the token either. */
export const undecided = (host: string, trace: string) =>
  `${host} neither accepted nor rejected the token (${trace})`;

export const mayNotAuthorize = (trace: string) =>
  `this token may not make authorizations (${trace})`;

/** To a token that asked to revoke another one, of which Heroku tells only its own account. */
export const mayNotRevoke = (trace: string) =>
  `Heroku did not find it with the tokens that are still here (${trace})`;

/** Why an authorization goes on. */
export const noTokenToRevokeWith = 'no token is left here to revoke it with';

/** Beside a login: a sentence. */
export const accountNotShown =
  'Heroku does not show this token its account, as with tokens of a team, so nothing is known of the account or the expiration date.';

/** Why a new token is not used. */
export const notAToken = 'Heroku answered with something that is not a token';
