// The questions asked of Heroku's Platform API: whose token is this, when does it expire, is there an
// app of that name? And two orders: make a token of one's own, and end it.

import { sanitizeForTerminal } from '../report.ts';
import type { RetryPolicy } from '../timeouts.ts';
import { version } from '../version.ts';
import {
  type Answer,
  before,
  Client,
  type Limits,
  monotonic,
  RequestError,
  type Server,
} from './http.ts';

/** What Heroku says to a token. */
export type Verification =
  | {
      readonly kind: 'accepted';
      readonly account: string;
      /** Of the token; see {@link Report.expiresAt}. */
      readonly expiresAt?: number | null;
      /** What the account has, as far as it was told. */
      readonly authorizations: readonly Authorization[];
      /** Little is left of the account's requests: ask nothing that can wait. */
      readonly nearLimit: boolean;
    }
  /** Heroku itself turned the token down; `reason` is a clause. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No usable answer, which says nothing about the token; `reason` is a clause. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** A row of `GET /oauth/authorizations`, as far as it is used. */
export interface Authorization {
  readonly id: string;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The token with its middle masked, see {@link isSameToken}; undefined where there is none. */
  readonly shown: string | undefined;
  /** Seconds that the token has left; null for ever. */
  readonly left: number | null;
}

/**
 * Proves a token with `GET /account` and, where its scope allows, reads its expiry from
 * `GET /oauth/authorizations` (docs/facts/heroku.md part 1.1). Sends the token to `api` and nowhere
 * else.
 *
 * @param now milliseconds since 1970, to turn seconds that are left into a date.
 */
