// Entry. Beside terminal.ts the only file that touches the process: arguments, environment, streams,
// exit code.

import { readFileSync, writeSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { parseRequest, type Request, usage } from './arguments.ts';
import { dockerCredential } from './commands/docker-credential.ts';
import { gitCredential } from './commands/git-credential.ts';
import { herokuLogout } from './commands/heroku-logout.ts';
import { login } from './commands/login.ts';
import { loginInteractively } from './commands/login-interactive.ts';
import { logout } from './commands/logout.ts';
import { status } from './commands/status.ts';
import type { Context } from './context.ts';
import { State } from './credentials/state.ts';
import * as messages from './messages.ts';
import { readOptions } from './options.ts';
import { CommandError, errorCode, exitCodes, type Report } from './report.ts';
import { version } from './version.ts';

// glibc reads this when it first looks up a name. A name server that does not answer would otherwise
// hold the process, even its exit, far longer than a container's start may wait (resolv.conf(5)).
process.env['RES_OPTIONS'] ??= 'timeout:2 attempts:2';

const args = process.argv.slice(2);
const isHook = args.includes('--hook');
/** Whether it may fail: a hook only where the option `required` says so, the start of a shell never. */
let mayFail = !isHook && !args.includes('--shell');

run()
  .catch(unexpected)
  .then((code) => process.exit(code));

/** Does what the arguments ask for and returns the exit code. */
async function run(): Promise<number> {
  let request: Request;
  try {
    request = parseRequest(args);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return finish(error.report(), args.includes('--json'));
  }
  const { task, json } = request;
  if (task.command === 'help') return print(1, usage);
  if (task.command === 'version') return print(1, `heroku-login ${version}\n`);
  const context = createContext();
  mayFail ||= isHook && context.options.required;
  if (task.command === 'heroku-logout') {
    return herokuLogout(context, task.args, (report) => finish(report, json));
  }
  if (task.command === 'git-credential') {
    const { output, message } = gitCredential(context, task.operation, context.readInput());
    if (message !== undefined) print(2, `Heroku: ${message}\n`);
    return print(1, output);
  }
  if (task.command === 'docker-credential') {
    const { output, code } = dockerCredential(context, task.operation);
    print(1, output);
    return code;
  }
  if (task.command === 'status') return finish(await status(context), json);
  if (task.command === 'logout') return finish(await logout(context), json);
  const { way } = task;
  if (way !== 'hook' && way !== 'shell' && !json)
    return loginInteractively(context, way, (report) => finish(report, json));
  const report = await login(context, way);
  const code = finish(report, json);
  // A hook in a prebuild has done all it should.
  const done = isHook && report.outcome === 'prebuild';
  return mayFail && !done ? code : 0;
}

function createContext(): Context {
  return {
    env: process.env,
    home: homedir(),
    options: readOptions(import.meta.dirname),
    isHook,
    codespacesShared: '/workspaces/.codespaces/shared',
    runSecrets: '/run/secrets',
    self: () => ({ host: hostname(), user: userName() }),
    folder: workingDirectory,
    now: Date.now,
    readInput: () => readFileSync(0, 'utf8'),
  };
}

/** Not every number of a user has a name, as with `docker run --user 1234`. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells how it ended: good news on standard output, problems on standard error. */
function finish(report: Report, json: boolean): number {
  const { sentence, details = [], facts, repeated, expiresAt, sessionExpiresAt, ...rest } = report;
  if (json) {
    const { code, outcome, ...known } = rest;
    const iso = (at: number) => new Date(at).toISOString();
    const dates = {
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt && iso(expiresAt) }),
      ...(sessionExpiresAt === undefined ? {} : { sessionExpiresAt: iso(sessionExpiresAt) }),
    };
    const all = { outcome, code, message: sentence, details, ...known, ...dates, ...facts };
    print(1, `${JSON.stringify(all)}\n`);
  } else if (!repeated) {
    const lines = [`Heroku: ${sentence}`, ...details.map((detail) => `  ${detail}`)];
    print(report.code === exitCodes.loggedIn ? 1 : 2, `${lines.join('\n')}\n`);
  }
  return report.code;
}

/** A defect of ours or something nobody thought of. The container opens all the same. */
function unexpected(error: unknown): number {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print(
    2,
    `Heroku: heroku-login failed in a way that it should not. Please report this:\n${what}\n`,
  );
  if (isHook) new State(homedir()).recordShellNotice(`0\n${messages.noticeUnexpected()}\n`);
  return mayFail ? exitCodes.unexpected : 0;
}

/** Writes at once, so that nothing is lost when the process exits, and returns the exit code 0. */
function print(stream: 1 | 2, text: string): 0 {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(stream, bytes, written);
    } catch (error) {
      // A closed pipe: nobody listens. A full one: its reader needs a moment.
      if (errorCode(error) !== 'EAGAIN') break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  return 0;
}
