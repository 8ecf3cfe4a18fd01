// The command line, turned into what is to be done.

import { parseArgs } from 'node:util';
import type { Way } from './commands/login.ts';
import { CommandError, errorCode, exitCodes } from './report.ts';

export type Task =
  | { readonly command: 'login'; readonly way: Way }
  | { readonly command: 'status' }
  | { readonly command: 'logout' }
  | { readonly command: 'help' }
  | { readonly command: 'version' }
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

  login     prove the token and store it for the heroku command and git (the default)
  status    tell whose token is in use, until when, and by what
  logout    take out what login stored, and end this container's own session; the secret stays valid

  --with-token   read the token from standard input
  --json         print one JSON object
  --help         print this
  --version      print the version

The token is looked for in the environment variable HEROKU_API_KEY (or the one that the Feature's
option secretName names), in Codespaces' secrets and in /run/secrets. Where there is none, a terminal
is asked for one.

Exit codes: 0 logged in, 1 unexpected, 2 usage, 3 no token, 4 token refused, 5 Heroku not reached,
6 not stored.
`;

/** @throws CommandError with the exit code for a wrong usage. */
export function parseRequest(args: readonly string[]): Request {
  const [first, ...rest] = args;
  if (first === 'heroku-logout') return { task: { command: first, args: rest }, json: false };
  const { values, positionals } = parse(args);
  const json = values.json ?? false;
  if (values.help) return { task: { command: 'help' }, json };
  if (values.version) return { task: { command: 'version' }, json };
  const [command = 'login', operation, ...more] = positionals;
  if (command === 'git-credential') {
    return { task: { command, operation: operation ?? '' }, json };
  }
  if (command === 'docker-credential') {
    const known = dockerOperations.find((name) => name === operation);
    if (!known) throw wrong('there is no such command');
    return { task: { command, operation: known }, json };
  }
  if (operation !== undefined || more.length > 0) {
    // Whoever types a token as an argument has shown it to every process list; do not show it again.
    throw wrong(
      `${command} takes no further argument. A token goes to standard input: --with-token`,
    );
  }
  if (command === 'login') {
    const ways = (['hook', 'shell', 'with-token'] as const).filter((way) => values[way]);
    const [way = 'command', another] = ways;
    if (another) throw wrong(`--${way} and --${another} exclude each other`);
    return { task: { command, way }, json };
  }
  if (values.hook || values.shell || values['with-token']) {
    throw wrong('--with-token goes with login only');
  }
  if (command === 'status') return { task: { command }, json };
  if (command === 'logout') return { task: { command }, json };
  throw wrong('there is no such command');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'with-token': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        hook: { type: 'boolean' },
        shell: { type: 'boolean' },
      },
    });
  } catch (error) {
    if (!errorCode(error)?.startsWith('ERR_PARSE_ARGS')) throw error;
    throw wrong('there is no such option, or it takes no value');
  }
}

function wrong(what: string): CommandError {
  return new CommandError(exitCodes.usage, 'usage', `${what}. See: heroku-login --help`);
}
