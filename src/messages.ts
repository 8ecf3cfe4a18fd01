// The sentences that a person reads. One for each way a login can end: what was done, or what is
// wrong, the likely reason and the next step. docs and README name them by their first words.
//
// Codespaces blanks every word of a hook's output that equals the value of a secret, and counts the
// word `true` and GitHub's own address among them (codespaces.md part 6): neither is used here.

import { inCodespace, repository } from './codespace.ts';
import type { Context } from './context.ts';
import type { Unusable } from './credentials/token.ts';
import type { Report } from './report.ts';

const tokenPage = 'https://dashboard.heroku.com/account/applications';

const day = 24 * 60 * 60 * 1000;

/** A token that ends within this time, in milliseconds, is one to renew. */
export const soon = 7 * day;

/** `(token expires in 29 days)`, with a blank before it; nothing where it is not known. */
export function expiry(expiresAt: number | null | undefined, now: number): string {
  if (expiresAt === undefined) return '';
  if (expiresAt === null) return ' (token does not expire)';
  const left = expiresAt - now;
  if (left < 60 * 60 * 1000) return ' (token expires within the hour)';
  if (left < 2 * day) return ` (token expires in ${count(left / (60 * 60 * 1000), 'hour')})`;
  return ` (token expires in ${count(left / day, 'day')})`;
}

