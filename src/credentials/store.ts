// Our entries in ~/.netrc: put in, looked up, taken out. What goes wrong with the file is a result here, not
// an exception.

import { join } from 'node:path';
import type { Context } from '../context.ts';
import * as messages from '../messages/file.ts';
import { CredentialFileError, changeFile, readCredentialFile } from './atomic-file.ts';
import {
  addBlock,
  block,
  blocksIn,
  entriesIn,
  type Login,
  linesWith,
  loginName,
  removeBlock,
  removeEntries,
} from './netrc.ts';
import { type Tracking, trackingOf } from './tracked.ts';

/** A login in ~/.netrc that is our work. */
export interface StoredLogin extends Login {
  /** Its entries, as a login puts them at the top of the file; empty if they have another form now. */
  readonly text: string;
}

/** ~/.netrc as it is now. */
export interface Netrc {
  /** As `latin1`; empty if there is none, or none that can be read. */
  readonly text: string;
  /** Why it cannot be read, as a clause. */
  readonly problem?: string;
  /** Our login in it, if there is one. */
  readonly stored?: StoredLogin;
}

/** How an attempt to store ended; `reason` is a clause, and the file is then as it was. */
export type StoreResult =
  | {
      readonly kind: 'stored';
      readonly stored: StoredLogin;
      readonly previous?: StoredLogin;
      /** What git makes of the file; absent if nothing was written. */
      readonly tracking?: Tracking;
      /** Where an earlier token of ours is still in the file, as lines counted from 1. */
      readonly left: readonly number[];
    }
  | { readonly kind: 'failed'; readonly reason: string }
  /** The file is part of a git repository, whose history the token must not enter. */
  | { readonly kind: 'tracked'; readonly path: string; readonly workTree: string };

/**
 * Puts a login at the top of ~/.netrc, in place of the one we put there before, which comes back as
 * `previous`. If it is there already, nothing is written.
 */
export function storeLogin(context: Context, account: string, token: string): StoreResult {
  const { hosts, state } = context;
  const machines = [...new Set([hosts.apiMachine, hosts.gitMachine])];
  const login = { machines, login: loginName(account), password: token };
  const stored = { ...login, text: block(login) };
  let created = false;
  let previous: StoredLogin | undefined;
  let isTheirs = false;
  let left: number[] = [];
  let real = '';
  let tracking: Tracking | undefined;
  try {
    changeFile(
      netrcPath(context),
      (before) => {
        created = before === null;
        previous = undefined;
        const { stored: found, rest } = takeOut(context, before ?? '');
        if (!found && before?.startsWith(stored.text)) return before;
        const after = addBlock(rest, stored.text);
        if (after === before) return before;
        previous = found;
        isTheirs = rest.includes(token);
        left = linesLeft(context, after, { good: token });
        return after;
      },
      (path) => {
        real = path;
        tracking = trackingOf(context, path);
        if (tracking.kind === 'tracked') throw new CredentialFileError('tracked');
        // Before the file changes: a kill in between must not leave entries that nobody knows as ours. A
        // token that the user has put there too does not tell ours from theirs: then only the form does.
        const marks = isTheirs ? [stored.text] : [stored.text, token];
        const isMarked = marks.every((mark) => state.written.add(mark));
        if (!isMarked || (created && !state.createdNetrc.mark())) {
          const foreign = state.foreign();
          const reason = foreign && messages.stateOfOthers(foreign);
          throw new CredentialFileError(reason ?? messages.stateNotWritable);
        }
      },
    );
  } catch (error) {
    // The compiler does not see that the functions above have run.
    const found = tracking as Tracking | undefined;
    if (found?.kind === 'tracked') return { kind: 'tracked', path: real, workTree: found.what };
    return { kind: 'failed', reason: reasonOf(error) };
  }
  const before = previous ? { previous } : {};
  return { kind: 'stored', stored, ...before, ...(tracking ? { tracking } : {}), left };
}

/** How an attempt to remove ended. */
export interface Removal {
  /** What there was of ours, if anything. */
  readonly removed?: StoredLogin;
  /** Why nothing could be done, as a clause. */
  readonly problem?: string;
  /** Where a token of ours is still in the file, because it is in no entry, as lines counted from 1. */
  readonly left: readonly number[];
}

/** Takes our entries out of ~/.netrc, wherever they are, so that it is again what it was without them. */
export function removeLogin(context: Context): Removal {
  const { state } = context;
  let removed: StoredLogin | undefined;
  try {
    // Another program may put a copy back right after.
    for (let round = 0; round < 5; round++) {
      let isClean = false;
      changeFile(
        netrcPath(context),
        (before) => {
          const { stored, rest } = takeOut(context, before ?? '');
          isClean = stored === undefined;
          removed = removed ?? stored;
          if (!stored) return before;
          return rest === '' && state.createdNetrc.exists() ? null : rest;
        },
        () => {},
      );
      if (isClean) break;
      // What now has the same form, and no token that only we wrote, is the user's.
      if (removed) state.written.delete(removed.text);
    }
    const left = linesLeft(context, readNetrc(context).text, { gone: removed?.password });
    return { ...(removed ? { removed } : {}), left };
  } catch (error) {
    return { problem: reasonOf(error), left: [] };
  }
}

/** Reads ~/.netrc once. */
export function readNetrc(context: Context): Netrc {
  try {
    const text = readCredentialFile(netrcPath(context)) ?? '';
    const { stored } = takeOut(context, text);
    return { text, ...(stored ? { stored } : {}) };
  } catch (error) {
    return { text: '', problem: reasonOf(error) };
  }
}

export const netrcPath = (context: Context): string => join(context.home, '.netrc');

/**
 * Our login in `text`, and the text without it. Ours is what has the very form that we wrote, and every entry
 * for one of Heroku's hosts with a token that we wrote, in any form and at any place.
 */
function takeOut({ state, hosts }: Context, text: string): { stored?: StoredLogin; rest: string } {
  if (!/machine/i.test(text)) return { rest: text };
  const whole = blocksIn(text).find((candidate) => state.written.has(candidate.text));
  const rest = whole?.at === 0 ? removeBlock(text, whole.text) : text;
  const isInside = (start: number) =>
    whole && whole.at > 0 && start >= whole.at && start < whole.at + whole.text.length;
  const isOurs = ({ machines: [machine = ''], password }: Login) =>
    [hosts.apiMachine, hosts.gitMachine].includes(machine) && state.written.has(password);
  const entries = entriesIn(rest).filter((entry) => isInside(entry.start) || isOurs(entry));
  const [first] = entries;
  const stored = whole ?? (first && { ...first, text: '' });
  return { ...(stored ? { stored } : {}), rest: removeEntries(rest, entries) };
}

/** Where `text` holds a token of ours. `good` is the one that belongs there; `gone` is one that has no mark. */
function linesLeft(
  context: Context,
  text: string,
  { good, gone }: { good?: string | undefined; gone?: string | undefined },
): number[] {
  return linesWith(
    text,
    (word) => word !== good && (word === gone || context.state.written.has(word)),
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof CredentialFileError) return error.message;
  throw error;
}
