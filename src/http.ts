// One request to Heroku, with everything that keeps a start of a container safe: limits in time and
// size, retries of what can heal, and no step to any other host.

import type { IncomingMessage } from 'node:http';
import { errorCode } from './report.ts';

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The parsed body; undefined where it was not JSON. */
  readonly json: unknown;
}

/** Heroku gave no answer, or none that can be used. The message says what happened, as a clause. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** How long to try; times in milliseconds. */
export interface Limits {
  /** Longest time for all attempts together. */
  readonly total: number;
  /** Longest time for one attempt. */
  readonly attempt: number;
  /** How often to try, the first time included. */
  readonly attempts: number;
}

/** Milliseconds on a clock that is never set; the global `performance` would cost one to load. */
export const monotonic = () => process.uptime() * 1000;

/** The limits, cut so that nothing goes on after `end`, a moment of {@link monotonic}. */
export function before(end: number, limits: Limits): Limits {
  return { ...limits, total: Math.min(limits.total, end - monotonic()) };
}

// An account is below 2 kB, and a hundred authorizations are below 100 kB.
const largestBody = 4 * 1024 * 1024;

/**
 * A client for one base address. `node:http`, not `fetch`: the first `fetch` of a process costs
 * more than twice the time and memory of the whole program. TLS is loaded only where it is used.
 */
export class Client {
  readonly #base: URL;

  constructor(base: URL) {
    this.#base = base;
  }

  /**
   * Asks and returns the answer, whatever its status; 429 and 5xx are tried again first, as are errors
   * of the network. Redirects are answers like any other and are never followed.
   *
   * @throws NoAnswer where there is no answer within the limits.
   */
  async ask(question: Question, limits: Limits): Promise<Answer> {
    const deadline = monotonic() + limits.total;
    for (let attempt = 1; ; attempt++) {
      let wait: number;
      let outcome: Answer | NoAnswer;
      try {
        const left = deadline - monotonic();
        outcome = await this.#once(question, Math.min(limits.attempt, left));
        if (outcome.status !== 429 && outcome.status < 500) return outcome;
        wait = (retryAfter(outcome) ?? 0) + backOff(attempt);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        outcome = error;
        wait = backOff(attempt);
      }
      const late = monotonic() + wait >= deadline;
      if (attempt >= limits.attempts || late) {
        if (outcome instanceof NoAnswer) throw outcome;
        return outcome;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** One attempt; `limit` in milliseconds. */
  async #once({ method, path, headers, body }: Question, limit: number): Promise<Answer> {
    const { request } =
      this.#base.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const host = this.#base.host;
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const all = bytes
      ? { ...headers, 'content-type': 'application/json', 'content-length': bytes.length }
      : headers;
    return await new Promise<Answer>((resolve, reject) => {
      const outgoing = request(new URL(path, this.#base), { method, headers: all });
      // One timer for name, connection, TLS, headers and body together: a socket's own timeout
      // starts anew with each byte, so a server that drips would hold the container's start.
      const timer = setTimeout(
        () => fail(new NoAnswer(`${host} did not answer in time`)),
        Math.max(limit, 1),
      );
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
        outgoing.destroy();
      };
      outgoing.on('error', (error) =>
        fail(new NoAnswer(networkError(host, error), { cause: error })),
      );
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > largestBody) fail(new NoAnswer(`${host} sent far more than an answer`));
        });
        incoming.on('error', (error) =>
          fail(new NoAnswer(networkError(host, error), { cause: error })),
        );
        incoming.on('end', () => {
          clearTimeout(timer);
          const json = parseJson(Buffer.concat(chunks).toString('utf8'));
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, json });
        });
      });
      outgoing.end(bytes);
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds that the server asks to wait, by `Retry-After` (RFC 9110: seconds or a date). */
function retryAfter(answer: Answer): number | undefined {
  const value = answer.headers['retry-after'];
  if (value === undefined) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}

/**
 * Milliseconds before the next attempt: doubled each time, and spread, so that many codespaces that
 * start together, and are all told the same `Retry-After`, do not come back together.
 */
function backOff(attempt: number): number {
  return 400 * 2 ** (attempt - 1) * (0.5 + Math.random());
}

/** What went wrong on the way, as a clause with the likely cause. */
function networkError(host: string, error: Error): string {
  const code = errorCode(error) ?? '';
  const clause = networkClauses[code];
  if (clause) return clause.replace('HOST', host);
  if (/CERT|SIGNATURE|ALTNAME|SELF_SIGNED|SSL|TLS/.test(code)) {
    return `the certificate of ${host} is not trusted here (${code}; behind a company's proxy, NODE_EXTRA_CA_CERTS names its certificate)`;
  }
  return `the connection to ${host} failed (${code || 'no reason given'})`;
}

const networkClauses: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name HOST is not known here (ENOTFOUND; is there a network?)',
  EAI_AGAIN: 'the name HOST could not be looked up (EAI_AGAIN; is there a network?)',
  ECONNREFUSED: 'HOST refused the connection (ECONNREFUSED; a firewall or a proxy?)',
  ECONNRESET: 'the connection to HOST was cut (ECONNRESET)',
  ENETUNREACH: 'there is no way to HOST (ENETUNREACH; is there a network?)',
  EHOSTUNREACH: 'there is no way to HOST (EHOSTUNREACH; is there a network?)',
};