function count(amount: number, unit: string): string {
  // A token made for 30 days has a little less left when it is first used: round, do not cut.
  const whole = Math.round(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** @param isSession whether a session of the container's own was stored instead of the token. */
export function loggedIn(
  context: Context,
  account: string,
  expiresAt: number | null | undefined,
  isSession: boolean,
): string {
  const by = isSession ? `, with ${ownSession(context)}` : '';
  return `logged in as ${account}${by}${expiry(expiresAt, context.now())}`;
}

/** What the option `perContainerToken` makes. */
export function ownSession(context: Context): string {
  return `a session of this ${place(context)} alone`;
}

function place(context: Context): string {
  return inCodespace(context) ? 'codespace' : 'container';
}

/** Said beside a login without a new session; `until` is when the one that stays ends. */
export function noSession(context: Context, reason: string, until: number | undefined): string {
  return until === undefined
    ? `no session of this ${place(context)} alone could be made, because ${reason}. The token itself is stored instead, and heroku logout would delete it for all who use it.`
    : `the session of this ${place(context)} could not be renewed, because ${reason}. It is good until ${date(until)}; the next start tries again, or now: heroku-login`;
}

/** A clause, for {@link noSession}. */
export function nearLimit(): string {
  return 'little is left of what Heroku lets this account ask in an hour (the next start tries again)';
}

/** `status` where the session was ended at Heroku. */
export function sessionGone(context: Context, reason: string): string {
  return `Heroku refused ${ownSession(context)}: ${reason}. To log in again: heroku-login`;
}

/** `status` with a session that Heroku took. */
export function verifiedContainerToken(
  context: Context,
  account: string,
  expiresAt: number | null | undefined,
  until: number,
): string {
  return `${loggedIn(context, account, expiresAt, true)}; the session is good until ${date(until)} and is renewed at a start`;
}

/** Said by the credential helper, as {@link gitRefused}. */
export function gitSessionEnded(context: Context): string {
  return `Heroku refused ${ownSession(context)} when it was last used, so git stops here. To log in again: heroku-login`;
}

/** `status` after a logout. */
export function loggedOutHere(context: Context): string {
  return `logged out of this ${place(context)}. To log in again: heroku-login`;
}

export function sessionEnded(context: Context): string {
  return `logged out: the session of this ${place(context)} was ended at Heroku and removed from ~/.netrc; the secret stays valid for whoever else uses it.`;
}

export function sessionNotEnded(context: Context, reason: string, until: number): string {
  return `logged out of this ${place(context)}, but its session could not be ended at Heroku, because ${reason}. It ends by itself on ${date(until)}; to end it now: ${tokenPage}`;
}

/** Asks at a terminal what `heroku logout` is to do; `source` is where the CLI has the token from. */
export function askLogout(context: Context, source: string): string {
  return `Heroku: heroku logout deletes the token at Heroku. It is the one from ${source}: every other ${place(context)} and every CI job that uses it would be logged out too.\n  here        log out of this ${place(context)} only (as heroku-login logout does)\n  everywhere  go on, and delete the token\nYour choice (Enter alone does nothing): `;
}

export function notLoggedOut(): string {
  return 'nothing was done.';
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Said beside a good login whose token will not last the week. */
export function expiresSoon(context: Context): string {
  return `the token expires soon: ${renew(context)}`;
}

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

export function unusable(context: Context, { source, reason }: Unusable): string {
  return `not logged in, because what is in ${source} is not a Heroku token: it ${reason}; it was not sent anywhere. Copy the token once more: ${renew(context)}`;
}

export function emptyInput(): string {
  return 'not logged in, because no token came from standard input. Try: heroku-login --with-token < FILE';
}

export function prebuild(): string {
  return 'nothing is done in a prebuild, whose disk others will share; the login follows when a codespace is created from it.';
}

export function refused(
  context: Context,
  source: string,
  reason: string,
  kept: string | undefined,
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

export function notStored(account: string, reason: string): string {
  return `the token of ${account} is good, but it could not be stored in ~/.netrc, because ${reason}. When that is mended, run: heroku-login`;
}

export function trackedByGit(account: string, real: string, workTree: string): string {
  return `the token of ${account} is good, but it was not written to ~/.netrc, because git tracks that file (${real}) in ${workTree} and the token would end up in its history. Remove it there (git rm --cached) and list it in .gitignore, or make ~/.netrc a file of its own, then run: heroku-login`;
}

/** Said beside a login with another token than the first one found. */
export function otherRefused(source: string): string {
  return `Heroku refused the token from ${source}, so another one was used: bring the two in line.`;
}

/** Said beside a login where the CLI will not read what was stored. */
export function netrcGpg(): string {
  return 'there is a ~/.netrc.gpg, which the Heroku CLI reads instead of ~/.netrc: remove it, or the CLI will not see this login where HEROKU_API_KEY is not set.';
}

/** Said by the credential helper to git, on standard error, before git stops. */
export function gitRefused(context: Context, source: string): string {
  return `Heroku refused the token from ${source} when it was last used, so git stops here. ${capitalize(renew(context))}, then run: heroku-login`;
}

/** Said when git reports that git.heroku.com turned our token down. */
export function gitTurnedDown(host: string, source: string): string {
  return `${host} refused the token from ${source}. To see why: heroku-login status`;
}

function firstSteps(context: Context): string {
  const { secretName } = context.options;
  if (inCodespace(context)) {
    return `Make a token at ${tokenPage} (Authorizations, with an expiry), run: gh secret set ${secretName} --user --repos ${repository(context)}, then stop and start the codespace.`;
  }
  return `Make a token at ${tokenPage} (Authorizations, with an expiry), set it as ${secretName} where the container gets its environment, or run: heroku-login --with-token`;
}

function renew(context: Context): string {
  const { secretName } = context.options;
  if (inCodespace(context)) {
    return `make a new one at ${tokenPage} (Authorizations, with an expiry), run: gh secret set ${secretName} --user --repos ${repository(context)}, then stop and start the codespace`;
  }
  return `make a new one at ${tokenPage} (Authorizations, with an expiry) and set ${secretName} to it, or run: heroku-login --with-token`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

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

/** `status` with a token that Heroku took. */
export function verifiedAs(
  context: Context,
  account: string,
  expiresAt: number | null | undefined,
  source: string,
): string {
  return `${loggedIn(context, account, expiresAt, false)}, with the token from ${source}`;
}

/** `status` where Heroku did not answer. */
export function notChecked(source: string, reason: string): string {
  return `there is a token from ${source}, but it could not be checked, because ${reason}.`;
}

/** Said beside a login. */
export function remoteAdded(remote: string, app: string): string {
  return `added the git remote ${remote}: git push ${remote} main deploys to the app ${app}`;
}

/** Said beside a login where somebody has a remote of that name; `url` is what it would be. */
export function remoteDiffers(remote: string, is: string, url: string): string {
  return `the git remote ${remote} leads to ${is || 'no address'} and stays so. If it should not: git remote set-url ${remote} ${url}`;
}

export function remoteNotAdded(remote: string, reason: string): string {
  return `the git remote ${remote} was not added: ${reason}`;
}

export function noRemotes(reason: string): string {
  return `no git remote was added: ${reason}.`;
}

export function foreignRepository(folder: string): string {
  return `no git remote was added: ${folder} belongs to somebody else, and git does not trust it. If you do, run: git config --global --add safe.directory ${folder} && heroku-login`;
}

/** Said beside a login that gave docker our credential helper. */
export function dockerAdded(registry: string): string {
  return `docker uses this login for ${registry}`;
}

/** Said beside a login if docker has another one, from a file or from a credential helper. */
export function dockerHasOwn(registry: string, place: string, file: string): string {
  return `docker keeps using its own login for ${registry}, from ${place}. To use this login instead, remove that entry from ${file}, then run: heroku-login`;
}

export function noRegistry(): string {
  return 'docker was not set up: the host in HEROKU_HOST has no container registry.';
}

export function dockerNotChanged(file: string, reason: string): string {
  return `docker was not set up, because of ${file}: ${reason}. Once that is fixed, run: heroku-login`;
}

/** Said instead of {@link dockerRemoved}. */
export function dockerNotRemoved(file: string, reason: string): string {
  return `docker still asks heroku-login for a login, because of ${file}: ${reason}. Once that is fixed, remove the line with heroku-login from it.`;
}

/** Said beside a logout, and beside a login without the option. */
export function dockerRemoved(): string {
  return 'docker no longer uses this login.';
}

/** Shown by docker, which puts it between backticks. */
export function dockerLoginRejected(): string {
  return "this login was not saved: docker gets its token for Heroku's registry from heroku-login, and this is another one. To use it for docker, heroku and git, run: heroku-login --with-token";
}

/** Asks for a token at a terminal. */
export function askToken(): string {
  return `Heroku: make a token at ${tokenPage} (Authorizations, with an expiry).\nToken (it is not shown; Enter alone gives up): `;
}

/** Asks whether gh is to set the secret. */
export function askSecret(secretName: string, repository: string): string {
  return `Set it as the secret ${secretName} of your codespaces of ${repository}? It takes the place of one of that name, also for other repositories. [y/N] `;
}

export function secretSet(secretName: string, repository: string): string {
  return `the secret ${secretName} is set: codespaces of ${repository} log in by themselves from their next start on.`;
}

export function secretNotSet(secretName: string, repository: string, said: string): string {
  return `the login stays, but gh did not set the secret: ${said}. Set it at github.com/settings/codespaces, or where gh is logged in with the scope codespace:secrets: gh secret set ${secretName} --user --repos ${repository}`;
}

/** The line for new shells after a hook that nobody thought could end so. */
export function noticeUnexpected(): string {
  return 'the last login stopped unexpectedly. To try again: heroku-login';
}

/** The line for new shells where the container runs longer than its session. */
export function noticeSession(context: Context, until: number): string {
  return `the session of this ${place(context)} is good until ${date(until)}. To renew it: heroku-login`;
}

/**
 * The line for new shells after a login that ended so; undefined where there is nothing to say. The
 * command at its end tells the rest.
 */
export function notice(context: Context, report: Report): string | undefined {
  const { secretName } = context.options;
  const source = report.source ?? 'standard input';
  switch (report.outcome) {
    case 'logged_in':
      // A date, because nobody counts the days again while the container runs.
      return typeof report.expiresAt === 'number'
        ? `the token is good until ${date(report.expiresAt)}. To see how to renew it: heroku-login`
        : undefined;
    case 'no_token':
      if (report.facts?.['ownLogin'] === true) return undefined;
      return inCodespace(context)
        ? `not logged in, because this codespace has no secret ${secretName}. To log in: heroku-login`
        : `not logged in, because ${secretName} is not set. To log in: heroku-login`;
    case 'unusable_token':
      return `not logged in, because what is in ${source} is not a Heroku token. To see what to do: heroku-login`;
    case 'refused':
      return `Heroku refused the token from ${source}. To see what to do: heroku-login`;
    case 'unreachable':
      return 'the last login did not reach Heroku. To try again: heroku-login';
    case 'not_stored':
      return 'the token could not be stored in ~/.netrc. To see what to do: heroku-login';
    default:
      return undefined;
  }
}
