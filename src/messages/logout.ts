// How a logout ends, and what is asked before one.

import type { Context } from '../context.ts';
import { date, place, tokenPage } from './steps.ts';

export function loggedOut(removed: boolean): string {
  return removed
    ? 'logged out: the login was removed from ~/.netrc; the token itself stays valid for whoever else uses it.'
    : 'nothing to log out: heroku-login has written nothing to ~/.netrc.';
}

export function notRemoved(reason: string): string {
  return `could not take the login out of ~/.netrc, because ${reason}. When that is mended, run: heroku-login logout`;
}

/** Said beside a logout where the token can still be found. */
export function stillThere(source: string): string {
  return `${source} is still there: the next start of the container logs in with it again, or now: heroku-login`;
}

/** Asks at a terminal what `heroku logout` is to do; `source` is where the CLI has the token from. */
export function askLogout(context: Context, source: string): string {
  return `Heroku: heroku logout deletes the token at Heroku. It is the one from ${source}: every other ${place(context)} and every CI job that uses it would be logged out too.\n  here        log out of this ${place(context)} only (as heroku-login logout does)\n  everywhere  go on, and delete the token\nYour choice (Enter alone does nothing): `;
}

export function notLoggedOut(): string {
  return 'nothing was done.';
}

export function sessionEnded(context: Context): string {
  return `logged out: the session of this ${place(context)} was ended at Heroku and removed from ~/.netrc; the secret stays valid for whoever else uses it.`;
}

export function sessionNotEnded(context: Context, reason: string, until: number): string {
  return `logged out of this ${place(context)}, but its session could not be ended at Heroku, because ${reason}. It ends by itself on ${date(until)}; to end it now: ${tokenPage}`;
}
