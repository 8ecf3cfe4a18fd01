// Is there an app of that name, and may this account see it?

import { asRecord } from '../json.ts';
import { type ApiCall, send } from './http.ts';
import { errorId, toProblem } from './response.ts';

export type AppLookup =
  | { readonly kind: 'there' | 'absent' | 'forbidden' }
  /** No usable response; `reason` is a clause. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Asks for an app by its name with `GET /apps/{name}`. */
export async function findApp(call: ApiCall, name: string): Promise<AppLookup> {
  const response = await send(call, { method: 'GET', path: `/apps/${name}` });
  if (!('problem' in response)) {
    const { status, json } = response;
    if (status === 200 && asRecord(json)['name'] === name) return { kind: 'there' };
    // Only Heroku names its errors, see response.ts.
    if (status === 404 && errorId(response) !== undefined) return { kind: 'absent' };
    if (status === 403 && errorId(response) !== undefined) return { kind: 'forbidden' };
  }
  return { kind: 'unreachable', reason: toProblem(call, response).reason };
}
