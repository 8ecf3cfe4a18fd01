// What the launcher `heroku` runs: the CLI, in this process, with V8's compile cache in the user's home. Most of a
// start of the CLI is loading 1,300 modules, and with the cache V8 need not compile them again.
//
//   node start-cli.cjs RUN ARGUMENT...         RUN is the CLI's own program, bin/run
//   node start-cli.cjs --fill RUN ARGUMENT...  the same, in a process of its own that fills the cache
//
// Nothing that the CLI starts gets the cache: it is turned on by a call, so it is neither in the environment nor in
// `process.execArgv`, which a fork and a worker would inherit.
//
// A start without a cache would take 1.2 to 1.8 times as long if it had to write 1,300 files, so it is not the one
// that fills it: when it is over, a process of low priority does, once, with a home and an environment of its own.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import Module from 'node:module';
import { setPriority } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { folderOpenToOthers } from '../home.ts';
import { asRecord, parseJson } from '../json.ts';
import { orNothing } from '../report.ts';

/** What the type declarations of Node 20 do not know. Node has the first since 22.8, the second since 22.10. */
interface NodeModule {
  enableCompileCache?(folder: string): unknown;
  flushCompileCache?(): void;
  /** Runs the program in `process.argv[1]` as Node does if it is started with it. */
  runMain(): void;
}

/** A cache takes 7 MB in 1,300 files: of `heroku --version`, other commands add some. */
const room = { bytes: 32e6, files: 4000 };
/** Kept are those of so many versions: homes on a volume outlive an image, and may be used by several. */
const most = 3;
/** What keeps the CLI from the network and from starting anything. */
const quiet = {
  DISABLE_TELEMETRY: 'true',
  HEROKU_DISABLE_AUTOUPDATE: '1',
  HEROKU_SKIP_NEW_VERSION_CHECK: '1',
};
/** Milliseconds after which one that is still being filled counts as given up. */
const patience = 3_600_000;

const node = Module as unknown as NodeModule;
const [, program = '', first] = process.argv;
process.argv.splice(1, first === '--fill' ? 2 : 1);
const run = process.argv[1] ?? '';
// Whatever is wrong with the cache, the CLI starts.
if (node.enableCompileCache && node.flushCompileCache && !process.env['NODE_DISABLE_COMPILE_CACHE'])
  orNothing(first === '--fill' ? fillCache : useCache);
// Node sets it again, but not for a program that is an ES module.
Reflect.deleteProperty(process, 'mainModule');
node.runMain();

function useCache(): void {
  const { HOME: home = '' } = process.env;
  // In the home itself, others could make a link lead elsewhere. Of one that is missing, the room is not known.
  if (!isAbsolute(home) || folderOpenToOthers(home) !== undefined || !hasRoom(home)) return;
  // Not in XDG_CACHE_HOME: what is there would be run, and a project may set it to a folder of its repository.
  const folder = join(home, '.cache/heroku-login');
  const cache = existsSync(folder) ? join(ownFolder(folder), cacheName()) : '';
  if (!existsSync(cache)) process.on('exit', () => orNothing(() => startFilling(folder)));
  else if (hasRoom(cache)) node.enableCompileCache?.(cache);
}

/** The real path of a folder; throws if another user than root could put code into it. */
function ownFolder(path: string): string {
  const real = realpathSync(path);
  const isOwn =
    statSync(real).uid === process.geteuid?.() && folderOpenToOthers(real) === undefined;
  if (!isOwn) throw new Error(`${path} is open to others`);
  return real;
}

/** By what an old cache is told apart: Node looks at its own version, and at a module's code, but never removes one. */
function cacheName(): string {
  const manifest = readFileSync(join(dirname(dirname(run)), 'package.json'), 'utf8');
  return `${asRecord(parseJson(manifest))['version']}-${process.version}`;
}

/**
 * Node leaves an empty file behind for each module that it cannot write, at every start.
 * Some file systems, such as btrfs, count no files.
 */
function hasRoom(folder: string): boolean {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  return bavail * bsize > room.bytes && (files === 0 || ffree > room.files);
}

/** Makes the folders one after the other: below /proc, Node's own `recursive` never returns. */
function startFilling(path: string): void {
  if (folderOpenToOthers(path) !== undefined) return;
  for (const part of [dirname(path), path]) if (!existsSync(part)) mkdirSync(part, 0o700);
  const folder = ownFolder(path);
  const draft = join(folder, 'draft');
  // Another start is at it, or it has failed.
  if (existsSync(draft) && Date.now() - statSync(draft).mtimeMs < patience) return;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  const { spawn } = process.getBuiltinModule('node:child_process');
  // No token, no plugin of the user's, and nothing that the CLI shows once and remembers.
  const env = { HOME: draft, ...quiet };
  const args = [program, '--fill', run, '--version'];
  const options = { cwd: folder, env, detached: true, stdio: 'ignore' } as const;
  spawn(process.execPath, args, options).unref();
}

/** In the draft, which is the home. */
function fillCache(): void {
  setPriority(19);
  const draft = process.env['HOME'] ?? '';
  const folder = dirname(draft);
  const cache = join(draft, 'cache');
  node.enableCompileCache?.(cache);
  process.on('exit', (code) => {
    node.flushCompileCache?.();
    if (code === 0 && hasRoom(folder)) {
      renameSync(cache, join(folder, cacheName()));
      removeOld(folder);
      rmSync(draft, { recursive: true });
    } else {
      rmSync(cache, { recursive: true, force: true });
    }
  });
}

function removeOld(folder: string): void {
  const age = (path: string) => Date.now() - statSync(path).mtimeMs;
  const names = readdirSync(folder).filter((name) => name !== 'draft');
  const paths = names.map((name) => join(folder, name));
  for (const path of paths.sort((a, b) => age(a) - age(b)).slice(most)) {
    rmSync(path, { recursive: true, force: true });
  }
}
