// The account's authorizations, each of which has a token: list, create, revoke.

import { within } from '../deadline.ts';
import { asRecord } from '../json.ts';
import * as messages from '../messages/network.ts';
import { type ApiCall, send } from './http.ts';
import { errorId, type Problem, requestTrace, toProblem } from './response.ts';

/** A row of `GET /oauth/authorizations`, as far as it is used. */
export interface Authorization {
  readonly id: string;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The token with its middle masked, see {@link isSameToken}; undefined if there is none. */
  readonly redactedToken: string | undefined;
  /** Seconds that the token has left; null for ever. */
  readonly expiresIn: number | null;
}

/** The account's authorizations; those that were told until the time was over. */
export async function listAuthorizations(call: ApiCall): Promise<Authorization[]> {
  const rows: Authorization[] = [];
  const limits = { ...call.limits, deadline: within(call.limits.deadline, call.limits.total) };
  let headers = {};
  // A list with more than one page answers 206 and names the next one; five pages are a thousand.
  for (let page = 1; page <= 5; page++) {
    const request = { method: 'GET', path: '/oauth/authorizations', headers } as const;
    const response = await send({ ...call, limits }, request);
    if ('problem' in response) return [];
    const { status, json } = response;
    // A good token may lack the scope for this list (403); then nothing is known, and all is well.
    if ((status !== 200 && status !== 206) || !Array.isArray(json)) return [];
    rows.push(...json.map(toAuthorization));
    const next = response.headers['next-range'];
    if (status === 200 || typeof next !== 'string') break;
    headers = { range: next };
  }
  return rows;
}

function toAuthorization(row: unknown): Authorization {
  const { id, description, created_at: created, access_token: access } = asRecord(row);
  const { token, expires_in: expiresIn } = asRecord(access);
  return {
    id: String(id),
    description: String(description),
    createdAt: Date.parse(String(created)),
    redactedToken: typeof token === 'string' ? token : undefined,
    expiresIn: typeof expiresIn === 'number' && Number.isFinite(expiresIn) ? expiresIn : null,
  };
}

/** A token that Heroku made for us. */
export type CreatedAuthorization = Authorization & { readonly token: string };

/**
 * Creates an authorization (`POST /oauth/authorizations`, docs/facts/heroku.md part 1.1), as `heroku login -i` does:
 * with the scope `global`, which `heroku logout` needs to revoke it. Asks once: a response that got lost
 * may have made one.
 *
 * @returns it, or why there is none, as a clause.
 */
export async function createAuthorization(
  call: ApiCall,
  { description, lifetimeSeconds }: { description: string; lifetimeSeconds: number },
): Promise<CreatedAuthorization | { readonly reason: string }> {
  const body = { description, expires_in: lifetimeSeconds, scope: ['global'] };
  const limits = { ...call.limits, attempts: 1 };
  const request = { method: 'POST', path: '/oauth/authorizations', body } as const;
  const response = await send({ ...call, limits }, request);
  if ('problem' in response) return { reason: response.problem };
  const { status, json } = response;
  const made = toAuthorization(json);
  const { redactedToken: token } = made;
  const isMade = status === 201 && typeof asRecord(json)['id'] === 'string';
  if (isMade && token !== undefined) return { ...made, token };
  return status === 403 || status === 422
    ? { reason: messages.mayNotAuthorize(requestTrace(response)) }
    : toProblem(call, response);
}

/**
 * Revokes an authorization.
 *
 * @param isItself whether the call is made with its own token: only then do 401 and 404 mean that it is gone.
 *   To a token of another account Heroku answers the same about one that lives.
 * @returns undefined, or why it may go on.
 */
export async function revokeAuthorization(call: ApiCall, id: string, isItself: boolean) {
  const path = `/oauth/authorizations/${encodeURIComponent(id)}`;
  const response = await send(call, { method: 'DELETE', path });
  if (!('problem' in response)) {
    const isGone = [401, 404].includes(response.status) && errorId(response) !== undefined;
    if (response.status === 200 || (isItself && isGone)) return undefined;
    const reason = messages.mayNotRevoke(requestTrace(response));
    if (isGone) return { kind: 'rejected', reason } satisfies Problem;
  }
  return toProblem(call, response);
}

/** The last moment that a `Date` can hold, in milliseconds since 1970. */
const endOfTime = 8.64e15;

/** Milliseconds since 1970, null for a token that never expires, undefined if it is not told. */
export function expiryOf(token: string, rows: readonly Authorization[], now: number) {
  const [match, ...others] = rows.filter(
    ({ redactedToken }) => redactedToken !== undefined && isSameToken(token, redactedToken),
  );
  // Two rows that look alike and differ: which of them is ours cannot be told.
  if (match === undefined || others.some(({ expiresIn }) => expiresIn !== match.expiresIn)) {
    return undefined;
  }
  if (match.expiresIn === null) return null;
  const expiresAt = now + match.expiresIn * 1000;
  return Math.abs(expiresAt) > endOfTime ? undefined : expiresAt;
}

/**
 * Whether `redacted`, as a list of authorizations has it, can be `token`: a visible prefix, ten
 * asterisks, a visible suffix (docs/facts/heroku.md part 1.6). A token that is masked as a whole matches nothing.
 */
export function isSameToken(token: string, redacted: string): boolean {
  const at = redacted.indexOf('**********');
  if (at === -1) return token === redacted;
  const [prefix, suffix] = [redacted.slice(0, at), redacted.slice(at + 10)];
  const shown = prefix.length + suffix.length;
  const fits = token.startsWith(prefix) && token.endsWith(suffix) && token.length >= shown;
  return shown > 0 && fits;
}
