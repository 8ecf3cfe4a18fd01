// One request to Heroku, with everything that keeps a start of a container safe: limits in time and
// size, retries of what passes, and no step to any other host.

import type { Agent, IncomingMessage } from 'node:http';
import type { AgentOptions as TlsAgentOptions } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Deadline, within } from '../deadline.ts';
import { parseJson } from '../json.ts';
import type { Validity } from '../messages/network.ts';
import * as messages from '../messages/network.ts';
import type { RetryPolicy } from '../timeouts.ts';
import { version } from '../version.ts';
import { systemCertificates } from './certificates.ts';
import { isLoopback, type Server } from './hosts.ts';
import { canUseProxies, isLasting, isUntrusted, networkError } from './network-error.ts';

/** How long to try; times in milliseconds. */
export interface RequestLimits extends RetryPolicy {
  /** Before the second attempt; it doubles with each further one. */
  readonly pause: number;
  /** Of the whole run. */
  readonly deadline: Deadline;
}

/** Where a request goes, with which token, and how long it may take. */
export interface ApiCall {
  readonly server: Server;
  readonly token: string;
  readonly limits: RequestLimits;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The parsed body; undefined if it was not JSON. */
  readonly json: unknown;
}

/** There was no response, or none that can be used. */
export interface NoResponse {
  /** What happened, as a clause. */
  readonly problem: string;
  readonly cause?: Error | undefined;
}

type Reply = ApiResponse | NoResponse;

// An account is below 2 kB, and a hundred authorizations are below 100 kB.
const largestBody = 4 * 1024 * 1024;

/**
 * Sends a request with the token and returns the response, whatever its status; 429 and 5xx are tried
 * again first, as are errors of the network. Redirects are responses like any other and are never
 * followed. `node:http`, not `fetch`: the first `fetch` of a process costs more than twice the time and
 * memory of the whole program. TLS is loaded only if it is used.
 */
export async function send(call: ApiCall, request: ApiRequest): Promise<Reply> {
  const { total, attempt: longest, attempts, pause, deadline: whole } = call.limits;
  const deadline = within(whole, total);
  for (let attempt = 1; ; attempt++) {
    const response = await sendOnce(call, request, within(deadline, longest));
    const failed = 'problem' in response;
    if (failed ? isLasting(response.cause) : response.status !== 429 && response.status < 500) {
      return response;
    }
    const wait = (failed ? 0 : retryAfter(response)) + backOff(attempt, pause);
    if (attempt >= attempts || wait >= deadline.remaining()) return response;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** If the certificate is not trusted, it begins anew with those of the system; nothing was sent then. */
async function sendOnce(call: ApiCall, request: ApiRequest, deadline: Deadline): Promise<Reply> {
  const response = await exchange(call, request, deadline);
  const untrusted = 'problem' in response && isUntrusted(response.cause);
  if (!untrusted) return response;
  trust = systemCertificates(call.server.certificateFile);
  agents.delete(call.server);
  return await exchange(call, request, deadline);
}

async function exchange(call: ApiCall, request: ApiRequest, deadline: Deadline): Promise<Reply> {
  const { server, token } = call;
  const { method, path, headers, body } = request;
  const { base, host } = server;
  const module = process.getBuiltinModule(base.protocol === 'https:' ? 'node:https' : 'node:http');
  const agent = agents.get(server) ?? new module.Agent({ ...agentOptions(server), ...trust });
  agents.set(server, agent);
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const all = {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${token}`,
    'user-agent': `heroku-login/${version} ${process.platform}-${process.arch}`,
    ...headers,
    ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}),
  };
  return await new Promise((resolve) => {
    const options = { ...connection(server, deadline), agent, method, headers: all };
    const outgoing = module.request(new URL(path, base), options);
    let validity: Validity | undefined;
    outgoing.on('socket', (socket: Socket | TLSSocket) => {
      // The event is Node's own, and comes before the certificate is judged: after that it is gone.
      socket.prependOnceListener('secure', () => {
        const { valid_from: from, valid_to: to } = (socket as TLSSocket).getPeerCertificate() ?? {};
        if (from && to) validity = { from, to };
      });
    });
    // One timer for name, connection, TLS, headers and body together: a socket's own timeout
    // starts anew with each byte, so a server that drips would hold the container's start.
    const timer = setTimeout(() => lost(undefined), Math.max(deadline.remaining(), 1));
    const end = (response: Reply) => {
      clearTimeout(timer);
      resolve(response);
    };
    const fail = (problem: string, cause?: Error) => {
      end({ problem, cause });
      outgoing.destroy();
    };
    const lost = (error?: Error) => fail(networkError(server, error, { validity }), error);
    outgoing.on('error', lost);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > largestBody) fail(messages.tooLarge(host));
      });
      incoming.on('error', lost);
      incoming.on('end', () => {
        const json = parseJson(Buffer.concat(chunks).toString('utf8'));
        end({ status: incoming.statusCode ?? 0, headers: incoming.headers, json });
      });
    });
    outgoing.end(bytes);
  });
}

/** How a connection is made. */
function connection({ base }: Server, deadline: Deadline) {
  // Two addresses may both need more than the quarter of a second that Node gives to each.
  const perAddress = Math.max(Math.floor(deadline.remaining() / 4), 250);
  // Whatever a name server says: a name of this machine is this machine, and http may go there.
  const lookup: LookupFunction = (_name, { all }, done) =>
    all
      ? done(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ])
      : done(null, '127.0.0.1', 4);
  return {
    // Said here as well, because a variable of the environment turns the default around.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: perAddress,
    ...(isLoopback(base.hostname) && { lookup }),
  };
}

/**
 * Keeps connections for the next request. Node's own shared agents would, too, but if
 * NODE_USE_ENV_PROXY is set they go through a proxy by rules of their own, even with plain http.
 */
const agents = new WeakMap<Server, Agent>();

/** Which certificates count, if Node's own are not enough. */
let trust: { ca?: string[] } = {};

function agentOptions({ proxy }: Server): TlsAgentOptions & { proxyEnv?: { https_proxy: string } } {
  const isUsed = proxy && 'address' in proxy && canUseProxies();
  const proxied = isUsed ? { proxyEnv: { https_proxy: proxy.address } } : {};
  return { keepAlive: true, rejectUnauthorized: true, ...proxied };
}

/** Milliseconds that the server asks to wait, by `Retry-After` (RFC 9110: seconds or a date). */
function retryAfter({ headers }: ApiResponse): number {
  const value = headers['retry-after'] ?? '0';
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(wait, 0) : 0;
}

/**
 * Milliseconds before the next attempt: doubled each time, and spread, so that many codespaces that
 * start together, and are all told the same `Retry-After`, do not come back together.
 */
const backOff = (attempt: number, pause: number): number =>
  pause * 2 ** (attempt - 1) * (0.5 + Math.random());
