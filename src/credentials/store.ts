// Our entries in ~/.netrc: put in, looked up, taken out. What goes wrong with the file is a result here, not
// an exception.

import { join } from 'node:path';
import type { Context } from '../context.ts';
import * as messages from '../messages/file.ts';
import { CredentialFileError, changeFile, readCredentialFile } from './atomic-file.ts';
import { addBlock, block, blocksAtTop, type Login, loginName, removeBlock } from './netrc.ts';
import type { State } from './state.ts';
import { type Tracking, trackingOf } from './tracked.ts';

/** A login in ~/.netrc that is our work. */
export interface StoredLogin extends Login {
  /** Its entries, as they stand at the top of the file. */
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
  let real = '';
  let tracking: Tracking | undefined;
  try {
    changeFile(
      netrcPath(context),
      (before) => {
        created = before === null;
        previous = undefined;
        if (before?.startsWith(stored.text)) return before;
        previous = oursIn(before ?? '', state);
        return addBlock(without(previous, before ?? ''), stored.text);
      },
      (path) => {
        real = path;
        tracking = trackingOf(context, path);
        if (tracking.kind === 'tracked') throw new CredentialFileError('tracked');
        // Before the file changes: a kill in between must not leave entries that nobody knows as ours.
        if (!state.written.add(stored.text) || (created && !state.createdNetrc.mark())) {
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
  return { kind: 'stored', stored, ...before, ...(tracking ? { tracking } : {}) };
}

/**
 * Takes our entries out of ~/.netrc, so that it is again what it was without them, and returns them, if
 * there were any; or why that could not be, as a clause.
 */
export function removeLogin(context: Context): { removed?: StoredLogin; problem?: string } {
  const { state } = context;
  let removed: StoredLogin | undefined;
  try {
    changeFile(
      netrcPath(context),
      (before) => {
        removed = oursIn(before ?? '', state);
        const after = before && without(removed, before);
        return removed && after === '' && state.createdNetrc.exists() ? null : after;
      },
      () => {},
    );
    return removed ? { removed } : {};
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

/** Reads ~/.netrc once. */
export function readNetrc(context: Context): Netrc {
  try {
    const text = readCredentialFile(netrcPath(context)) ?? '';
    const stored = oursIn(text, context.state);
    return { text, ...(stored ? { stored } : {}) };
  } catch (error) {
    return { text: '', problem: reasonOf(error) };
  }
}

export const netrcPath = (context: Context): string => join(context.home, '.netrc');

const oursIn = (text: string, state: State): StoredLogin | undefined =>
  blocksAtTop(text).find((candidate) => state.written.has(candidate.text));

const without = (ours: StoredLogin | undefined, text: string): string =>
  ours ? removeBlock(text, ours.text) : text;

function reasonOf(error: unknown): string {
  if (error instanceof CredentialFileError) return error.message;
  throw error;
}
