// How a logout ends, and what is asked before one.

import type { Context } from '../context.ts';
import { date, ownToken, place, tokenPage } from './steps.ts';

export const loggedOut = (removed: boolean) =>
  removed
    ? 'logged out: removed the login from ~/.netrc. The token is still valid elsewhere.'
    : 'nothing to do: heroku-login has not written to ~/.netrc.';

export const notRemoved = (reason: string) =>
  `could not remove the login from ~/.netrc: ${reason}. Once that is fixed, run: heroku-login logout`;

/** Said beside a logout if the token can still be found. */
export const stillThere = (source: string) =>
  `${source} is still set, so the next start of the container will log in again.`;

/** Asks at a terminal what `heroku logout` is to do; `source` is where the CLI has the token from. */
export const askLogout = (context: Context, source: string) =>
  `Heroku: "heroku logout" revokes the token itself. The token from ${source} is shared: every other ${place(context)} and CI job that uses it would be logged out too.\n  here        log out of this ${place(context)} only (same as heroku-login logout)\n  everywhere  revoke the token\nType "here" or "everywhere", or press Enter to cancel: `;

export const notLoggedOut = () => 'canceled; you are still logged in.';

export const containerTokenRevoked = (context: Context) =>
  `logged out: revoked ${ownToken(context)} and removed it from ~/.netrc. The secret is still valid.`;

export const containerTokenNotRevoked = (context: Context, reason: string, until: number) =>
  `logged out of this ${place(context)}, but could not revoke its token: ${reason}. It expires on ${date(until)}. To revoke it now, go to ${tokenPage}`;

/** On standard error, if `heroku logout` could not ask. */
export const loggedOutHereAlone = (context: Context) =>
  `logged out of this ${place(context)} only, because other codespaces and CI jobs may use the same token. To revoke the token, run: HEROKU_LOGOUT=everywhere heroku logout`;
