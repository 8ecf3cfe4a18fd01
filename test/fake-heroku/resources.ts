// The API's resources in the shape of the public version 3 schema. No function but `withFullToken`
// puts a whole token into what it returns.
import { type Authorization, uuidOf } from './state.ts';

const CREATED = '2024-03-01T12:00:00Z';

const accountId = (email: string) => uuidOf(`account ${email}`);

export function account({ email }: Authorization) {
  return {
    allow_tracking: true,
    beta: false,
    country_of_residence: null,
    created_at: CREATED,
    default_organization: null,
    default_team: null,
    delinquent_at: null,
    email,
    federated: false,
    id: accountId(email),
    identity_provider: null,
    last_login: CREATED,
    name: null,
    sms_number: null,
    suspended_at: null,
    two_factor_authentication: true,
    updated_at: CREATED,
    verified: true,
  };
}

export function app(name: string, { email, stack: stackName }: Authorization) {
  const stack = { id: uuidOf(`stack ${stackName}`), name: stackName };
  return {
    acm: false,
    archived_at: null,
    build_stack: stack,
    buildpack_provided_description: null,
    created_at: CREATED,
    generation: { id: uuidOf('generation cedar'), name: 'cedar' },
    git_url: `https://git.heroku.com/${name}.git`,
    id: uuidOf(`app ${name}`),
    internal_routing: null,
    maintenance: false,
    name,
    organization: null,
    owner: { email, id: accountId(email) },
    region: { id: uuidOf('region us'), name: 'us' },
    released_at: null,
    repo_size: null,
    slug_size: null,
    space: null,
    stack,
    team: null,
    updated_at: CREATED,
    web_url: `https://${name}.herokuapp.com/`,
  };
}

/** A row of `GET /oauth/authorizations`, its token redacted. */
export function authorizationRow(one: Authorization) {
  return row(
    { ...one, createdAt: one.createdAt.toISOString() },
    accessToken(one, redact(one.token)),
  );
}

/** The one answer that holds a whole token: that of `POST /oauth/authorizations`. */
export function withFullToken(one: Authorization) {
  return {
    ...authorizationRow(one),
    access_token: accessToken(one, one.token),
  };
}

/** Rows that a real account has besides: a browser session, and an authorization without a token. */
export function otherRows({ email }: Authorization) {
  const browser = uuidOf(`browser ${email}`);
  const facts = { email, createdAt: CREATED };
  const dashboard = {
    ...row(
      { ...facts, id: browser, description: 'Heroku Dashboard', scope: ['global'] },
      {
        id: uuidOf(`token ${browser}`),
        // A suffix and a prefix of its own, so that no test token matches it by chance.
        token: redact(uuidOf(`browser token ${email}`)),
        expires_in: 28_800,
      },
    ),
    client: {
      id: uuidOf('client dashboard'),
      name: 'Heroku Dashboard',
      redirect_uri: 'https://dashboard.heroku.com/auth/heroku/callback',
    },
    session: { id: uuidOf(`session ${email}`) },
  };
  const description = 'An integration that never asked for its token';
  const id = uuidOf(`granted ${email}`);
  return [dashboard, row({ ...facts, id, description, scope: ['identity'] }, null)];
}

function accessToken({ id, expiresAt }: Authorization, token: string) {
  return {
    id: uuidOf(`token ${id}`),
    token,
    expires_in: expiresAt === null ? null : Math.ceil((expiresAt.getTime() - Date.now()) / 1000),
  };
}

type Facts = Pick<Authorization, 'id' | 'email' | 'description' | 'scope'>;

function row(
  { id, email, description, scope, createdAt }: Facts & { createdAt: string },
  token: ReturnType<typeof accessToken> | null,
) {
  return {
    access_token: token,
    client: null,
    created_at: createdAt,
    description,
    grant: null,
    id,
    refresh_token: null,
    scope,
    session: null,
    updated_at: createdAt,
    user: { email, full_name: null, id: accountId(email) },
  };
}

/** Visible prefix, exactly ten asterisks, visible suffix (docs/facts/heroku.md part 1.6). */
const redact = (token: string) => `${token.slice(0, 8)}${'*'.repeat(10)}${token.slice(-4)}`;
