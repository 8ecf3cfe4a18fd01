// Our entries in ~/.netrc: put in, looked up, taken out.

import { join } from 'node:path';
import { changeFile, FileProblem, readCredentialFile } from './credential-file.ts';
import { trackingWorkTree } from './git.ts';
import type { Hosts } from './hosts.ts';
import type { Memory } from './memory.ts';
import { addBlock, block, blocksAtTop, type Login, loginName, removeBlock } from './netrc.ts';
import type { World } from './world.ts';

/** The file is part of a git repository, whose history the token must not enter. */
export class TrackedByGit extends Error {
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
 * @throws FileProblem, TrackedByGit; the file is then as it was.
 */
export function storeLogin(
  world: World,
  memory: Memory,
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
    netrcPath(world),
    (before) => {
      created = before === null;
      replaced = undefined;
      if (before?.startsWith(ours)) return before;
      replaced = oursIn(before ?? '', memory);
      return addBlock(without(replaced, before ?? ''), ours);
    },
    (real) => {
      const workTree = trackingWorkTree(world, real);
      if (workTree !== undefined) throw new TrackedByGit(real, workTree);
      // Before the file changes: a kill in between must not leave entries that nobody knows as ours.
      remember(() => {
        memory.rememberWritten(ours);
        if (created) memory.rememberCreatedNetrc();
      });
    },
  );
  return replaced;
}

/**
 * Takes our entries out of ~/.netrc, so that it is again what it was without them, and returns them, if
 * there were any.
 *
 * @throws FileProblem
 */
export function removeLogin(world: World, memory: Memory): Login | undefined {
  let removed: (Login & { readonly text: string }) | undefined;
  changeFile(
    netrcPath(world),
    (before) => {
      removed = undefined;
      if (before === null) return null;
      removed = oursIn(before, memory);
      const after = without(removed, before);
      return removed && after === '' && memory.createdNetrc() ? null : after;
    },
    () => {},
  );
  return removed;
}

/** Our entries in ~/.netrc, if there are any. Throws FileProblem. */
export function storedLogin(world: World, memory: Memory): Login | undefined {
  return oursIn(readCredentialFile(netrcPath(world)) ?? '', memory);
}

export function netrcPath(world: World): string {
  return join(world.home, '.netrc');
}

function oursIn(text: string, memory: Memory) {
  return blocksAtTop(text).find((candidate) => memory.hasWritten(candidate.text));
}

function without(ours: { readonly text: string } | undefined, text: string): string {
  return ours ? removeBlock(text, ours.text) : text;
}

/** Does what must be remembered before a file changes. Throws FileProblem where that cannot be. */
export function remember(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof FileProblem) throw error;
    throw new FileProblem('its companion ~/.local/state/heroku-login cannot be written', {
      cause: error,
    });
  }
}
