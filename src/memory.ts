// What the program remembers between two runs, in ~/.local/state/heroku-login (mode 0700):
//
//   written/<fingerprint>   entries that we put into ~/.netrc
//   refused/<fingerprint>   a token that Heroku turned down
//   created-netrc           there was no ~/.netrc before us
//   last.json               how the last login ended
//
// Marks are files of their own, not lines of one file, so that logins at the same time need no lock.
// A fingerprint is the SHA-256 of a token or of entries that hold one; tokens are random and long, so
// it tells nothing about them.

import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileProblem, writeOwnFile } from './credential-file.ts';
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

export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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
    return this.#read(`written/${fingerprint(block)}`) !== undefined;
  }

  rememberWritten(block: string): void {
    this.#write(`written/${fingerprint(block)}`, {});
  }

  isRefused(token: string): boolean {
    return this.#read(`refused/${fingerprint(token)}`) !== undefined;
  }

  rememberRefused(token: string): void {
    this.#note(`refused/${fingerprint(token)}`, {});
  }

  forgetRefused(token: string): void {
    this.#remove(`refused/${fingerprint(token)}`);
  }

  createdNetrc(): boolean {
    return this.#read('created-netrc') !== undefined;
  }

  rememberCreatedNetrc(): void {
    this.#write('created-netrc', {});
  }

  last(): Last | undefined {
    return this.#read<Last>('last.json');
  }

  rememberLast(last: Last): void {
    this.#note('last.json', last);
  }

  /** Forgets everything. */
  forget(): void {
    this.#remove('');
  }

  /** Undefined for what is not there; what cannot be understood counts as not there. */
  #read<T>(name: string): T | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as T;
    } catch (error) {
      if (error instanceof SyntaxError || errorCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  #write(name: string, value: unknown): void {
    const path = join(this.#folder, name);
    // A home that is missing is not made: it may be a mount that is yet to come.
    if (!statSync(this.#home, { throwIfNoEntry: false })?.isDirectory()) {
      throw new FileProblem(`there is no home folder ${this.#home}`);
    }
    makeFolder(dirname(path));
    writeOwnFile(path, `${JSON.stringify(value)}\n`);
  }

  /** Writes what helps but is not needed; a home that cannot be written is reported elsewhere. */
  #note(name: string, value: unknown): void {
    try {
      this.#write(name, value);
    } catch (error) {
      if (!(error instanceof FileProblem) && errorCode(error) === undefined) throw error;
    }
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { recursive: true, force: true });
  }
}

/** Makes a folder and those above it, each owned like the one it is in: see credential-file.ts. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  const parent = statSync(dirname(path));
  if (process.getuid?.() === 0) chownSync(path, parent.uid, parent.gid);
}
