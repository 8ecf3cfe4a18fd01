// The real Heroku CLI beside this program: which it is, what it would log in with, and how it is run.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { passwordForCli } from '../credentials/netrc.ts';
import { variableForCli } from '../credentials/resolve.ts';
import { type Netrc, netrcPath, readNetrc } from '../credentials/store.ts';
import { findProgram } from '../find-program.ts';
import { asRecord, parseJson } from '../json.ts';
import { places } from '../messages/status.ts';

/** What a program would log in with now. */
export interface Use {
  /** The place in words; null if there is none. */
  readonly uses: string | null;
  /** Undefined if it cannot be seen from here. */
  readonly token?: string | undefined;
}

/** What the CLI would use: its order is in docs/facts/heroku.md part 2. */
export function cliUses(context: Context, netrc: Netrc): Use {
  const { env, hosts } = context;
  const token = variableForCli(context, netrc);
  if (token !== undefined) return { uses: places.variable('HEROKU_API_KEY'), token };
  const data = env['XDG_DATA_HOME'] || join(context.home, '.local/share');
  const asksKeychain = env['HEROKU_NETRC_WRITE']?.toLowerCase() !== 'true';
  const hasKey = asksKeychain && existsSync(join(data, 'heroku/login.json'));
  if (hasKey && findProgram(context, 'secret-tool')) return { uses: places.keychain };
  if (existsSync(`${netrcPath(context)}.gpg`)) return { uses: places.netrcGpg };
  const stored = passwordForCli(netrc.text, hosts.apiMachine);
  return stored === undefined ? { uses: null } : { uses: places.netrc, token: stored };
}

/** The CLI whose Node runs this program; undefined if it is another Node. Starts nothing. */
export function cliVersion(): string | undefined {
  try {
    const manifest = join(dirname(dirname(process.execPath)), 'package.json');
    const { name, version } = asRecord(parseJson(readFileSync(manifest, 'utf8')));
    return name === 'heroku' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the CLI in this terminal, as our launcher does, and returns its exit code. */
export function runCli(context: Context, args: readonly string[]): number {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { HEROKU_API_KEY: _, ...rest } = context.env;
  const key = variableForCli(context, readNetrc(context));
  const env = key === undefined ? rest : { ...rest, HEROKU_API_KEY: key };
  const run = join(dirname(process.execPath), 'run');
  const { status, error } = spawnSync(process.execPath, [run, ...args], { env, stdio: 'inherit' });
  if (error) throw error;
  // As a shell counts what a signal ended.
  return status ?? 130;
}
