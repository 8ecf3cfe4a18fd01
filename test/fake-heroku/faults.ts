// Everything that can go wrong between a program and Heroku, done to the answer on its way out.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { apiError, raw } from './answers.ts';
import type { Answer, Fault } from './model.ts';

/** Sends `answer()`, or what `fault` makes of it. Resolves when nothing more will be sent. */
export async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => Promise<Answer>,
  fault: Fault['do'] | undefined,
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return send(response, await answer());
    case 'hang':
      request.resume();
      return;
    case 'reset':
      return reset(request);
    case 'status':
      return send(response, statusAnswer(fault));
    case 'redirect':
      return send(response, raw(302, { Location: fault.to }));
    case 'html':
      return send(response, raw(200, { 'Content-Type': 'text/html' }, Buffer.from(PORTAL)));
    case 'big':
      return send(response, {
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        body: bigBody(fault.bytes),
      });
    case 'delay':
      // Unreferenced, here and below: a fake Heroku that was closed keeps no process alive.
      await sleep(fault.ms, undefined, { ref: false });
      return send(response, await answer());
    case 'slow': {
      const made = await answer();
      return send(response, { ...made, body: drip(made.body, fault.bytesPerSecond) });
    }
    case 'truncate': {
      const made = await answer();
      await write(response, { ...made, body: firstBytes(made.body, fault.bytes) });
      response.flushHeaders();
      response.socket?.end();
    }
  }
}

const PORTAL = `<!doctype html><html><head><title>Sign in to the network</title></head>
<body><form action="/login"><p>Please accept the terms to use this network.</p></form></body></html>
`;

function statusAnswer(fault: Extract<Fault['do'], { kind: 'status' }>): Answer {
  const { body, headers } =
    fault.body === undefined
      ? apiError(fault.status)
      : raw(fault.status, { 'Content-Type': 'application/json' }, Buffer.from(fault.body));
  return { status: fault.status, headers: { ...headers, ...fault.headers }, body };
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  await write(response, answer);
  response.end();
}

/** Writes what it can; stops quietly if the other side has gone. */
async function write(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, headers);
  await pipeline(body, response, { end: false }).catch(() => {});
}

/** A TCP reset if that can be had; over TLS the connection ends without a farewell. */
function reset({ socket }: IncomingMessage): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

async function* firstBytes(body: Answer['body'], bytes: number): AsyncIterable<Buffer> {
  let left = bytes;
  for await (const chunk of body) {
    if (left <= 0) return;
    yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

async function* drip(body: Answer['body'], bytesPerSecond: number): AsyncIterable<Buffer> {
  // Ten portions a second, but never less than a byte.
  const portion = Math.max(1, Math.floor(bytesPerSecond / 10));
  const pause = (portion / bytesPerSecond) * 1000;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += portion) {
      await sleep(pause, undefined, { ref: false });
      yield chunk.subarray(at, at + portion);
    }
  }
}

function* bigBody(bytes: number): Iterable<Buffer> {
  yield Buffer.from('{"email":"');
  const filler = Buffer.alloc(65_536, 'a');
  for (let sent = 0; sent < bytes; sent += filler.length) yield filler;
  yield Buffer.from('"}');
}
