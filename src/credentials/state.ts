// What the program remembers between two runs, in ~/.local/state/heroku-login (mode 0700):
//
//   written-<fingerprint>      entries that we put into ~/.netrc
//   refused-<fingerprint>      a token that Heroku turned down
//   session-<fingerprint>      facts of a session, by its token, see session.ts
//   session-of-<fingerprint>   a secret that a session in ~/.netrc stands for, see image/bin/heroku
//   logged-out-<fingerprint>   a token that must not be used until the next login, see image/bin/heroku
//   created-netrc              there was no ~/.netrc before us
//   by-hand                    the login in it came from a person, not from a secret
//   last.json                  how the last login ended
//   notice                     what new shells say, see image/shell-notice.sh
//   seen                       by what new shells tell a newer secret, see image/shell-notice.sh
//   workspace                  folder that the container's hook runs in
//
// Marks are files of their own, not lines of one file, so that logins at the same time need no lock.
// A fingerprint tells tokens of one person apart and is far too short to tell anything about them.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, type Report } from '../report.ts';
import { CredentialFileError, giveToOwnerOfFolder, makeFile, writeOwnFile } from './atomic-file.ts';

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

/** A session of a container's own at Heroku. Its token is in ~/.netrc and nowhere else. */
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

/**
 * 32 bits of a token, or of entries that hold one: the CRC of cksum(1) in POSIX, because image/bin/heroku
 * computes it too. Not a cryptographic hash on purpose: node:crypto alone would make the program a
 * sixth slower, and nothing here is kept from anybody who could not read the token beside it in
 * ~/.netrc.
 */
export function fingerprint(text: string): string {
  const bytes = Buffer.from(text);
  let sum = 0;
  const add = (byte: number) => {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  };
  bytes.forEach(add);
  for (let length = bytes.length; length > 0; length >>>= 8) add(length & 0xff);
  return String(~sum >>> 0);
}

export class State {
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

  recordWritten(block: string): void {
    this.#mark(`written-${fingerprint(block)}`);
  }

  isRejected(token: string): boolean {
    return this.#isMarked(`refused-${fingerprint(token)}`);
  }

  recordRejected(token: string): void {
    bestEffort(() => this.#mark(`refused-${fingerprint(token)}`));
  }

  clearRejected(token: string): void {
    bestEffort(() => this.#unmark(`refused-${fingerprint(token)}`));
  }

  /** Facts of the session with this token; undefined where it is none of ours. */
  session(token: string): ContainerToken | undefined {
    return this.#read<ContainerToken>(`session-${fingerprint(token)}`);
  }

  /** Before ~/.netrc gets its token: a kill in between must not leave a session that nobody ends. */
  recordContainerToken(token: string, session: ContainerToken): void {
    this.#write(`session-${fingerprint(token)}`, JSON.stringify(session));
    this.#mark(`session-of-${session.of}`);
  }

  /** Sessions by the fingerprints of their tokens, that in use among them. */
  sessions(): [string, ContainerToken][] {
    return this.#names(/^session-(\d+)$/).flatMap((of): [string, ContainerToken][] => {
      const session = this.#read<ContainerToken>(`session-${of}`);
      return session ? [[of, session]] : [];
    });
  }

  clearContainerToken(fingerprintOfToken: string): void {
    bestEffort(() => this.#unmark(`session-${fingerprintOfToken}`));
  }

  isLoggedOut(token: string): boolean {
    return this.#isMarked(`logged-out-${fingerprint(token)}`);
  }

  recordLoggedOut(fingerprints: readonly string[]): void {
    bestEffort(() => {
      for (const one of fingerprints) this.#mark(`logged-out-${one}`);
    });
  }

  clearLoggedOut(): void {
    bestEffort(() => {
      for (const one of this.#names(/^logged-out-(\d+)$/)) this.#unmark(`logged-out-${one}`);
    });
  }

  createdNetrc(): boolean {
    return this.#isMarked('created-netrc');
  }

  recordCreatedNetrc(): void {
    this.#mark('created-netrc');
  }

  isManual(): boolean {
    return this.#isMarked('by-hand');
  }

  recordManual(byHand: boolean): void {
    bestEffort(() => {
      if (byHand) this.#mark('by-hand');
      else this.#unmark('by-hand');
    });
  }

  /** Undefined where there is none, or none that can be understood. */
  last(): LastLogin | undefined {
    return this.#read<LastLogin>('last.json');
  }

  recordLastLogin(last: LastLogin): void {
    bestEffort(() => this.#write('last.json', `${JSON.stringify(last)}\n`));
  }

  /** @param tail the last characters of the token that was found; empty for none. */
  recordSeen(tail: string): void {
    bestEffort(() => this.#write('seen', `${tail}\n`));
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

  recordWorkspace(folder: string): void {
    if (this.workspace() === folder) return;
    bestEffort(() => this.#write('workspace', folder));
  }

  /** @param text the whole file; undefined for none. */
  recordShellNotice(text: string | undefined): void {
    bestEffort(() => {
      if (text === undefined) this.#unmark('notice');
      else this.#write('notice', text);
    });
  }

  /** Forgets everything. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What a file of ours holds as JSON; undefined where it cannot be read or understood. */
  #read<Content>(name: string): Content | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as Content;
    } catch (error) {
      if (error instanceof SyntaxError || errorCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  #write(name: string, text: string): void {
    makeFolder(this.#home, this.#folder);
    writeOwnFile(join(this.#folder, name), text);
  }

  /** The first group of each name that matches; none where the folder cannot be read. */
  #names(pattern: RegExp): string[] {
    // Asked first, because an exception costs more.
    if (!existsSync(this.#folder)) return [];
    try {
      return readdirSync(this.#folder).flatMap((name) => pattern.exec(name)?.[1] ?? []);
    } catch (error) {
      if (errorCode(error) !== undefined) return [];
      throw error;
    }
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
    if (!(error instanceof CredentialFileError) && errorCode(error) === undefined) throw error;
  }
}

/**
 * Makes a folder below `home`, and those in between, each owned like the one it is in, see
 * credential-file.ts. A home that is missing is not made: it may be a mount that is yet to come.
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
