// What the program remembers between two runs, in ~/.local/state/heroku-login (mode 0700):
//
//   written-<fingerprint>   entries that we put into ~/.netrc, and their tokens
//   rejected-<fingerprint>   a token that Heroku rejected
//   container-token-<fingerprint>   facts of a container's own token, by that token, see container-token.ts
//   created-netrc           there was no ~/.netrc before us
//   by-hand                 the login in it came from a user, not from a secret
//   last.json               how the last login ended
//   hide                    which values of HEROKU_API_KEY must not be used, see resolve.ts
//   notice                  what new shells say, see image/shell-notice.sh
//   seen                    by what new shells tell a newer secret, see image/shell-notice.sh
//   told-<fingerprint>      a sentence that hooks say once
//   system-store            Heroku's certificate is trusted only with the system's own, see image/bin/heroku
//   workspace               folder that the container's hook runs in
//
// Marks are files of their own, not lines of one file, so that logins at the same time need no lock.
// Reading never fails: what cannot be read, or has another form, counts as absent. Writing says whether
// it worked, because most of this helps but is not needed.

import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { folderOfOther, foreignFolder } from '../home.ts';
import { asRecord, parseJson } from '../json.ts';
import { noHomeFolder } from '../messages/file.ts';
import { errorCode, exitCodes, type Report, unless } from '../report.ts';
import { CredentialFileError, makeFile, readOwnFile, writeOwnFile } from './atomic-file.ts';
import { fingerprint } from './fingerprint.ts';

/** How the last login ended. */
export interface LastLogin {
  readonly report: Report;
  /** Fingerprints of all tokens that were found, in their order. */
  readonly tokens: readonly string[];
  /** Fingerprint of the one that Heroku accepted. */
  readonly accepted?: string | undefined;
  /** Which start of the container it was, see codespace.ts. */
  readonly start?: string | undefined;
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
  readonly secretExpiresAt?: number | null | undefined;
}

export type State = ReturnType<typeof openState>;

/** @param home the user's home folder; nothing is made there before something is remembered. */
export function openState(home: string) {
  const path = join(home, '.local/state/heroku-login');
  let isSafe: boolean | undefined;
  /** Whether nobody but this user and root decides what is in there; asked once. */
  const isOwn = () => (isSafe ??= foreignFolder(path) === undefined);
  const file = (name: string) => stateFile({ home, path: join(path, name), isOwn });
  const containerToken = (of: string) => jsonFile(file(`container-token-${of}`), isContainerToken);
  return {
    /** Entries of ~/.netrc that are our work, and not, say, those of `heroku login`; and their tokens. */
    written: markSet(file, 'written'),
    rejected: markSet(file, 'rejected'),
    told: markSet(file, 'told'),
    createdNetrc: file('created-netrc'),
    manual: file('by-hand'),
    hide: file('hide'),
    notice: file('notice'),
    seen: file('seen'),
    systemStore: file('system-store'),
    workspace: pathFile(file('workspace')),
    last: jsonFile(file('last.json'), isLastLogin),
    /** Facts of a container's own token, by that token's fingerprint. */
    containerToken,
    /** All of them by the fingerprints of their tokens, that in use among them. */
    containerTokens: () =>
      namesIn(path).flatMap((name): [string, ContainerToken][] => {
        const of = /^container-token-(\d+)$/.exec(name)?.[1] ?? '';
        const token = of === '' ? undefined : containerToken(of).read();
        return token ? [[of, token]] : [];
      }),
    /**
     * Removes what we made but `hide`, which outlives a logout, by name: a link may lead to a folder that is not ours, which then stays.
     *
     * @returns false if something of ours is left.
     */
    clear: () => {
      const names = isOwn()
        ? namesIn(path).filter((name) => name !== 'hide' && ours.test(name))
        : [];
      const removed = names.map((name) => tryTo(() => unlinkSync(join(path, name))));
      tryTo(() => rmdirSync(path));
      return !removed.includes(false);
    },
    /** The folder that keeps this user from writing here, because it belongs to another user. */
    foreign: (): string | undefined => folderOfOther(path, home),
  };
}

const single = 'created-netrc|by-hand|last[.]json|hide|notice|seen|system-store|workspace';
/** Every name above, and temporary files of logins that were killed. */
const ours = new RegExp(
  `^(${single}|(written|rejected|container-token|told)-\\d+)([.]heroku-login-[\\d-]+)?$`,
);

