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
  return row({
    id: one.id,
    email: one.email,
    description: one.description,
    scope: one.scope,
    createdAt: one.createdAt.toISOString(),
    accessToken: accessToken(one, redact(one.token)),
  });
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
  const dashboard = {
    ...row({
      id: browser,
      email,
      description: 'Heroku Dashboard',
      scope: ['global'],
      createdAt: CREATED,
      accessToken: {
        id: uuidOf(`token ${browser}`),
        // A suffix and a prefix of its own, so that no test token matches it by chance.
        token: redact(uuidOf(`browser token ${email}`)),
        expires_in: 28_800,
      },
    }),
    client: {
      id: uuidOf('client dashboard'),
      name: 'Heroku Dashboard',
      redirect_uri: 'https://dashboard.heroku.com/auth/heroku/callback',
    },
    session: { id: uuidOf(`session ${email}`) },
  };
  const granted = row({
    id: uuidOf(`granted ${email}`),
    email,
    description: 'An integration that never asked for its token',
    scope: ['identity'],
    createdAt: CREATED,
    accessToken: null,
  });
  return [dashboard, granted];
}

interface AccessToken {
  id: string;
  token: string;
  expires_in: number | null;
}

function accessToken({ id, expiresAt }: Authorization, token: string): AccessToken {
  return {
    id: uuidOf(`token ${id}`),
    token,
    expires_in: expiresAt === null ? null : Math.ceil((expiresAt.getTime() - Date.now()) / 1000),
  };
}

function row(facts: {
  id: string;
  email: string;
  description: string;
  scope: string[];
  createdAt: string;
  accessToken: AccessToken | null;
}) {
  return {
    access_token: facts.accessToken,
    client: null,
    created_at: facts.createdAt,
    description: facts.description,
    grant: null,
    id: facts.id,
    refresh_token: null,
    scope: facts.scope,
    session: null,
    updated_at: facts.createdAt,
    user: { email: facts.email, full_name: null, id: accountId(facts.email) },
  };
}

/** Visible prefix, exactly ten asterisks, visible suffix (docs/facts/heroku.md part 1.6). */
const redact = (token: string) => `${token.slice(0, 8)}${'*'.repeat(10)}${token.slice(-4)}`;
