// Answers git, as a credential helper (gitcredentials(7), git-credential(1)): git writes lines
// `key=value` to standard input and reads such lines from standard output.

import { inPrebuild } from './codespace.ts';
import { FileProblem } from './credential-file.ts';
import { type Hosts, herokuHosts } from './hosts.ts';
import { fingerprint, Memory } from './memory.ts';
import * as sentences from './sentences.ts';
import { isHidden } from './session.ts';
import { storedLogin, storeLogin, TrackedByGit } from './store.ts';
import { type Candidate, findTokens } from './token.ts';
import type { World } from './world.ts';

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
export function gitCredential(world: World, operation: string, input: string): GitAnswer {
  const asked = parse(input);
  const hosts = herokuHosts(world.env);
  const { gitMachine } = hosts;
  if (asked.get('protocol') !== 'https' || asked.get('host') !== gitMachine) return silent;
  if (!['get', 'erase', 'store'].includes(operation)) return silent;
  const memory = new Memory(world.home);
  const candidates = allTokens(world, memory, gitMachine);
  if (operation === 'erase') {
    const refused = candidates.find(({ token }) => token === asked.get('password'));
    if (!refused) return silent;
    memory.rememberRefused(refused.token);
    return { output: '', message: sentences.gitTurnedDown(gitMachine, refused.source) };
  }
  const [first] = candidates;
  if (!first) return silent;
  if (operation === 'store') {
    if (first.token === asked.get('password')) heal(world, memory, hosts, first);
    return silent;
  }
  const good = candidates.find(({ token }) => !memory.isRefused(token));
  if (!good) {
    const message = memory.session(first.token)
      ? sentences.gitSessionEnded(world)
      : sentences.gitRefused(world, first.source);
    return { output: 'quit=1\n', message };
  }
  const username = asked.get('username') || 'heroku';
  return { output: `username=${username}\npassword=${good.token}\n` };
}

/**
 * The freshest first: the secret may have changed since it was stored. One that a session stands for, or
 * that is logged out, is not among them.
 */
function allTokens(world: World, memory: Memory, gitMachine: string): readonly Candidate[] {
  const candidates = findTokens(world).candidates.filter(
    ({ token }) => !isHidden(world, memory, token),
  );
  try {
    const stored = storedLogin(world, memory);
    if (!stored?.machines.includes(gitMachine)) return candidates;
    return [...candidates, { token: stored.password, kind: 'netrc', source: '~/.netrc' }];
  } catch (error) {
    if (error instanceof FileProblem) return candidates;
    throw error;
  }
}

/** Puts the token into ~/.netrc, where a login would have put it. Git waits, so nobody is told. */
function heal(world: World, memory: Memory, hosts: Hosts, { kind, token }: Candidate): void {
  // With a session the secret itself belongs into no file; what a person gave by hand is not the secret's.
  if (kind === 'netrc' || world.options.session || memory.isByHand() || inPrebuild(world)) return;
  const last = memory.last();
  const account = last?.accepted === fingerprint(token) ? last.report.account : undefined;
  try {
    storeLogin(world, memory, hosts, account ?? '', token);
  } catch (error) {
    if (!(error instanceof FileProblem || error instanceof TrackedByGit)) throw error;
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
