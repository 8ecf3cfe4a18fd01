// The logout: undo what the login wrote, and revoke the container's own token. The token of the secret is
// not revoked: other codespaces share it.

import type { Context } from '../context.ts';
import { forgetLogin, revokeAll } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { hideLoggedOut } from '../credentials/resolve.ts';
import { removeLogin } from '../credentials/store.ts';
import { findTokens } from '../credentials/token.ts';
import { within } from '../deadline.ts';
import * as messages from '../messages/logout.ts';
import type { Report } from '../report.ts';
import { removeCredentialHelper } from '../tools/docker.ts';

/** Asks Heroku for nothing if the container never had a token of its own. */
export async function logout(context: Context): Promise<Report> {
  const { timeouts } = context;
  const { removed, problem } = removeLogin(context);
  if (problem) return { outcome: 'not_stored', sentence: messages.notRemoved(problem) };
  const { candidates } = findTokens(context);
  const tokens = candidates.map(({ token }) => token);
  if (removed) tokens.unshift(removed.password);
  const limited = { ...context, deadline: within(context.deadline, timeouts.logout.total) };
  const { secrets, alive } = await revokeAll(limited, tokens);
  forgetLogin(context);
  hideLoggedOut(context, [...tokens.map(fingerprint), ...secrets]);
  const [remaining] = candidates;
  const details = removeCredentialHelper(context);
  if (remaining) details.push(messages.stillThere(remaining.source));
  if (alive) {
    const sentence = messages.containerTokenNotRevoked(context, alive.reason, alive.expiresAt);
    return { outcome: 'unreachable', sentence, details };
  }
  const sentence = secrets[0]
    ? messages.containerTokenRevoked(context)
    : messages.loggedOut(removed !== undefined || remaining !== undefined);
  return { outcome: 'logged_out', sentence, details };
}
