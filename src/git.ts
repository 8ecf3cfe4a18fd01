// What is asked of the git program: is a file tracked, is our credential helper set?

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from './context.ts';
import { errorCode, sanitizeForTerminal } from './report.ts';

/**
 * The folder of the work tree that tracks the file at `path` (a real path), where there is one.
 * Costs no process where there is no `.git` in any folder above. If git cannot tell, the answer is
 * that the file is tracked: a token in somebody's history is worse than a login that must be helped.
 */
export function trackingWorkTree(context: Context, path: string): string | undefined {
  const tree = foldersAbove(path).find((folder) => existsSync(join(folder, '.git')));
  if (tree === undefined) return undefined;
  try {
    git(context, [
      // The folder may belong to another user, and its own settings may name programs to run.
      ...['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false', '-C', dirname(path)],
      ...['ls-files', '--error-unmatch', '--', path],
    ]);
    return tree;
  } catch (error) {
    // git ls-files ends with 1 where --error-unmatch found nothing.
    const untracked = error instanceof Error && 'status' in error && error.status === 1;
    return untracked ? undefined : tree;
  }
}

/** `helper`: git asks `heroku-login` for this host; `none`: it does not; `absent`: no git here. */
export function credentialHelper(
  context: Context,
  gitMachine: string,
): 'helper' | 'none' | 'absent' {
  const key = `credential.https://${gitMachine}.helper`;
  try {
    const values = git(context, ['config', '--get-all', key]);
    return values.includes('heroku-login git-credential') ? 'helper' : 'none';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'absent' : 'none';
  }
}

/** Runs git without anything of the environment but what it needs: above all not the token. */
function git(context: Context, args: readonly string[]): string {
  // Loaded only here: most logins never start git, and the module costs a tenth of their time.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  return execFileSync('git', args, {
    encoding: 'utf8',
    env: { PATH: context.env['PATH'], HOME: context.home, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: context.timeouts.git,
  });
}

export interface GitResult {
  /** Exit code; undefined where git could not be run to its end. */
  readonly status: number | undefined;
  readonly output: string;
  /** What git said, or why it could not be run: a clause in one line, fit for a terminal. */
  readonly problem: string;
}

/**
 * Runs git in `folder`, which may be anybody's: it finds neither a bare repository that the content
 * pretends to be, nor one whose top is the home folder while `folder` is below it. For commands that
 * read and write settings only, since those start no program that settings name.
 *
 * @param limit milliseconds.
 */
export function runGit(
  context: Context,
  folder: string,
  args: readonly string[],
  limit: number,
): GitResult {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const safe = ['-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false'];
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', folder, ...safe, ...args], {
    cwd: '/',
    encoding: 'utf8',
    env: {
      PATH: context.env['PATH'],
      HOME: context.home,
      LC_ALL: 'C',
      GIT_CEILING_DIRECTORIES: context.home,
      ...(context.env['XDG_CONFIG_HOME']
        ? { XDG_CONFIG_HOME: context.env['XDG_CONFIG_HOME'] }
        : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limit,
  });
  const code = errorCode(error);
  if (status === null) {
    const problem = code === 'ENOENT' ? 'git is not installed' : `git did not end (${code})`;
    return { status: undefined, output: '', problem };
  }
  return {
    status,
    output: stdout,
    problem: sanitizeForTerminal(stderr.trim().replace(/\s+/g, ' ')),
  };
}

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}
