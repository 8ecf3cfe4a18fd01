// A container's own token (option `perContainerToken`).

import type { Context } from '../context.ts';
import { type LoggedIn, loggedIn } from './login.ts';
import { date, ownSession, place } from './steps.ts';

/** Said beside a login without a new session; `until` is when the one that stays ends. */
export const noSession = (context: Context, reason: string, until: number | undefined) =>
  until === undefined
    ? `no session of this ${place(context)} alone could be made, because ${reason}. The token itself is stored instead, and heroku logout would delete it for all who use it.`
    : `the session of this ${place(context)} could not be renewed, because ${reason}. It is good until ${date(until)}; the next start tries again, or now: heroku-login`;

/** A clause, for {@link noSession}. */
export const nearLimit = () =>
  'little is left of what Heroku lets this account ask in an hour (the next start tries again)';

/** `status` where the session was ended at Heroku. */
export const sessionGone = (context: Context, reason: string) =>
  `Heroku refused ${ownSession(context)}: ${reason}. To log in again: heroku-login`;

/** `status` with a session that Heroku took. */
export const verifiedContainerToken = (context: Context, login: LoggedIn, until: number) =>
  `${loggedIn(context, { ...login, isOwn: true })}; the session is good until ${date(until)} and is renewed at a start`;

/** Said by the credential helper, as {@link gitRefused}. */
export const gitSessionEnded = (context: Context) =>
  `Heroku refused ${ownSession(context)} when it was last used, so git stops here. To log in again: heroku-login`;
