// The fake Heroku: api, git, registry and cli-assets.heroku.com in one process.
// No request ever goes on to the real service.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { answerApi } from './api.ts';
import { ASSETS_PATH, answerAssets } from './assets.ts';
import { answerControl, CONTROL_PATH } from './control.ts';
import { reply } from './faults.ts';
import { GIT_PATH, Git } from './git.ts';
import type { Answer, Seen, Service, StateChange } from './model.ts';
import { REGISTRY_PATH, Registry } from './registry.ts';
import { State } from './state.ts';

export type { Account, Fault, Seen, Settings, StateChange } from './model.ts';

export interface FakeHerokuOptions {
  /** Folder for the bare git repositories; made when missing. */
  dir: string;
  /** Folder laid out as cli-assets.heroku.com is; see `cliRelease`. */
  releases?: string;
  /** Plain HTTP; default 0, any free port. */
  port?: number;
  /** Default 0. Used only with `tls`. */
  tlsPort?: number;
  /** PEM text. Without it there is no TLS listener. */
  tls?: { cert: string; key: string };
  /** Both listeners bind to it; default 127.0.0.1. */
  address?: string;
}

export type FakeHeroku = Awaited<ReturnType<typeof startFakeHeroku>>;

/** Starts the listeners and resolves when both accept connections. */
export async function startFakeHeroku(options: FakeHerokuOptions) {
  const address = options.address ?? '127.0.0.1';
  await mkdir(options.dir, { recursive: true });
  const state = new State();
  const git = new Git(options.dir);
  const registry = new Registry();
  const log: { request: Omit<Seen, 'status'>; response: ServerResponse }[] = [];
  const controlled = {
    /** Replaces the members that are given; the others stay. */
    set: (change: StateChange) => state.set(change),
    /** Every request so far but those to the control interface, oldest first. */
    seen: (): Seen[] =>
      log.map(({ request, response: { headersSent, statusCode } }) => ({
        ...request,
        status: headersSent ? statusCode : null,
      })),
    clearSeen: () => {
      log.length = 0;
    },
  };

  const services: Record<Service, (request: IncomingMessage) => Promise<Answer>> = {
    git: (request) => git.answer(request, state),
    registry: (request) => registry.answer(request, state),
    assets: (request) => answerAssets(request, options.releases),
    api: (request) => answerApi(request, state),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    // Over TLS only what Heroku serves: the control interface is for this machine.
    if (!isSecure(request) && CONTROL_PATH.test(path)) {
      return reply(request, response, () => answerControl(request, controlled), undefined);
    }
    const method = request.method ?? '';
    const service = serviceOf(path);
    log.push({ request: factsOf(request), response });
    response.setHeader('Request-Id', randomUUID());
    const answer = () => services[service](request);
    await reply(request, response, answer, state.takeFault(service, method, path));
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => {
      console.error(`fake Heroku: ${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  };

  const plain = createServer(listener);
  const secure = options.tls && createTlsServer(options.tls, listener);
  const port = await listen(plain, options.port ?? 0, address);
  const tlsPort = secure === undefined ? null : await listen(secure, options.tlsPort ?? 0, address);

  return {
    url: `http://${address}:${port}`,
    port,
    tlsPort,
    ...controlled,
    /** Ends both listeners, every open connection and every git process. */
    close: async (): Promise<void> => {
      git.close();
      await Promise.all([stop(plain), secure && stop(secure)]);
    },
  };
}

function serviceOf(path: string): Service {
  if (GIT_PATH.test(path)) return 'git';
  if (REGISTRY_PATH.test(path)) return 'registry';
  return ASSETS_PATH.test(path) ? 'assets' : 'api';
}

const isSecure = ({ socket }: IncomingMessage) => socket instanceof TLSSocket;

function factsOf(request: IncomingMessage): Omit<Seen, 'status'> {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    at: Date.now(),
    protocol: isSecure(request) ? 'https' : 'http',
    host: request.headers.host ?? '',
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(headers),
  };
}

async function listen(server: Server | TlsServer, port: number, address: string): Promise<number> {
  await once(server.listen(port, address), 'listening');
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server | TlsServer): Promise<void> {
  const closed = once(server.close(), 'close');
  server.closeAllConnections();
  await closed;
}
