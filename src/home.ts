// Whose home this is, and as which user the program goes on. Everything else follows paths in the home, so
// root must not do that if another user controls them.

import { existsSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import * as messages from './messages/program.ts';
import { errorCode, unless } from './report.ts';

export interface Home {
  /** An absolute path. If there is a problem, one where nothing can be read or written. */
  readonly path: string;
  /** Why nothing may be done there, as a sentence. */
  readonly problem?: string;
  /** Who must do what is done there, if that is not the present user. */
  readonly owner?: Owner;
}

/** The numbers of a user and a group. */
export type Owner = { readonly uid: number; readonly gid: number };

/**
 * Finds the home. A value of `HOME` that is not an absolute path, such as `.`, would be a folder of
 * whatever repository the program runs in; then the account's own home counts.
 */
export function findHome(variable = ''): Home {
  try {
    const path = isAbsolute(variable) ? variable : userInfo().homedir;
    if (!isAbsolute(path)) return unusable(messages.noHome());
    if (process.geteuid?.() !== 0) return { path };
    const folder = deepestFolder(path);
    const { uid, gid } = statSync(folder);
    if (uid === unknownUser) return unusable(messages.notOwnHome(path));
    // Whoever owns a link could let it lead to another place later.
    const real = existsSync(path) ? folder : path;
    if (uid !== 0) return { path: real, owner: { uid, gid: groupOf(uid) ?? (gid || uid) } };
    const foreign = foreignFolder(real);
    return foreign === undefined ? { path: real } : unusable(messages.homeOpenToOthers(foreign));
  } catch (error) {
    // The account's home is asked for by number, and not every number has an account.
    if (errorCode(error) === undefined) throw error;
    return unusable(messages.noHome());
  }
}

/** No user can make anything below that path. */
export const unusable = (problem: string): Home => ({ path: '/dev/null', problem });

/** The group of a user, by the number of the user; undefined without an account. */
function groupOf(user: number): number | undefined {
  const text = unless(['ENOENT', 'EACCES'], () => readFileSync('/etc/passwd', 'latin1')) ?? '';
  const [, group] = new RegExp(`^[^:]*:[^:]*:${user}:(\\d+):`, 'm').exec(text) ?? [];
  return group === undefined ? undefined : Number(group);
}

/** The real path of the deepest folder on the way to `path` that is there. */
function deepestFolder(path: string): string {
  const absent = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'];
  return unless(absent, () => realpathSync(path)) ?? deepestFolder(dirname(path));
}

/**
 * The deepest folder on the way to `path` that is there, if it belongs to another user. Only one inside the
 * home, which is the user's to take over: a link may lead to any folder of the system.
 */
export function folderOfOther(path: string, home: string): string | undefined {
  const folder = deepestFolder(path);
  const isOther = statSync(folder).uid !== process.geteuid?.();
  return isOther && folder.startsWith(`${deepestFolder(home)}/`) ? folder : undefined;
}

/** Whether others than the owner may put files into a folder. The group root counts as root. */
export const isShared = ({ mode, gid }: Pick<Stats, 'mode' | 'gid'>): boolean =>
  (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);

/**
 * For root: a folder on the way to `path` in which another user can put something else in the place of what is
 * there, so that what root does there could hit any file.
 * Undefined if there is none, and for every other user, who can only lose what is theirs.
 */
export const foreignFolder = (path: string): string | undefined =>
  process.geteuid?.() === 0 ? folderOpenToOthers(path) : undefined;

/**
 * A folder on the way to `path`, as far as that is there, in which a user other than this one and root can put
 * something else in the place of what is there; undefined if there is none.
 *
 * The group root may write: images for random users have such homes. In a user namespace, the folders
 * above the home may belong to users that it does not know, such as the real root.
 */
export function folderOpenToOthers(path: string): string | undefined {
  const deepest = deepestFolder(path);
  for (let folder = deepest; ; folder = dirname(folder)) {
    const stats = statSync(folder);
    const { uid } = stats;
    // In a folder like /tmp nobody can replace what belongs to this user or to root.
    const isSticky = folder !== deepest && (stats.mode & 0o1000) !== 0;
    const isKnown =
      uid === 0 || uid === process.geteuid?.() || (uid === unknownUser && isNamespace());
    if (!isKnown || (isShared(stats) && !isSticky)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The number that stands for every user whom a user namespace does not know (user_namespaces(7)). */
const unknownUser = 65_534;

const isNamespace = () =>
  !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'));
