// How a login ends: what was done, or what is wrong, the likely reason and the next step. docs and README
// name them by their first words.

import { inCodespace } from '../codespace.ts';
import type { Context } from '../context.ts';
import { capitalize, expiry, firstSteps, ownSession, renew, tokenPage } from './steps.ts';

export interface LoggedIn {
  readonly account: string;
  /** Of the secret; see {@link Report.expiresAt}. */
  readonly expiresAt?: number | null | undefined;
  /** Whether a container's own token was stored instead of it. */
  readonly isOwn?: boolean;
}

export function loggedIn(context: Context, { account, expiresAt, isOwn }: LoggedIn): string {
  const by = isOwn ? `, with ${ownSession(context)}` : '';
  return `logged in as ${account}${by}${expiry(expiresAt, context.now())}`;
}

/** Said beside a good login whose token will not last the week. */
export const expiresSoon = (context: Context) => `the token expires soon: ${renew(context)}`;

export function noToken(context: Context, ownLogin: boolean): string {
  const name = context.options.secretName;
  const kept = ownLogin ? '; the Heroku login that is in ~/.netrc already stays as it is' : '';
  return inCodespace(context)
    ? `not logged in, because this codespace has no secret ${name}${kept}. ${firstSteps(context)}`
    : `not logged in, because ${name} is not set${kept}. ${firstSteps(context)}`;
}

export function secretRemoved(context: Context): string {
  const name = context.options.secretName;
  return `not logged in, because the secret ${name} is gone from this codespace; the login that it had left in ~/.netrc was removed. ${firstSteps(context)}`;
}

export const unusable = (
  context: Context,
  { source, reason }: { readonly source: string; readonly reason: string },
) =>
  `not logged in, because what is in ${source} is not a Heroku token: it ${reason}; it was not sent anywhere. Copy the token once more: ${renew(context)}`;

export const emptyInput = () =>
  'not logged in, because no token came from standard input. Try: heroku-login --with-token < FILE';

export const prebuild = () =>
  'nothing is done in a prebuild, whose disk others will share; the login follows when a codespace is created from it.';

export function refused(
  context: Context,
  { source, reason }: { readonly source: string; readonly reason: string },
  kept?: string,
): string {
  const problem = `Heroku refused the token from ${source}: ${reason}`;
  return kept === undefined
    ? `not logged in, because ${problem}. ${capitalize(renew(context))}`
    : `${problem}; the earlier login as ${kept} that is in ~/.netrc stays in use. ${capitalize(renew(context))}`;
}

export function unreachable(reason: string, kept: string | undefined): string {
  const state = kept ? `The login as ${kept} that is in ~/.netrc stays` : 'Nothing was stored';
  return `could not log in, because ${reason}. ${state}; the next start of the container tries again, or now: heroku-login`;
}

export const notStored = (account: string, reason: string) =>
  `the token of ${account} is good, but it could not be stored in ~/.netrc, because ${reason}. When that is mended, run: heroku-login`;

export const trackedByGit = (account: string, real: string, workTree: string) =>
  `the token of ${account} is good, but it was not written to ~/.netrc, because git tracks that file (${real}) in ${workTree} and the token would end up in its history. Remove it there (git rm --cached) and list it in .gitignore, or make ~/.netrc a file of its own, then run: heroku-login`;

/** Said beside a login with another token than the first one found. */
export const otherRefused = (source: string) =>
  `Heroku refused the token from ${source}, so another one was used: bring the two in line.`;

/** Said beside a login where the CLI will not read what was stored. */
export const netrcGpg = () =>
  'there is a ~/.netrc.gpg, which the Heroku CLI reads instead of ~/.netrc: remove it, or the CLI will not see this login where HEROKU_API_KEY is not set.';

/** Asks for a token at a terminal. */
export const askToken = () =>
  `Heroku: make a token at ${tokenPage} (Authorizations, with an expiry).\nToken (it is not shown; Enter alone gives up): `;

/** A token that cannot be used: because of its value, or of the file that should hold it. */
export const unusableSecret = (
  context: Context,
  one: { readonly source: string; readonly reason: string; readonly isFile?: boolean },
) =>
  one.isFile
    ? `not logged in: ${one.source} is there, but cannot be used: ${one.reason}. Fix that file where it is mounted from, then run: heroku-login`
    : unusable(context, one);

/** Standard input cannot be read. */
export const badInput = (reason: string) =>
  `not logged in: cannot read standard input: ${reason}. To log in with the token in a file, run: heroku-login --with-token < FILE`;

/** Clauses for {@link badInput}. */
export const inputProblems = {
  tooLarge: 'it is far larger than any token',
  nothingCame: 'nothing came within 10 seconds',
} as const;
/** Said beside a login, of programs such as git. */
export const cameLater = (programs: readonly string[]) =>
  `the Feature heroku-cli was installed before ${programs.join(' and ')}, and could not set up what was not there yet. Install ${programs.join(' and ')} in your Dockerfile, or put the Feature last with overrideFeatureInstallOrder, and rebuild the container.`;
