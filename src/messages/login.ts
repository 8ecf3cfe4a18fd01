// How a login ends: what was done, or what is wrong, and the steps that fix it. docs and README name them by
// their first words.

import { inCodespace } from '../codespace.ts';
import type { Context } from '../context.ts';
import { expiry, ownToken, replaceToken, tokenPage, withSteps } from './steps.ts';

export interface LoggedIn {
  readonly account: string;
  /** Of the secret; see {@link Report.expiresAt}. */
  readonly expiresAt?: number | null | undefined;
  /** Whether a container's own token was stored instead of it. */
  readonly isOwn?: boolean;
}

export function loggedIn(context: Context, { account, expiresAt, isOwn }: LoggedIn): string {
  const by = isOwn ? ` with ${ownToken(context)}` : '';
  const what = isOwn ? 'secret' : 'token';
  return `logged in as ${account}${by}${expiry(what, expiresAt, context.now())}`;
}

/** Said beside a login with a token that expires within a week. */
export const expiresSoon = (context: Context) =>
  withSteps('the token expires soon. To replace it:', replaceToken(context));

export function noToken(context: Context, ownLogin: boolean): string {
  const name = context.options.secretName;
  const here = inCodespace(context);
  const why = here
    ? `this codespace has no secret ${name}`
    : `${name} is not set in this container`;
  const kept = ownLogin ? ' (your existing Heroku login in ~/.netrc is unchanged)' : '';
  return withSteps(`not logged in: ${why}${kept}.`, replaceToken(context, { isMissing: true }));
}

export const secretRemoved = (context: Context) =>
  withSteps(
    `logged out: the secret ${context.options.secretName} was removed from this codespace, so its login was removed from ~/.netrc. To log in again:`,
    replaceToken(context),
  );

/** A token that was not used, and why, as a clause. */
interface Unused {
  readonly source: string;
  readonly reason: string;
}

export const unusable = (context: Context, { source, reason }: Unused) =>
  withSteps(
    `not logged in: the value in ${source} is not a Heroku token (it ${reason}). It was not sent anywhere.`,
    replaceToken(context),
  );

export const emptyInput = () =>
  'not logged in: standard input was empty. Usage: heroku-login --with-token < FILE';

export const prebuild = () =>
  'skipped: this is a prebuild, and its disk is shared. Codespaces created from it log in by themselves.';

/** @param kept account of the login before it, if that stays in use. */
export function rejected(context: Context, { source, reason }: Unused, kept?: string): string {
  const problem = `Heroku rejected the token from ${source} (${reason})`;
  const what = kept
    ? `${problem}; still logged in as ${kept} with the previous one.`
    : `not logged in: ${problem}.`;
  return withSteps(what, replaceToken(context));
}

export function unreachable(reason: string, kept: string | undefined): string {
  const state = kept ? `Still logged in as ${kept}.` : 'Nothing was stored.';
  return `could not log in: ${reason}. ${state} The next start tries again; to retry now, run: heroku-login`;
}

export const notStored = (account: string, reason: string) =>
  `the token of ${account} is valid, but could not be saved to ~/.netrc: ${reason}. Once that is fixed, run: heroku-login`;

export const trackedByGit = (account: string, real: string, workTree: string) =>
  withSteps(
    `the token of ${account} is valid, but was not saved: git tracks ~/.netrc (${real}) in ${workTree}, so the token would end up in its history.`,
    [
      'Untrack the file (git rm --cached) and add it to .gitignore, or replace ~/.netrc with a regular file.',
      'Run: heroku-login',
    ],
  );

/** Said beside a login, or the status of one, with another token than the first one found. */
export const otherRejected = (source: string) =>
  `Heroku rejected the token from ${source}; used another one instead. Remove or replace the rejected one.`;

/** Said beside a login if the CLI will not read what was stored. */
export const netrcGpg = () =>
  'the Heroku CLI reads ~/.netrc.gpg instead of ~/.netrc. Remove it, or processes without HEROKU_API_KEY will not be logged in.';

/** Asks for a token at a terminal. */
export const askToken = () =>
  `Heroku: Create a token with an expiration at ${tokenPage}\nPaste it here (input is hidden, Enter cancels): `;

/** A token that cannot be used: because of its value, or of the file that should hold it. */
export const unusableSecret = (context: Context, one: Unused & { readonly isFile?: boolean }) =>
  one.isFile
    ? `not logged in: ${one.source} is there, but cannot be used: ${one.reason}. Fix the file that is mounted there, then run: heroku-login`
    : unusable(context, one);

/** Standard input cannot be read. */
export const badInput = (reason: string) =>
  `not logged in: cannot read standard input: ${reason}. To log in with the token in a file, run: heroku-login --with-token < FILE`;

/** Clauses for {@link badInput}. */
export const inputProblems = {
  tooLarge: 'it is too large',
  nothingCame: 'nothing came within 10 seconds',
} as const;
/** Said beside a login, of programs such as git. */
export const cameLater = (programs: readonly string[]) =>
  `the Feature heroku-cli was installed before ${programs.join(' and ')}, and could not set up what was not there yet. Install ${programs.join(' and ')} in your Dockerfile, or put the Feature last with overrideFeatureInstallOrder, and rebuild the container.`;
