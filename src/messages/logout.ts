// How a logout ends, and what is asked before one.

import type { Context } from '../context.ts';
import { date, place, tokenPage } from './steps.ts';

export const loggedOut = (removed: boolean) =>
  removed
    ? 'logged out: the login was removed from ~/.netrc; the token itself stays valid for whoever else uses it.'
    : 'nothing to log out: heroku-login has written nothing to ~/.netrc.';

export const notRemoved = (reason: string) =>
  `could not take the login out of ~/.netrc, because ${reason}. When that is mended, run: heroku-login logout`;

/** Said beside a logout where the token can still be found. */
export const stillThere = (source: string) =>
  `${source} is still there: the next start of the container logs in with it again, or now: heroku-login`;

/** Asks at a terminal what `heroku logout` is to do; `source` is where the CLI has the token from. */
export const askLogout = (context: Context, source: string) =>
  `Heroku: heroku logout deletes the token at Heroku. It is the one from ${source}: every other ${place(context)} and every CI job that uses it would be logged out too.\n  here        log out of this ${place(context)} only (as heroku-login logout does)\n  everywhere  go on, and delete the token\nYour choice (Enter alone does nothing): `;

export const notLoggedOut = () => 'nothing was done.';

export const sessionEnded = (context: Context) =>
  `logged out: the session of this ${place(context)} was ended at Heroku and removed from ~/.netrc; the secret stays valid for whoever else uses it.`;

export const sessionNotEnded = (context: Context, reason: string, until: number) =>
  `logged out of this ${place(context)}, but its session could not be ended at Heroku, because ${reason}. It ends by itself on ${date(until)}; to end it now: ${tokenPage}`;

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
