// Answers git, as a credential helper (gitcredentials(7), git-credential(1)): git writes lines
// `key=value` to standard input and reads such lines from standard output.

import { inPrebuild } from '../codespace.ts';
import type { Context } from '../context.ts';
import { CredentialFileError } from '../credentials/atomic-file.ts';
import { isSuperseded } from '../credentials/container-token.ts';
import { fingerprint, State } from '../credentials/state.ts';
import { storedLogin, storeLogin, TrackedByGitError } from '../credentials/store.ts';
import { type Candidate, findTokens } from '../credentials/token.ts';
import { type Hosts, herokuHosts } from '../heroku/hosts.ts';
import * as messages from '../messages.ts';

/** What goes to git, and what goes to the person, who sees standard error in git's own output. */
export interface GitAnswer {
  readonly output: string;
  readonly message?: string;
}

const silent: GitAnswer = { output: '' };

/**
 * Does one operation of git's. Never uses the network: git waits, and offline work must go on.
 *
 * - `get` gives the first token that Heroku has not refused. Where all of them were refused, git is
 *   told to quit: other helpers would otherwise send a token of theirs, GitHub's above all, to
 *   Heroku. Without any token it is silent, so that a person's own `heroku login` works.
 * - `erase` means that git.heroku.com turned the token down.
 * - `store` means that git.heroku.com took it, where ~/.netrc had none or a stale one: somebody's
 *   dotfiles, or a newer secret. It is put there.
 * - Whatever a later git may ask: nothing.
 */
export function gitCredential(context: Context, operation: string, input: string): GitAnswer {
  const asked = parse(input);
  const hosts = herokuHosts(context.env);
  const { gitMachine } = hosts;
  if (asked.get('protocol') !== 'https' || asked.get('host') !== gitMachine) return silent;
  if (!['get', 'erase', 'store'].includes(operation)) return silent;
  const state = new State(context.home);
  const candidates = allTokens(context, state, gitMachine);
  if (operation === 'erase') {
    const refused = candidates.find(({ token }) => token === asked.get('password'));
    if (!refused) return silent;
    state.recordRejected(refused.token);
    return { output: '', message: messages.gitTurnedDown(gitMachine, refused.source) };
  }
  const [first] = candidates;
  if (!first) return silent;
  if (operation === 'store') {
    if (first.token === asked.get('password')) restoreLogin(context, state, hosts, first);
    return silent;
  }
  const good = candidates.find(({ token }) => !state.isRejected(token));
  if (!good) {
    const message = state.session(first.token)
      ? messages.gitSessionEnded(context)
      : messages.gitRefused(context, first.source);
    return { output: 'quit=1\n', message };
  }
  const username = asked.get('username') || 'heroku';
  return { output: `username=${username}\npassword=${good.token}\n` };
}

/**
 * The freshest first: the secret may have changed since it was stored. One that a session stands for, or
 * that is logged out, is not among them.
 */
export function allTokens(
  context: Context,
  state: State,
  gitMachine: string,
): readonly Candidate[] {
  const candidates = findTokens(context).candidates.filter(
    ({ token }) => !isSuperseded(context, state, token),
  );
  try {
    const stored = storedLogin(context, state);
    if (!stored?.machines.includes(gitMachine)) return candidates;
    return [...candidates, { token: stored.password, kind: 'netrc', source: '~/.netrc' }];
  } catch (error) {
    if (error instanceof CredentialFileError) return candidates;
    throw error;
  }
}

/** Puts the token into ~/.netrc, where a login would have put it. Git waits, so nobody is told. */
function restoreLogin(
  context: Context,
  state: State,
  hosts: Hosts,
  { kind, token }: Candidate,
): void {
  // With a session the secret itself belongs into no file; what a person gave by hand is not the secret's.
  if (
    kind === 'netrc' ||
    context.options.perContainerToken ||
    state.isManual() ||
    inPrebuild(context)
  )
    return;
  const last = state.last();
  const account = last?.accepted === fingerprint(token) ? last.report.account : undefined;
  try {
    storeLogin(context, state, hosts, account ?? '', token);
  } catch (error) {
    if (!(error instanceof CredentialFileError || error instanceof TrackedByGitError)) throw error;
  }
}

function parse(input: string): Map<string, string> {
  const lines = input.split('\n').filter((line) => line.includes('='));
  return new Map(
    lines.map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
