// The logout: undo what the login wrote, and revoke the container's own token. The token of the secret is
// not revoked: other codespaces share it.

import type { Context } from '../context.ts';
import { revokeContainerToken, revokeOthers } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { hideLoggedOut } from '../credentials/resolve.ts';
import { removeLogin } from '../credentials/store.ts';
import { findTokens } from '../credentials/token.ts';
import { within } from '../deadline.ts';
import * as messages from '../messages/logout.ts';
import type { Report } from '../report.ts';
import { removeCredentialHelper } from '../tools/docker.ts';

/** Asks Heroku for nothing if the container has no token of its own. */
export async function logout(context: Context): Promise<Report> {
  const { state, timeouts } = context;
  const { removed, problem } = removeLogin(context);
  if (problem) return { outcome: 'not_stored', sentence: messages.notRemoved(problem) };
  let revoked: Awaited<ReturnType<typeof revokeContainerToken>>;
  if (removed) {
    const { password } = removed;
    const limited = { ...context, deadline: within(context.deadline, timeouts.logout.total) };
    await revokeOthers(limited, { inUse: password, secret: password });
    revoked = await revokeContainerToken(context, password, timeouts.logout);
  }
  state.forget();
  const { candidates } = findTokens(context);
  const tokens = candidates.map(({ token }) => fingerprint(token));
  hideLoggedOut(context, [...tokens, ...(revoked ? [revoked.own.of] : [])]);
  const [remaining] = candidates;
  const details = removeCredentialHelper(context);
  if (remaining) details.push(messages.stillThere(remaining.source));
  if (revoked?.problem !== undefined) {
    const sentence = messages.sessionNotEnded(context, revoked.problem, revoked.own.expiresAt);
    return { outcome: 'unreachable', sentence, details };
  }
  const sentence = revoked
    ? messages.sessionEnded(context)
    : messages.loggedOut(removed !== undefined || remaining !== undefined);
  return { outcome: 'logged_out', sentence, details };
}
