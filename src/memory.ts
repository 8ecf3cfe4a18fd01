// What the program remembers between two runs, in ~/.local/state/heroku-login (mode 0700):
//
//   written-<fingerprint>   entries that we put into ~/.netrc
//   refused-<fingerprint>   a token that Heroku turned down
//   created-netrc           there was no ~/.netrc before us
//   by-hand                 the login in it came from a person, not from a secret
//   last.json               how the last login ended
//   notice                  what new shells say, see shell/notice.sh
//   workspace               folder that the container's hook runs in
//
// Marks are empty files, not lines of one file, so that logins at the same time need no lock.
// A fingerprint tells tokens of one person apart and is far too short to tell anything about them.

import { existsSync, mkdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileProblem, giveToOwnerOfFolder, makeFile, writeOwnFile } from './credential-file.ts';
import { errorCode, type Report } from './report.ts';

/** How the last login ended. */
export interface Last {
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

/**
 * 32 bits of a token, or of entries that hold one, as eight hex digits (FNV-1a). Not a cryptographic
 * hash on purpose: node:crypto alone would make the program a sixth slower, and nothing here is kept
 * from anybody who could not read the token beside it in ~/.netrc.
 */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

export class Memory {
  readonly #home: string;
  readonly #folder: string;

  /** @param home the person's home folder; nothing is made there before something is remembered. */
  constructor(home: string) {
    this.#home = home;
    this.#folder = join(home, '.local/state/heroku-login');
  }

  /** Whether these entries of ~/.netrc are our work, and not, say, those of `heroku login`. */
  hasWritten(block: string): boolean {
    return this.#isMarked(`written-${fingerprint(block)}`);
  }

  rememberWritten(block: string): void {
    this.#mark(`written-${fingerprint(block)}`);
  }

  isRefused(token: string): boolean {
    return this.#isMarked(`refused-${fingerprint(token)}`);
  }

  rememberRefused(token: string): void {
    bestEffort(() => this.#mark(`refused-${fingerprint(token)}`));
  }

  forgetRefused(token: string): void {
    bestEffort(() => this.#unmark(`refused-${fingerprint(token)}`));
  }

  createdNetrc(): boolean {
    return this.#isMarked('created-netrc');
  }

  rememberCreatedNetrc(): void {
    this.#mark('created-netrc');
  }

  isByHand(): boolean {
    return this.#isMarked('by-hand');
  }

  rememberByHand(byHand: boolean): void {
    bestEffort(() => {
      if (byHand) this.#mark('by-hand');
      else this.#unmark('by-hand');
    });
  }

  /** Undefined where there is none, or none that can be understood. */
  last(): Last | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#folder, 'last.json'), 'utf8')) as Last;
    } catch (error) {
      if (error instanceof SyntaxError || errorCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  rememberLast(last: Last): void {
    bestEffort(() => {
      makeFolder(this.#home, this.#folder);
      writeOwnFile(join(this.#folder, 'last.json'), `${JSON.stringify(last)}\n`);
    });
  }

  /** Undefined where no hook with the option `app` has run. */
  workspace(): string | undefined {
    try {
      return readFileSync(join(this.#folder, 'workspace'), 'utf8');
    } catch (error) {
      if (errorCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  rememberWorkspace(folder: string): void {
    if (this.workspace() === folder) return;
    bestEffort(() => {
      makeFolder(this.#home, this.#folder);
      writeOwnFile(join(this.#folder, 'workspace'), folder);
    });
  }

  /** @param text the whole file; undefined for none. */
  rememberNotice(text: string | undefined): void {
    bestEffort(() => {
      if (text === undefined) return this.#unmark('notice');
      makeFolder(this.#home, this.#folder);
      writeOwnFile(join(this.#folder, 'notice'), text);
    });
  }

  /** Forgets everything. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isMarked(name: string): boolean {
    return existsSync(join(this.#folder, name));
  }

  #mark(name: string): void {
    makeFolder(this.#home, this.#folder);
    makeFile(join(this.#folder, name));
  }

  #unmark(name: string): void {
    // rmSync would not mind a missing file, but costs half a millisecond.
    if (this.#isMarked(name)) unlinkSync(join(this.#folder, name));
  }
}

/** For what helps but is not needed; a home that cannot be written is reported elsewhere. */
function bestEffort(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof FileProblem) && errorCode(error) === undefined) throw error;
  }
}

/**
 * Makes a folder below `home`, and those in between, each owned like the one it is in, see
 * credential-file.ts. A home that is missing is not made: it may be a mount that is yet to come.
 */
function makeFolder(home: string, path: string): void {
  if (existsSync(path)) return;
  if (path === home) throw new FileProblem(`there is no home folder ${home}`);
  makeFolder(home, dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  giveToOwnerOfFolder(path);
}
