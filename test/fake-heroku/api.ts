// The Platform API as far as heroku-login and the Heroku CLI's whoami, apps and logout use it.
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { apiError, json } from './answers.ts';
import type { Answer } from './model.ts';
import { account, app, authorizationRow, otherRows, withFullToken } from './resources.ts';
import type { Authorization, State } from './state.ts';

/** Heroku sends 406 without it; the CLI's own library asks for the variant `version=3.sdk`. */
const ACCEPT = /^application\/vnd\.heroku\+json;\s*version=3(\.[\w-]+)?$/;

/** Answers one request to api.heroku.com. */
export async function answerApi(request: IncomingMessage, state: State): Promise<Answer> {
  if (!ACCEPT.test(request.headers.accept ?? '')) return apiError(406);
  const caller = callerOf(request, state);
  if (caller === undefined) return apiError(401);
  const url = new URL(request.url ?? '/', 'http://api');
  const isFree = request.method === 'GET' && url.pathname === '/account/rate-limits';
  const left = state.countRequest(caller.email, isFree ? 0 : 1);
  if (left < 0) return rateLimited(state.secondsFor(-left));
  const headers = { 'RateLimit-Remaining': String(Math.floor(left)) };
  const answer = REFUSALS[caller.state] ?? (await route(request, url.pathname, caller, state));
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function rateLimited(seconds: number): Answer {
  const answer = apiError(429);
  const headers = { 'Retry-After': String(seconds), 'RateLimit-Remaining': '0' };
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function callerOf(request: IncomingMessage, state: State): Authorization | undefined {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  return token === undefined ? undefined : state.byToken(token);
}

/** What an account in each state is answered, whatever it asks for. */
const REFUSALS: Readonly<Record<Authorization['state'], Answer | undefined>> = {
  active: undefined,
  revoked: apiError(401),
  suspended: apiError(403, { id: 'suspended', message: 'Your account has been suspended.' }),
  two_factor: apiError(403, { id: 'two_factor', message: 'A second factor is needed.' }),
  forbidden: apiError(403),
  delinquent: apiError(402),
  // Only GET /account is refused, see route().
  no_account: undefined,
};

async function route(
  request: IncomingMessage,
  path: string,
  caller: Authorization,
  state: State,
): Promise<Answer> {
  switch (`${request.method} ${path}`) {
    case 'GET /account':
      if (caller.state === 'no_account') return apiError(403);
      return json(200, account(caller));
    case 'GET /account/rate-limits':
      return json(200, { remaining: Math.floor(state.countRequest(caller.email, 0)) });
    case 'GET /users/~/apps':
    case 'GET /apps':
      if (!canRead(caller)) return apiError(403);
      return page(request, state.settings.pageSize, appsOf(caller));
    case 'GET /oauth/authorizations':
      if (!isGlobal(caller)) return apiError(403);
      return page(request, state.settings.pageSize, authorizationRows(caller, state));
    case 'POST /oauth/authorizations':
      if (!isGlobal(caller)) return apiError(403);
      return createAuthorization(request, caller, state);
    case 'DELETE /oauth/sessions/~':
      return apiError(404, { resource: 'session' });
  }
  const authorization = /^\/oauth\/authorizations\/([^/]+)$/.exec(path)?.[1];
  if (authorization !== undefined) {
    if (!isGlobal(caller)) return apiError(403);
    return oneAuthorization(request.method ?? '', authorization, caller, state);
  }
  const appName = /^\/apps\/([^/]+)$/.exec(path)?.[1];
  if (request.method === 'GET' && appName !== undefined) {
    if (!canRead(caller)) return apiError(403);
    const match = appsOf(caller).find(({ id, name }) => id === appName || name === appName);
    return match === undefined ? apiError(404, { resource: 'app' }) : json(200, match);
  }
  return apiError(404);
}

const appsOf = (caller: Authorization) => caller.apps.map((name) => app(name, caller));
const isGlobal = (caller: Authorization) => caller.scope.includes('global');
const canRead = (caller: Authorization) => caller.scope.some((scope) => scope !== 'identity');

function authorizationRows(caller: Authorization, state: State): { id: string }[] {
  const own = state.byEmail(caller.email).map(authorizationRow);
  return [...own, ...otherRows(caller)];
}

/**
 * `~` is the account's default authorization, which this account does not have
 * (docs/facts/heroku.md part 1.1).
 */
function oneAuthorization(method: string, id: string, caller: Authorization, state: State): Answer {
  const found = state.byEmail(caller.email).find((one) => one.id === id);
  if (found === undefined) return apiError(404, { resource: 'authorization' });
  if (method === 'DELETE') found.state = 'revoked';
  else if (method !== 'GET') return apiError(404);
  return json(200, authorizationRow(found));
}

async function createAuthorization(
  request: IncomingMessage,
  caller: Authorization,
  state: State,
): Promise<Answer> {
  let wish: Record<string, unknown>;
  try {
    wish = Object(JSON.parse(await text(request)));
  } catch {
    return apiError(400);
  }
  // The schema asks for a scope, but the CLI's own `authorizations:create` sends none unless it is told one.
  const { scope = ['global'], description, expires_in: expiresIn } = wish;
  if (!Array.isArray(scope) || !scope.every((one) => typeof one === 'string')) return apiError(422);
  // A number by the schema, and a text with one from the CLI.
  const life = expiresIn === undefined || expiresIn === null ? null : Number(expiresIn);
  if (life !== null && !Number.isInteger(life)) return apiError(422);
  const made = state.create(caller, {
    scope,
    description: typeof description === 'string' ? description : 'Long-lived user authorization',
    expiresIn: life,
  });
  return json(201, withFullToken(made));
}

/**
 * One page of a list, in the order of the ids, as the Platform API pages: `Range: id ]<after>..; max=<n>`
 * asks, 206 with `Next-Range` says that there is more.
 */
function page(request: IncomingMessage, pageSize: number, all: { id: string }[]): Answer {
  const asked = String(request.headers.range ?? 'id ..');
  const range = /^id (\]?)([^.;]*)\.\.([^;]*)(?:;\s*max=(\d+))?$/.exec(asked);
  if (range === null) return apiError(416);
  const [, after, from = '', to = '', max] = range;
  const size = Math.min(pageSize, Number(max ?? pageSize));
  const inRange = all
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .filter(({ id }) => (after ? id > from : id >= from) && (to === '' || id <= to));
  const rows = inRange.slice(0, size);
  const [first, last] = [rows[0], rows.at(-1)];
  const headers: Record<string, string> = { 'Accept-Ranges': 'id' };
  if (first === undefined || last === undefined) return json(200, rows, headers);
  headers['Content-Range'] = `id ${first.id}..${last.id}`;
  if (rows.length === inRange.length) return json(200, rows, headers);
  headers['Next-Range'] = `id ]${last.id}..; max=${size}`;
  return json(206, rows, headers);
}
