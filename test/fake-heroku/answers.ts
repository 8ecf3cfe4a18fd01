// Answers that more than one part of the fake Heroku gives.
import type { Answer } from './model.ts';

/** A JSON answer. `body` is what Heroku would send: the caller keeps tokens out of it. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const all = { 'Content-Type': 'application/json', ...headers };
  return raw(status, all, Buffer.from(JSON.stringify(body)));
}

/** A plain text. */
export function text(status: number, body: string, headers: Record<string, string> = {}): Answer {
  const all = { 'Content-Type': 'text/plain; charset=utf-8', ...headers };
  return raw(status, all, Buffer.from(body));
}

/** Any other answer; by default, one without a body. */
export function raw(
  status: number,
  headers: Record<string, string>,
  body: Buffer = Buffer.alloc(0),
): Answer {
  return { status, headers: { 'Content-Length': String(body.length), ...headers }, body: [body] };
}

/** The same answer with these headers as well. */
export function withHeaders(answer: Answer, headers: Record<string, string>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** The errors that Heroku documents, by status (docs/facts/heroku.md part 1.4). */
const ERRORS: Record<number, { id: string; message: string }> = {
  400: { id: 'bad_request', message: 'Request invalid, validate usage and try again.' },
  401: { id: 'unauthorized', message: 'Invalid credentials provided.' },
  402: { id: 'delinquent', message: 'Your account has an unpaid balance.' },
  403: { id: 'forbidden', message: 'You do not have access to this resource.' },
  404: { id: 'not_found', message: 'The requested resource could not be found.' },
  406: { id: 'not_acceptable', message: 'The requested version or media type is not served.' },
  416: { id: 'requested_range_not_satisfiable', message: 'The Range header cannot be satisfied.' },
  422: { id: 'invalid_params', message: 'The request was not valid.' },
  429: { id: 'rate_limit', message: 'Your account reached the API rate limit.' },
};

/** An API error body; `more` overrides and adds members such as `resource`. */
export function apiError(status: number, more: Record<string, string> = {}): Answer {
  const known = ERRORS[status];
  return known === undefined ? text(status, '') : json(status, { ...known, ...more });
}
