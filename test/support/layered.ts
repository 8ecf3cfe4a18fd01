// Runs a program in a root file system of its own: a layer of made-up files over this machine's. What the
// program changes is kept apart, wherever it is, and listed. Needs root.
import { hash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { unless } from '../../src/report.ts';
import { attempt, type Result } from './command.ts';

/** A file, folder, link or the like, without its times. */
interface Entry {
  readonly uid: number;
  /** Kind and permissions, as in `stat.st_mode`. */
  readonly mode: number;
  /** Of a regular file; where a link leads. */
  readonly content: string;
}

/** Something that the program added, changed or deleted. */
export interface Change {
  /** Absolute. */
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

interface Layered {
  /** Folder whose content is laid over the root. */
  readonly layer: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
  /** The working directory, if it can be entered. */
  readonly folder: string;
  /** Lines of shell that run as this user before the program, such as `umask 077` or `exec <&-`. */
  readonly prepare: string;
  /** Capabilities that it has not, such as `-setuid,-setgid`. */
  readonly without?: string;
  /** How much it can write before the disk is full, such as `16k`. */
  readonly room?: string;
}

/** Memory, if possible: the disk is not under test. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const newLayer = () => mkdtempSync(join(memory, 'heroku-login-layer-'));

// Absolute paths only: the environment of the program under test is in force already, PATH included.
const script = `
set -e
top=$1 layer=$2 room=$3
shift 3
/bin/mount -t tmpfs -o "size=$room" layered "$top/written"
/bin/mkdir "$top/written/upper" "$top/written/work"
upper=$top/written/upper
/bin/mount -t overlay -o "lowerdir=$layer:/,upperdir=$upper,workdir=$top/written/work" layered "$top/root"
cd "$top/root"
/bin/mount --rbind /proc proc
/bin/mount --rbind /dev dev
/bin/mount -t tmpfs layered dev/shm
code=0
/usr/sbin/chroot . /usr/bin/setpriv "$@" || code=$?
/bin/cp -a "$upper/." "$top/changed"
exit "$code"
`;

/** Runs `command` to its end and tells what it changed; `layer` itself stays as it is. */
export async function runLayered(
  { layer, uid, env, folder, prepare, without, room = '50%' }: Layered,
  command: readonly string[],
): Promise<Result & { readonly changes: readonly Change[] }> {
  const top = mkdtempSync(join(memory, 'heroku-login-top-'));
  const changed = join(top, 'changed');
  for (const name of ['root', 'written', 'changed']) mkdirSync(join(top, name));
  const start = `umask 022; cd "$1" 2>/dev/null || cd /; shift\n${prepare}\nexec "$@"`;
  const args = [
    ...['-m', '/bin/sh', '-c', script, 'sh', top, layer, room],
    ...['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups'],
    ...(without === undefined ? [] : ['--bounding-set', without]),
    ...['/bin/sh', '-c', start, 'sh', folder, ...command],
  ];
  try {
    const result = await attempt('/usr/bin/unshare', args, { env: { ...env }, timeout: 60_000 });
    const entries = readdirSync(changed, { recursive: true, withFileTypes: true });
    const changes = entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name).slice(changed.length);
      const before = entryAt(join(layer, path)) ?? entryAt(path);
      return { path, before, after: entryAt(join(changed, path)) };
    });
    const isChange = ({ before, after }: Change) => !isDeepStrictEqual(before, after);
    return { ...result, changes: changes.filter(isChange) };
  } finally {
    rmSync(top, { recursive: true });
  }
}

/** Undefined if there is nothing, or the mark that overlayfs leaves where something was deleted. */
function entryAt(path: string): Entry | undefined {
  const stat = unless(['ENOENT', 'ENOTDIR'], () => lstatSync(path));
  if (!stat || (stat.isCharacterDevice() && stat.rdev === 0)) return undefined;
  const text = stat.isFile() ? readFileSync(path, 'latin1') : '';
  const content = stat.isSymbolicLink() ? readlinkSync(path) : text;
  return { uid: stat.uid, mode: stat.mode, content };
}

/** Numbers from 0 to 1, the same ones for the same seed. */
export function randomNumbers(seed: number): () => number {
  let count = 0;
  return () => {
    return hash('sha256', `${seed} ${count++}`, 'buffer').readUInt32BE() / 2 ** 32;
  };
}
