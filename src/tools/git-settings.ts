// What git's settings make of a push to Heroku: whom git asks for the password, where the push goes, and
// whether an address brings a password of its own. Nothing is changed here: the settings are the user's.

import type { Context } from '../context.ts';
import { within } from '../deadline.ts';
import { findProgram } from '../find-program.ts';
import { type GitSetting, gitSettings } from '../git.ts';
import * as messages from '../messages/git.ts';
import { sanitizeForTerminal } from '../report.ts';

export type GitUse = ReturnType<typeof gitUse>;

/**
 * Asks git, in one process, what it would do with an address of Heroku's in the working directory:
 *
 * - `helper`: `helper` if it asks heroku-login, `none` if not, `absent` if there is no git.
 * - `isRedirected`: whether a push goes elsewhere.
 * - `problems`: sentences on what stands in the way of a push.
 * - `others`: a sentence if other helpers get a token that worked.
 */
export function gitUse(context: Context) {
  const host = context.hosts.gitMachine;
  const git = findProgram(context, 'git');
  const deadline = within(context.deadline, context.timeouts.git);
  const settings = git && gitSettings(context, { folder: context.folder() ?? '/', deadline });
  const helpers = helpersFor(host, settings || []);
  const at = helpers.findIndex(isOurs);
  const isAsked = at !== -1;
  const target = withoutPassword(pushTarget(`https://${host}/`, settings || []));
  const isRedirected = !target.startsWith(`https://${host}/`);
  const later = helpers.slice(at + 1).filter(({ value }) => !isHarmless.test(value));
  const named = [...new Set(later.map(nameOf))].join(', ');
  return {
    helper: git ? (isAsked ? 'helper' : 'none') : 'absent',
    isRedirected,
    problems: [
      ...(isRedirected ? [messages.pushGoesElsewhere(host, sanitizeForTerminal(target))] : []),
      ...(settings && !isAsked ? whyNotAsked(context, settings, named) : []),
      ...passwordsIn(settings || [], host),
    ],
    others: isAsked && named ? [messages.gitAlsoAsks(named)] : [],
  } as const;
}

/** The credential helpers that git asks for a host, in its order (docs/facts/heroku.md part 4). */
export function helpersFor(host: string, settings: readonly GitSetting[]): GitSetting[] {
  const relevant = settings.filter(({ key }) => isHelperFor(host, key));
  // An empty value takes out those before it.
  return relevant.slice(relevant.findLastIndex(({ value }) => value === '') + 1);
}

/** As git matches a URL: one without a scheme has to be the very host, another may have `*` for labels. */
function isHelperFor(host: string, key: string): boolean {
  const [isHelper, pattern] = /^credential(?:\.(.+))?\.helper$/.exec(key) ?? [];
  if (pattern === undefined) return isHelper !== undefined;
  const [, scheme, name = ''] = /^(https:\/\/)?([^/]+?)(?::443)?\/*$/i.exec(pattern) ?? [];
  const [labels, wanted] = [name.toLowerCase().split('.'), host.split('.')];
  return (
    labels.length === wanted.length &&
    labels.every((label, at) => label === wanted[at] || (label === '*' && scheme !== undefined))
  );
}

/** The CLI's own helper gives the same token, and that of Codespaces keeps none (docs/facts/codespaces.md part 7). */
const isHarmless = /heroku git:credentials$|^\/\.codespaces\/bin\/\S+$/;

const isOurs = ({ value }: GitSetting): boolean => /heroku-login['"]? git-credential$/.test(value);

/** A word for a helper. The rest of its command may be a password. */
const nameOf = ({ value }: GitSetting): string =>
  value.startsWith('!')
    ? messages.shellCommand
    : sanitizeForTerminal(value.split(' ')[0] ?? '', 80);

/** Another setting comes after ours, or git does not read ours. */
function whyNotAsked(context: Context, settings: readonly GitSetting[], asked: string): string[] {
  const host = context.hosts.gitMachine;
  const relevant = settings.filter(({ key }) => isHelperFor(host, key));
  const ours = relevant.find(isOurs);
  const scope = ours && (relevant.findLast(({ value }) => value === '')?.scope || 'own');
  // install.sh sets the helper for this host alone. Without the launcher there is nothing to ask.
  const launcher = host === 'git.heroku.com' ? findProgram(context, 'heroku-login') : undefined;
  const own = ours?.value ?? (launcher && `${launcher} git-credential`);
  const git = sanitizeForTerminal(findProgram(context, 'git') ?? '');
  return own ? [messages.notAsked(host, { own: sanitizeForTerminal(own), scope, git, asked })] : [];
}

/** The address that git pushes to for this one: the longest match counts, that for pushes first. */
export function pushTarget(address: string, settings: readonly GitSetting[]): string {
  const rewritten = (name: string) => {
    const [best] = settings
      .filter(
        ({ key, value }) => /^url\..*\.(.*)$/s.exec(key)?.[1] === name && address.startsWith(value),
      )
      .sort((one, other) => other.value.length - one.value.length);
    return (
      best && best.key.slice('url.'.length, -name.length - 1) + address.slice(best.value.length)
    );
  };
  return rewritten('pushinsteadof') ?? rewritten('insteadof') ?? address;
}

/**
 * A sentence for each setting with an address on the host that has a password in it. Git uses that one
 * instead of what it would be given. A long user name without a password is a token in the wrong place.
 */
export function passwordsIn(settings: readonly GitSetting[], host: string): string[] {
  const escaped = host.replaceAll('.', '\\.');
  const secret = new RegExp(`://(?:[^/@\\s]*:[^/\\s]+|[\\w-]{30,})@${escaped}(?=[:/]|$)`, 'i');
  const found = settings.filter(({ key, value }) => secret.test(value) || secret.test(key));
  return found.map(({ scope, key, value }) => {
    if (secret.test(key)) return messages.passwordInKey(host);
    const address = sanitizeForTerminal(withoutPassword(value));
    return messages.passwordInAddress(scope, sanitizeForTerminal(key), address);
  });
}

/** What stands before the host may be a password. That of an address without a scheme may be, too. */
export const withoutPassword = (address: string): string =>
  address.replace(/(^|\/\/)(?!git@)[^/\s]*@/g, '$1');
