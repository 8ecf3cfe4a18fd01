// Runs a program in a root file system of its own: a layer of made-up files over this machine's. What the
// program changes is kept apart, wherever it is, and listed. Needs root.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, type Result } from './command.ts';

/** A file, folder, link or the like, without its times. */
export interface Entry {
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

export interface Layered {
  /** Folder whose content is laid over the root. */
  readonly layer: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
  /** The working directory; `gone` for one that was deleted. */
  readonly folder?: string;
  readonly umask?: string;
  /** A shell's redirection of standard input, such as `<&-`. */
  readonly input?: string;
  /** Capabilities that it has not, such as `-setuid,-setgid`. */
  readonly without?: string;
  /** A folder that is on a tmpfs of its own, which has 16 kB left. */
  readonly small?: string;
}

/** Memory, if possible: the disk is not under test. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const newLayer = () => mkdtempSync(join(memory, 'heroku-login-layer-'));

// Absolute paths only: the environment of the program under test is in force already, PATH included.
const script = `
set -e
top=$1 layer=$2 uid=$3 umask=$4 folder=$5 input=$6 without=$7 small=$8
shift 8
/bin/mount -t overlay -o "lowerdir=$layer:/,upperdir=$top/upper,workdir=$top/work" layered "$top/root"
cd "$top/root"
/bin/mount --rbind /proc proc
/bin/mount --rbind /dev dev
/bin/mount -t tmpfs layered dev/shm
if [ -n "$small" ]; then
  /bin/mount -t tmpfs small "$top/small"
  /bin/cp -a ".$small/." "$top/small"
  used=$(/bin/df -k --output=used "$top/small" | /usr/bin/tail -n 1)
  /bin/mount -o "remount,size=$((used + 16))k" "$top/small"
  /bin/mount --bind "$top/small" ".$small"
fi
limits=
[ -z "$without" ] || limits="--bounding-set $without"
code=0
/usr/sbin/chroot . /usr/bin/setpriv --reuid "$uid" --regid "$uid" --clear-groups $limits /bin/sh -c '
  if [ "$2" = gone ]; then
    /bin/mkdir "/tmp/gone-$$" && cd "/tmp/gone-$$" && /bin/rmdir "/tmp/gone-$$"
  else
    cd "$2" 2>/dev/null || cd /
  fi
  umask "$1"
  input=$3; shift 3
  eval "exec \\"\\$@\\" $input"' sh "$umask" "$folder" "$input" "$@" || code=$?
[ -z "$small" ] || /bin/cp -a "$top/small/." "$top/after"
exit "$code"
`;

/** Runs `command` to its end and tells what it changed; `layer` itself stays as it is. */
export async function runLayered(
  { layer, uid, env, folder = '/', umask = '022', input = '', without = '', small = '' }: Layered,
  command: readonly string[],
): Promise<Result & { readonly changes: readonly Change[] }> {
  const top = mkdtempSync(join(memory, 'heroku-login-top-'));
  const args = [top, layer, String(uid), umask, folder, input, without, small, ...command];
  for (const name of ['upper', 'work', 'root', 'small', 'after']) mkdirSync(join(top, name));
  try {
    const result = await attempt(
      '/usr/bin/unshare',
      ['-m', '/bin/sh', '-c', script, 'sh', ...args],
      {
        env: { ...env },
        timeout: 60_000,
      },
    );
    const lowers = [layer, '/'];
    const after = (path: string) => entryAt(join(top, 'after', path.slice(small.length)));
    const inSmall = [...below(small && join('/', small)), ...below(join(top, 'after'))];
    return {
      ...result,
      changes: [
        ...changesIn(below(join(top, 'upper')), lowers, (path) =>
          entryAt(join(top, 'upper', path)),
        ),
        ...changesIn(
          inSmall.map((path) => join(small, path)),
          lowers,
          after,
        ),
      ],
    };
  } finally {
    rmSync(top, { recursive: true });
  }
}

/** Paths of all that is below a folder, each with a slash in front; links are not followed. */
function below(folder: string): string[] {
  if (folder === '') return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length));
}

function changesIn(
  paths: readonly string[],
  lowers: readonly string[],
  afterwards: (path: string) => Entry | undefined,
): Change[] {
  return [...new Set(paths)].flatMap((path) => {
    const before = lowers.map((lower) => entryAt(join(lower, path))).find((entry) => entry);
    const after = afterwards(path);
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  });
}

/** Undefined if there is nothing, or the mark that overlayfs leaves where something was deleted. */
function entryAt(path: string): Entry | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat || (stat.isCharacterDevice() && stat.rdev === 0)) return undefined;
  return { uid: stat.uid, mode: stat.mode, content: contentOf(path, stat) };
}

function contentOf(path: string, stat: Stats): string {
  if (stat.isSymbolicLink()) return readlinkSync(path);
  return stat.isFile() ? readFileSync(path, 'latin1') : '';
}
