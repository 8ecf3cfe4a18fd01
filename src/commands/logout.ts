// The logout: undo what the login wrote, and revoke the container's own token. The token of the secret is
// not revoked: other codespaces share it.

import type { Context } from '../context.ts';
import { clearLogin, revokeAll } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { hideLoggedOut, lastChange } from '../credentials/resolve.ts';
import { readNetrc, removeLogin } from '../credentials/store.ts';
import { findTokens } from '../credentials/token.ts';
import { within } from '../deadline.ts';
import * as messages from '../messages/logout.ts';
import type { Report } from '../report.ts';
import { removeCredentialHelper } from '../tools/docker.ts';

/**
 * Asks Heroku for nothing if the container never had a token of its own. First it is written down what does
 * not count any more, then ~/.netrc is changed, then comes the rest: whatever ends this early, the next
 * logout finds what is left to do. If ~/.netrc cannot be changed, nothing is.
 */
export async function logout(context: Context): Promise<Report> {
  const { state, timeouts } = context;
  const { stored, problem: unreadable } = readNetrc(context);
  const hidden = state.hide.read();
  const wasStored = lastChange(context) === 'login';
  const { candidates } = findTokens(context);
  const tokens = candidates.map(({ token }) => token);
  if (stored) tokens.unshift(stored.password);
  const made = state.containerTokens().map(([, own]) => own.of);
  const isNoted =
    unreadable === undefined && hideLoggedOut(context, [...tokens.map(fingerprint), ...made]);
  const { removed, problem = unreadable, left } = removeLogin(context);
  if (problem !== undefined) {
    if (isNoted) hidden === undefined ? state.hide.delete() : state.hide.write(hidden);
    return { outcome: 'not_stored', sentence: messages.notRemoved(problem) };
  }
  const limited = { ...context, deadline: within(context.deadline, timeouts.logout.total) };
  const { secrets, alive } = await revokeAll(limited, tokens);
  clearLogin(context);
  const [remaining] = candidates;
  const details = removeCredentialHelper(context);
  if (remaining && isNoted) details.push(messages.stillThere(remaining.source));
  const problems = [
    ...(left.length > 0 ? [messages.tokenLeft(left)] : []),
    ...(remaining && !isNoted ? [messages.notIgnored(remaining.source)] : []),
  ];
  if (alive) {
    const sentence = messages.containerTokenNotRevoked(context, alive.reason, alive.expiresAt);
    return { outcome: 'unreachable', sentence, details: [...problems, ...details] };
  }
  const [problemSentence, ...more] = problems;
  if (problemSentence !== undefined) {
    return { outcome: 'not_stored', sentence: problemSentence, details: [...more, ...details] };
  }
  return { outcome: 'logged_out', sentence: ended(), details };

  function ended(): string {
    if (secrets[0]) return messages.containerTokenRevoked(context);
    if (removed) return messages.loggedOut(true);
    if (wasStored) return messages.notFound(remaining?.source);
    return remaining ? messages.nothingStored(remaining.source) : messages.loggedOut(false);
  }
}
