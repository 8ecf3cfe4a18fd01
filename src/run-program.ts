// Other people's programs: where they are, and how they are run without ever seeing the token but on
// standard input.

import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Context } from './context.ts';
import * as messages from './messages/program.ts';
import { errorCode, sanitizeForTerminal } from './report.ts';

/** How a program ended. */
export interface Ended {
  readonly ok: boolean;
  /** What it said on standard error, in one line and fit for a terminal; why, where it said nothing. */
  readonly said: string;
}

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

/**
 * Runs a program with the token on standard input, if there is one, and without it in the
 * environment. It is killed after `limit` milliseconds.
 */
export function runProgram(
  context: Context,
  [file, ...args]: readonly [string, ...string[]],
  { token, limit }: { readonly token?: string; readonly limit: number },
): Ended {
  // Loaded only here, see git.ts.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { [context.options.secretName]: _secret, HEROKU_API_KEY: _token, ...env } = context.env;
  const { status, error, stderr } = spawnSync(file, args, {
    cwd: '/',
    encoding: 'utf8',
    env,
    ...(token === undefined ? {} : { input: token }),
    killSignal: 'SIGKILL',
    maxBuffer: 1024 * 1024,
    stdio: [token === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'],
    timeout: limit,
  });
  const late = errorCode(error) === 'ETIMEDOUT' ? limit : undefined;
  // Docker's log says first, and at length, what its last line says.
  const words = (stderr ?? '').replace(/^time=".*$/gm, '');
  // A program may repeat what it was given.
  const shown = token ? words.replaceAll(token, '***') : words;
  return {
    ok: status === 0,
    said:
      sanitizeForTerminal(shown.trim().replace(/\s+/g, ' '), 400) || messages.ended(status, late),
  };
}
