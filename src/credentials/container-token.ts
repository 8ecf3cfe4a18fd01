// A session of the container's own at Heroku (option `perContainerToken`): an authorization that is made with the
// secret, as `heroku login` makes one with a password, and stored instead of it. It ends by itself, it
// can be ended alone, and `heroku logout` ends it and nothing else.

import { sessionName } from '../codespace.ts';
import { type Context, limitsOf } from '../context.ts';
import {
  type Authorization,
  type CreatedAuthorization,
  createAuthorization,
  revokeAuthorization,
  type Verification,
} from '../heroku/api.ts';
import type { Hosts } from '../heroku/hosts.ts';
import { before, type Limits } from '../heroku/http.ts';
import * as messages from '../messages.ts';
import { CredentialFileError } from './atomic-file.ts';
import { type ContainerToken, fingerprint, type State } from './state.ts';
import { remember, storedLogin } from './store.ts';

/** Seconds. Long enough for a container that runs for days, since only a start or a person renews it. */
const life = 7 * 24 * 60 * 60;

/**
 * Milliseconds between two sessions of one name that are not each other's successors: logins at the same
 * time must not end the sessions that the others are about to store.
 */
const apart = 120_000;

/** A session with its token. */
export interface OpenContainerToken extends ContainerToken {
  readonly token: string;
}

/** The session in ~/.netrc that was made with `secret`; undefined where there is none, or it is over. */
export function containerTokenOf(
  context: Context,
  state: State,
  secret: string,
): OpenContainerToken | undefined {
  try {
    const token = storedLogin(context, state)?.password;
    const session = token === undefined ? undefined : state.session(token);
    if (token === undefined || session?.of !== fingerprint(secret)) return undefined;
    return session.expiresAt > context.now() ? { ...session, token } : undefined;
  } catch (error) {
    if (error instanceof CredentialFileError) return undefined;
    throw error;
  }
}

/** The same, where it is too early to make the next one and Heroku has not ended it. */
export function reusableContainerToken(
  context: Context,
  state: State,
  secret: string,
): OpenContainerToken | undefined {
  const session = containerTokenOf(context, state, secret);
  if (!session || state.isRejected(session.token)) return undefined;
  const { madeAt, expiresAt } = session;
  return expiresAt - context.now() > (expiresAt - madeAt) / 2 ? session : undefined;
}

/** Whether a token that was found must not be used as it is: a session stands for it, or it is logged out. */
export function isSuperseded(context: Context, state: State, secret: string): boolean {
  return state.isLoggedOut(secret) || containerTokenOf(context, state, secret) !== undefined;
}

/**
 * Makes a session with a secret that Heroku has just accepted. Where that fails, the one before it is
 * taken once more, if it is not over.
 *
 * @param end moment of `monotonic` until which all of it must be done.
 * @returns the session, if there is one, and why there is no new one, as a clause.
 */
export async function createContainerToken(
  context: Context,
  state: State,
  hosts: Hosts,
  secret: string,
  verification: Extract<Verification, { kind: 'accepted' }>,
  end: number,
): Promise<{ readonly session?: OpenContainerToken | undefined; readonly problem?: string }> {
  const opened = await requestContainerToken(context, state, hosts, secret, verification, end);
  if ('token' in opened) return { session: opened };
  const present = containerTokenOf(context, state, secret);
  const session = present && !state.isRejected(present.token) ? present : undefined;
  return { session, problem: opened.reason };
}

async function requestContainerToken(
  context: Context,
  state: State,
  hosts: Hosts,
  secret: string,
  { expiresAt, authorizations, nearLimit }: Extract<Verification, { kind: 'accepted' }>,
  end: number,
): Promise<OpenContainerToken | { readonly reason: string }> {
  // A thousand codespaces may start with the same secret.
  if (nearLimit) return { reason: messages.nearLimit() };
  const { name, isUnique } = sessionName(context);
  const made = await createAuthorization(
    hosts.api,
    secret,
    name,
    life,
    before(end, limitsOf(context, context.timeouts.containerToken)),
  );
  if ('reason' in made) return made;
  const madeAt = context.now();
  const session: ContainerToken = {
    id: made.id,
    of: fingerprint(secret),
    madeAt,
    // Heroku may give less than was asked for.
    expiresAt: madeAt + Math.min(made.left ?? life, life) * 1000,
    ...(expiresAt === undefined ? {} : { secretExpiresAt: expiresAt }),
  };
  try {
    remember(() => state.recordContainerToken(made.token, session));
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    await revokeAuthorization(
      hosts.api,
      made.token,
      made.id,
      before(end, limitsOf(context, context.timeouts.containerToken)),
    );
    return { reason: error.message };
  }
  // Those that nobody here remembers: a rebuild takes the home folder along.
  for (const { id } of isUnique ? leftovers(name, made, authorizations) : []) {
    await revokeAuthorization(
      hosts.api,
      secret,
      id,
      before(end, limitsOf(context, context.timeouts.containerToken)),
    );
  }
  return { ...session, token: made.token };
}

function leftovers(
  name: string,
  made: CreatedAuthorization,
  all: readonly Authorization[],
): Authorization[] {
  return all.filter(
    ({ description, createdAt }) => description === name && made.createdAt - createdAt > apart,
  );
}

/**
 * Ends at Heroku every session of this container but the one in use, and forgets it; what cannot be ended
 * now stays remembered, and is ended another time or ends by itself.
 *
 * @param inUse token of the login that is now in ~/.netrc.
 * @param replaced token of the one before it. It can end itself, also where the account is another one.
 * @param secret a token of the account that can end the others.
 */
export async function revokeOthers(
  context: Context,
  state: State,
  hosts: Hosts,
  inUse: string,
  replaced: string | undefined,
  secret: string,
  end: number,
): Promise<void> {
  const others = state.sessions().filter(([of]) => of !== fingerprint(inUse));
  for (const [of, { id, madeAt, expiresAt }] of others) {
    const isReplaced = replaced !== undefined && of === fingerprint(replaced);
    if (!isReplaced && context.now() - madeAt < apart) continue;
    const token = isReplaced ? replaced : secret;
    const problem = await revokeAuthorization(
      hosts.api,
      token,
      id,
      before(end, limitsOf(context, context.timeouts.containerToken)),
    );
    if (problem === undefined || expiresAt < context.now()) state.clearContainerToken(of);
  }
}

/**
 * Ends the session with this token, if it is one.
 *
 * @returns undefined where it was none of ours; otherwise whether it is over, and why not, as a clause.
 */
export async function revokeContainerToken(
  state: State,
  hosts: Hosts,
  token: string,
  limits: Limits,
): Promise<{ readonly session: ContainerToken; readonly problem: string | undefined } | undefined> {
  const session = state.session(token);
  if (!session) return undefined;
  const problem = await revokeAuthorization(hosts.api, token, session.id, limits);
  if (problem === undefined) state.clearContainerToken(fingerprint(token));
  return { session, problem };
}
