// Our entries in ~/.netrc: put in, looked up, taken out.

import { join } from 'node:path';
import type { Context } from '../context.ts';
import { trackingWorkTree } from '../git.ts';
import type { Hosts } from '../heroku/hosts.ts';
import { CredentialFileError, changeFile, readCredentialFile } from './atomic-file.ts';
import { addBlock, block, blocksAtTop, type Login, loginName, removeBlock } from './netrc.ts';
import type { State } from './state.ts';

/** The file is part of a git repository, whose history the token must not enter. */
export class TrackedByGitError extends Error {
  override readonly name = 'TrackedByGit';
  readonly path: string;
  readonly workTree: string;

  constructor(path: string, workTree: string) {
    super(`${path} is tracked by git in ${workTree}`);
    this.path = path;
    this.workTree = workTree;
  }
}

/**
 * Puts the login at the top of ~/.netrc, in place of the one we put there before, which it returns. Where
 * it is there already, nothing is written.
 *
 * @throws CredentialFileError, TrackedByGitError; the file is then as it was.
 */
export function storeLogin(
  context: Context,
  state: State,
  hosts: Hosts,
  account: string,
  token: string,
): Login | undefined {
  const ours = block({
    machines: [hosts.apiMachine, hosts.gitMachine],
    login: loginName(account),
    password: token,
  });
  let created = false;
  let replaced: (Login & { readonly text: string }) | undefined;
  changeFile(
    netrcPath(context),
    (before) => {
      created = before === null;
      replaced = undefined;
      if (before?.startsWith(ours)) return before;
      replaced = oursIn(before ?? '', state);
      return addBlock(without(replaced, before ?? ''), ours);
    },
    (real) => {
      const workTree = trackingWorkTree(context, real);
      if (workTree !== undefined) throw new TrackedByGitError(real, workTree);
      // Before the file changes: a kill in between must not leave entries that nobody knows as ours.
      remember(() => {
        state.recordWritten(ours);
        if (created) state.recordCreatedNetrc();
      });
    },
  );
  return replaced;
}

/**
 * Takes our entries out of ~/.netrc, so that it is again what it was without them, and returns them, if
 * there were any.
 *
 * @throws CredentialFileError
 */
export function removeLogin(context: Context, state: State): Login | undefined {
  let removed: (Login & { readonly text: string }) | undefined;
  changeFile(
    netrcPath(context),
    (before) => {
      removed = undefined;
      if (before === null) return null;
      removed = oursIn(before, state);
      const after = without(removed, before);
      return removed && after === '' && state.createdNetrc() ? null : after;
    },
    () => {},
  );
  return removed;
}

/** Our entries in ~/.netrc, if there are any. Throws CredentialFileError. */
export function storedLogin(context: Context, state: State): Login | undefined {
  return oursIn(readCredentialFile(netrcPath(context)) ?? '', state);
}

export function netrcPath(context: Context): string {
  return join(context.home, '.netrc');
}

function oursIn(text: string, state: State) {
  return blocksAtTop(text).find((candidate) => state.hasWritten(candidate.text));
}

function without(ours: { readonly text: string } | undefined, text: string): string {
  return ours ? removeBlock(text, ours.text) : text;
}

/** Does what must be remembered before a file changes. Throws CredentialFileError where that cannot be. */
export function remember(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof CredentialFileError) throw error;
    throw new CredentialFileError('its companion ~/.local/state/heroku-login cannot be written', {
      cause: error,
    });
  }
}
