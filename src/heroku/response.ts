// What a response of Heroku's means that is not what was asked for.

import { asRecord } from '../json.ts';
import * as messages from '../messages/network.ts';
import { sanitizeForTerminal } from '../report.ts';
import type { ApiCall, ApiResponse, NoResponse } from './http.ts';

export type Problem =
  /** Heroku itself rejected the token; `reason` is a clause. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No usable response, which says nothing about the token; `reason` is a clause. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Sorts it (docs/facts/heroku.md part 1.4: status and `id` count, not the message). */
export function toProblem({ server }: ApiCall, response: ApiResponse | NoResponse): Problem {
  if ('problem' in response) return { kind: 'unreachable', reason: response.problem };
  const { status } = response;
  const id = errorId(response);
  const trace = requestTrace(response);
  // Only Heroku names its errors: a 401 or 403 without an id is a proxy's or a captive portal's. And only
  // these say that the token is dead; others say what it may not do.
  const isRejected = status === 401 || status === 402;
  if (id !== undefined && (isRejected || (status === 403 && id === 'suspended'))) {
    return {
      kind: 'rejected',
      reason: messages.rejected[isRejected ? status : 'suspended'](trace),
    };
  }
  if (isUndecided(response)) {
    return { kind: 'unreachable', reason: messages.undecided(server.host, trace) };
  }
  return { kind: 'unreachable', reason: messages.unusableResponse(server.host, status, trace) };
}

/** Whether Heroku answered, but did not say whether the token is good: it may lack the right to ask. */
export const isUndecided = (response: ApiResponse): boolean => {
  const [status, id] = [response.status, errorId(response)];
  return id !== undefined && (status === 404 || (status === 403 && id !== 'suspended'));
};

/** The name that Heroku gives an error; undefined if somebody else answered, or there is none. */
export function errorId({ json }: ApiResponse): string | undefined {
  const { id } = asRecord(json);
  return typeof id === 'string' ? id : undefined;
}

/** What Heroku's support asks for: status, error and number of the request. */
export function requestTrace(response: ApiResponse): string {
  const id = errorId(response);
  const request = response.headers['request-id'];
  return [
    String(response.status),
    ...(id === undefined ? [] : [sanitizeForTerminal(id, 60)]),
    ...(typeof request === 'string' ? [`request ${sanitizeForTerminal(request, 60)}`] : []),
  ].join(', ');
}
