// The real Heroku CLI beside this program: which it is, what it would log in with, and how it is run.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hosts } from './hosts.ts';
import type { Memory } from './memory.ts';
import { passwordForCli } from './netrc.ts';
import { findProgram } from './programs.ts';
import { isHidden } from './session.ts';
import { netrcPath } from './store.ts';
import { cleanToken } from './token.ts';
import type { World } from './world.ts';

/** What a program would log in with now. */
export interface Use {
  /** The place in words; null where there is nothing. */
  readonly uses: string | null;
  /** Undefined where it cannot be seen from here. */
  readonly token?: string | undefined;
}

/** What the CLI would use: its order is in heroku.md part 2. */
export function cliUses(world: World, memory: Memory, hosts: Hosts, netrc: string): Use {
  const { env } = world;
  const token = environmentToken(world, memory);
  if (token !== undefined) return { uses: 'HEROKU_API_KEY in the environment', token };
  const keychain =
    env['HEROKU_NETRC_WRITE']?.toLowerCase() !== 'true' &&
    existsSync(
      join(env['XDG_DATA_HOME'] || join(world.home, '.local/share'), 'heroku/login.json'),
    ) &&
    findProgram(world, 'secret-tool') !== undefined;
  if (keychain) return { uses: "the desktop's keychain, by an earlier heroku login" };
  if (existsSync(`${netrcPath(world)}.gpg`)) return { uses: '~/.netrc.gpg' };
  const stored = passwordForCli(netrc, hosts.apiMachine);
  return stored === undefined ? { uses: null } : { uses: '~/.netrc', token: stored };
}

/** The variable as our launcher hands it on: trimmed, and only where nothing stands for it. */
function environmentToken(world: World, memory: Memory): string | undefined {
  const value = world.env['HEROKU_API_KEY'];
  if (!value) return undefined;
  const cleaned = cleanToken(value);
  const token = cleaned && 'token' in cleaned ? cleaned.token : value;
  return isHidden(world, memory, token) ? undefined : token;
}

/** The CLI whose Node runs this program; undefined where it is another Node. Starts nothing. */
export function cliVersion(): string | undefined {
  try {
    const manifest = join(dirname(dirname(process.execPath)), 'package.json');
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    return name === 'heroku' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the CLI in this terminal, as our launcher does, and returns its exit code. */
export function runCli(world: World, memory: Memory, args: readonly string[]): number {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { HEROKU_API_KEY: key, ...rest } = world.env;
  const env =
    environmentToken(world, memory) === undefined ? rest : { ...rest, HEROKU_API_KEY: key };
  const run = join(dirname(process.execPath), 'run');
  const { status, error } = spawnSync(process.execPath, [run, ...args], { env, stdio: 'inherit' });
  if (error) throw error;
  // As a shell counts what a signal ended.
  return status ?? 130;
}
