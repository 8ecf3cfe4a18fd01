// The fake Heroku's own interface over HTTP, for tests that run it in a container.
import type { IncomingMessage } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import { json, raw, text } from './answers.ts';
import type { Answer, Seen, StateChange } from './model.ts';

export const CONTROL_PATH = /^\/_control\//;

/** What the control interface acts on. */
export interface Controlled {
  set(change: StateChange): void;
  seen(): Seen[];
  clearSeen(): void;
}

/** `PUT /_control/state` (as for `set`), `GET` and `DELETE /_control/seen`. */
export async function answerControl(
  request: IncomingMessage,
  controlled: Controlled,
): Promise<Answer> {
  switch (`${request.method} ${request.url}`) {
    case 'PUT /_control/state':
      try {
        controlled.set((await readJson(request)) as StateChange);
      } catch (error) {
        return text(400, `${String(error)}\n`);
      }
      return raw(204, {});
    case 'GET /_control/seen':
      return json(200, controlled.seen());
    case 'DELETE /_control/seen':
      controlled.clearSeen();
      return raw(204, {});
    default:
      return text(404, 'Not Found\n');
  }
}
