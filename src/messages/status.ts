// What `heroku-login status` says of the token, and of the programs that use it.

import type { Context } from '../context.ts';
import type { ProgramUse } from '../report.ts';
import { type LoggedIn, loggedIn } from './login.ts';
import { place } from './steps.ts';

/** `status` after a logout. */
export const loggedOutHere = (context: Context) =>
  `logged out of this ${place(context)}. To log in again: heroku-login`;

/** `status` with a token that Heroku took. */
export const verifiedAs = (context: Context, login: LoggedIn, source: string) =>
  `${loggedIn(context, login)}, with the token from ${source}`;

/** `status` where Heroku did not answer. */
export const notChecked = (source: string, reason: string) =>
  `there is a token from ${source}, but it could not be checked, because ${reason}.`;

/** A line on one of the programs. */
export function programUses({ uses, sameToken }: ProgramUse): string {
  if (uses === null) return 'would find no login';
  const token = { true: 'this token', false: 'another token', null: 'a token not seen from here' };
  return `uses ${token[`${sameToken}`]}, from ${uses}`;
}

export const notInstalled = 'not installed';

/** Places that a program has its token from. */
export const places = {
  netrc: '~/.netrc',
  netrcGpg: '~/.netrc.gpg',
  foreignNetrc: '~/.netrc (a login that heroku-login did not write)',
  variable: 'HEROKU_API_KEY in the environment',
  keychain: "the desktop's keychain, by an earlier heroku login",
  gitHelper: 'the credential helper heroku-login',
} as const;
