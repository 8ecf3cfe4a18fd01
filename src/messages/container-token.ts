// A container's own token (option `perContainerToken`).

import type { Context } from '../context.ts';
import { type LoggedIn, loggedIn } from './login.ts';
import { date, ownToken, place } from './steps.ts';

/** Said beside a login without a new token; `until` is when the one that stays expires. */
export const noContainerToken = (context: Context, reason: string, until: number | undefined) =>
  until === undefined
    ? `could not create a token for this ${place(context)}: ${reason}. Stored the shared token instead; "heroku logout" would revoke it everywhere.`
    : `could not renew ${ownToken(context)}: ${reason}. It is valid until ${date(until)}. The next start tries again; to retry now, run: heroku-login`;

/** A clause, for {@link noContainerToken}. */
export const nearLimit = () => "the account is close to Heroku's hourly rate limit";

/** `status` if someone revoked it. */
export const containerTokenRejected = (context: Context, reason: string) =>
  `Heroku rejected ${ownToken(context)} (${reason}). To log in again, run: heroku-login`;

/** `status` if Heroku accepted it. */
export const verifiedContainerToken = (context: Context, login: LoggedIn, until: number) =>
  `${loggedIn(context, { ...login, isOwn: true })}; this token is valid until ${date(until)}, and starts of the ${place(context)} renew it`;

/** Said by the credential helper, as {@link gitRejected}. */
export const gitContainerTokenRejected = (context: Context) =>
  `Heroku rejected ${ownToken(context)} the last time it was used, so git stopped. To log in again, run: heroku-login`;
