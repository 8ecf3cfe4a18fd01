// Whose token is this, and when does it expire?

import { asRecord } from '../json.ts';
import { sanitizeForTerminal } from '../report.ts';
import type { RetryPolicy } from '../timeouts.ts';
import { type Authorization, expiryOf, listAuthorizations } from './authorizations.ts';
import { type ApiCall, type ApiResponse, send } from './http.ts';
import { isUndecided, type Problem, toProblem } from './response.ts';

/** Heroku took the token. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly account: string;
  /** Of the token; see {@link Report.expiresAt}. */
  readonly expiresAt?: number | null;
  /** What the account has, as far as it was told. */
  readonly authorizations: readonly Authorization[];
  /** Little is left of the account's requests: ask nothing that can wait. */
  readonly nearLimit: boolean;
  /** Heroku does not show this token its account: a team's token, or one for deployments alone. */
  readonly accountHidden?: boolean;
}

/** What Heroku says to a token. */
export type Verification = Accepted | Problem;

/**
 * Verifies a token with `GET /account` and, if its scope allows, reads its expiry from
 * `GET /oauth/authorizations` (docs/facts/heroku.md part 1.1).
 *
 * @param now in milliseconds since 1970; turns seconds into a date.
 * @param list for the second request.
 */
export async function verifyToken(call: ApiCall, now: number, list: RetryPolicy) {
  const verification = await verifyAccount(call);
  if (verification.kind !== 'accepted' || verification.nearLimit) return verification;
  const rows = await listAuthorizations({ ...call, limits: { ...call.limits, ...list } });
  const expiresAt = expiryOf(call.token, rows, now);
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  return { ...verification, authorizations: rows, ...expiry };
}

/** The same with `GET /account` alone, so that nothing is known of the expiry. */
export async function verifyAccount(call: ApiCall): Promise<Verification> {
  const response = await send(call, { method: 'GET', path: '/account' });
  if ('problem' in response) return toProblem(call, response);
  if (isUndecided(response)) return await verifyWithoutAccount(call);
  const { email } = asRecord(response.json);
  if (response.status !== 200 || typeof email !== 'string' || email === '') {
    return toProblem(call, response);
  }
  const account = sanitizeForTerminal(email);
  return { kind: 'accepted', account, authorizations: [], nearLimit: isNearLimit(response) };
}

/**
 * For a token that may not see its account (heroku/cli#3928): asks what any valid token is told, and what counts
 * against no limit (docs/facts/heroku.md part 1.5).
 */
async function verifyWithoutAccount(call: ApiCall): Promise<Verification> {
  const response = await send(call, { method: 'GET', path: '/account/rate-limits' });
  if ('problem' in response || response.status !== 200) return toProblem(call, response);
  const nearLimit = isNearLimit(response);
  return {
    kind: 'accepted',
    account: 'heroku',
    authorizations: [],
    nearLimit,
    accountHidden: true,
  };
}

/**
 * Whether what is left of the account's requests in this hour (4500, refilled by 75 a minute) had
 * better be kept for logins: a thousand codespaces may start with the same token.
 */
function isNearLimit({ headers }: ApiResponse): boolean {
  const left = headers['ratelimit-remaining'];
  return typeof left === 'string' && /^\d+$/.test(left) && Number(left) < 1000;
}
