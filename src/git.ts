// Runs the git program, and asks it for its settings.

import type { Context } from './context.ts';
import type { Deadline } from './deadline.ts';
import { findProgram, programFolders } from './find-program.ts';
import * as messages from './messages/git.ts';
import { errorCode, sanitizeForTerminal } from './report.ts';

/** One setting, in the order in which git reads them. */
export interface GitSetting {
  /** `system`, `global`, `local`, `worktree` or `command`; empty if git is too old to tell. */
  readonly scope: string;
  /** In lower case but for its middle part. */
  readonly key: string;
  readonly value: string;
}

/**
 * All settings that count in a folder: of every file that the user's git reads, those that are included
 * under a condition, and those of the environment. No program runs for it. Undefined if git cannot tell.
 */
export function gitSettings(context: Context, place: Place): GitSetting[] | undefined {
  const isConfig = ([name]: [string, unknown]) => name.startsWith('GIT_CONFIG_');
  const env = Object.fromEntries(Object.entries(context.env).filter(isConfig));
  const list = (...scope: string[]) =>
    runGit(context, ['config', '--null', '--list', ...scope], { ...place, env });
  // Git tells the scope since 2.26.
  const scoped = list('--show-scope');
  const { status, output } = scoped.status === 129 ? list() : scoped;
  const form = `${scoped.status === 0 ? '([^\\0]*)\\0' : '()'}([^\\n\\0]*)\\n?([^\\0]*)\\0`;
  const found = [...output.matchAll(new RegExp(form, 'g'))];
  return status === 0
    ? found.map(([, scope = '', key = '', value = '']) => ({ scope, key, value }))
    : undefined;
}

export interface GitResult {
  /** Exit code; undefined if git could not be run to its end. */
  readonly status: number | undefined;
  readonly output: string;
  /** What git said, or why it could not be run: a clause in one line, fit for a terminal. */
  readonly problem: string;
}

/** Where git runs, until when, and above which folder it looks for no repository. */
interface Place {
  readonly folder: string;
  readonly deadline: Deadline;
  readonly ceiling?: string;
  /** Added to its environment. */
  readonly env?: NodeJS.ProcessEnv;
}

const safe = [
  'safe.bareRepository=explicit',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
].flatMap((setting) => ['-c', setting]);

/**
 * Runs git in a folder that may be anybody's: it finds neither a bare repository that the content
 * pretends to be, nor one whose top is the home folder while the folder is below it. Git starts no program
 * that settings of the repository name: no monitor, no hook, and nothing to fetch missing objects with.
 */
export function runGit(context: Context, args: readonly string[], place: Place): GitResult {
  const { folder, deadline, ceiling = context.home } = place;
  // Loaded only here: most logins never start git, and the module costs a tenth of their time.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  // Found here, and not by a child that cannot start it.
  const program = findProgram(context, 'git');
  if (program === undefined) {
    return { status: undefined, output: '', problem: messages.gitNotRun('ENOENT') };
  }
  const { status, stdout, stderr, error } = spawnSync(program, ['-C', folder, ...safe, ...args], {
    cwd: '/',
    encoding: 'utf8',
    // Nothing of the environment but what it needs: above all not the token.
    env: {
      PATH: programFolders(context).join(':'),
      HOME: context.home,
      LC_ALL: 'C',
      GIT_CEILING_DIRECTORIES: ceiling,
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      XDG_CONFIG_HOME: context.env['XDG_CONFIG_HOME'] || undefined,
      ...place.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: Math.max(deadline.remaining(), 1),
  });
  if (status === null) {
    return { status: undefined, output: '', problem: messages.gitNotRun(errorCode(error)) };
  }
  const problem = sanitizeForTerminal(stderr.trim().replace(/\s+/g, ' '));
  return { status, output: stdout, problem };
}
