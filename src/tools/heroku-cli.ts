// The real Heroku CLI beside this program: which it is, what it would log in with, and how it is run.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { isSuperseded } from '../credentials/container-token.ts';
import { passwordForCli } from '../credentials/netrc.ts';
import type { State } from '../credentials/state.ts';
import { netrcPath } from '../credentials/store.ts';
import { cleanToken } from '../credentials/token.ts';
import type { Hosts } from '../heroku/hosts.ts';
import { findProgram } from '../run-program.ts';

/** What a program would log in with now. */
export interface Use {
  /** The place in words; null where there is nothing. */
  readonly uses: string | null;
  /** Undefined where it cannot be seen from here. */
  readonly token?: string | undefined;
}

/** What the CLI would use: its order is in docs/facts/heroku.md part 2. */
export function cliUses(context: Context, state: State, hosts: Hosts, netrc: string): Use {
  const { env } = context;
  const token = environmentToken(context, state);
  if (token !== undefined) return { uses: 'HEROKU_API_KEY in the environment', token };
  const keychain =
    env['HEROKU_NETRC_WRITE']?.toLowerCase() !== 'true' &&
    existsSync(
      join(env['XDG_DATA_HOME'] || join(context.home, '.local/share'), 'heroku/login.json'),
    ) &&
    findProgram(context, 'secret-tool') !== undefined;
  if (keychain) return { uses: "the desktop's keychain, by an earlier heroku login" };
  if (existsSync(`${netrcPath(context)}.gpg`)) return { uses: '~/.netrc.gpg' };
  const stored = passwordForCli(netrc, hosts.apiMachine);
  return stored === undefined ? { uses: null } : { uses: '~/.netrc', token: stored };
}

/** The variable as our launcher hands it on: trimmed, and only where nothing stands for it. */
function environmentToken(context: Context, state: State): string | undefined {
  const value = context.env['HEROKU_API_KEY'];
  if (!value) return undefined;
  const cleaned = cleanToken(value);
  const token = cleaned && 'token' in cleaned ? cleaned.token : value;
  return isSuperseded(context, state, token) ? undefined : token;
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
export function runCli(context: Context, state: State, args: readonly string[]): number {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { HEROKU_API_KEY: key, ...rest } = context.env;
  const env =
    environmentToken(context, state) === undefined ? rest : { ...rest, HEROKU_API_KEY: key };
  const run = join(dirname(process.execPath), 'run');
  const { status, error } = spawnSync(process.execPath, [run, ...args], { env, stdio: 'inherit' });
  if (error) throw error;
  // As a shell counts what a signal ended.
  return status ?? 130;
}
