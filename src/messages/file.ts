// Why a credential file could not be read or written. Clauses.

import { quoteForShell, sanitizeForTerminal } from '../report.ts';

export const keepsChanging = 'another program keeps changing it';
export const notRegular = 'it is not a regular file';
export const fileTooLarge = 'it is too large';
export const notOwned = 'it is owned by another user';
export const notJson = 'it is not valid JSON';
export const unexpectedForm = 'it has an unexpected form';
export const noHomeFolder = (home: string) => `there is no home folder ${home}`;
export const stateNotWritable = 'cannot write to ~/.local/state/heroku-login';

/** @param name of an error of the operating system, such as `EACCES`. */
export const systemError = (name: string) => clauses[name] ?? `unexpected error ${name}`;

const clauses: Readonly<Record<string, string>> = {
  EACCES: 'permission denied (EACCES)',
  EPERM: 'operation not permitted (EPERM)',
  EROFS: 'the file system is read-only (EROFS)',
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the disk quota is exceeded (EDQUOT)',
  EIO: 'the disk or the network mount failed (EIO)',
  ESTALE: 'its network mount is no longer available (ESTALE)',
  EBUSY: 'it is mounted from outside the container and cannot be replaced (EBUSY)',
  EISDIR: 'it is a folder (EISDIR)',
  EEXIST: 'its folder is not a folder (EEXIST)',
  ELOOP: 'too many levels of symbolic links (ELOOP)',
  ENOENT: 'its folder does not exist (ENOENT)',
  ENOTDIR: 'its folder is not a folder (ENOTDIR)',
  ENXIO: 'it is not a regular file (ENXIO)',
};

/** A value that cannot be a token: the end of "it ...". */
export const unusable = {
  whiteSpace: 'contains whitespace',
  characters: 'contains characters that no token has',
  length: 'is too long',
  netrc: 'would break ~/.netrc',
} as const;

/** A line of `status`. */
export const netrcUnusable = (problem: string) => `~/.netrc cannot be used: ${problem}`;

/** A value that is something else, as the end of "it ...". */
export const looks = {
  key: 'looks like a private key or a certificate',
  reference: 'looks like a reference to a secret that is stored somewhere else',
  redacted: 'looks like a redacted token: Heroku shows a token in full only once',
  placeholder: 'looks like a placeholder that was never replaced',
  json: 'looks like JSON',
  url: 'looks like a URL',
  email: 'looks like an email address',
  assignment: 'looks like an assignment (NAME=value)',
  path: 'looks like a file name',
  otherService: 'looks like a token for another service',
} as const;

/** A mounted secret. Clauses. */
export const emptyFile = 'it is empty';
export const linkToNothing = 'it is a symbolic link to a file that does not exist';
export const folderOfOthers = 'other users can write to its folder';
/** A clause: root would write where others decide what is written. */
export const foreignFolder = (folder: string) =>
  `other users may change the folder ${sanitizeForTerminal(folder)}`;

/** A clause. */
export const stateOfOthers = (folder: string) =>
  `the folder ${sanitizeForTerminal(folder)} belongs to another user. To take it over, run: sudo chown -R "$(id -un)" ${quoteForShell(folder)}`;
