// Runs the built heroku-login as a person would: a process of its own with a cleaned environment.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/build.ts';
import type { RecordedOptions } from '../../src/options.ts';
import { attempt, type Ended } from './command.ts';
import { isHostile, tryHostile } from './hostile.ts';

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  cwd?: string;
}

export type Program = Awaited<ReturnType<typeof buildProgram>>;

/** The folder with the bundles of a test file, of which its programs are copies. */
let bundled: Promise<string> | undefined;

async function bundleAll(): Promise<string> {
  const folder = temporaryFolder();
  await bundle(join(folder, 'heroku-login.cjs'));
  await bundle(join(folder, 'start-login.cjs'), 'src/image/start-login.ts');
  return folder;
}

/**
 * Builds the program into a folder of its own.
 *
 * @param options what install.sh would record.
 * @param node path of the Node that runs it.
 */
export async function buildProgram(options?: RecordedOptions, node = process.execPath) {
  const folder = temporaryFolder();
  /** Path of the bundled program; options.json may be put beside it. */
  const file = join(folder, 'heroku-login.cjs');
  bundled ??= bundleAll();
  cpSync(await bundled, folder, { recursive: true });
  if (options) writeFileSync(join(folder, 'options.json'), JSON.stringify(options));
  return {
    node,
    file,
    folder,
    run: async (
      home: string,
      args: readonly string[],
      { env = {}, ...options }: RunOptions = {},
    ): Promise<Ended> => {
      const surroundings = { HOME: home, PATH: process.env['PATH'] ?? '', ...env };
      // Without a wait otherwise: a test may change its folders as soon as the program is started.
      if (isHostile) await tryHostile({ node, folder, home, args, env: surroundings, ...options });
      const how = { ...options, env: surroundings };
      const { code, stdout, stderr } = await attempt(node, [file, ...args], how);
      return { code, stdout, stderr };
    },
  };
}

/** Output of a program that must succeed, which is waited for here. */
export const output = (file: string, args: readonly string[], options: RunOptions = {}): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: 'pipe', ...options });

/** Makes a folder a repository with an empty commit on `main`. */
export function commitIn(folder: string): void {
  output('git', ['init', '-q', '-b', 'main', folder]);
  const me = ['-c', 'user.name=x', '-c', 'user.email=x@x'];
  output('git', ['-C', folder, ...me, 'commit', '-q', '--allow-empty', '-m', 'x']);
}

const folders: string[] = [];

/** A new folder that is removed when the test process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heroku-login-test-'));
  folders.push(folder);
  return folder;
}

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});

/** A new home folder inside a temporary one. */
export function newHome(): string {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home);
  return home;
}

/**
 * A token of the form that Heroku gives out since 2025 (docs/facts/heroku.md part 1.5), different
 * for each name.
 */
export function makeToken(name: string): string {
  const rest = name
    .replace(/[^\w-]/g, '_')
    .padEnd(58, 'x0Y_')
    .slice(0, 58);
  return `HRKU-AA${rest}`;
}