/** Where a file of the state is, and whether it counts. */
type Place = { readonly home: string; readonly path: string; isOwn(): boolean };

/** One small file; its being there may be all that it says. A symbolic link counts as absent. */
function stateFile({ home, path, isOwn }: Place) {
  const isFile = () => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const exists = () => orIfFailed(() => isFile() && isOwn(), false);
  const make = (write: () => void) =>
    tryTo(() => {
      if (!isOwn()) throw new CredentialFileError('foreign');
      makeFolder(home, dirname(path));
      write();
    });
  return {
    exists,
    /**
     * Undefined if there is none. Asked first, because an exception costs more. Not read as `utf8`:
     * Node does that in one native step, which aborts the process if the system cannot close a file.
     */
    read: () => (exists() ? orIfFailed(() => readOwnFile(path), undefined) : undefined),
    /** @returns false if that could not be done, as of all that changes something here. */
    write: (text: string) => make(() => writeOwnFile(path, text)),
    /** Makes it, if it is not there. */
    mark: () => exists() || make(() => makeFile(path)),
    /** Removes it, if it is there; rmSync would not mind a missing one, but costs half a millisecond. */
    delete: () => !exists() || tryTo(() => unlinkSync(path)),
  };
}

type StateFile = ReturnType<typeof stateFile>;

/** A path in a file; a text that no program takes as an absolute path counts as absent. */
const pathFile = (file: StateFile): StateFile => ({
  ...file,
  read: () => {
    const path = file.read();
    return path === undefined || !isAbsolute(path) || path.includes('\0') ? undefined : path;
  },
});

/** A set of texts, of which the fingerprints are kept. */
function markSet(file: (name: string) => StateFile, name: string) {
  const of = (text: string) => file(`${name}-${fingerprint(text)}`);
  return {
    has: (text: string) => of(text).exists(),
    add: (text: string) => of(text).mark(),
    delete: (text: string) => of(text).delete(),
  };
}

/** A value in a file; one of another form counts as absent: another version may have written it. */
function jsonFile<T>(file: StateFile, check: (value: unknown) => value is T) {
  return {
    read: (): T | undefined => {
      const value = parseJson(file.read() ?? '');
      return check(value) ? value : undefined;
    },
    write: (value: T) => file.write(`${JSON.stringify(value)}\n`),
    delete: file.delete,
  };
}

function isLastLogin(value: unknown): value is LastLogin {
  const { report, tokens, at, accepted = '' } = asRecord(value);
  const known = asRecord(report);
  const { outcome, sentence, details = [], expiresAt, containerTokenExpiresAt } = known;
  const { account = '', source = '' } = known;
  return (
    typeof at === 'number' &&
    areStrings(tokens) &&
    areStrings(details) &&
    areStrings([outcome, sentence, account, source, accepted]) &&
    Object.hasOwn(exitCodes, String(outcome)) &&
    (expiresAt === null || isDate(expiresAt)) &&
    isDate(containerTokenExpiresAt)
  );
}

function isContainerToken(value: unknown): value is ContainerToken {
  const { id, of, madeAt, expiresAt, secretExpiresAt } = asRecord(value);
  const isOurs = typeof id === 'string' && typeof of === 'string';
  const hasDates = typeof madeAt === 'number' && expiresAt !== undefined && isDate(expiresAt);
  return isOurs && hasDates && (secretExpiresAt === null || isDate(secretExpiresAt));
}

const areStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** A moment that a `Date` can hold, or none. */
const isDate = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && Math.abs(value) <= 8.64e15);

/** None if the folder is missing or cannot be read. */
const namesIn = (path: string): string[] =>
  existsSync(path) ? orIfFailed(() => readdirSync(path), []) : [];

const tryTo = (write: () => void): boolean =>
  orIfFailed(() => {
    write();
    return true;
  }, false);

/** What `use` returns, or `other` if the operating system did not let it. */
function orIfFailed<T>(use: () => T, other: T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof CredentialFileError || errorCode(error) !== undefined) return other;
    throw error;
  }
}

/**
 * Makes a folder below `home`, and those in between. A home that is missing is not made: it may
 * be a mount that is yet to come.
 */
function makeFolder(home: string, path: string): void {
  if (existsSync(path)) return;
  if (path === home) throw new CredentialFileError(noHomeFolder(home));
  makeFolder(home, dirname(path));
  unless(['EEXIST'], () => mkdirSync(path, 0o700));
}
