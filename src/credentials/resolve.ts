// Which token counts: the one place that answers it, for the login, `status`, git's and docker's helper,
// `heroku logout`, and the launcher of `heroku`.
//
// The launcher (image/bin/heroku) decides nothing. It obeys the file `hide` in our state folder:
//
//   LINES UNTIL SUM...   values of HEROKU_API_KEY that it takes out of the environment
//   SUM                  the same for every value with a character that no token has
//
// SUM is the cksum of the value (of nothing for the second line), followed by a line end and the first LINES
// lines of ~/.netrc joined by line ends, or by nothing if LINES is 0. So it counts only while our entries are
// there, and not from UNTIL on (seconds since 1970; 0 for no end).

import type { Context } from '../context.ts';
import { fingerprint } from './fingerprint.ts';
import type { ContainerToken } from './state.ts';
import { type Netrc, readNetrc, type StoredLogin } from './store.ts';
import { type Candidate, findTokens, type TokenSearch } from './token.ts';

export interface Resolution {
  readonly netrc: Netrc;
  readonly search: TokenSearch;
  /** The tokens that may be used, the freshest first: the secret may have changed since it was stored. */
  readonly candidates: readonly Candidate[];
}

/** Looks at all places once. */
export function resolve(context: Context): Resolution {
  const { hosts } = context;
  const netrc = readNetrc(context);
  const search = findTokens(context);
  const found = search.candidates.filter(({ token }) => !isSuperseded(context, netrc, token));
  const { stored } = netrc;
  const counts = stored?.machines.some((one) => [hosts.apiMachine, hosts.gitMachine].includes(one));
  const inNetrc: Candidate[] =
    stored && counts ? [{ token: stored.password, kind: 'netrc', source: '~/.netrc' }] : [];
  return { netrc, search, candidates: [...found, ...inNetrc] };
}

/** The tokens that may be used, the freshest first; none that is logged out, or that a container's own token stands for. */
export const candidates = (context: Context): readonly Candidate[] => resolve(context).candidates;

/** HEROKU_API_KEY as the launcher hands it to the CLI: trimmed; undefined if it is taken out. */
export function variableForCli(context: Context, netrc: Netrc): string | undefined {
  const value = context.env['HEROKU_API_KEY']?.replace(/^[ \t-\r"']+|[ \t-\r"']+$/g, '');
  return value && !isSuperseded(context, netrc, value) ? value : undefined;
}

/** What {@link image/bin/heroku} does with the file, step by step. */
function isSuperseded(context: Context, { text }: Netrc, value: string): boolean {
  const [first = '', odd = ''] = context.state.hide.read()?.split('\n') ?? [];
  const [lines, until, ...sums] = first.split(' ');
  const isOdd = /[^\w-]/.test(value);
  const top = Number(lines) === 0 ? [] : text.split('\n').slice(0, Number(lines));
  const sum = fingerprint([isOdd ? '' : value, ...top].join('\n'));
  const isOver = Number(until) !== 0 && Math.floor(context.now() / 1000) >= Number(until);
  return !isOver && (isOdd ? [odd] : sums).includes(sum);
}

type HiddenSecret = { readonly secret: string; readonly containerToken: ContainerToken };

/**
 * After a login is stored. If it is a container's own token, the secret it was made with must not be used
 * instead of it; in any case the CLI is better off with it than with a value that it cannot send.
 */
export function hideSecret(context: Context, stored: StoredLogin, own?: HiddenSecret): void {
  const { lines, sumOf } = below(stored);
  // Not a moment longer than Heroku takes it.
  const until = own ? Math.floor(own.containerToken.expiresAt / 1000) : 0;
  const hidden = [...(own ? [own.secret] : []), ...rejectedTokens(context)];
  writeHide(context, `${[lines, until, ...hidden.map(sumOf)].join(' ')}\n${sumOf('')}\n`);
}

/** After Heroku rejected the secret: the login before it stays in use, for the CLI as for git. */
export function hideRejected(context: Context, stored: StoredLogin): void {
  const { lines, sumOf } = below(stored);
  const [known = '', odd = ''] = context.state.hide.read()?.split('\n') ?? [];
  // Without our entries at the top of the file there is nothing that the launcher could compare.
  if (lines === 0 || !known.startsWith(`${lines} `)) return;
  const sums = rejectedTokens(context).map(sumOf);
  const added = sums.filter((sum) => !known.split(' ').includes(sum));
  writeHide(context, `${[known, ...added].join(' ')}\n${odd}\n`);
}

/** How many lines of ~/.netrc a stored login is, and the sum of a value that counts only above them. */
function below({ text }: StoredLogin) {
  const lines = text.split('\n').slice(0, -1);
  return {
    lines: lines.length,
    sumOf: (value: string) => fingerprint([value, ...lines].join('\n')),
  };
}

/** What was found and Heroku rejected: in the variable it would beat the token that Heroku accepted. */
const rejectedTokens = (context: Context): string[] =>
  findTokens(context)
    .candidates.map(({ token }) => token)
    .filter((token) => context.state.rejected.has(token));

/**
 * After a logout: these tokens do not count until the next login. Given as fingerprints.
 *
 * @returns false if that could not be written down.
 */
export const hideLoggedOut = (context: Context, fingerprints: readonly string[]): boolean =>
  writeHide(context, `0 0 ${[...new Set(fingerprints)].join(' ')}\n${fingerprint('')}\n`);

/** Which of the two was the last; undefined before the first. */
export function lastChange({ state }: Context): 'login' | 'logout' | undefined {
  const [lines] = state.hide.read()?.split(' ') ?? [];
  return lines === undefined ? undefined : lines === '0' ? 'logout' : 'login';
}

/** Most logins change nothing, and reading is cheaper than writing. */
const writeHide = ({ state }: Context, text: string): boolean =>
  state.hide.read() === text || state.hide.write(text);
