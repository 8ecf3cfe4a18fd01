// Git's credential helper, and the git remotes that the option `app` asks for.

import type { Context } from '../context.ts';
import { capitalize, renew } from './steps.ts';

/** Said by the credential helper to git, on standard error, before git stops. */
export const gitRefused = (context: Context, source: string) =>
  `Heroku refused the token from ${source} when it was last used, so git stops here. ${capitalize(renew(context))}, then run: heroku-login`;

/** Said when git reports that git.heroku.com turned our token down. */
export const gitTurnedDown = (host: string, source: string) =>
  `${host} refused the token from ${source}. To see why: heroku-login status`;

/** Said beside a login. */
export const remoteAdded = (remote: string, app: string) =>
  `added the git remote ${remote}: git push ${remote} main deploys to the app ${app}`;

/** Said beside a login where somebody has a remote of that name; `url` is what it would be. */
export const remoteDiffers = (remote: string, is: string, url: string) =>
  `the git remote ${remote} leads to ${is || 'no address'} and stays so. If it should not: git remote set-url ${remote} ${url}`;

export const remoteNotAdded = (remote: string, reason: string) =>
  `the git remote ${remote} was not added: ${reason}`;

export const noRemotes = (reason: string) => `no git remote was added: ${reason}.`;

export const foreignRepository = (folder: string) =>
  `no git remote was added: ${folder} belongs to somebody else, and git does not trust it. If you do, run: git config --global --add safe.directory ${folder} && heroku-login`;

/** A clause, for {@link remoteNotAdded}. */
export const appNotFound = (app: string) =>
  `there is no app ${app} at Heroku, or this account may not see it. Is the option app right in devcontainer.json? To see your apps: heroku apps --all`;

/** A clause, for {@link remoteNotAdded}. */
export const appForbidden = (app: string) =>
  `this account has no access to the app ${app}, or the token's scope is too narrow. Whose app it is can give it: heroku access:add --app ${app}`;

/** A clause, for {@link remoteNotAdded}. */
export const appUnreachable = (reason: string) =>
  `${reason}; the next start of the container tries again`;

/** A clause. */
export const gitSays = (problem: string) => `git says: ${problem}`;

/** A clause, for {@link noRemotes}. */
export const noWorkTree = (folder: string) =>
  `${folder} is not in the work tree of a git repository`;

/** A clause: git was not there, or was stopped with this error code. */
export const gitNotRun = (code: string | undefined) =>
  code === 'ENOENT' ? 'git is not installed' : `git did not end (${code})`;
