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

/** @param isOther whether there was an answer, which may be anything that was pasted. */
export const notLoggedOut = (isOther: boolean) =>
  isOther
    ? 'canceled, because the answer was neither "here" nor "everywhere"; you are still logged in.'
    : 'canceled; you are still logged in.';

export const containerTokenRevoked = (context: Context) =>
  `logged out: revoked ${ownToken(context)} and removed it from ~/.netrc. The secret is still valid.`;

export const containerTokenNotRevoked = (context: Context, reason: string, until: number) =>
  `logged out of this ${place(context)}, but could not revoke its token: ${reason}. It expires on ${date(until)}. To revoke it now, go to ${tokenPage}`;

/** On standard error, if `heroku logout` could not ask. */
export const loggedOutHereAlone = (context: Context) =>
  `logged out of this ${place(context)} only, because other codespaces and CI jobs may use the same token. To revoke the token, run: HEROKU_LOGOUT=everywhere heroku logout`;

/** At the end of a sentence about a logout: `source` is where a token is still set. */
const ignored = (source?: string) =>
  source === undefined ? '' : ` ${source} is ignored from now on, until the next login.`;

/** @param source where a token is set. */
export const nothingStored = (source: string) =>
  `logged out: nothing was stored in ~/.netrc.${ignored(source)}`;

/** A login was stored, and is no longer there. */
export const notFound = (source?: string) =>
  `logged out: could not find the login in ~/.netrc, because it was changed or removed after heroku-login stored it.${ignored(source)}`;

/** @param lines of ~/.netrc, counted from 1. */
export const tokenLeft = (lines: readonly number[]) =>
  `~/.netrc still holds a token that heroku-login stored, in line ${lines.join(', ')}, which heroku-login does not change, because it is not an entry of its own. To remove the token, delete it there with an editor.`;

/** @param source where a token is set. */
export const notIgnored = (source: string) =>
  `${source} still counts, because ~/.local/state/heroku-login cannot be written. To log out of it too, unset it.`;
