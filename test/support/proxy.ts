// A real HTTP proxy: it opens tunnels (CONNECT), to one port of this machine whatever host is asked for,
// and can go wrong in the ways that proxies do.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export type TunnelProxy = Awaited<ReturnType<typeof startProxy>>;

type Misbehaviour =
  /** An answer of its own instead of a tunnel, byte by byte as it is written here, and the end. */
  | { readonly say: string }
  /** Lets only this login through; others get 407. */
  | { readonly login: string }
  | 'reset'
  | 'hang';

/** @param to the port that every tunnel leads to. */
export async function startProxy(to: number) {
  /** `CONNECT api.heroku.com:443` and the like, with the user and password that came, `me:secret`. */
  const asked: { readonly what: string; readonly login: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  let how: Misbehaviour | undefined;
  const note = ({ method, url, headers }: IncomingMessage) => {
    const encoded = /^Basic (.+)$/.exec(headers['proxy-authorization'] ?? '')?.[1];
    const login = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
    asked.push({ what: `${method} ${url}`, login });
    return login;
  };
  const server = createServer((request, response) => {
    note(request);
    // What goes through a proxy in clear is a defect of whoever sent it.
    response.writeHead(500).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const login = note(request);
    if (how === 'hang') return;
    if (how === 'reset') socket.resetAndDestroy();
    else if (how && 'say' in how) socket.end(how.say);
    else if (how && how.login !== login) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
      );
    } else {
      const upstream = connect(to, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    /** Every request so far, oldest first. */
    asked,
    /** From now on answers so; without it, as it should. */
    behave: (other?: Misbehaviour) => {
      how = other;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
