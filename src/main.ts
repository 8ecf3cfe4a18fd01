// Entry. Beside terminal.ts the only file that touches the process: arguments, environment, streams,
// exit code.

import { writeSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { parseRequest, type Request, UsageError, usage } from './arguments.ts';
import { dockerCredential } from './commands/docker-credential.ts';
import { gitCredential } from './commands/git-credential.ts';
import { herokuLogout } from './commands/heroku-logout.ts';
import { login } from './commands/login.ts';
import { loginInteractively } from './commands/login-interactive.ts';
import { logout } from './commands/logout.ts';
import { status } from './commands/status.ts';
import { type Context, createContext } from './context.ts';
import { openState } from './credentials/state.ts';
import { findTokensAsRoot } from './credentials/token.ts';
import { findHome, type Home, type Owner, unusable } from './home.ts';
import { badInput } from './messages/login.ts';
import * as messages from './messages/program.ts';
import { noticeUnexpected } from './messages/shell-notice.ts';
import { linesOf, splitSteps } from './messages/steps.ts';
import { readOptions } from './options.ts';
import { errorCode, exitCodes, printable, printableJson, type Report, unless } from './report.ts';
import { InputError, pause, readInput } from './terminal.ts';
import type { Trigger } from './timeouts.ts';
import { version } from './version.ts';

// glibc reads this when it first looks up a name. A name server that does not answer would otherwise
// hold the process, even its exit, far longer than a container's start may wait (resolv.conf(5)).
process.env['RES_OPTIONS'] ??= 'timeout:2 attempts:2';
// Node asks this one at each connection, and would send the token to anybody.
delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];

let trigger: Trigger = 'command';
/** Whether it may fail: a hook only if the option `required` says so, the start of a shell never. */
let mayFail = true;
let home: Home | undefined;

run()
  .catch(unexpected)
  .then((code) => process.exit(code));

/** Does what the arguments ask for and returns the exit code. */
async function run(): Promise<number> {
  let request: Request;
  try {
    request = parseRequest(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return finish({ outcome: 'usage', sentence: error.message }, error.json);
  }
  const { task } = request;
  if (task.command === 'help') return print(1, usage);
  if (task.command === 'version') return print(1, `heroku-login ${version}\n`);
  if (task.command === 'login') trigger = task.trigger;
  mayFail = trigger === 'command';
  const context = gather();
  mayFail ||= trigger === 'hook' && context.options.required;
  const isAsked = task.command === 'git-credential' || task.command === 'docker-credential';
  const problem = isAsked ? undefined : home?.problem;
  if (problem !== undefined) {
    const code = finish({ outcome: 'not_stored', sentence: problem }, request.json);
    return mayFail ? code : 0;
  }
  try {
    return await perform(context, request);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return finish({ outcome: 'no_token', sentence: badInput(error.message) }, request.json);
  }
}

async function perform(context: Context, { task, json }: Request): Promise<number> {
  const tell = (report: Report) => finish(report, json);
  switch (task.command) {
    case 'heroku-logout':
      return herokuLogout(context, task.args, tell);
    case 'git-credential': {
      const { output, message } = gitCredential(context, task.operation, context.readInput());
      if (message !== undefined) printLines(2, linesOf(`Heroku: ${message}`));
      return print(1, output);
    }
    case 'docker-credential': {
      const { output, code } = dockerCredential(context, task.operation);
      return print(1, output) || code;
    }
    case 'status':
      return tell(await status(context));
    case 'logout':
      return tell(await logout(context));
    case 'login': {
      if (trigger === 'command' && !json) return loginInteractively(context, task.fromInput, tell);
      const report = await login(context, task);
      const code = tell(report);
      // A hook in a prebuild has done all it should.
      if (trigger === 'hook' && report.outcome === 'prebuild') return 0;
      return mayFail ? code : 0;
    }
    default:
      return 0;
  }
}

/**
 * Finds out where everything is. Root goes on as the owner of the home, after the token was looked for,
 * which may be for root alone.
 */
function gather(): Context {
  const found = findHome(process.env['HOME']);
  home = found;
  const context = createContext({
    env: process.env,
    home: found.path,
    ...readOptions(import.meta.dirname),
    trigger,
    codespacesShared: '/workspaces/.codespaces/shared',
    runSecrets: '/run/secrets',
    self: () => ({ host: hostname(), user: userName() }),
    folder: () => unless(['ENOENT'], () => process.cwd()),
    now: Date.now,
    readInput,
  });
  if (found.owner === undefined) return context;
  findTokensAsRoot(context);
  home = becomeOwner(found.path, found.owner);
  return createContext({ ...context, home: home.path });
}

/** Makes the owner of a home the user of this process, for good: no group of root's stays. */
function becomeOwner(path: string, { uid, gid }: Owner): Home {
  try {
    // In this order, because only root may change groups.
    process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
  const isOwner = process.getuid?.() === uid && process.geteuid?.() === uid;
  return isOwner ? { path } : unusable(messages.notOwnHome(path));
}

/** Not every number of a user has a name, as with `docker run --user 1234`. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/** Tells how it ended: good news on standard output, problems on standard error. */
function finish(report: Report, json: boolean): number {
  const { outcome, sentence, details = [], facts, repeated, ...known } = report;
  const code = exitCodes[outcome];
  if (json) {
    const { expiresAt, containerTokenExpiresAt, ...rest } = known;
    // What is undefined JSON leaves out.
    const iso = (at?: number | null) => at && new Date(at).toISOString();
    const dates = {
      expiresAt: iso(expiresAt),
      containerTokenExpiresAt: iso(containerTokenExpiresAt),
    };
    const below = { details: details.map((detail) => linesOf(detail).join('\n')) };
    const all = { outcome, code, ...splitSteps(sentence), ...below, ...rest, ...dates, ...facts };
    print(1, `${printableJson(all)}\n`);
  } else if (!repeated) {
    const below = details.flatMap(linesOf).map((line) => `  ${line}`);
    const lines = [...linesOf(`Heroku: ${sentence}`), ...below];
    printLines(code === 0 ? 1 : 2, lines);
  }
  return code;
}

/** A bug. The container opens anyway. */
function unexpected(error: unknown): number {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print(2, messages.unexpected(what.split('\n').map(printable).join('\n')));
  if (trigger === 'hook' && home) openState(home.path).notice.write(`0\n${noticeUnexpected()}\n`);
  return mayFail ? exitCodes.unexpected : 0;
}

/** What came from outside makes no further line, and moves no cursor. */
function printLines(stream: 1 | 2, lines: readonly string[]): 0 {
  return print(stream, `${lines.map(printable).join('\n')}\n`);
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
      pause();
    }
  }
  return 0;
}
