// The Platform API as far as heroku-login and the Heroku CLI's whoami, apps and logout use it.
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { apiError, json, withHeaders } from './answers.ts';
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
  if (left < 0) {
    const headers = { 'Retry-After': String(state.secondsFor(-left)), 'RateLimit-Remaining': '0' };
    return withHeaders(apiError(429), headers);
  }
  const answer = REFUSALS[caller.state] ?? (await route(request, url.pathname, caller, state));
  return withHeaders(answer, { 'RateLimit-Remaining': String(Math.floor(left)) });
}

function callerOf(request: IncomingMessage, state: State): Authorization | undefined {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  return token === undefined ? undefined : state.byToken(token);
}

/** What an account in these states is answered, whatever it asks for; for `no_account`, see route(). */
const REFUSALS: Readonly<Partial<Record<Authorization['state'], Answer>>> = {
  revoked: apiError(401),
  suspended: apiError(403, { id: 'suspended', message: 'Your account has been suspended.' }),
  two_factor: apiError(403, { id: 'two_factor', message: 'A second factor is needed.' }),
  forbidden: apiError(403),
  delinquent: apiError(402),
};

async function route(
  request: IncomingMessage,
  path: string,
  caller: Authorization,
  state: State,
): Promise<Answer> {
  const { pageSize } = state.settings;
  const [, of, id] = /^\/(apps|oauth\/authorizations)\/([^/]+)$/.exec(path) ?? [];
  const isOfApps = /^(\/users\/~)?\/apps\b/.test(path);
  if (isOfApps && caller.scope.every((scope) => scope === 'identity')) return apiError(403);
  const isOfAuthorizations = /^\/oauth\/authorizations\b/.test(path);
  if (isOfAuthorizations && !caller.scope.includes('global')) return apiError(403);
  const apps = caller.apps.map((name) => app(name, caller));
  const authorizations = state.byEmail(caller.email);
  switch (`${request.method} ${of === undefined ? path : `/${of}/ID`}`) {
    case 'GET /account':
      return caller.state === 'no_account' ? apiError(403) : json(200, account(caller));
    case 'GET /account/rate-limits':
      return json(200, { remaining: Math.floor(state.countRequest(caller.email, 0)) });
    case 'GET /users/~/apps':
    case 'GET /apps':
      return page(request, pageSize, apps);
    case 'GET /apps/ID': {
      const found = apps.find((one) => one.id === id || one.name === id);
      return found ? json(200, found) : apiError(404, { resource: 'app' });
    }
    case 'GET /oauth/authorizations':
      return page(request, pageSize, [
        ...authorizations.map(authorizationRow),
        ...otherRows(caller),
      ]);
    case 'POST /oauth/authorizations':
      return createAuthorization(request, caller, state);
    case 'GET /oauth/authorizations/ID':
    case 'DELETE /oauth/authorizations/ID': {
      // `~` would be the default one, which this account does not have (docs/facts/heroku.md part 1.1).
      const found = authorizations.find((one) => one.id === id);
      if (!found) return apiError(404, { resource: 'authorization' });
      if (request.method === 'DELETE') found.state = 'revoked';
      return json(200, authorizationRow(found));
    }
    case 'DELETE /oauth/sessions/~':
      return apiError(404, { resource: 'session' });
    default:
      return apiError(404);
  }
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
