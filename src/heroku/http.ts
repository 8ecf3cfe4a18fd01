// One request to Heroku, with everything that keeps a start of a container safe: limits in time and
// size, retries of what can heal, and no step to any other host.

import type { Agent, AgentOptions, IncomingMessage } from 'node:http';
import type { RetryPolicy } from '../timeouts.ts';
import { useSystemCertificates } from './certificates.ts';
import { canUseProxies, isLasting, isUntrusted, networkError } from './network-error.ts';
import type { WebProxy } from './proxy.ts';

/** Where requests go, and how. */
export interface Server {
  readonly base: URL;
  /** Its name, with a port where there is one. */
  readonly host: string;
  /** Absent where there is none on the way. */
  readonly proxy?: WebProxy;
}

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
export class RequestError extends Error {
  override readonly name = 'NoAnswer';
}

/** How long to try; times in milliseconds. */
export interface Limits extends RetryPolicy {
  /** Before the second attempt; it doubles with each further one. */
  readonly pause: number;
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
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Asks and returns the answer, whatever its status; 429 and 5xx are tried again first, as are errors
   * of the network. Redirects are answers like any other and are never followed.
   *
   * @throws RequestError where there is no answer within the limits.
   */
  async ask(question: Question, limits: Limits): Promise<Answer> {
    const deadline = monotonic() + limits.total;
    for (let attempt = 1; ; attempt++) {
      let wait: number;
      let outcome: Answer | RequestError;
      try {
        const left = deadline - monotonic();
        outcome = await this.#once(question, Math.min(limits.attempt, left));
        if (outcome.status !== 429 && outcome.status < 500) return outcome;
        wait = (retryAfter(outcome) ?? 0) + backOff(attempt, limits.pause);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        if (error.cause instanceof Error && isLasting(error.cause)) throw error;
        outcome = error;
        wait = backOff(attempt, limits.pause);
      }
      const late = monotonic() + wait >= deadline;
      if (attempt >= limits.attempts || late) {
        if (outcome instanceof RequestError) throw outcome;
        return outcome;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /**
   * One attempt; `limit` in milliseconds. Where the certificate is not trusted it begins anew with those
   * of the system; nothing was sent then.
   */
  async #once(question: Question, limit: number): Promise<Answer> {
    const end = monotonic() + limit;
    try {
      return await this.#send(question, limit);
    } catch (error) {
      const untrusted = error instanceof RequestError && isUntrusted(error.cause);
      if (!untrusted || !(await useSystemCertificates())) throw error;
      return await this.#send(question, end - monotonic());
    }
  }

  async #send({ method, path, headers, body }: Question, limit: number): Promise<Answer> {
    const { base, host } = this.#server;
    const module =
      base.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const agent = agents.get(this.#server) ?? new module.Agent(agentOptions(this.#server));
    agents.set(this.#server, agent);
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const all = bytes
      ? { ...headers, 'content-type': 'application/json', 'content-length': bytes.length }
      : headers;
    return await new Promise<Answer>((resolve, reject) => {
      const outgoing = module.request(new URL(path, base), { agent, method, headers: all });
      // One timer for name, connection, TLS, headers and body together: a socket's own timeout
      // starts anew with each byte, so a server that drips would hold the container's start.
      const timer = setTimeout(
        () => fail(new RequestError(networkError(this.#server, undefined))),
        Math.max(limit, 1),
      );
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
        outgoing.destroy();
      };
      outgoing.on('error', (error) =>
        fail(new RequestError(networkError(this.#server, error), { cause: error })),
      );
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > largestBody) fail(new RequestError(`${host} sent far more than an answer`));
        });
        incoming.on('error', (error) =>
          fail(new RequestError(networkError(this.#server, error), { cause: error })),
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

/**
 * Keeps connections, for the next question. Node's own shared agents would, too, but where
 * NODE_USE_ENV_PROXY is set they go through a proxy by rules of their own, even with plain http.
 */
const agents = new WeakMap<Server, Agent>();

function agentOptions({ proxy }: Server): AgentOptions & { proxyEnv?: { https_proxy: string } } {
  return proxy && 'address' in proxy && canUseProxies()
    ? { keepAlive: true, proxyEnv: { https_proxy: proxy.address } }
    : { keepAlive: true };
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
function backOff(attempt: number, pause: number): number {
  return pause * 2 ** (attempt - 1) * (0.5 + Math.random());
}
