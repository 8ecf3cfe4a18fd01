// The logout: undo what the login wrote, and end the container's own session. The token of the secret is
// not revoked: other codespaces share it.

import { FileProblem } from './credential-file.ts';
import { herokuHosts } from './hosts.ts';
import { type Limits, monotonic } from './http.ts';
import { fingerprint, Memory } from './memory.ts';
import { dockerLogout } from './registry.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import { endOtherSessions, endSession } from './session.ts';
import { removeLogin } from './store.ts';
import { findTokens } from './token.ts';
import type { World } from './world.ts';

/** Milliseconds, to end the session at Heroku. */
const patience: Limits = { total: 10_000, attempt: 5000, attempts: 3 };

/** Asks Heroku for nothing where there is no session. */
export async function logout(world: World): Promise<Report> {
  const memory = new Memory(world.home);
  const hosts = herokuHosts(world.env);
  let removed: ReturnType<typeof removeLogin>;
  try {
    removed = removeLogin(world, memory);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return {
      code: exitCodes.notStored,
      outcome: 'not_stored',
      sentence: sentences.notRemoved(error.message),
    };
  }
  let ended: Awaited<ReturnType<typeof endSession>>;
  if (removed) {
    const { password } = removed;
    const end = monotonic() + patience.total;
    await endOtherSessions(world, memory, hosts, password, undefined, password, end);
    ended = await endSession(memory, hosts, password, patience);
  }
  memory.forget();
  const { candidates } = findTokens(world);
  const tokens = candidates.map(({ token }) => fingerprint(token));
  memory.rememberLoggedOut([...tokens, ...(ended ? [ended.session.of] : [])]);
  const [remaining] = candidates;
  const details = [
    ...dockerLogout(world),
    ...(remaining === undefined ? [] : [sentences.stillThere(remaining.source)]),
  ];
  if (ended?.problem !== undefined) {
    const sentence = sentences.sessionNotEnded(world, ended.problem, ended.session.expiresAt);
    return { code: exitCodes.unreachable, outcome: 'unreachable', sentence, details };
  }
  return {
    code: exitCodes.loggedIn,
    outcome: 'logged_out',
    sentence: ended
      ? sentences.sessionEnded(world)
      : sentences.loggedOut(removed !== undefined || remaining !== undefined),
    details,
  };
}