export async function verifyToken(
  api: Server,
  token: string,
  now: number,
  limits: Limits & { readonly list: RetryPolicy },
): Promise<Verification> {
  const verification = await verifyAccount(api, token, limits);
  if (verification.kind !== 'accepted' || verification.nearLimit) return verification;
  const authorizations = await list(new Client(api), token, {
    ...limits.list,
    pause: limits.pause,
  });
  const expiresAt = expiryOf(token, authorizations, now);
  return { ...verification, authorizations, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** The same with `GET /account` alone, so that nothing is known of the expiry. */
export async function verifyAccount(
  api: Server,
  token: string,
  limits: Limits,
): Promise<Verification> {
  try {
    const headers = headersWith(token);
    const answer = await new Client(api).ask({ method: 'GET', path: '/account', headers }, limits);
    const { email } = fields(answer.json);
    if (answer.status !== 200 || typeof email !== 'string' || email === '') {
      return judge(api.host, answer);
    }
    const account = sanitizeForTerminal(email);
    return { kind: 'accepted', account, authorizations: [], nearLimit: isNearLimit(answer) };
  } catch (error) {
    if (error instanceof RequestError) return unreachable(error.message);
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

/** A token that Heroku made for us. */
export interface CreatedAuthorization {
  readonly id: string;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Seconds that it lasts; undefined where that was not told. */
  readonly left: number | undefined;
}

/**
 * Makes an authorization of its own (`POST /oauth/authorizations`, docs/facts/heroku.md part 1.1),
 * as `heroku login -i` does: with the scope `global`, which `heroku logout` needs to end it. Asks once: an answer that got
 * lost may have made one.
 *
 * @param life seconds.
 * @returns it, or why there is none, as a clause.
 */
export async function createAuthorization(
  api: Server,
  token: string,
  description: string,
  life: number,
  limits: Limits,
): Promise<CreatedAuthorization | { readonly reason: string }> {
  const body = { description, expires_in: life, scope: ['global'] };
  const headers = headersWith(token);
  const question = { method: 'POST', path: '/oauth/authorizations', headers, body } as const;
  let answer: Answer;
  try {
    answer = await new Client(api).ask(question, { ...limits, attempts: 1 });
  } catch (error) {
    if (error instanceof RequestError) return { reason: error.message };
    throw error;
  }
  const { id, access_token: access, created_at: created } = fields(answer.json);
  const { token: made, expires_in: left } = fields(access);
  if (answer.status === 201 && typeof id === 'string' && typeof made === 'string') {
    const createdAt = Date.parse(String(created));
    return { id, token: made, createdAt, left: typeof left === 'number' ? left : undefined };
  }
  const { status } = answer;
  if (status === 403 || status === 422) {
    return { reason: `this token may not make authorizations (${requestTrace(answer)})` };
  }
  const judged = judge(api.host, answer);
  return { reason: 'reason' in judged ? judged.reason : '' };
}

/**
 * Ends an authorization. One that is gone already counts as ended.
 *
 * @returns undefined, or why it may go on, as a clause.
 */
export async function revokeAuthorization(
  api: Server,
  token: string,
  id: string,
  limits: Limits,
): Promise<string | undefined> {
  const path = `/oauth/authorizations/${encodeURIComponent(id)}`;
  try {
    const question = { method: 'DELETE', path, headers: headersWith(token) } as const;
    const answer = await new Client(api).ask(question, limits);
    // A token that is gone can end nothing any more, and need not.
    const gone = [401, 404].includes(answer.status) && 'id' in fields(answer.json);
    if (answer.status === 200 || gone) return undefined;
    const judged = judge(api.host, answer);
    return 'reason' in judged ? judged.reason : undefined;
  } catch (error) {
    if (error instanceof RequestError) return error.message;
    throw error;
  }
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
  api: Server,
  token: string,
  name: string,
  limits: Limits,
): Promise<AppAnswer> {
  let answer: Answer;
  try {
    const question = { method: 'GET', path: `/apps/${name}`, headers: headersWith(token) } as const;
    answer = await new Client(api).ask(question, limits);
  } catch (error) {
    if (error instanceof RequestError) return { kind: 'unreachable', reason: error.message };
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

/**
 * Sorts an answer that is not an account (docs/facts/heroku.md part 1.4: status and `id` count, not
 * the message).
 */
function judge(host: string, answer: Answer): Verification {
  const { status, json } = answer;
  const { id } = fields(json);
  const trace = requestTrace(answer);
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

/** What Heroku's support asks for: status, error and number of the request. */
function requestTrace({ status, headers, json }: Answer): string {
  const { id } = fields(json);
  const request = headers['request-id'];
  return [
    String(status),
    ...(typeof id === 'string' ? [sanitizeForTerminal(id, 60)] : []),
    ...(typeof request === 'string' ? [`request ${sanitizeForTerminal(request, 60)}`] : []),
  ].join(', ');
}

function refused(reason: string): Verification {
  return { kind: 'refused', reason };
}

function unreachable(reason: string): Verification {
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

/** The account's authorizations; those that were told until the time was over. */
async function list(client: Client, token: string, forList: Limits): Promise<Authorization[]> {
  const rows: Authorization[] = [];
  const end = monotonic() + forList.total;
  const question = { method: 'GET', path: '/oauth/authorizations' } as const;
  let range: string | undefined;
  // A list with more than one page answers 206 and names the next one; five pages are a thousand.
  for (let page = 1; page <= 5; page++) {
    const headers = { ...headersWith(token), ...(range === undefined ? {} : { range }) };
    let answer: Answer;
    try {
      const limits = before(end, forList);
      answer = await client.ask({ ...question, headers }, limits);
    } catch (error) {
      if (error instanceof RequestError) return [];
      throw error;
    }
    // A good token may lack the scope for this list (403); then nothing is known, and all is well.
    if ((answer.status !== 200 && answer.status !== 206) || !Array.isArray(answer.json)) return [];
    rows.push(...answer.json.map(authorization));
    const next = answer.headers['next-range'];
    if (answer.status === 200 || typeof next !== 'string') break;
    range = next;
  }
  return rows;
}

function authorization(row: unknown): Authorization {
  const { id, description, created_at: created, access_token: access } = fields(row);
  const { token: shown, expires_in: left } = fields(access);
  return {
    id: String(id),
    description: String(description),
    createdAt: Date.parse(String(created)),
    shown: typeof shown === 'string' ? shown : undefined,
    left: typeof left === 'number' && Number.isFinite(left) ? left : null,
  };
}

/** The last moment that a `Date` can hold, in milliseconds since 1970. */
const endOfTime = 8.64e15;

/** Milliseconds since 1970, null for a token that never expires, undefined where it is not told. */
function expiryOf(
  token: string,
  rows: readonly Authorization[],
  now: number,
): number | null | undefined {
  const matches = rows.filter(({ shown }) => shown !== undefined && isSameToken(token, shown));
  const [match, ...others] = matches;
  // Two rows that look alike and differ: which of them is ours cannot be told.
  if (match === undefined || others.some(({ left }) => left !== match.left)) return undefined;
  if (match.left === null) return null;
  const expiresAt = now + match.left * 1000;
  return Math.abs(expiresAt) > endOfTime ? undefined : expiresAt;
}

/**
 * Whether `shown`, as a list of authorizations has it, can be `token`: a visible prefix, ten
 * asterisks, a visible suffix (docs/facts/heroku.md part 1.6). A token that is masked as a whole
 * matches nothing.
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
export function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
