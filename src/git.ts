// What is asked of the git program: is a file tracked, is our credential helper set?

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from './context.ts';
import { type Deadline, deadlineIn, within } from './deadline.ts';
import * as messages from './messages/git.ts';
import { errorCode, sanitizeForTerminal } from './report.ts';

/**
 * The folder of the work tree that tracks the file at `path` (a real path), if there is one.
 * Costs no process if there is no `.git` in any folder above. If git cannot tell, the answer is
 * that the file is tracked: a token in somebody's history is worse than a login that must be helped.
 */
export function trackingWorkTree(context: Context, path: string): string | undefined {
  const tree = foldersAbove(path).find((folder) => existsSync(join(folder, '.git')));
  if (tree === undefined) return undefined;
  // Git is asked even at the end of the time that there is.
  const limit = Math.max(context.deadline.remaining(), 1000);
  const deadline = within(deadlineIn(limit), context.timeouts.git);
  const list = (...options: string[]) => {
    const args = ['ls-files', ...options, '--error-unmatch', '--', path];
    return runGit(context, args, { folder: dirname(path), deadline, ceiling: '' }).status;
  };
  // Without --sparse, which git knows since 2.35, git would read trees, and may have to fetch them.
  const sparse = list('--sparse');
  const status = sparse === 129 ? list() : sparse;
  // git ls-files ends with 1 if --error-unmatch found nothing.
  return status === 1 ? undefined : tree;
}

/** `helper`: git asks `heroku-login` for this host; `none`: it does not; `absent`: no git here. */
export function credentialHelper(context: Context): 'helper' | 'none' | 'absent' {
  const args = ['config', '--get-all', `credential.https://${context.hosts.gitMachine}.helper`];
  const deadline = within(context.deadline, context.timeouts.git);
  const result = runGit(context, args, { folder: context.folder() ?? '/', deadline });
  if (result.output.includes('heroku-login git-credential')) return 'helper';
  return result.problem === messages.gitNotRun('ENOENT') ? 'absent' : 'none';
}

export interface GitResult {
  /** Exit code; undefined where git could not be run to its end. */
  readonly status: number | undefined;
  readonly output: string;
  /** What git said, or why it could not be run: a clause in one line, fit for a terminal. */
  readonly problem: string;
}

/** Where git runs, until when, and above which folder it looks for no repository. */
type Place = { readonly folder: string; readonly deadline: Deadline; readonly ceiling?: string };

/**
 * Runs git in a folder that may be anybody's: it finds neither a bare repository that the content
 * pretends to be, nor one whose top is the home folder while the folder is below it. Git starts no program
 * that settings of the repository name: no monitor, no hook, and nothing to fetch missing objects with.
 */
export function runGit(context: Context, args: readonly string[], place: Place): GitResult {
  const { folder, deadline, ceiling = context.home } = place;
  // Loaded only here: most logins never start git, and the module costs a tenth of their time.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const safe = [
    '-c',
    'safe.bareRepository=explicit',
    '-c',
    'core.fsmonitor=false',
    '-c',
    'core.hooksPath=/dev/null',
  ];
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', folder, ...safe, ...args], {
    cwd: '/',
    encoding: 'utf8',
    // Nothing of the environment but what it needs: above all not the token.
    env: {
      PATH: context.env['PATH'],
      HOME: context.home,
      LC_ALL: 'C',
      GIT_CEILING_DIRECTORIES: ceiling,
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      XDG_CONFIG_HOME: context.env['XDG_CONFIG_HOME'] || undefined,
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

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}
