// Answers git, as a credential helper (gitcredentials(7), git-credential(1)): git writes lines
// `key=value` to standard input and reads such lines from standard output.

import { inPrebuild } from '../codespace.ts';
import type { Context } from '../context.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { candidates, hideSecret, lastChange } from '../credentials/resolve.ts';
import { storeLogin } from '../credentials/store.ts';
import type { Candidate } from '../credentials/token.ts';
import * as containerToken from '../messages/container-token.ts';
import * as messages from '../messages/git.ts';

/** What goes to git, and what goes to the user, who sees standard error in git's own output. */
export type GitAnswer = { readonly output: string; readonly message?: string };

const silent: GitAnswer = { output: '' };

/**
 * Does one operation of git's. Never uses the network: git waits, and offline work must go on.
 *
 * - `get` gives the first token that Heroku has not rejected. If all of them were rejected, git is
 *   told to quit: other helpers would otherwise send a token of theirs, GitHub's above all, to
 *   Heroku. Without any token it is silent, so that a user's own `heroku login` works.
 * - `erase` means that git.heroku.com rejected the token.
 * - `store` means that git.heroku.com took it, and ~/.netrc had none or a stale one: somebody's
 *   dotfiles, or a newer secret. It is put there, but not after a logout.
 * - Whatever a later git may ask: nothing.
 */
export function gitCredential(context: Context, operation: string, input: string): GitAnswer {
  const asked = parse(input);
  const { hosts, state } = context;
  if (asked['protocol'] !== 'https' || asked['host'] !== hosts.gitMachine) return silent;
  if (!['get', 'erase', 'store'].includes(operation)) return silent;
  const tokens = candidates(context);
  const [first] = tokens;
  if (!first) return silent;
  if (operation === 'erase') {
    const rejected = tokens.find(({ token }) => token === asked['password']);
    if (!rejected) return silent;
    state.rejected.add(rejected.token);
    return { output: '', message: messages.gitPushRejected(hosts.gitMachine, rejected.source) };
  }
  if (operation === 'store') {
    if (first.token === asked['password']) restoreLogin(context, first);
    return silent;
  }
  const good = tokens.find(({ token }) => !state.rejected.has(token));
  if (!good) {
    const message = state.containerToken(fingerprint(first.token)).read()
      ? containerToken.gitContainerTokenRejected(context)
      : messages.gitRejected(context, first.source);
    return { output: 'quit=1\n', message };
  }
  const username = asked['username'] || 'heroku';
  return { output: `username=${username}\npassword=${good.token}\n` };
}

/** Puts the token into ~/.netrc, as a login would have done. Git waits, so nobody is told. */
function restoreLogin(context: Context, { kind, token }: Candidate): void {
  const { options, state } = context;
  // With the option the secret itself belongs into no file; what a user gave by hand is not the secret's.
  const isNot = kind === 'netrc' || options.perContainerToken || state.manual.exists();
  if (isNot || lastChange(context) === 'logout' || inPrebuild(context)) return;
  const last = state.last.read();
  const account = last?.accepted === fingerprint(token) ? last.report.account : undefined;
  const result = storeLogin(context, account ?? '', token);
  if (result.kind === 'stored') hideSecret(context, result.stored);
}

const parse = (input: string): Record<string, string | undefined> =>
  Object.fromEntries(
    [...input.matchAll(/([^=\n]*)=([^\n]*)/g)].map(([, key, value]) => [key, value]),
  );
