// Whether git has the file that a token is about to be written to: a token in somebody's history is worse
// than a login that needs help. Besides the repository around the file there may be one whose git folder is
// elsewhere, as managers of dotfiles make them: yadm, vcsh, homeshick, or `git init --bare ~/.cfg`.

import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { Context } from '../context.ts';
import { deadlineIn, within } from '../deadline.ts';
import { runGit } from '../git.ts';
import { CredentialFileError, readCredentialFile } from './atomic-file.ts';

/** `place` is the work tree, or the git folder where that is elsewhere; `reason` is a clause. */
export type Tracking =
  | { readonly kind: 'tracked'; readonly place: string }
  /** Not tracked and not ignored: `git add --all` would take it. */
  | { readonly kind: 'exposed'; readonly place: string }
  /** Git could not tell. */
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'none' };

interface Repository {
  readonly place: string;
  readonly gitDir: string;
  readonly workTree: string;
  /** How git is told about it: the first way decides, the others may find the file as well. */
  readonly ways: readonly (readonly string[])[];
}

/**
 * What git makes of the file at `path`, a real path. Costs no process if there is no repository that could
 * have it. If git cannot tell (it is missing, too old, or does not trust the folder), its index is read.
 */
export function trackingOf(context: Context, path: string): Tracking {
  // Git is asked even at the end of the time that there is.
  const limit = Math.max(context.deadline.remaining(), 1000);
  const deadline = within(deadlineIn(limit), context.timeouts.git);
  const git = (...args: string[]) =>
    runGit(context, args, { folder: dirname(path), deadline, ceiling: '' });
  const ask = (way: readonly string[]) => {
    // With --sparse git need not expand the index, for which it may have to fetch. Git has it since 2.36.
    const args = ['--error-unmatch', '--', path];
    const answer = git(...way, 'ls-files', '--sparse', ...args);
    return answer.status === 129 ? git(...way, 'ls-files', ...args) : answer;
  };
  let result: Tracking = { kind: 'none' };
  for (const { place, gitDir, workTree, ways } of repositories(context, path)) {
    const [first, ...others] = ways.map(ask);
    const { status, problem = '' } = first ?? {};
    const isClear = status === 1 || /not a git repository|outside repository/.test(problem);
    const isTracked = status === 0 || others.some((answer) => answer.status === 0);
    const inIndex = isTracked || isClear ? isTracked : isInIndex(gitDir, relative(workTree, path));
    if (inIndex) return { kind: 'tracked', place };
    if (inIndex === undefined) result = { kind: 'unknown', reason: problem };
    else if (status === 1 && place === workTree && git('check-ignore', '-q', path).status === 1) {
      result = { kind: 'exposed', place };
    }
  }
  return result;
}

/** The repository around the file, and those in the user's home that have their work tree elsewhere. */
function repositories(context: Context, path: string): Repository[] {
  const tree = foldersAbove(path).find(isWorkTree);
  const around = tree
    ? [{ place: tree, gitDir: join(tree, '.git'), workTree: tree, ways: [[]] }]
    : [];
  const home = orNothing(() => realpathSync(context.home)) ?? context.home;
  const { GIT_DIR, GIT_WORK_TREE = '' } = context.env;
  const apart = gitFolders(context).filter(isApart);
  return [
    ...around,
    ...apart.map((gitDir) => {
      const dir = `--git-dir=${gitDir}`;
      const own = hasWorkTree(gitDir) ? [[dir]] : [];
      const given = gitDir === GIT_DIR && isAbsolute(GIT_WORK_TREE);
      const byVariable = given ? [[dir, `--work-tree=${GIT_WORK_TREE}`]] : [];
      const ways = [[dir, `--work-tree=${home}`], ...own, ...byVariable];
      return { place: gitDir, gitDir, workTree: home, ways };
    }),
  ];
}

/** Folders that may be git folders: in places that managers of dotfiles and tutorials use, and GIT_DIR. */
function gitFolders({ env, home }: Context): string[] {
  const place = (name: string, usual: string) => {
    const { [name]: given = '' } = env;
    return isAbsolute(given) ? given : join(home, usual);
  };
  const config = place('XDG_CONFIG_HOME', '.config');
  const direct = [home, config, place('XDG_DATA_HOME', '.local/share')].flatMap(foldersIn);
  const vcsh = place('VCSH_REPO_D', relative(home, join(config, 'vcsh/repo.d')));
  const deeper = [...direct, vcsh].flatMap(foldersIn).filter((name) => name.endsWith('.git'));
  const { GIT_DIR = '' } = env;
  return [...new Set([...direct, ...deeper, ...(isAbsolute(GIT_DIR) ? [GIT_DIR] : [])])];
}

/** Without an index a repository tracks nothing. That of a usual one is beside its files. */
const isApart = (folder: string): boolean =>
  existsSync(join(folder, 'HEAD')) &&
  existsSync(join(folder, 'index')) &&
  (basename(folder) !== '.git' ||
    hasWorkTree(folder) ||
    orNothing(() => readdirSync(dirname(folder)))?.length === 1);

const hasWorkTree = (gitDir: string): boolean =>
  /worktree/i.test(textOf(join(gitDir, 'config')) ?? '');

/** A file `.git` leads to the repository of a worktree or a submodule. */
const isWorkTree = (folder: string): boolean =>
  existsSync(join(folder, '.git/HEAD')) ||
  orNothing(() => statSync(join(folder, '.git')))?.isFile() === true;

/** Undefined if the index does not tell: its names may be shortened (version 4) or in another file. */
function isInIndex(gitDir: string, name: string): boolean | undefined {
  const text = textOf(join(gitDir, 'index'));
  if (text?.includes(`${name}\0`)) return true;
  const isWhole = text !== undefined && text.charCodeAt(7) < 4 && !text.includes('link\0\0\0');
  return isWhole ? false : undefined;
}

/** As `latin1`, empty for no file; undefined if it cannot be read. */
function textOf(path: string): string | undefined {
  try {
    return readCredentialFile(path) ?? '';
  } catch (error) {
    if (error instanceof CredentialFileError) return undefined;
    throw error;
  }
}

/** Paths of the folders in a folder, and of the links, which may lead to one. */
const foldersIn = (folder: string): string[] =>
  (orNothing(() => readdirSync(folder, { withFileTypes: true })) ?? [])
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name));

/** Undefined if the operating system refuses. */
function orNothing<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}
