// A session of the container's own at Heroku (option `session`): an authorization that is made with the
// secret, as `heroku login` makes one with a password, and stored instead of it. It ends by itself, it
// can be ended alone, and `heroku logout` ends it and nothing else.

import { sessionName } from './codespace.ts';
import { FileProblem } from './credential-file.ts';
import {
  type Authorization,
  endAuthorization,
  type Made,
  makeAuthorization,
  type Proof,
} from './heroku-api.ts';
import type { Hosts } from './hosts.ts';
import { before, type Limits } from './http.ts';
import { fingerprint, type Memory, type Session } from './memory.ts';
import * as sentences from './sentences.ts';
import { remember, storedLogin } from './store.ts';
import type { World } from './world.ts';

/** Seconds. Long enough for a container that runs for days, since only a start or a person renews it. */
const life = 7 * 24 * 60 * 60;

/** Milliseconds, for each of the requests here: the token is proven already. */
const forSession: Limits = { total: 4000, attempt: 4000, attempts: 2 };

/**
 * Milliseconds between two sessions of one name that are not each other's successors: logins at the same
 * time must not end the sessions that the others are about to store.
 */
const apart = 120_000;

/** A session with its token. */
export interface Opened extends Session {
  readonly token: string;
}

/** The session in ~/.netrc that was made with `secret`; undefined where there is none, or it is over. */
export function sessionOf(world: World, memory: Memory, secret: string): Opened | undefined {
  try {
    const token = storedLogin(world, memory)?.password;
    const session = token === undefined ? undefined : memory.session(token);
    if (token === undefined || session?.of !== fingerprint(secret)) return undefined;
    return session.expiresAt > world.now() ? { ...session, token } : undefined;
  } catch (error) {
    if (error instanceof FileProblem) return undefined;
    throw error;
  }
}

/** The same, where it is too early to make the next one and Heroku has not ended it. */
export function freshSessionOf(world: World, memory: Memory, secret: string): Opened | undefined {
  const session = sessionOf(world, memory, secret);
  if (!session || memory.isRefused(session.token)) return undefined;
  const { madeAt, expiresAt } = session;
  return expiresAt - world.now() > (expiresAt - madeAt) / 2 ? session : undefined;
}

/** Whether a token that was found must not be used as it is: a session stands for it, or it is logged out. */
export function isHidden(world: World, memory: Memory, secret: string): boolean {
  return memory.isLoggedOut(secret) || sessionOf(world, memory, secret) !== undefined;
}

/**
 * Makes a session with a secret that Heroku has just accepted. Where that fails, the one before it is
 * taken once more, if it is not over.
 *
 * @param end moment of `monotonic` until which all of it must be done.
 * @returns the session, if there is one, and why there is no new one, as a clause.
 */
export async function openSession(
  world: World,
  memory: Memory,
  hosts: Hosts,
  secret: string,
  proof: Extract<Proof, { kind: 'accepted' }>,
  end: number,
): Promise<{ readonly session?: Opened | undefined; readonly problem?: string }> {
  const opened = await makeSession(world, memory, hosts, secret, proof, end);
  if ('token' in opened) return { session: opened };
  const present = sessionOf(world, memory, secret);
  const session = present && !memory.isRefused(present.token) ? present : undefined;
  return { session, problem: opened.reason };
}

async function makeSession(
  world: World,
  memory: Memory,
  hosts: Hosts,
  secret: string,
  { expiresAt, authorizations, nearLimit }: Extract<Proof, { kind: 'accepted' }>,
  end: number,
): Promise<Opened | { readonly reason: string }> {
  // A thousand codespaces may start with the same secret.
  if (nearLimit) return { reason: sentences.nearLimit() };
  const { name, isUnique } = sessionName(world);
  const made = await makeAuthorization(hosts.api, secret, name, life, before(end, forSession));
  if ('reason' in made) return made;
  const madeAt = world.now();
  const session: Session = {
    id: made.id,
    of: fingerprint(secret),
    madeAt,
    // Heroku may give less than was asked for.
    expiresAt: madeAt + Math.min(made.left ?? life, life) * 1000,
    ...(expiresAt === undefined ? {} : { secretExpiresAt: expiresAt }),
  };
  try {
    remember(() => memory.rememberSession(made.token, session));
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    await endAuthorization(hosts.api, made.token, made.id, before(end, forSession));
    return { reason: error.message };
  }
  // Those that nobody here remembers: a rebuild takes the home folder along.
  for (const { id } of isUnique ? leftovers(name, made, authorizations) : []) {
    await endAuthorization(hosts.api, secret, id, before(end, forSession));
  }
  return { ...session, token: made.token };
}

function leftovers(name: string, made: Made, all: readonly Authorization[]): Authorization[] {
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
export async function endOtherSessions(
  world: World,
  memory: Memory,
  hosts: Hosts,
  inUse: string,
  replaced: string | undefined,
  secret: string,
  end: number,
): Promise<void> {
  const others = memory.sessions().filter(([of]) => of !== fingerprint(inUse));
  for (const [of, { id, madeAt, expiresAt }] of others) {
    const isReplaced = replaced !== undefined && of === fingerprint(replaced);
    if (!isReplaced && world.now() - madeAt < apart) continue;
    const token = isReplaced ? replaced : secret;
    const problem = await endAuthorization(hosts.api, token, id, before(end, forSession));
    if (problem === undefined || expiresAt < world.now()) memory.forgetSession(of);
  }
}

/**
 * Ends the session with this token, if it is one.
 *
 * @returns undefined where it was none of ours; otherwise whether it is over, and why not, as a clause.
 */
export async function endSession(
  memory: Memory,
  hosts: Hosts,
  token: string,
  limits: Limits = forSession,
): Promise<{ readonly session: Session; readonly problem: string | undefined } | undefined> {
  const session = memory.session(token);
  if (!session) return undefined;
  const problem = await endAuthorization(hosts.api, token, session.id, limits);
  if (problem === undefined) memory.forgetSession(fingerprint(token));
  return { session, problem };
}
