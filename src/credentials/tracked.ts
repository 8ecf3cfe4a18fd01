// Whether git tracks the file that a token is about to be written to. A token in a repository's history is worse
// than a login that needs help. Besides the repository around the file there may be one whose git folder is
// elsewhere, as managers of dotfiles make them: yadm, vcsh, or `git init --bare ~/.cfg`.

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { Context } from '../context.ts';
import { deadlineIn, within } from '../deadline.ts';
import { foldersAbove } from '../find-program.ts';
import { runGit } from '../git.ts';
import { orNothing } from '../report.ts';
import { readCredentialFile } from './atomic-file.ts';

/**
 * - `exposed`: not tracked and not ignored, so `git add --all` would take it.
 * - `unknown`: git could not tell, for a reason that is a clause.
 */
export interface Tracking {
  readonly kind: 'tracked' | 'exposed' | 'unknown' | 'none';
  /** The work tree, or the git folder if that is elsewhere; the reason of `unknown`. */
  readonly what: string;
}

/**
 * What git makes of the file at `path`, a real path. Costs no process if there is no repository that could
 * have it. If git cannot tell (it is missing, too old, or does not trust the folder), the index is read.
 */
export function trackingOf(context: Context, path: string): Tracking {
  // Git is asked even at the end of the time that there is.
  const limit = Math.max(context.deadline.remaining(), 1000);
  const deadline = within(deadlineIn(limit), context.timeouts.git);
  const git = (...args: string[]) =>
    runGit(context, args, { folder: dirname(path), deadline, ceiling: '' });
  const isListed = (way: readonly string[]) => {
    const list = (...more: string[]) => git(...way, 'ls-files', ...more, '--error-unmatch', path);
    // With it git does not expand the index, for which it might have to fetch. Git has it since 2.36.
    const answer = list('--sparse');
    return answer.status === 129 ? list() : answer;
  };
  let result: Tracking = { kind: 'none', what: '' };
  for (const { gitDir, workTree, ways } of repositories(context, path)) {
    const isAround = ways.length === 1;
    const what = isAround ? workTree : gitDir;
    const [{ status, problem } = { status: 0, problem: '' }, ...others] = ways.map(isListed);
    const isFound = [status, ...others.map((other) => other.status)].includes(0);
    const isClear = status === 1 || /not a git repository|outside repository/.test(problem);
    const isTracked =
      isFound || (!isClear && isInIndex(join(gitDir, 'index'), relative(workTree, path)));
    if (isTracked) return { kind: 'tracked', what };
    if (isTracked === undefined) result = { kind: 'unknown', what: problem };
    const isExposed = isAround && status === 1 && git('check-ignore', '-q', path).status === 1;
    if (isExposed) result = { kind: 'exposed', what };
  }
  return result;
}

/**
 * The repository around the file, and those near the user's home that have their work tree elsewhere. Each
 * with the ways to tell git of it: the first decides, but the file may be found by any.
 */
function repositories(context: Context, path: string) {
  const { env, home } = context;
  const around = foldersAbove(path).find((folder) => existsSync(join(folder, '.git')));
  const real = orNothing(() => realpathSync(home)) ?? home;
  const trees = [real, env['GIT_WORK_TREE'] ?? ''].filter(isAbsolute);
  return [
    ...(around ? [{ gitDir: join(around, '.git'), workTree: around, ways: [[]] }] : []),
    ...gitFolders(context).map((gitDir) => {
      const dir = `--git-dir=${gitDir}`;
      const ways = [...trees.map((tree) => [dir, `--work-tree=${tree}`]), [dir]];
      return { gitDir, workTree: real, ways };
    }),
  ];
}

/** Git folders that have their work tree elsewhere: where managers and tutorials put them, and GIT_DIR. */
function gitFolders({ env, home }: Context): string[] {
  const place = (given = '', usual: string) => (isAbsolute(given) ? given : join(home, usual));
  const config = place(env['XDG_CONFIG_HOME'], '.config');
  const near = [home, config, place(env['XDG_DATA_HOME'], '.local/share')].flatMap(foldersIn);
  const vcsh = place(env['VCSH_REPO_D'], relative(home, join(config, 'vcsh/repo.d')));
  const far = [...near, vcsh].flatMap(foldersIn).filter((name) => name.endsWith('.git'));
  const all = new Set([...near, ...far, env['GIT_DIR'] ?? '']);
  return [...all].filter((folder) => isAbsolute(folder) && isApart(folder));
}

/** Without an index a repository tracks nothing. A usual one is beside the files that it tracks. */
const isApart = (folder: string): boolean =>
  existsSync(join(folder, 'HEAD')) &&
  existsSync(join(folder, 'index')) &&
  (basename(folder) !== '.git' ||
    /worktree/i.test(textOf(join(folder, 'config')) ?? '') ||
    orNothing(() => readdirSync(dirname(folder)))?.length === 1);

/** Undefined if the index does not tell: its names may be shortened (version 4) or in another file. */
function isInIndex(index: string, name: string): boolean | undefined {
  const text = textOf(index);
  const isFound = text?.includes(`${name}\0`);
  const isWhole = isFound || !text || (text.charCodeAt(7) < 4 && !text.includes('link\0\0\0'));
  return isWhole ? isFound : undefined;
}

/** Empty for no file. */
const textOf = (path: string) => orNothing(() => readCredentialFile(path) ?? '');

/** Paths of the folders in a folder, and of the links, which may lead to one. */
const foldersIn = (folder: string): string[] =>
  (orNothing(() => readdirSync(folder, { withFileTypes: true })) ?? [])
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name));
