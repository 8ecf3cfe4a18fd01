// The command line, turned into what is to be done.

import { parseArgs } from 'node:util';
import * as messages from './messages/program.ts';
import type { Trigger } from './timeouts.ts';

export type Task =
  | { readonly command: 'login'; readonly trigger: Trigger; readonly fromInput: boolean }
  | { readonly command: 'status' | 'logout' | 'help' | 'version' }
  | { readonly command: 'git-credential'; readonly operation: string }
  | { readonly command: 'docker-credential'; readonly operation: DockerOperation }
  /** `heroku logout` was typed, see heroku-logout.ts; `args` are what followed. */
  | { readonly command: 'heroku-logout'; readonly args: readonly string[] };

/** What docker asks of a credential helper. */
export type DockerOperation = (typeof dockerOperations)[number];

const dockerOperations = ['get', 'store', 'erase', 'list'] as const;

export interface Request {
  readonly task: Task;
  /** One JSON object on standard output instead of sentences. */
  readonly json: boolean;
}

export const usage = `Usage: heroku-login [login | status | logout] [options]

  login     verify the token and store it for heroku and git (default)
  status    show whose token is in use, when it expires, and what uses it
  logout    remove the stored login and revoke this container's own token

  --with-token   read the token from standard input
  --json         print one JSON object
  --help         print this help
  --version      print the version

heroku-login looks for the token in the environment variable HEROKU_API_KEY (or the one that the
Feature's option secretName names), in Codespaces' secrets, and in /run/secrets. If there is none, it
asks for one in a terminal.

Exit codes: 0 logged in, 1 unexpected error, 2 usage error, 3 no usable token, 4 token rejected,
5 Heroku unreachable, 6 could not store the login.
`;

/** A wrong usage, in words. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Whether it is to be told as JSON. */
  readonly json: boolean;

  constructor(what: string, json: boolean) {
    super(messages.usage(what));
    this.json = json;
  }
}

const flags = {
  'with-token': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  hook: { type: 'boolean' },
  shell: { type: 'boolean' },
} as const;

/** @throws UsageError */
export function parseRequest(args: readonly string[]): Request {
  const [first, ...rest] = args;
  if (first === 'heroku-logout') return { task: { command: first, args: rest }, json: false };
  // Not strict, so that an error can be told as JSON, too.
  const how = { options: flags, allowPositionals: true, strict: false, tokens: true } as const;
  const { values, positionals, tokens } = parseArgs({ args: [...args], ...how });
  const json = values.json === true;
  const wrong = (what: string) => new UsageError(what, json);
  const options = tokens.filter((one) => one.kind === 'option');
  if (options.some(({ name, value }) => !Object.hasOwn(flags, name) || value !== undefined)) {
    throw wrong(messages.wrongUsage.option);
  }
  if (values.help) return { task: { command: 'help' }, json };
  if (values.version) return { task: { command: 'version' }, json };
  const [command = 'login', operation, ...more] = positionals;
  if (command === 'git-credential') return { task: { command, operation: operation ?? '' }, json };
  if (command === 'docker-credential') {
    const known = dockerOperations.find((name) => name === operation);
    if (!known) throw wrong(messages.wrongUsage.command);
    return { task: { command, operation: known }, json };
  }
  if (command !== 'login' && command !== 'status' && command !== 'logout') {
    throw wrong(messages.wrongUsage.command);
  }
  if (operation !== undefined || more.length > 0) {
    // Whoever types a token as an argument has shown it to every process list; do not show it again.
    throw wrong(messages.wrongUsage.argument(command));
  }
  const [way, another] = (['hook', 'shell', 'with-token'] as const).filter((flag) => values[flag]);
  if (command === 'login') {
    if (way && another) throw wrong(messages.wrongUsage.exclusive(way, another));
    const trigger = way === 'hook' || way === 'shell' ? way : 'command';
    return { task: { command, trigger, fromInput: way === 'with-token' }, json };
  }
  if (way) throw wrong(messages.wrongUsage.loginOnly);
  return { task: { command }, json };
}
