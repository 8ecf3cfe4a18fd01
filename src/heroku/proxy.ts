// The proxy between this container and Heroku, by the variables that people set for curl. How a
// connection goes through one is Node's own work.

import * as messages from '../messages/network.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a variable names. */
export type WebProxy =
  | {
      /** The variable, such as `https_proxy`. */
      readonly variable: string;
      /** Host and port. Never the user and the password, which may be in the address. */
      readonly host: string;
      /** For Node alone, and in no sentence: it may hold a password. */
      readonly address: string;
    }
  /** Node has no way through it; `problem` is the end of "it ...". */
  | { readonly variable: string; readonly problem: string };

const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

const form = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:(.*)@)?(\[[0-9a-f:.]+\]|[^\s:/@]+)(?::(\d+))?\/*$/i;

/**
 * The proxy for https to `host`, a name; undefined for none. Read as curl does, and as Node does not:
 * the first variable that is not empty counts, an address may lack `http://`, its port is 1080 unless it
 * says otherwise, and a domain in `no_proxy` covers what is below it, with or without a dot before it.
 */
export function proxyFor(host: string, env: Environment): WebProxy | undefined {
  const variable = variables.find((name) => env[name]);
  if (variable === undefined) return undefined;
  if (isExempt(host.toLowerCase(), env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  const [, scheme = 'http', login, name, port] = form.exec(env[variable] ?? '') ?? [];
  if (name === undefined) return { variable, problem: messages.noProxyAddress };
  const kind = scheme.toLowerCase();
  if (kind !== 'http' && kind !== 'https') return { variable, problem: messages.proxyKind(kind) };
  const at = `${name}:${port ?? (kind === 'https' ? 443 : 1080)}`;
  const address = `${kind}://${login === undefined ? '' : `${encoded(login)}@`}${at}`;
  return isProper(address)
    ? { variable, host: at, address }
    : { variable, problem: messages.noProxyAddress };
}

/** `no_proxy` is a list with commas or blanks between its names, or `*` alone for everything. */
function isExempt(host: string, exempt: string): boolean {
  if (exempt.trim() === '*') return true;
  return exempt
    .toLowerCase()
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/^\.|\.$/g, ''))
    .some((entry) => entry !== '' && `.${host}`.endsWith(`.${entry}`));
}

/** User and password with what would end them in an address, as curl takes them without it. */
const encoded = (login: string): string =>
  login.replace(/%(?![0-9a-f]{2})/gi, '%25').replace(/[^\w.~!$&'()*+,;=:%-]/g, encodeURIComponent);

/** Whether Node will understand it; it throws the address, password and all, if it does not. */
function isProper(address: string): boolean {
  try {
    const { username, password } = new URL(address);
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}
