// The logout: undo what the login wrote, and end the container's own session. The token of the secret is
// not revoked: other codespaces share it.

import type { Context } from '../context.ts';
import { CredentialFileError } from '../credentials/atomic-file.ts';
import { revokeContainerToken, revokeOthers } from '../credentials/container-token.ts';
import { fingerprint, State } from '../credentials/state.ts';
import { removeLogin } from '../credentials/store.ts';
import { findTokens } from '../credentials/token.ts';
import { herokuHosts } from '../heroku/hosts.ts';
import { monotonic, type RetryPolicy } from '../heroku/http.ts';
import * as messages from '../messages.ts';
import { exitCodes, type Report } from '../report.ts';
import { removeCredentialHelper } from '../tools/docker.ts';

/** Milliseconds, to end the session at Heroku. */
const patience: RetryPolicy = { total: 10_000, attempt: 5000, attempts: 3 };

/** Asks Heroku for nothing where there is no session. */
export async function logout(context: Context): Promise<Report> {
  const state = new State(context.home);
  const hosts = herokuHosts(context.env);
  let removed: ReturnType<typeof removeLogin>;
  try {
    removed = removeLogin(context, state);
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    return {
      code: exitCodes.notStored,
      outcome: 'not_stored',
      sentence: messages.notRemoved(error.message),
    };
  }
  let ended: Awaited<ReturnType<typeof revokeContainerToken>>;
  if (removed) {
    const { password } = removed;
    const end = monotonic() + patience.total;
    await revokeOthers(context, state, hosts, password, undefined, password, end);
    ended = await revokeContainerToken(state, hosts, password, patience);
  }
  state.forget();
  const { candidates } = findTokens(context);
  const tokens = candidates.map(({ token }) => fingerprint(token));
  state.recordLoggedOut([...tokens, ...(ended ? [ended.session.of] : [])]);
  const [remaining] = candidates;
  const details = [
    ...removeCredentialHelper(context),
    ...(remaining === undefined ? [] : [messages.stillThere(remaining.source)]),
  ];
  if (ended?.problem !== undefined) {
    const sentence = messages.sessionNotEnded(context, ended.problem, ended.session.expiresAt);
    return { code: exitCodes.unreachable, outcome: 'unreachable', sentence, details };
  }
  return {
    code: exitCodes.loggedIn,
    outcome: 'logged_out',
    sentence: ended
      ? messages.sessionEnded(context)
      : messages.loggedOut(removed !== undefined || remaining !== undefined),
    details,
  };
}
