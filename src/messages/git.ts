// Git's credential helper, and the git remotes that the option `app` asks for.

import type { Context } from '../context.ts';
import { capitalize, renew } from './steps.ts';

/** Said by the credential helper to git, on standard error, before git stops. */
export function gitRefused(context: Context, source: string): string {
  return `Heroku refused the token from ${source} when it was last used, so git stops here. ${capitalize(renew(context))}, then run: heroku-login`;
}

/** Said when git reports that git.heroku.com turned our token down. */
export function gitTurnedDown(host: string, source: string): string {
  return `${host} refused the token from ${source}. To see why: heroku-login status`;
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

/** A clause, for {@link remoteNotAdded}. */
export function appNotFound(app: string): string {
  return `there is no app ${app} at Heroku, or this account may not see it. Is the option app right in devcontainer.json? To see your apps: heroku apps --all`;
}

/** A clause, for {@link remoteNotAdded}. */
export function appForbidden(app: string): string {
  return `this account has no access to the app ${app}, or the token's scope is too narrow. Whose app it is can give it: heroku access:add --app ${app}`;
}

/** A clause, for {@link remoteNotAdded}. */
export function appUnreachable(reason: string): string {
  return `${reason}; the next start of the container tries again`;
}

/** A clause. */
export function gitSays(problem: string): string {
  return `git says: ${problem}`;
}

/** A clause, for {@link noRemotes}. */
export function noWorkTree(folder: string): string {
  return `${folder} is not in the work tree of a git repository`;
}

/** A clause: git was not there, or was stopped with this error code. */
export function gitNotRun(code: string | undefined): string {
  return code === 'ENOENT' ? 'git is not installed' : `git did not end (${code})`;
}
