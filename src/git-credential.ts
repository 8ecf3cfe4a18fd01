// Answers git, as a credential helper (gitcredentials(7), git-credential(1)): git writes lines
// `key=value` to standard input and reads such lines from standard output.

import { FileProblem } from './credential-file.ts';
import { herokuHosts } from './hosts.ts';
import { Memory } from './memory.ts';
import * as sentences from './sentences.ts';
import { storedLogin } from './store.ts';
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
 * - `store` and whatever a later git may ask: nothing.
 */
export function gitCredential(world: World, operation: string, input: string): GitAnswer {
  const asked = parse(input);
  const { gitMachine } = herokuHosts(world.env);
  if (asked.get('protocol') !== 'https' || asked.get('host') !== gitMachine) return silent;
  if (operation !== 'get' && operation !== 'erase') return silent;
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
  const good = candidates.find(({ token }) => !memory.isRefused(token));
  if (!good) return { output: 'quit=1\n', message: sentences.gitRefused(world, first.source) };
  const username = asked.get('username') || 'heroku';
  return { output: `username=${username}\npassword=${good.token}\n` };
}

/** The freshest first: the secret may have changed since it was stored. */
function allTokens(world: World, memory: Memory, gitMachine: string): readonly Candidate[] {
  const { candidates } = findTokens(world);
  try {
    const stored = storedLogin(world, memory);
    if (!stored?.machines.includes(gitMachine)) return candidates;
    return [...candidates, { token: stored.password, kind: 'netrc', source: '~/.netrc' }];
  } catch (error) {
    if (error instanceof FileProblem) return candidates;
    throw error;
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
