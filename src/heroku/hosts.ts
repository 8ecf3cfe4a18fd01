// Which Heroku: the rules of HEROKU_HOST and HEROKU_GIT_HOST.

import * as messages from '../messages/network.ts';
import { type Environment, proxyFor, type WebProxy } from './proxy.ts';

/** Where requests go, and how. */
export interface Server {
  readonly base: URL;
  /** Its name, with a port if there is one. */
  readonly host: string;
  /** Absent if there is none on the way. */
  readonly proxy?: WebProxy;
  /** A file with certificates that count as well: SSL_CERT_FILE, as curl reads it. */
  readonly certificateFile?: string | undefined;
}

export interface Hosts {
  /** The Platform API. */
  readonly api: Server;
  /** Name of the API's entry in ~/.netrc, as the CLI looks it up (with a port if there is one). */
  readonly apiMachine: string;
  /** Name of git's entry in ~/.netrc, and the host that `git-credential` answers for. */
  readonly gitMachine: string;
  /** Where docker pushes images for Heroku; undefined if HEROKU_HOST leaves that open. */
  readonly registry: string | undefined;
  /** A sentence for each variable that was ignored. */
  readonly warnings: readonly string[];
}

const herokuDomains = ['heroku.com', 'herokai.com', 'herokuspace.com', 'herokudev.com'];

const usual = { git: 'git.heroku.com', registry: 'registry.heroku.com' };

/**
 * Reads HEROKU_HOST and HEROKU_GIT_HOST as the CLI does (`@heroku-cli/command`, `lib/vars.js`),
 * with one difference: the CLI looks for a domain anywhere in the value, so an address such as
 * `https://evil.example/.heroku.com` passes there. Here the host name itself must be one of
 * Heroku's or this machine, because the token goes there.
 */
export function herokuHosts(env: Environment): Hosts {
  const warnings: string[] = [];
  const wanted = env['HEROKU_HOST'];
  const custom = wanted ? customHost(wanted) : undefined;
  if (wanted && !custom) warnings.push(messages.wrongHost);
  const { api, git, registry } = custom ?? { ...usual, api: new URL('https://api.heroku.com') };
  const wantedGit = env['HEROKU_GIT_HOST']?.toLowerCase();
  const gitAllowed = wantedGit && allowed(`https://${wantedGit}`)?.host === wantedGit;
  if (wantedGit && !gitAllowed) warnings.push(messages.wrongGitHost(git));
  // Nothing that leads to this machine goes through a proxy, plain http above all.
  const proxy = isLoopback(api.hostname) ? undefined : proxyFor(api.hostname, env);
  const certificateFile = env['SSL_CERT_FILE'];
  const server = { base: api, host: api.host, certificateFile, ...(proxy ? { proxy } : {}) };
  const gitMachine = gitAllowed ? wantedGit : git;
  return { api: server, apiMachine: api.host, gitMachine, registry, warnings };
}

/**
 * The CLI makes `registry.<HEROKU_HOST>` of any value, so an address has no registry
 * (docs/facts/heroku.md part 7).
 */
function customHost(value: string) {
  if (/^https?:/i.test(value)) {
    const api = allowed(value);
    return api && { api, git: api.host, registry: undefined };
  }
  const api = allowed(`https://api.${value}`);
  // Of what was parsed: names with capitals or with a port of https would be entries that nobody looks up.
  const domain = api?.host.slice('api.'.length);
  const registry = api && isLoopback(api.hostname) ? undefined : `registry.${domain}`;
  return api && { api, git: `git.${domain}`, registry };
}

/** Nothing but a host, which may have a port: the parser leaves out line ends and tabs, wherever they are. */
const form = /^https?:\/\/([a-z\d.-]+|\[[a-f\d:]+\])(:\d+)?\/?$/i;

/** The address if the token may be sent to it; otherwise undefined. */
function allowed(address: string): URL | undefined {
  if (!form.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const local = isLoopback(url.hostname);
  const heroku = herokuDomains.some((domain) => `.${url.hostname}`.endsWith(`.${domain}`));
  // Plain HTTP would show the token to the network; on this machine there is none in between.
  return local || (heroku && url.protocol === 'https:') ? url : undefined;
}

/** A name or an address of this machine (RFC 6761 part 6.3: every name below `localhost`). */
export const isLoopback = (hostname: string): boolean =>
  /^(.*\.)?localhost$/s.test(hostname) || hostname === '127.0.0.1' || hostname === '[::1]';
