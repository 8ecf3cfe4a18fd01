// A PATH of this machine's programs without some of them, as in an image that lacks them.

import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './program.ts';

/** A folder with a link to each program of `/bin` and `/usr/bin` whose name is none of these. */
export function pathWithout(...names: readonly string[]): string {
  const path = temporaryFolder();
  for (const folder of ['/bin', '/usr/bin']) {
    for (const name of readdirSync(folder)) {
      // One of a link that leads nowhere is not there for existsSync.
      if (names.includes(name) || !existsSync(join(folder, name))) continue;
      if (!existsSync(join(path, name))) symlinkSync(join(folder, name), join(path, name));
    }
  }
  return path;
}
