// Other people's programs: where they are.

import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Context } from './context.ts';

/**
 * Path of the program in PATH; undefined where there is none. Folders of the PATH that are not
 * absolute do not count: the working directory is a repository's content (docs/facts/codespaces.md
 * part 2).
 */
export function findProgram(context: Context, name: string): string | undefined {
  for (const folder of (context.env['PATH'] ?? '').split(':')) {
    const file = join(folder, name);
    if (isAbsolute(folder) && isExecutable(file)) return file;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
