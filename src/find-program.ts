// Other people's programs: where they are.

import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Context } from './context.ts';
import { orNothing } from './report.ts';

/** Where an image has its programs. The launchers (image/bin) look for theirs in the same folders. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Folders that programs are started from, in the order of the PATH: Git may be Homebrew's, Conda's or Nix's. A
 * repository shapes the PATH too (direnv, `node_modules/.bin`, hooks that run in it: docs/facts/codespaces.md
 * part 2), so what is relative does not count, nor what is below the working directory, its repository, or
 * the workspace. Without any folder left, those of the system.
 */
export function programFolders(context: Context): string[] {
  const system = systemPath.split(':');
  const shaped = shapedFolders(context);
  const folders = (context.env['PATH'] ?? '').split(':').filter((folder) => {
    if (system.includes(folder)) return true;
    return isAbsolute(folder) && !shaped.some((one) => isWithin(realPath(folder), one));
  });
  return folders.length > 0 ? folders : system;
}

/** Path of the program; undefined if there is none in {@link programFolders}. */
export function findProgram(context: Context, name: string): string | undefined {
  return programFolders(context)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Real paths of what a repository may have filled. One around the home folder is the user's own. */
function shapedFolders({ folder, state, home }: Context): string[] {
  const places = [folder(), state.workspace.read()].filter((place) => place !== undefined);
  return places
    .map(realPath)
    .flatMap((place) => [
      place,
      ...foldersAbove(place).filter((one) => existsSync(join(one, '.git'))),
    ])
    .filter((place) => !isWithin(realPath(home), place));
}

/** The folder that a path is in, and all those above it, the nearest first. */
export const foldersAbove = (path: string): string[] =>
  dirname(path) === path ? [] : [dirname(path), ...foldersAbove(dirname(path))];

const isWithin = (path: string, folder: string): boolean =>
  `${path}/`.startsWith(folder === '/' ? '/' : `${folder}/`);

const realPath = (path: string): string => orNothing(() => realpathSync(path)) ?? join(path);

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
