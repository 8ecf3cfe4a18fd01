// What the program remembers between two runs, in ~/.local/state/heroku-login (mode 0700):
//
//   written-<fingerprint>   entries that we put into ~/.netrc
//   refused-<fingerprint>   a token that Heroku rejected
//   session-<fingerprint>   facts of a container's own token, by that token, see container-token.ts
//   created-netrc           there was no ~/.netrc before us
//   by-hand                 the login in it came from a user, not from a secret
//   last.json               how the last login ended
//   hide                    which values of HEROKU_API_KEY must not be used, see resolve.ts
//   notice                  what new shells say, see image/shell-notice.sh
//   seen                    by what new shells tell a newer secret, see image/shell-notice.sh
//   workspace               folder that the container's hook runs in
//
// Marks are files of their own, not lines of one file, so that logins at the same time need no lock.
// Reading never fails: what cannot be read, or has another form, counts as absent. Writing says whether
// it worked, because most of this helps but is not needed.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asRecord, parseJson } from '../json.ts';
import { errorCode, exitCodes, type Report } from '../report.ts';
import { CredentialFileError, giveToOwnerOfFolder, makeFile, writeOwnFile } from './atomic-file.ts';
import { fingerprint } from './fingerprint.ts';

/** How the last login ended. */
export interface LastLogin {
  readonly report: Report;
  /** Fingerprints of all tokens that were found, in their order. */
  readonly tokens: readonly string[];
  /** Fingerprint of the one that Heroku accepted. */
  readonly accepted?: string;
  /** Which start of the container it was, see codespace.ts. */
  readonly start?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A container's own token at Heroku. The token itself is in ~/.netrc and nowhere else. */
export interface ContainerToken {
  /** Of the authorization. */
  readonly id: string;
  /** Fingerprint of the secret it was made with. */
  readonly of: string;
  /** Both in milliseconds since 1970. */
  readonly madeAt: number;
  readonly expiresAt: number;
  /** Of the secret, see {@link Report.expiresAt}. */
  readonly secretExpiresAt?: number | null;
}

export class State {
  /** Entries of ~/.netrc that are our work, and not, say, those of `heroku login`. */
  readonly written: MarkSet;
  readonly rejected: MarkSet;
  readonly createdNetrc: StateFile;
  readonly manual: StateFile;
  readonly hide: StateFile;
  readonly notice: StateFile;
  readonly seen: StateFile;
  readonly workspace: StateFile;
  readonly last: JsonFile<LastLogin>;
  readonly #folder: Folder;

  /** @param home the user's home folder; nothing is made there before something is remembered. */
  constructor(home: string) {
    const folder = { home, path: join(home, '.local/state/heroku-login') };
    this.#folder = folder;
    this.written = new MarkSet(folder, 'written');
    this.rejected = new MarkSet(folder, 'refused');
    this.createdNetrc = new StateFile(folder, 'created-netrc');
    this.manual = new StateFile(folder, 'by-hand');
    this.hide = new StateFile(folder, 'hide');
    this.notice = new StateFile(folder, 'notice');
    this.seen = new StateFile(folder, 'seen');
    this.workspace = new StateFile(folder, 'workspace');
    this.last = new JsonFile(new StateFile(folder, 'last.json'), isLastLogin);
  }

