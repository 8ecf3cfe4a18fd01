// Git's credential helper, and the git remotes that the option `app` asks for.

import type { Context } from '../context.ts';
import { quoteForShell } from '../report.ts';
import { replaceToken, withSteps } from './steps.ts';

/** Said by the credential helper to git, on standard error, before git stops. */
export const gitRejected = (context: Context, source: string) =>
  withSteps(
    `Heroku rejected the token from ${source} the last time it was used, so git stopped.`,
    replaceToken(context),
  );

/** Said when git reports that git.heroku.com rejected our token. */
export const gitPushRejected = (host: string, source: string) =>
  `${host} rejected the token from ${source}. For details, run: heroku-login status`;

/** Said beside a login. */
export const remoteAdded = (remote: string, app: string) =>
  `added the git remote ${remote}: "git push ${remote} main" deploys to ${app}`;

/** Said beside a login if the user has a remote of that name; `url` is what it would be. */
export const remoteDiffers = (remote: string, is: string, url: string) =>
  `the git remote ${remote} already points to ${is || 'no URL'} and was left unchanged. To change it, run: git remote set-url ${remote} ${url}`;

export const remoteNotAdded = (remote: string, reason: string) =>
  `could not add the git remote ${remote}: ${reason}`;

/** Said beside a login that makes this app the CLI's default, once. */
export const defaultApp = (app: string) =>
  `heroku commands without --app or --remote use ${app}, the first app in the option app`;

/** Said beside a login if the first app of several is missing, at each start. */
export const onlyApp = (app: string) =>
  `heroku commands without --app or --remote act on ${app}, because no other app has a git remote yet`;

/** Said beside a login that takes that back. */
export const noDefaultApp = (remote: string) =>
  `heroku commands without --app or --remote no longer use the git remote ${remote}, which is no longer in the option app`;

/** Said beside a login that failed. */
export const remotesLater = () =>
  'no git remotes added yet: the first login that succeeds adds those of the option app';

export const noRemotes = (reason: string) => `no git remotes added: ${reason}.`;

export const foreignRepository = (folder: string) =>
  `no git remotes added: ${folder} belongs to another user, so git does not trust it. If you do, run: git config --global --add safe.directory ${folder} && heroku-login`;

/** A clause, for {@link remoteNotAdded}. */
export const appNotFound = (app: string) =>
  `Heroku has no app ${app}, or this account cannot see it. Check the option app in devcontainer.json. To list your apps, run: heroku apps --all`;

/** A clause, for {@link remoteNotAdded}. */
export const appForbidden = (app: string) =>
  `this account has no access to the app ${app}, or the token's scope is too narrow. Its owner can grant access with: heroku access:add --app ${app}`;

/** A clause, for {@link remoteNotAdded}. */
export const appUnreachable = (reason: string) =>
  `${reason}. The next start of the container tries again.`;

/** A clause. */
export const gitSays = (problem: string) => `git reported: ${problem}`;

/** A clause, for {@link noRemotes}. */
export const noWorkTree = (folder: string) =>
  `${folder} is not in the work tree of a git repository`;

/** A clause: git was not there, or was stopped with this error code. */
export const gitNotRun = (code: string | undefined) =>
  code === 'ENOENT' ? 'git is not installed' : `git was stopped (${code})`;

/** A word for a credential helper that is no program with a name. */
export const shellCommand = 'a shell command';

/** Why git does not ask heroku-login, which is the helper `own`. */
export interface NotAsked {
  readonly own: string;
  /** Of the empty setting that takes ours out, as git names it; undefined if git does not read ours. */
  readonly scope?: string | undefined;
  /** Path of git. */
  readonly git: string;
  /** The helpers that git asks instead, in words. */
  readonly asked: string;
}

/** Said once beside a login, and by `status`. The command makes heroku-login the only helper for the host. */
export function notAsked(host: string, { own, scope, git, asked }: NotAsked): string {
  const why =
    scope === undefined
      ? `${git} does not read the system-wide configuration that names it`
      : `an empty credential.helper in your ${scope} git configuration removes it from the list`;
  const other = ` If Heroku rejects what is there, git asks another credential helper (${asked}).`;
  const file = scope === 'local' || scope === 'worktree' ? scope : 'global';
  const add = `git config --${file} --add credential.https://${host}.helper`;
  const step =
    scope === 'command'
      ? 'To fix this, remove that setting from the environment (GIT_CONFIG_COUNT or GIT_CONFIG_PARAMETERS).'
      : `To fix this, run: ${add} '' && ${add} ${quoteForShell(own)}`;
  return `git does not ask heroku-login for the token, and looks in ~/.netrc only: ${why}.${asked && other} ${step}`;
}

/** A line of `status`: after a push, git offers the password that worked to each helper in its list. */
export const gitAlsoAsks = (others: string) =>
  `git also asks other credential helpers after heroku-login, and offers them a token that worked: ${others}`;

const findRewrite = String.raw`git config --show-origin --get-regexp '^url\.'`;

/** Said once beside a login, and by `status`; `target` is without a password. */
export const pushGoesElsewhere = (host: string, target: string) =>
  `git does not push to https://${host}/, but to ${target}: insteadOf or pushInsteadOf in your git configuration replaces the address. To find the setting, run: ${findRewrite}`;

/**
 * An address with a password in it, which git uses instead of this login.
 *
 * @param scope of the setting, as git names it.
 * @param address the same without the password.
 */
export function passwordInAddress(scope: string, key: string, address: string): string {
  const [, remote, push] = /^remote\.(.+)\.(?:url|(pushurl))$/.exec(key) ?? [];
  const setUrl = `git remote set-url ${push ? '--push ' : ''}${quoteForShell(remote ?? '')}`;
  const isRemote = remote !== undefined && (scope === 'local' || scope === '');
  const set = isRemote ? setUrl : `git config --${scope || 'local'} ${quoteForShell(key)}`;
  return `the git setting ${key} has a password in its address, which git uses instead of this login. To remove it, run: ${set} ${quoteForShell(address)}`;
}

/** The same if the password is in the name of the setting, as with `url.….insteadOf`. */
export const passwordInKey = (host: string) =>
  `insteadOf in your git configuration puts a password into addresses of ${host}, which git uses instead of this login. To find the setting, run: ${findRewrite}`;

/** Said once beside a login that wrote the file. */
export const netrcNotIgnored = (workTree: string) =>
  `${workTree} is a git repository that does not ignore ~/.netrc, so "git add --all" would add the token. To prevent that, add .netrc to the file .gitignore there.`;

/** Said once beside a login that wrote the file. */
export const trackingUnknown = (reason: string) =>
  `could not find out whether git tracks ~/.netrc, which now has the token: ${reason}. If it does, take it out of the repository (git rm --cached) and add it to .gitignore.`;
