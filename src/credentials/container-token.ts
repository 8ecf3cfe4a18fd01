// A container's own token (option `perContainerToken`): an authorization that is made with the secret, as
// `heroku login` makes one with a password, and stored instead of it. It expires by itself, it can be
// revoked alone, and `heroku logout` revokes it and nothing else.

import { sessionName } from '../codespace.ts';
import { apiCall, type Context } from '../context.ts';
import { type Accepted, verifyAccount, verifyToken } from '../heroku/account.ts';
import { createAuthorization, revokeAuthorization } from '../heroku/authorizations.ts';
import * as messages from '../messages/container-token.ts';
import { stateNotWritable } from '../messages/file.ts';
import type { RetryPolicy } from '../timeouts.ts';
import { fingerprint } from './fingerprint.ts';
import type { ContainerToken } from './state.ts';
import type { StoredLogin } from './store.ts';
import type { Candidate } from './token.ts';

/** Long enough for a container that runs for days, since only a start or a user renews it. */
const lifetimeSeconds = 7 * 24 * 60 * 60;

/** Do not revoke a token younger than this: a concurrent login may be about to store it. */
const minimumAgeMs = 120_000;

export interface OpenContainerToken extends ContainerToken {
  readonly token: string;
}

/** What was stored before this login. */
type Previous = StoredLogin | undefined;

/** The container's own token that was made with this secret, if it is stored and not over. */
export function containerTokenOf({ state, now }: Context, secret: string, previous: Previous) {
  const token = previous?.password;
  const facts = token && state.containerToken(fingerprint(token)).read();
  if (!facts || facts.of !== fingerprint(secret) || facts.expiresAt <= now()) return undefined;
  return { ...facts, token } satisfies OpenContainerToken;
}

/** What Heroku says to a secret, or to the container's own token that stands for it. */
export type VerifiedSecret = Awaited<ReturnType<typeof verifySecret>>;

/**
 * Asks Heroku about the secret, or about the container's own token, which is then `present`, if it is too
 * early to make the next one.
 */
export async function verifySecret(context: Context, secret: string, previous: Previous) {
  const { options, state, timeouts, trigger } = context;
  const policy = timeouts.verify[trigger];
  const own = options.perContainerToken ? containerTokenOf(context, secret, previous) : undefined;
  const isYoung = own && own.expiresAt - context.now() > (own.expiresAt - own.madeAt) / 2;
  if (own && isYoung && !state.rejected.has(own.token)) {
    const verification = await verifyAccount(apiCall(context, own.token, policy));
    if (verification.kind !== 'refused') return { verification, previous, present: own };
    // Someone revoked it in the dashboard.
    state.rejected.add(own.token);
  }
  const call = apiCall(context, secret, policy);
  return { verification: await verifyToken(call, context.now(), timeouts.list), previous };
}

/** What is stored for a secret. */
export interface ChosenToken {
  readonly secret: string;
  /** The secret itself, or the container's own. */
  readonly token: string;
  readonly own?: OpenContainerToken | undefined;
  /** Whether that was made just now, so that nobody remembers it if it cannot be stored. */
  readonly isNew: boolean;
  /** Why there is no new one, as a sentence. */
  readonly problem?: string;
}

/**
 * The token to store for a secret that Heroku has just accepted: with the option `perContainerToken` the
 * container's own, the present or a new one. If none can be made, the one before it is taken once more,
 * if it is not over, and else the secret. A token from a user's own hand is stored as it is.
 */
export async function tokenFor(
  context: Context,
  { token: secret, kind }: Candidate,
  { verification, previous, present }: VerifiedSecret & { readonly verification: Accepted },
): Promise<ChosenToken> {
  const { options, state } = context;
  const kept = { secret, token: secret, isNew: false };
  if (present) return { ...kept, token: present.token, own: present };
  if (!options.perContainerToken || kind === 'stdin') return kept;
  const made = await createContainerToken(context, secret, verification);
  if ('token' in made) return { secret, token: made.token, own: made, isNew: true };
  const old = containerTokenOf(context, secret, previous);
  const own = old && !state.rejected.has(old.token) ? old : undefined;
  const problem = messages.noSession(context, made.reason, own?.expiresAt);
  return { ...kept, token: own?.token ?? secret, own, problem };
}

