// A container's own token (option `perContainerToken`): an authorization that is made with the secret, as
// `heroku login` makes one with a password, and stored instead of it. It expires by itself, it can be
// revoked alone, and `heroku logout` revokes it and nothing else.

import { containerTokenName } from '../codespace.ts';
import { apiCall, type Context } from '../context.ts';
import { type Accepted, verifyAccount, verifyToken } from '../heroku/account.ts';
import {
  type Authorization,
  createAuthorization,
  revokeAuthorization,
} from '../heroku/authorizations.ts';
import * as messages from '../messages/container-token.ts';
import { stateNotWritable } from '../messages/file.ts';
import { noTokenToRevokeWith, notAToken } from '../messages/network.ts';
import { fingerprint } from './fingerprint.ts';
import type { ContainerToken } from './state.ts';
import { readNetrc, type StoredLogin } from './store.ts';
import { type Candidate, cleanToken } from './token.ts';

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
    if (verification.kind !== 'rejected') return { verification, previous, present: own };
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
  const problem = messages.noContainerToken(context, made.reason, own?.expiresAt);
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
  const { name: description, isUnique } = containerTokenName(context);
  const made = await createAuthorization(call, { description, lifetimeSeconds });
  if ('reason' in made) return made;
  const { id, token } = made;
  const cleaned = cleanToken(token);
  if (!cleaned || !('token' in cleaned) || cleaned.token !== token) {
    await revokeAuthorization(call, id, false);
    return { reason: notAToken };
  }
  const madeAt = context.now();
  // Heroku may give less than was asked for.
  const expiresAt = madeAt + Math.min(made.expiresIn ?? lifetimeSeconds, lifetimeSeconds) * 1000;
  const own: ContainerToken = { id, of: fingerprint(secret), madeAt, expiresAt, secretExpiresAt };
  // Before ~/.netrc gets it: a kill in between must not leave a token that nobody revokes.
  if (!context.state.containerToken(fingerprint(token)).write(own)) {
    await revokeAuthorization({ ...call, token }, id, true);
    return { reason: stateNotWritable };
  }
  // Those that nobody here remembers: a rebuild takes the home folder along.
  const known = context.state.containerTokens().map(([, one]) => one.id);
  const isLost = (one: Authorization) => one.description === description && !known.includes(one.id);
  for (const one of isUnique ? authorizations.filter(isLost) : []) {
    const isOld = made.createdAt - one.createdAt > minimumAgeMs;
    if (isOld && !(await revokeAuthorization(call, one.id, false))) continue;
    // A later login revokes it. Its token is not known here, so its id stands for that.
    const expiresAt = one.createdAt + lifetimeSeconds * 1000;
    const lost = { id: one.id, of: own.of, madeAt: one.createdAt, expiresAt };
    context.state.containerToken(fingerprint(one.id)).write(lost);
  }
  return { ...own, token };
}

/** The facts of a token, by its fingerprint. */
type Remembered = readonly [of: string, facts: ContainerToken];

export type Replaced = { readonly previous?: StoredLogin };

/**
 * After an attempt to store it: revokes what is no longer in use, or the new token if nobody has it.
 *
 * @param stored what was replaced in ~/.netrc, if anything; undefined if nothing could be stored.
 */
export async function revokeUnused(context: Context, chosen: ChosenToken, stored?: Replaced) {
  const { secret, token, own, isNew } = chosen;
  const { state } = context;
  const of = fingerprint(token);
  const takeBack = async (made: ContainerToken) => {
    const alive = await revoke(context, [of, made], [token]);
    if (alive === undefined) state.containerToken(of).delete();
  };
  if (isNew && own && !stored) return await takeBack(own);
  // What was found in the list may be the token of a login at the same time, which is now in use.
  if (own) state.containerToken(fingerprint(own.id)).delete();
  const previous = stored?.previous?.password;
  const tokens = previous === undefined ? [secret] : [previous, secret];
  await revokeAll(context, tokens, token);
  if (!isNew || !own) return;
  // A login at the same time may have replaced it in the one moment that atomic-file.ts cannot see. Then that
  // login does not know of it.
  const { problem, stored: present } = readNetrc(context);
  if (problem === undefined && present?.password !== token) await takeBack(own);
}

/**
 * Revokes the tokens of this container that are remembered, by their ids, and forgets them. What cannot be
 * revoked now stays remembered: it is revoked another time, or expires by itself.
 *
 * @param tokens what may do it: each one itself, then the secret that it was made with, then any other one of
 *   its account. They are revoked last, so that they can revoke the others.
 * @param inUse the one that stays; those that a login at the same time may be about to store stay too.
 * @returns which secrets they were made with, as fingerprints, and one that goes on, if one does, with the
 *   reason as a clause.
 */
export async function revokeAll(context: Context, tokens: readonly string[], inUse?: string) {
  const { state, now } = context;
  const present = tokens.map(fingerprint);
  const isLast = ([of]: Remembered) => Number(present.includes(of));
  const remembered = state.containerTokens().sort((one, other) => isLast(one) - isLast(other));
  const secrets: string[] = [];
  let alive: { readonly reason: string; readonly expiresAt: number } | undefined;
  for (const [of, own] of remembered) {
    const isYoung = !present.includes(of) && now() - own.madeAt < minimumAgeMs;
    if (inUse !== undefined && (of === fingerprint(inUse) || isYoung)) continue;
    const isOver = own.expiresAt < now();
    const reason = isOver ? undefined : await revoke(context, [of, own], tokens);
    if (reason === undefined) state.containerToken(of).delete();
    else alive = { reason, expiresAt: own.expiresAt };
    secrets.push(own.of);
  }
  return { secrets, alive };
}

/** @returns undefined, or why it goes on, as a clause. */
async function revoke(context: Context, [of, own]: Remembered, tokens: readonly string[]) {
  const { timeouts, trigger } = context;
  const policy = trigger === 'command' ? timeouts.logout : timeouts.containerToken;
  const rank = (token: string) => [own.of, of].indexOf(fingerprint(token));
  let reason: string | undefined = noTokenToRevokeWith;
  for (const token of [...tokens].sort((one, other) => rank(other) - rank(one))) {
    const call = apiCall(context, token, policy);
    const problem = await revokeAuthorization(call, own.id, fingerprint(token) === of);
    reason = problem?.reason;
    if (problem?.kind !== 'rejected') break;
  }
  return reason;
}

/** Clears everything after a logout, but the tokens that could not be revoked. */
export function clearLogin({ state }: Context): void {
  const alive = state.containerTokens();
  state.clear();
  for (const [of, facts] of alive) state.containerToken(of).write(facts);
}
