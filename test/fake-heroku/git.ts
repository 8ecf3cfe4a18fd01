// git.heroku.com: Basic authentication in front of the real `git http-backend`.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '../support/command.ts';
import { text } from './answers.ts';
import type { Answer } from './model.ts';
import type { Authorization, State } from './state.ts';

/** `/<app>.git/...`; the name's form is that of the published schema. */
export const GIT_PATH = /^\/([a-z][a-z0-9-]{1,28}[a-z0-9])\.git(\/[^?]*)(?:\?(.*))?$/;

/** Serves the repositories under `dir`, which appear when a token that may push first asks for one. */
export class Git {
  readonly #dir: string;
  readonly #repositories = new Map<string, Promise<string>>();
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  async answer(request: IncomingMessage, state: State): Promise<Answer> {
    const [, app = '', path = '', query = ''] = GIT_PATH.exec(request.url ?? '') ?? [];
    const caller = callerByPassword(request, state);
    const isGood = caller && ['active', 'no_account'].includes(caller.state);
    if (!isGood || !caller.apps.includes(app)) {
      return text(401, 'Invalid credentials provided.\n', {
        'WWW-Authenticate': 'Basic realm="Heroku"',
      });
    }
    await this.#repository(app);
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...this.#environment(),
        ...cgiVariables(request, caller.email),
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_PROJECT_ROOT: this.#dir,
        PATH_INFO: `/${app}.git${path}`,
        QUERY_STRING: query,
      },
    });
    this.#running.add(backend);
    backend.on('close', () => this.#running.delete(backend));
    backend.stderr.resume();
    // Whichever side ends early, the other one's stream error is no news: the status already says it.
    pipeline(request, backend.stdin).catch(() => {});
    return cgiAnswer(backend);
  }

  close(): void {
    for (const backend of this.#running) backend.kill();
  }

  /** Makes the repository of an app, or completes what was interrupted; once, and all wait for it. */
  #repository(app: string): Promise<string> {
    const known = this.#repositories.get(app);
    if (known !== undefined) return known;
    const args = [
      'init',
      '--quiet',
      '--bare',
      '--initial-branch=main',
      join(this.#dir, `${app}.git`),
    ];
    const made = run('git', args, { env: this.#environment() });
    this.#repositories.set(app, made);
    return made;
  }

  /** Nothing of the machine's or the person's git configuration; only where git itself is. */
  #environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.#dir,
      GIT_CONFIG_NOSYSTEM: '1',
      // In a container the folder may belong to another user than this process.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    };
  }
}

/**
 * Basic authentication with any user name; the password is the token (docs/facts/heroku.md part
 * 4).
 */
export function callerByPassword(
  request: IncomingMessage,
  state: State,
): Authorization | undefined {
  const encoded = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : state.byToken(pair.slice(colon + 1));
}

/** The request as RFC 3875 hands it on. A chunked request has no length: the backend reads to the end. */
function cgiVariables(request: IncomingMessage, user: string): NodeJS.ProcessEnv {
  const { headers } = request;
  return {
    CONTENT_LENGTH: headers['content-length'],
    CONTENT_TYPE: headers['content-type'],
    GIT_PROTOCOL: headers['git-protocol']?.toString(),
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    REMOTE_ADDR: request.socket.remoteAddress,
    REMOTE_USER: user,
    REQUEST_METHOD: request.method,
    SERVER_PROTOCOL: `HTTP/${request.httpVersion}`,
  };
}

/** Reads the header block; the body stays a stream, because a clone can be large. */
async function cgiAnswer({ stdout }: ChildProcessWithoutNullStreams): Promise<Answer> {
  let read = Buffer.alloc(0);
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf('\r\n\r\n');
    if (end === -1) continue;
    stdout.unshift(read.subarray(end + 4));
    const lines = read.subarray(0, end).toString('latin1').split('\r\n');
    const { Status: status = '200', ...headers } = Object.fromEntries(
      lines.map((line) => /^([^:]*):\s*(.*)$/.exec(line)?.slice(1) ?? []),
    ) as Record<string, string>;
    return { status: Number.parseInt(status, 10), headers, body: stdout };
  }
  throw new Error('git http-backend ended without a header');
}
