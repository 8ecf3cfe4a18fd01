// A PATH of this machine's programs without some of them, as in an image that lacks them.
import { spawnSync } from 'node:child_process';
import { temporaryFolder } from './program.ts';

/** A folder with a link to each program of `/bin` and `/usr/bin` whose name is none of these. */
export function pathWithout(...names: readonly string[]): string {
  const path = temporaryFolder();
  // Names that both folders have, which are most, are linked once and complained about.
  spawnSync('sh', ['-c', 'ln -s /bin/* /usr/bin/* .; rm -f "$@"', 'sh', ...names], { cwd: path });
  return path;
}