async function createContainerToken(
  context: Context,
  secret: string,
  { expiresAt: secretExpiresAt, authorizations, nearLimit }: Accepted,
): Promise<OpenContainerToken | { readonly reason: string }> {
  // A thousand codespaces may start with the same secret.
  if (nearLimit) return { reason: messages.nearLimit() };
  const call = apiCall(context, secret, context.timeouts.containerToken);
  const { name: description, isUnique } = sessionName(context);
  const made = await createAuthorization(call, { description, lifetimeSeconds });
  if ('reason' in made) return made;
  const { id, token } = made;
  const madeAt = context.now();
  // Heroku may give less than was asked for.
  const expiresAt = madeAt + Math.min(made.expiresIn ?? lifetimeSeconds, lifetimeSeconds) * 1000;
  const own: ContainerToken = { id, of: fingerprint(secret), madeAt, expiresAt, secretExpiresAt };
  // Before ~/.netrc gets it: a kill in between must not leave a token that nobody revokes.
  if (!context.state.containerToken(fingerprint(token)).write(own)) {
    await revokeAuthorization({ ...call, token }, id);
    return { reason: stateNotWritable };
  }
  // Those that nobody here remembers: a rebuild takes the home folder along.
  for (const one of isUnique ? authorizations : []) {
    const isOld = made.createdAt - one.createdAt > minimumAgeMs;
    if (one.description === description && isOld) await revokeAuthorization(call, one.id);
  }
  return { ...own, token };
}

type Replaced = { readonly previous?: StoredLogin };

/**
 * After an attempt to store it: revokes what is no longer in use, or the new token if nobody has it.
 *
 * @param stored what was replaced in ~/.netrc, if anything; undefined if nothing could be stored.
 */
export async function revokeUnused(context: Context, chosen: ChosenToken, stored?: Replaced) {
  const { secret, token, own, isNew, problem } = chosen;
  if (isNew && !stored) {
    await revokeContainerToken(context, token, context.timeouts.keptLogin);
  } else if (own || problem !== undefined || stored?.previous) {
    await revokeOthers(context, { secret, inUse: token, previous: stored?.previous?.password });
  }
}

/**
 * Revokes at Heroku every token of this container but the one in use, and forgets it; what cannot be
 * revoked now stays remembered, and is revoked another time or expires by itself.
 *
 * `inUse` is now in ~/.netrc; `previous` was before it, and can revoke itself, also if the
 *   account is another one; `secret`, a token of the account, can revoke the others.
 */
export async function revokeOthers(
  context: Context,
  { inUse, secret, previous }: { inUse: string; secret: string; previous?: string | undefined },
): Promise<void> {
  const { state, timeouts } = context;
  const others = state.containerTokens().filter(([of]) => of !== fingerprint(inUse));
  for (const [of, { id, madeAt, expiresAt }] of others) {
    const isPrevious = previous !== undefined && of === fingerprint(previous);
    if (!isPrevious && context.now() - madeAt < minimumAgeMs) continue;
    const call = apiCall(context, isPrevious ? previous : secret, timeouts.containerToken);
    const problem = await revokeAuthorization(call, id);
    if (problem === undefined || expiresAt < context.now()) state.containerToken(of).delete();
  }
}

/**
 * Revokes this token, if it is a container's own.
 *
 * @returns undefined if it is none; otherwise its facts, and why it goes on, if it does, as a clause.
 */
export async function revokeContainerToken(context: Context, token: string, policy: RetryPolicy) {
  const facts = context.state.containerToken(fingerprint(token));
  const own = facts.read();
  if (!own) return undefined;
  const problem = await revokeAuthorization(apiCall(context, token, policy), own.id);
  if (problem === undefined) facts.delete();
  return { own, problem };
}
