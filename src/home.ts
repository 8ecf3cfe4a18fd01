// Whose home this is, and as which user the program goes on. Everything else follows paths in the home, so
// root must not do that if another user controls them.

import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import * as messages from './messages/program.ts';
import { errorCode, unless } from './report.ts';

/** The users and groups of this process (`process`). */
export type Identity = Required<
  Pick<NodeJS.Process, 'geteuid' | 'getuid' | 'setgroups' | 'setgid' | 'setuid'>
>;

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
    const { folder, rest } = realPath(path);
    const { uid, gid } = statSync(folder);
    if (uid === unknownUser) return unusable(messages.homeOfUnknownUser(path));
    // Whoever owns a link could let it lead to another place later.
    const real = join(folder, rest);
    if (uid !== 0) return { path: real, owner: { uid, gid: groupOf(uid) ?? (gid || uid) } };
    const foreign = foreignFolder(real);
    return foreign === undefined ? { path: real } : unusable(messages.homeOpenToOthers(foreign));
  } catch (error) {
    // The account's home is asked for by number, and not every number has an account.
    if (errorCode(error) === undefined) throw error;
    return unusable(messages.noHome());
  }
}

/** Nothing can be made below it, by no user. */
const unusable = (problem: string): Home => ({ path: '/dev/null', problem });

/**
 * Makes the owner of a home the user of this process, for good: no group of root's stays.
 *
 * @returns the home; with a problem if the process may not change its user.
 */
export function becomeOwner(
  { path, owner }: Home & { readonly owner: Owner },
  self: Identity,
): Home {
  try {
    // In this order, because only root may change groups.
    self.setgroups([owner.gid]);
    self.setgid(owner.gid);
    self.setuid(owner.uid);
    if (self.getuid() === owner.uid && self.geteuid() === owner.uid) return { path };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
  return unusable(messages.notOwnHome(path, owner.uid));
}

/** The group of a user, by the number of the user; undefined without an account. */
function groupOf(user: number): number | undefined {
  const text = unless(['ENOENT', 'EACCES'], () => readFileSync('/etc/passwd', 'latin1')) ?? '';
  const [, , , group] =
    text
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , id]) => id === `${user}`) ?? [];
  return group === undefined ? undefined : Number(group);
}

/** The real path of the deepest folder on the way to `path` that is there, and the rest of the path. */
function realPath(path: string, rest = ''): { readonly folder: string; readonly rest: string } {
  const real = unless(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'], () => realpathSync(path));
  return real === undefined
    ? realPath(dirname(path), join(basename(path), rest))
    : { folder: real, rest };
}

/** The deepest folder on the way to `path` that is there, if this user may not write there. */
export function closedFolder(path: string): string | undefined {
  const { folder } = realPath(path);
  if (statSync(folder).uid === process.geteuid?.()) return undefined;
  const isOpen = unless(['EACCES', 'EROFS'], () => accessSync(folder, constants.W_OK) ?? true);
  return isOpen ? undefined : folder;
}

/**
 * For root: a folder on the way to `path` in which another user can put
 * something else in the place of what is there, so that what root does there could hit any file.
 * Undefined if there is none, and for every other user, who can only lose what is theirs.
 *
 * The group root may write: images for random users have such homes. In a user namespace, the folders
 * above the home may belong to users that it does not know, such as the real root.
 */
export function foreignFolder(path: string): string | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const deepest = realPath(path).folder;
  for (let folder = deepest; ; folder = dirname(folder)) {
    const { uid, gid, mode } = statSync(folder);
    const isShared = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
    // In a folder like /tmp nobody can replace what is root's.
    const isSticky = folder !== deepest && (mode & 0o1000) !== 0;
    const isKnown = uid === 0 || (uid === unknownUser && isNamespace());
    if (!isKnown || (isShared && !isSticky)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The number that stands for every user whom a user namespace does not know (user_namespaces(7)). */
export const unknownUser = 65_534;

const isNamespace = () =>
  !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'));
