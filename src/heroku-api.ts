// The questions asked of Heroku's Platform API: whose token is this, when does it expire, and is there
// an app of that name?

import { type Answer, Client, type Limits, NoAnswer } from './http.ts';
import { printable } from './report.ts';
import { version } from './version.ts';

/** What Heroku says to a token. */
export type Proof =
  | { readonly kind: 'accepted'; readonly account: string; readonly expiresAt?: number | null }
  /** Heroku itself turned the token down; `reason` is a clause. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No usable answer, which says nothing about the token; `reason` is a clause. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Proves a token with `GET /account` and, where its scope allows, reads its expiry from
 * `GET /oauth/authorizations` (heroku.md 1.1). Sends the token to `api` and nowhere else.
 *
 * @param now milliseconds since 1970, to turn seconds that are left into a date.
 */
export async function proveToken(
  api: URL,
  token: string,
  now: number,
  limits: Limits,
): Promise<Proof> {
  const client = new Client(api);
  const headers = headersWith(token);
  try {
    const answer = await client.get('/account', headers, limits);
    const { email } = fields(answer.json);
    if (answer.status !== 200 || typeof email !== 'string' || email === '') {
      return judge(api.host, answer);
    }
    const expiresAt = isNearLimit(answer)
      ? undefined
      : await findExpiry(client, headers, token, now);
    return {
      kind: 'accepted',
      account: printable(email),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: 'unreachable', reason: error.message };
    throw error;
  }
}

function headersWith(token: string): Record<string, string> {
  return {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${token}`,
    'user-agent': `heroku-login/${version} ${process.platform}-${process.arch}`,
  };
}

/** What Heroku says to the question for an app. */
export type AppAnswer =
  | { readonly kind: 'there' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'forbidden' }
  /** No usable answer; `reason` is a clause. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Asks for an app by its name with `GET /apps/{name}`. */
export async function findApp(
  api: URL,
  token: string,
  name: string,
  limits: Limits,
): Promise<AppAnswer> {
  let answer: Answer;
  try {
    answer = await new Client(api).get(`/apps/${name}`, headersWith(token), limits);
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: 'unreachable', reason: error.message };
    throw error;
  }
  const { name: found, id } = fields(answer.json);
  if (answer.status === 200 && found === name) return { kind: 'there' };
  // Only Heroku names its errors, see judge.
  if (answer.status === 404 && typeof id === 'string') return { kind: 'absent' };
  if (answer.status === 403 && typeof id === 'string') return { kind: 'forbidden' };
  const judged = judge(api.host, answer);
  return { kind: 'unreachable', reason: 'reason' in judged ? judged.reason : '' };
}

/** Sorts an answer that is not an account (heroku.md 1.4: status and `id` count, not the message). */
function judge(host: string, { status, headers, json }: Answer): Proof {
  const { id } = fields(json);
  const request = headers['request-id'];
  const trace = [
    String(status),
    ...(typeof id === 'string' ? [printable(id, 60)] : []),
    ...(typeof request === 'string' ? [`request ${printable(request, 60)}`] : []),
  ].join(', ');
  // Only Heroku names its errors: a 401 or 403 without an id is a proxy's or a captive portal's.
  if (typeof id === 'string') {
    if (status === 401) return refused(`it is expired, revoked or mistyped (${trace})`);
    if (status === 402) return refused(`the account has an unpaid bill (${trace})`);
    if (status === 403 && id === 'suspended') return refused(`the account is suspended (${trace})`);
    if (status === 403 && id === 'two_factor') {
      return refused(
        `it asks for a second factor, as a password does and a token does not (${trace})`,
      );
    }
    if (status === 403) return refused(`it is expired, or its scope is too narrow (${trace})`);
  }
  if (status === 429)
    return unreachable(`${host} has had too many requests of this account (${trace})`);
  if (status >= 500) return unreachable(`${host} has a fault of its own (${trace})`);
  return unreachable(`something else than Heroku seems to answer for ${host} (${trace})`);
}

function refused(reason: string): Proof {
  return { kind: 'refused', reason };
}

function unreachable(reason: string): Proof {
  return { kind: 'unreachable', reason };
}

/**
 * Whether what is left of the account's requests in this hour (4500, refilled by 75 a minute) had
 * better be kept for logins: a thousand codespaces may start with the same token.
 */
function isNearLimit({ headers }: Answer): boolean {
  const left = headers['ratelimit-remaining'];
  return typeof left === 'string' && /^\d+$/.test(left) && Number(left) < 1000;
}

/** Milliseconds for all pages. Nice to know, and not worth a long wait: the token is proven already. */
const forExpiry = 3000;

/** The last moment that a `Date` can hold, in milliseconds since 1970. */
const endOfTime = 8.64e15;

/** Milliseconds since 1970, null for a token that never expires, undefined where it is not told. */
async function findExpiry(
  client: Client,
  headers: Record<string, string>,
  token: string,
  now: number,
): Promise<number | null | undefined> {
  const matches: (number | null)[] = [];
  const end = process.uptime() * 1000 + forExpiry;
  let range: string | undefined;
  // A list with more than one page answers 206 and names the next one; five pages are a thousand.
  for (let page = 1; page <= 5; page++) {
    let answer: Answer;
    try {
      const asked = range ? { ...headers, range } : headers;
      const total = end - process.uptime() * 1000;
      const limits = { total, attempt: total, attempts: 2 };
      answer = await client.get('/oauth/authorizations', asked, limits);
    } catch (error) {
      if (error instanceof NoAnswer) return undefined;
      throw error;
    }
    // A good token may lack the scope for this list (403); then nothing is known, and all is well.
    if ((answer.status !== 200 && answer.status !== 206) || !Array.isArray(answer.json)) {
      return undefined;
    }
    for (const row of answer.json) {
      const access = fields(fields(row)['access_token']);
      const { token: shown, expires_in: left } = access;
      if (typeof shown !== 'string' || !isSameToken(token, shown)) continue;
      matches.push(typeof left === 'number' && Number.isFinite(left) ? left : null);
    }
    const next = answer.headers['next-range'];
    if (answer.status === 200 || typeof next !== 'string') break;
    range = next;
  }
  const [left, ...others] = matches;
  // Two rows that look alike and differ: which of them is ours cannot be told.
  if (left === undefined || others.some((other) => other !== left)) return undefined;
  const expiresAt = left === null ? null : now + left * 1000;
  return expiresAt !== null && Math.abs(expiresAt) > endOfTime ? undefined : expiresAt;
}

/**
 * Whether `shown`, as a list of authorizations has it, can be `token`: a visible prefix, ten
 * asterisks, a visible suffix (heroku.md 1.6). A token that is masked as a whole matches nothing.
 */
export function isSameToken(token: string, shown: string): boolean {
  const at = shown.indexOf('**********');
  if (at === -1) return token === shown;
  const prefix = shown.slice(0, at);
  const suffix = shown.slice(at + 10);
  return (
    prefix + suffix !== '' &&
    token.length >= prefix.length + suffix.length &&
    token.startsWith(prefix) &&
    token.endsWith(suffix)
  );
}

/** The properties of something that may not be an object. */
function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
