// Writes a person's credential file so that nothing in it can get lost: read, change, write a new
// file beside it, look whether somebody else changed it meanwhile, rename.

import type { Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { foreignFolder } from '../home.ts';
import * as messages from '../messages/file.ts';
import { errorCode, unless } from '../report.ts';

// An import of it as a whole would cost the bundle a quarter of a millisecond at each start.
const fs = process.getBuiltinModule('node:fs');

/**
 * Gives the new content from the present one, both as `latin1` text and null for no file. It is
 * called again with newer content if the file changes meanwhile, so it must depend on that alone.
 */
export type Change = (before: string | null) => string | null;

/** The file could not be read or replaced and is as it was. The message is a clause. */
export class CredentialFileError extends Error {
  override readonly name = 'CredentialFileError';
}

const largestFile = 16 * 1024 * 1024;

/**
 * Changes the file at `path` in one step: whoever reads it, and whatever kills this process, sees
 * the old content or the new one. What others write until then is kept. The new file has mode 0600
 * and belongs to this user. Nothing is written if nothing
 * changes, so the file keeps its inode. A symbolic link stays, and the file it leads to is changed.
 *
 * @param before looks at the real path of the file before something is written there, and throws
 *   if that must not be. Absent for a file that is shared, see {@link changeSettingsFile}.
 * @throws CredentialFileError if the file cannot be read (it is then never replaced) or written.
 */
export function changeFile(path: string, change: Change, before?: (real: string) => void): void {
  const isShared = before === undefined;
  try {
    // Each round that fails saw somebody else's success, so many at once all come through.
    for (let round = 0; round < 200; round++) {
      const real = followLinks(path);
      if (round === 0) {
        refuseForeign(real);
        removeLeftovers(real);
      }
      const present = readFile(real);
      const text = change(present?.text ?? null);
      if (text === (present?.text ?? null)) {
        if (present && !isShared && (present.stats.mode & 0o077) !== 0) fs.chmodSync(real, 0o600);
        return;
      }
      before?.(real);
      if (replace(real, text, present && { ...present, isShared })) return;
    }
    throw new CredentialFileError(messages.keepsChanging);
  } catch (error) {
    throw asFileError(error);
  }
}

/**
 * The same for settings, which hold no secret of ours and which several users may share: a file that is
 * there keeps its mode, and one of another user's is replaced if the folder allows it, as docker does. A
 * missing folder is made, with mode 0700.
 *
 * @throws CredentialFileError as {@link changeFile} does.
 */
export function changeSettingsFile(path: string, change: Change): void {
  const folder = dirname(path);
  try {
    refuseForeign(path);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asFileError(error);
  }
  changeFile(path, change);
}

/** The text of the file as `latin1`; null if there is none. Throws CredentialFileError. */
export function readCredentialFile(path: string): string | null {
  try {
    return readFile(followLinks(path))?.text ?? null;
  } catch (error) {
    throw asFileError(error);
  }
}

/** The same, as UTF-8, of a file of our own: a symbolic link in its place is an error. */
export const readOwnFile = (path: string): string =>
  Buffer.from(readFile(path)?.text ?? '', 'latin1').toString();

/** Writes `text` to a new file at `path` in one step; mode 0600. */
export function writeOwnFile(path: string, text: string): void {
  removeLeftovers(path);
  fs.renameSync(writeTemporary(path, Buffer.from(text).toString('latin1')), path);
}

/** Makes an empty file at `path`, if there is none; mode 0600. A symbolic link there is an error. */
export function makeFile(path: string): void {
  const { O_WRONLY, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  fs.closeSync(fs.openSync(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600));
}

/** Root writes nothing where others decide what is written. */
function refuseForeign(path: string): void {
  const foreign = foreignFolder(dirname(path));
  if (foreign !== undefined) throw new CredentialFileError(messages.foreignFolder(foreign));
}

/** The place where the file really is, also when a symbolic link leads to a file not yet there. */
function followLinks(path: string): string {
  let place = path;
  for (let step = 0; step < 40; step++) {
    const stats = fs.lstatSync(place, { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) return join(fs.realpathSync(dirname(place)), basename(place));
    place = resolve(dirname(place), fs.readlinkSync(place));
  }
  throw new CredentialFileError(messages.systemError('ELOOP'));
}

function readFile(path: string): { text: string; stats: Stats } | null {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  // Not blocking, because opening a named pipe would otherwise wait for its writer.
  const file = unless(['ENOENT'], () => fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  if (file === undefined) return null;
  try {
    const stats = fs.fstatSync(file);
    if (!stats.isFile()) throw new CredentialFileError(messages.notRegular);
    if (stats.size > largestFile) throw new CredentialFileError(messages.fileTooLarge);
    return { text: fs.readFileSync(file, 'latin1'), stats };
  } finally {
    fs.closeSync(file);
  }
}

/** The file that is to be replaced, if there is one. */
type Present = { readonly text: string; readonly stats: Stats; readonly isShared: boolean } | null;

/** False if the file is no longer the one that `present` describes; then nothing is done. */
function replace(path: string, text: string | null, present: Present): boolean {
  if (text === null) {
    if (!isStill(path, present)) return false;
    fs.unlinkSync(path);
    return true;
  }
  const temporary = writeTemporary(path, text, present);
  try {
    if (!isStill(path, present)) return false;
    fs.renameSync(temporary, path);
  } catch (error) {
    // Another process took the temporary file for a leftover.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  } finally {
    unlinkIfThere(temporary);
  }
  return true;
}

/**
 * Compares the bytes, because the time does not tell: the clock of files ticks every few milliseconds.
 * Whatever cannot be read now is another file, which the next round meets.
 */
function isStill(path: string, present: Present): boolean {
  try {
    const now = readFile(path);
    if (now?.text !== present?.text) return false;
    // Whether that was still the file at this path.
    return fs.statSync(path, { throwIfNoEntry: false })?.ino === now?.stats.ino;
  } catch {
    return false;
  }
}

function writeTemporary(path: string, text: string, present: Present = null): string {
  const temporary = `${temporaryPrefix(path)}${process.pid}-${process.hrtime.bigint()}`;
  const file = fs.openSync(temporary, 'wx', 0o600);
  try {
    const { stats, isShared } = present ?? {};
    if (stats && stats.uid !== fs.fstatSync(file).uid && !isShared) {
      throw new CredentialFileError(messages.notOwned);
    }
    fs.fchmodSync(file, stats && isShared ? stats.mode & 0o777 : 0o600);
    const bytes = Buffer.from(text, 'latin1');
    let written = 0;
    while (written < bytes.length) written += fs.writeSync(file, bytes, written);
    // A codespace may be stopped at any time, and without this a rename can outlive the content.
    // Where there was nothing before, there is nothing to lose.
    if (present) fs.fsyncSync(file);
  } catch (error) {
    unlinkIfThere(temporary);
    throw error;
  } finally {
    fs.closeSync(file);
  }
  return temporary;
}

const temporaryPrefix = (path: string): string => `${path}.heroku-login-`;

/**
 * Removes temporary files of processes that were killed: they hold a token. Where one cannot be
 * removed, what follows in the same folder meets the same problem and tells it.
 */
function removeLeftovers(path: string): void {
  const prefix = basename(temporaryPrefix(path));
  try {
    for (const name of fs.readdirSync(dirname(path))) {
      if (!name.startsWith(prefix)) continue;
      const leftover = join(dirname(path), name);
      const writer = Number(name.slice(prefix.length).split('-')[0]);
      if (!isRunning(writer) || isOld(leftover)) unlinkIfThere(leftover);
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

/**
 * Whether there is a process of that number. One in another container, which shares the folder, is
 * not seen: it finds its file gone and begins anew.
 */
function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** The number of a process that was killed may belong to another one by now. */
const isOld = (path: string): boolean =>
  Date.now() - (fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 60_000;

const unlinkIfThere = (path: string) => unless(['ENOENT'], () => fs.unlinkSync(path));

function asFileError(error: unknown): Error {
  const code = errorCode(error);
  if (error instanceof CredentialFileError || code === undefined) return error as Error;
  const number = error instanceof Error && 'errno' in error ? String(error.errno) : '';
  const name = unnamed[number] ?? code;
  return new CredentialFileError(messages.systemError(name), { cause: error });
}

/** Linux' errors that Node has no name for, by their numbers. */
const unnamed: Readonly<Record<string, string>> = { '-116': 'ESTALE', '-122': 'EDQUOT' };
