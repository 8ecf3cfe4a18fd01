// The git remotes that the option `app` asks for, in the repository of the workspace.

import { type Context, limitsOf } from '../context.ts';
import type { State } from '../credentials/state.ts';
import { type GitResult, runGit } from '../git.ts';
import { type AppAnswer, findApp } from '../heroku/api.ts';
import type { Hosts } from '../heroku/hosts.ts';
import * as messages from '../messages.ts';
import { sanitizeForTerminal } from '../report.ts';

/** A remote that is wanted. */
export interface Wanted {
  readonly remote: string;
  readonly app: string;
}

/** `my-app`, or `staging=my-app-staging,production=my-app`; install.sh has checked the form. */
export function parseApps(option: string): Wanted[] {
  return option.split(',').map((entry) => {
    const at = entry.indexOf('=');
    return at === -1
      ? { remote: 'heroku', app: entry }
      : { remote: entry.slice(0, at), app: entry.slice(at + 1) };
  });
}

/** Remembers where the hook runs, also where the login fails: the next one may be by hand. */
export function recordWorkspace(context: Context, state: State): void {
  if (context.options.app === '' || !context.isHook) return;
  const folder = context.folder();
  if (folder !== undefined) state.recordWorkspace(folder);
}

/**
 * Adds the remotes that are missing, each after Heroku has said that its app is there, and returns a
 * sentence for each that was added or could not be. Where all are there, Heroku is asked nothing.
 *
 * The repository is the one that the hook's working directory is in, and a login by hand takes the
 * same, because it may be typed anywhere. Worktrees share the remotes of their repository. One that
 * has its top at the home folder, above the workspace, is somebody's dotfiles and does not count. One
 * that git itself does not trust, because it is somebody else's, is left alone. No setting of the
 * repository makes any of these git commands start a program.
 *
 * @param left milliseconds that the login has left.
 */
export async function addRemotes(
  context: Context,
  state: State,
  hosts: Hosts,
  token: string,
  left: number,
): Promise<string[]> {
  const end = context.now() + Math.min(context.timeouts.remotes, left);
  const folder = state.workspace();
  if (folder === undefined) return [];
  const git = (...args: string[]) =>
    runGit(context, folder, args, Math.max(end - context.now(), 1));
  const problem = problemOf(folder, git('rev-parse', '--is-inside-work-tree'));
  if (problem !== undefined) return [problem];
  const present = remotesIn(git('config', '--null', '--get-regexp', '^remote\\.').output);
  const wanted = parseApps(context.options.app).map((one) => ({
    ...one,
    url: `https://${hosts.gitMachine}/${one.app}.git`,
  }));
  const differing = wanted.flatMap(({ remote, url }) => {
    const is = present.get(remote);
    return is === undefined || isSame(is, url)
      ? []
      : [messages.remoteDiffers(remote, sanitizeForTerminal(withoutUser(is)), url)];
  });
  const missing = wanted.filter(({ remote }) => !present.has(remote));
  const total = end - context.now();
  const limits = limitsOf(context, { total, attempt: total, attempts: 2 });
  const added = await Promise.all(
    missing.map(async ({ remote, app, url }) => {
      const answer = await findApp(hosts.api, token, app, limits);
      if (answer.kind !== 'there') return messages.remoteNotAdded(remote, reason(app, answer));
      const { status, problem } = git('remote', 'add', remote, url);
      // 3: it is there already, by another login at the same time.
      if (status === 3) return undefined;
      return status === 0
        ? messages.remoteAdded(remote, app)
        : messages.remoteNotAdded(remote, `git says: ${problem}`);
    }),
  );
  return [...differing, ...added.filter((sentence) => sentence !== undefined)];
}

/** Why there is no repository to add remotes to, as a sentence. */
function problemOf(folder: string, { status, output, problem }: GitResult): string | undefined {
  if (status === 0 && output.trim() === 'true') return undefined;
  if (status === undefined) return messages.noRemotes(problem);
  if (/dubious ownership/.test(problem)) return messages.foreignRepository(folder);
  return messages.noRemotes(`${folder} is not in the work tree of a git repository`);
}

/** Address by remote, from `key\nvalue` entries that end with a null byte. One may lack an address. */
function remotesIn(output: string): Map<string, string> {
  const remotes = new Map<string, string>();
  for (const entry of output.split('\0')) {
    const [key = '', ...value] = entry.split('\n');
    const [, remote, name] = /^remote\.(.+)\.([^.]+)$/.exec(key) ?? [];
    if (remote === undefined) continue;
    if (name === 'url') remotes.set(remote, remotes.get(remote) || value.join('\n'));
    else if (!remotes.has(remote)) remotes.set(remote, '');
  }
  return remotes;
}

/** Whether an address leads to the same app: with a user name or not, and with `.git` or not. */
function isSame(address: string, url: string): boolean {
  return withoutUser(address).replace(/(\.git)?\/?$/, '') === url.replace(/\.git$/, '');
}

/** What stands before the host may be a password. */
function withoutUser(address: string): string {
  return address.replace(/^(\w+:\/\/)[^/]*@/, '$1');
}

function reason(app: string, answer: AppAnswer): string {
  if (answer.kind === 'unreachable') {
    return `${answer.reason}; the next start of the container tries again`;
  }
  return answer.kind === 'absent'
    ? `there is no app ${app} at Heroku, or this account may not see it. Is the option app right in devcontainer.json? To see your apps: heroku apps --all`
    : `this account has no access to the app ${app}, or the token's scope is too narrow. Whose app it is can give it: heroku access:add --app ${app}`;
}
