// The git remotes that the option `app` asks for, in the repository of the workspace.

import { apiCall, type Context } from '../context.ts';
import { within } from '../deadline.ts';
import { type GitResult, type GitSetting, gitSettings, runGit } from '../git.ts';
import { type AppLookup, findApp } from '../heroku/apps.ts';
import * as messages from '../messages/git.ts';
import { quoteForShell, sanitizeForTerminal } from '../report.ts';
import { passwordsIn, pushTarget, withoutPassword } from './git-settings.ts';

/** A remote that is wanted. */
export type Wanted = { readonly remote: string; readonly app: string };

/** The CLI's own setting: the remote whose app a command without `--app` and `--remote` uses. */
const DEFAULT = 'heroku.remote';
/** The value that we gave it. In the repository, because that outlives a container and its home. */
const OUR_DEFAULT = 'heroku-login.remote';

/** `my-app`, or `staging=my-app-staging,production=my-app`; install.sh has checked the form. */
export const parseApps = (option: string): Wanted[] =>
  option.split(',').map((entry) => {
    const at = entry.indexOf('=');
    return at === -1
      ? { remote: 'heroku', app: entry }
      : { remote: entry.slice(0, at), app: entry.slice(at + 1) };
  });

/**
 * Remembers where the hook runs, also if the login fails: the next one may be by hand. If no hook ever ran, it
 * is where the first shell is opened.
 */
export function recordWorkspace({ options, trigger, folder, state }: Context): void {
  const isFirst = trigger === 'shell' && !state.workspace.exists();
  if (options.app === '' || (trigger !== 'hook' && !isFirst)) return;
  const present = folder();
  if (present !== undefined && present !== state.workspace.read()) state.workspace.write(present);
}

/**
 * Adds the remotes that are missing, each after Heroku has said that its app is there, and returns a
 * sentence for each that was added or could not be. If all are there, Heroku is asked nothing.
 *
 * The repository is the one that the hook's working directory is in, and a login by hand takes the
 * same, because it may be typed anywhere. Worktrees share the remotes of their repository. One that
 * has its top at the home folder, above the workspace, is somebody's dotfiles and does not count. One
 * that git itself does not trust, because it is somebody else's, is left alone. No setting of the
 * repository makes any of these git commands start a program.
 *
 * @param token for Heroku.
 */
export async function addRemotes(context: Context, token: string): Promise<string[]> {
  const { hosts, options, state, timeouts } = context;
  const folder = options.app === '' ? undefined : state.workspace.read();
  if (folder === undefined) return [];
  const deadline = within(context.deadline, timeouts.remotes);
  const git = (...args: string[]) => runGit(context, args, { folder, deadline });
  const problem = problemOf(folder, git('rev-parse', '--is-inside-work-tree'));
  if (problem !== undefined) return [problem];
  const settings = gitSettings(context, { folder, deadline }) ?? [];
  const present = remotesIn(settings);
  const wanted = parseApps(options.app);
  const urlOf = (app: string) => `https://${hosts.gitMachine}/${app}.git`;
  const differing = wanted.flatMap(({ remote, app }) => {
    const [is, url] = [present.get(remote), urlOf(app)];
    return is === undefined || [is, pushTarget(is, settings)].some((one) => isSame(one, url))
      ? []
      : [messages.remoteDiffers(remote, sanitizeForTerminal(withoutPassword(is)), url)];
  });
  const total = deadline.remaining();
  const call = apiCall(context, token, { total, attempt: total, attempts: 2 });
  const added = await Promise.all(
    wanted
      .filter(({ remote }) => !present.has(remote))
      .map(async ({ remote, app }) => {
        const reason = whyNot(app, await findApp(call, app));
        if (reason !== undefined) return messages.remoteNotAdded(remote, reason);
        const { status, problem } = git('remote', 'add', remote, urlOf(app));
        // 3: it is there already, by another login at the same time.
        if (status === 3) return undefined;
        if (status === 0) present.set(remote, urlOf(app));
        return status === 0
          ? messages.remoteAdded(remote, app)
          : messages.remoteNotAdded(remote, messages.gitSays(withoutPassword(problem)));
      }),
  );
  // The CLI knows no other form of the address.
  const [first] = wanted.filter(({ remote, app }) => present.get(remote) === urlOf(app));
  // Somebody who has made a remote `heroku` of their own expects that one, so the CLI goes on asking.
  const hasOwn = present.has('heroku') && !wanted.some(({ remote }) => remote === 'heroku');
  const isNeeded = first === wanted[0] && wanted.length > 1 && !hasOwn;
  const chosen = chooseDefault(wanted, settings, isNeeded ? first : undefined);
  const isDone = chosen?.commands.every((command) => git('config', ...command).status === 0);
  // Then the CLI takes the only one, as nobody who lists another one first expects.
  const atHeroku = [...present.values()].filter((url) =>
    url.startsWith(`https://${hosts.gitMachine}/`),
  );
  const isAlone = first !== wanted[0] && atHeroku.length === 1;
  const sentences = [
    ...added,
    isDone ? chosen?.sentence : undefined,
    isAlone ? first && messages.onlyApp(first.app) : undefined,
  ];
  return [
    ...differing,
    ...passwordsIn(settings, hosts.gitMachine),
    ...sentences.filter((sentence) => sentence !== undefined),
  ];
}

