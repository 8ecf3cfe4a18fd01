// The API's resources in the shape of the public version 3 schema. No function but `withFullToken`
// puts a whole token into what it returns.
import { type Authorization, fromAccount, uuidOf } from './state.ts';

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
  const { id, email, token, description, scope, createdAt, expiresAt } = one;
  const left = expiresAt && Math.ceil((expiresAt.getTime() - Date.now()) / 1000);
  return {
    access_token: { id: uuidOf(`token ${id}`), token: redact(token), expires_in: left },
    client: null,
    created_at: createdAt.toISOString(),
    description,
    grant: null,
    id,
    refresh_token: null,
    scope,
    session: null,
    updated_at: createdAt.toISOString(),
    user: { email, full_name: null, id: accountId(email) },
  };
}

/** The one answer that holds a whole token: that of `POST /oauth/authorizations`. */
export function withFullToken(one: Authorization) {
  const row = authorizationRow(one);
  return { ...row, access_token: { ...row.access_token, token: one.token } };
}

/** Rows that a real account has besides: a browser session, and an authorization without a token. */
export function otherRows({ email }: Authorization) {
  const browser = {
    email,
    // A suffix and a prefix of its own, so that no test token matches it by chance.
    token: uuidOf(`browser token ${email}`),
    description: 'Heroku Dashboard',
    expiresIn: 28_800,
  };
  const integration = {
    email,
    token: `never told ${email}`,
    description: 'An integration that never asked for its token',
    scope: ['identity'],
  };
  return [
    {
      ...authorizationRow(fromAccount(browser)),
      client: {
        id: uuidOf('client dashboard'),
        name: 'Heroku Dashboard',
        redirect_uri: 'https://dashboard.heroku.com/auth/heroku/callback',
      },
      session: { id: uuidOf(`session ${email}`) },
    },
    { ...authorizationRow(fromAccount(integration)), access_token: null },
  ];
}

/** Visible prefix, exactly ten asterisks, visible suffix (docs/facts/heroku.md part 1.6). */
const redact = (token: string) => `${token.slice(0, 8)}${'*'.repeat(10)}${token.slice(-4)}`;