  /** Facts of a container's own token, by that token's fingerprint. */
  containerToken(of: string): JsonFile<ContainerToken> {
    return new JsonFile(new StateFile(this.#folder, `session-${of}`), isContainerToken);
  }

  /** All of them by the fingerprints of their tokens, that in use among them. */
  containerTokens(): [string, ContainerToken][] {
    return names(this.#folder, /^session-(\d+)$/).flatMap((of): [string, ContainerToken][] => {
      const token = this.containerToken(of).read();
      return token ? [[of, token]] : [];
    });
  }

  /** Forgets everything. */
  forget(): void {
    rmSync(this.#folder.path, { recursive: true, force: true });
  }
}

interface Folder {
  readonly home: string;
  readonly path: string;
}

/** One small file; its being there may be all that it says. */
export class StateFile {
  readonly #folder: Folder;
  readonly #path: string;

  constructor(folder: Folder, name: string) {
    this.#folder = folder;
    this.#path = join(folder.path, name);
  }

  exists(): boolean {
    return existsSync(this.#path);
  }

  read(): string | undefined {
    // Asked first, because an exception costs more.
    if (!this.exists()) return undefined;
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errorCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  /** @returns false if that could not be done. */
  write(text: string): boolean {
    return tryTo(() => {
      makeFolder(this.#folder.home, this.#folder.path);
      writeOwnFile(this.#path, text);
    });
  }

  /** Makes it, if it is not there, or takes it away. */
  mark(wanted = true): boolean {
    if (wanted === this.exists()) return true;
    return tryTo(() => {
      // rmSync would not mind a missing file, but costs half a millisecond.
      if (!wanted) return unlinkSync(this.#path);
      makeFolder(this.#folder.home, this.#folder.path);
      return makeFile(this.#path);
    });
  }
}

/** A set of texts, of which the fingerprints are kept. */
export class MarkSet {
  readonly #folder: Folder;
  readonly #name: string;

  constructor(folder: Folder, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  has(text: string): boolean {
    return this.#file(text).exists();
  }

  add(text: string): boolean {
    return this.#file(text).mark();
  }

  delete(text: string): boolean {
    return this.#file(text).mark(false);
  }

  #file(text: string): StateFile {
    return new StateFile(this.#folder, `${this.#name}-${fingerprint(text)}`);
  }
}

/** A value in a file; one of another form counts as absent: another version may have written it. */
export class JsonFile<Content> {
  readonly #file: StateFile;
  readonly #check: (value: unknown) => value is Content;

  constructor(file: StateFile, check: (value: unknown) => value is Content) {
    this.#file = file;
    this.#check = check;
  }

  read(): Content | undefined {
    const value = parseJson(this.#file.read() ?? '');
    return this.#check(value) ? value : undefined;
  }

  write(value: Content): boolean {
    return this.#file.write(`${JSON.stringify(value)}\n`);
  }

  delete(): boolean {
    return this.#file.mark(false);
  }
}

function isLastLogin(value: unknown): value is LastLogin {
  const { report, tokens, at } = asRecord(value);
  const { outcome, sentence, details = [], expiresAt, sessionExpiresAt } = asRecord(report);
  return (
    typeof at === 'number' &&
    areStrings(tokens) &&
    areStrings(details) &&
    typeof sentence === 'string' &&
    Object.hasOwn(exitCodes, String(outcome)) &&
    (expiresAt === null || isDate(expiresAt)) &&
    isDate(sessionExpiresAt)
  );
}

function isContainerToken(value: unknown): value is ContainerToken {
  const { id, of, madeAt, expiresAt, secretExpiresAt } = asRecord(value);
  const isOurs = typeof id === 'string' && typeof of === 'string';
  const hasDates = typeof madeAt === 'number' && expiresAt !== undefined && isDate(expiresAt);
  return isOurs && hasDates && (secretExpiresAt === null || isDate(secretExpiresAt));
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** A moment that a `Date` can hold, or none. */
function isDate(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Math.abs(value) <= 8.64e15);
}

/** The first group of each name that matches; none if the folder cannot be read. */
function names({ path }: Folder, pattern: RegExp): string[] {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  } catch (error) {
    if (errorCode(error) !== undefined) return [];
    throw error;
  }
}

function tryTo(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof CredentialFileError || errorCode(error) !== undefined) return false;
    throw error;
  }
}

/**
 * Makes a folder below `home`, and those in between, each owned like the one it is in, see
 * atomic-file.ts. A home that is missing is not made: it may be a mount that is yet to come.
 */
function makeFolder(home: string, path: string): void {
  if (existsSync(path)) return;
  if (path === home) throw new CredentialFileError(`there is no home folder ${home}`);
  makeFolder(home, dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  giveToOwnerOfFolder(path);
}