/**
 * What to do about {@link DEFAULT}: with several apps, the CLI refuses each command that names none
 * (docs/facts/heroku.md part 13). What the user set or unset is left alone.
 *
 * @param first the remote that it should name, if any.
 * @returns arguments of `git config`, and the sentence once they succeed; undefined if nothing is to do.
 */
function chooseDefault(
  wanted: readonly Wanted[],
  settings: readonly GitSetting[],
  first: Wanted | undefined,
): { readonly sentence: string; readonly commands: readonly string[][] } | undefined {
  const last = (name: string) => settings.findLast(({ key }) => key === name)?.value;
  const [is, ours] = [last(DEFAULT), last(OUR_DEFAULT)];
  if (is !== ours || is === first?.remote) return undefined;
  const each = (...args: string[]) =>
    [DEFAULT, OUR_DEFAULT].map((key) => ['--local', ...args, key]);
  if (first !== undefined) {
    const commands = each().map((command) => [...command, first.remote]);
    return { sentence: messages.defaultApp(first.app), commands };
  }
  if (is === undefined || wanted.some(({ remote }) => remote === is)) return undefined;
  return { sentence: messages.noDefaultApp(is), commands: each('--unset') };
}

/** Why there is no repository to add remotes to, as a sentence. */
function problemOf(folder: string, { status, output, problem }: GitResult): string | undefined {
  if (status === 0 && output.trim() === 'true') return undefined;
  if (status === undefined) return messages.noRemotes(problem);
  if (/dubious ownership/.test(problem)) return messages.foreignRepository(quoteForShell(folder));
  return messages.noRemotes(messages.noWorkTree(folder));
}

/** Why no remote is added for the app, as a clause. */
function whyNot(app: string, answer: AppLookup): string | undefined {
  if (answer.kind === 'there') return undefined;
  if (answer.kind === 'unreachable') return messages.appUnreachable(answer.reason);
  return answer.kind === 'absent' ? messages.appNotFound(app) : messages.appForbidden(app);
}

/** Address by remote. One may lack an address. */
function remotesIn(settings: readonly GitSetting[]): Map<string, string> {
  const remotes = new Map<string, string>();
  for (const { key, value } of settings) {
    const [, remote, name] = /^remote\.(.+)\.([^.]+)$/.exec(key) ?? [];
    if (remote === undefined) continue;
    if (name === 'url') remotes.set(remote, remotes.get(remote) || value);
    else if (!remotes.has(remote)) remotes.set(remote, '');
  }
  return remotes;
}

/** Whether an address leads to the same app: with a user name or not, and with `.git` or not. */
const isSame = (address: string, url: string): boolean =>
  withoutPassword(address).replace(/(\.git)?\/?$/, '') === url.replace(/\.git$/, '');
