// What `heroku-login status` says of the token, and of the programs that use it.

import type { Context } from '../context.ts';
import type { ProgramUse } from '../report.ts';
import { type LoggedIn, loggedIn } from './login.ts';
import { place } from './steps.ts';

/** `status` after a logout. */
export const loggedOutHere = (context: Context) =>
  `logged out of this ${place(context)}. To log in again, run: heroku-login`;

/** `status` with a token that Heroku accepted. */
export const verifiedAs = (context: Context, login: LoggedIn, source: string) =>
  `${loggedIn(context, login)}, with the token from ${source}`;

/** `status` if Heroku did not answer. */
export const notChecked = (source: string, reason: string) =>
  `found a token in ${source}, but could not verify it: ${reason}.`;

/** A line on one of the programs. */
export function programUses({ uses, sameToken }: ProgramUse): string {
  if (uses === null) return 'would not be logged in';
  const token = {
    true: 'this token',
    false: 'another token',
    null: 'a token that cannot be read from here',
  };
  return `uses ${token[`${sameToken}`]}, from ${uses}`;
}

export const notInstalled = 'not installed';

/** Where a token comes from. */
export const places = {
  netrc: '~/.netrc',
  netrcGpg: '~/.netrc.gpg',
  foreignNetrc: '~/.netrc (a login that heroku-login did not write)',
  variable: (name: string) => `${name} in the environment`,
  codespacesSecret: (name: string) => `the Codespaces secret ${name}`,
  stdin: 'standard input',
  keychain: "the desktop's keychain, by an earlier heroku login",
  credentialHelper: (name: string) => `the credential helper ${name}`,
} as const;
