// The login: find the secret, verify it, store a token for it, let git and docker follow, report.

import { containerStart, inPrebuild } from '../codespace.ts';
import { apiCall, type Context } from '../context.ts';
import { revokeAll, revokeUnused, tokenFor, verifySecret } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { passwordFor } from '../credentials/netrc.ts';
import { hideRejected } from '../credentials/resolve.ts';
import { readNetrc, removeLogin } from '../credentials/store.ts';
import { type Candidate, findTokens, suffixOf, tokenFromInput } from '../credentials/token.ts';
import { type Accepted, verifyAccount } from '../heroku/account.ts';
import { systemStoreUsed } from '../heroku/certificates.ts';
import { remotesLater } from '../messages/git.ts';
import * as messages from '../messages/login.ts';
import { accountNotShown } from '../messages/network.ts';
import type { Report } from '../report.ts';
import { removeCredentialHelper, setUpDocker } from '../tools/docker.ts';
import { addRemotes, recordWorkspace } from '../tools/git-remotes.ts';
import { gitAdvice } from './git-advice.ts';
import { isSecretGone, type LoginInputs, lastInRound, repeat } from './same-start.ts';
import { otherToken, writeShellNotice } from './shell-notice.ts';
import { storeToken } from './store-token.ts';

/**
 * Logs in. Expected failures are reports. As the start hook right after the create hook it asks Heroku
 * nothing, and its report is marked as `repeated`.
 */
export async function login(context: Context, { fromInput = false } = {}): Promise<Report> {
  if (inPrebuild(context)) return { outcome: 'prebuild', sentence: messages.prebuild() };
  const { state } = context;
  const search = fromInput ? tokenFromInput(context.readInput()) : findTokens(context);
  // Says nothing about the login of the container, so nothing of that is touched.
  const isEmpty = search.candidates.length === 0 && search.unusable.length === 0;
  if (fromInput && isEmpty) return { outcome: 'no_token', sentence: messages.emptyInput() };
  const found: LoginInputs = { search, netrc: readNetrc(context) };
  const other = otherToken(context, found);
  if (other) return other;
  recordWorkspace(context);
  const tokens = search.candidates.map(({ token }) => fingerprint(token));
  const start = containerStart();
  const last = lastInRound(context, start, tokens);
  const again = last && repeat(context, last, found);
  if (again) return again;
  const verified = await verify(context, found);
  const report =
    'outcome' in verified
      ? withoutRemotes(context, verified, found)
      : await storeAndFollow(context, verified);
  // For the launcher of `heroku`, which trusts from now on what this login trusted.
  if (systemStoreUsed && report.outcome !== 'unreachable') state.systemStore.mark();
  else if (!('outcome' in verified)) state.systemStore.delete();
  const accepted = 'outcome' in verified ? undefined : fingerprint(verified.secret.token);
  state.last.write({ report, tokens, at: context.now(), accepted, start });
  if (!fromInput) state.seen.write(`${suffixOf(context, search)}\n`);
  writeShellNotice(context, report);
  return report;
}

/** A secret that Heroku accepted. */
interface Verified {
  readonly secret: Candidate;
  readonly answer: Awaited<ReturnType<typeof verifySecret>> & { readonly verification: Accepted };
  readonly details: readonly string[];
}

/** The first secret that Heroku accepts, or how the login ends without one. */
async function verify(context: Context, found: LoginInputs): Promise<Verified | Report> {
  const { state } = context;
  const previous = found.netrc.stored;
  let rejected: { readonly source: string; readonly reason: string } | undefined;
  for (const secret of found.search.candidates) {
    const { source, token } = secret;
    const { verification, ...answer } = await verifySecret(context, token, previous);
    if (verification.kind === 'accepted') {
      state.rejected.delete(token);
      const details = rejected ? [messages.otherRejected(rejected.source)] : [];
      if (verification.accountHidden) details.push(accountNotShown);
      return { secret, answer: { ...answer, verification }, details };
    }
    if (verification.kind === 'unreachable') {
      const kept = previous && !state.rejected.has(previous.password) ? previous.login : undefined;
      const sentence = messages.unreachable(verification.reason, kept);
      return { outcome: 'unreachable', sentence, source };
    }
    state.rejected.add(token);
    rejected ??= { source, reason: verification.reason };
  }
  if (!rejected) return await withoutSecret(context, found);
  const kept = await verifiedPrevious(context, found);
  if (kept) hideRejected(context, kept);
  const sentence = messages.rejected(context, rejected, kept?.login);
  const facts = { stillLoggedIn: kept !== undefined };
  return { outcome: 'rejected', sentence, source: rejected.source, facts };
}

/** Stores a token for the secret. What options ask for beside it changes nothing of how the login ended. */
async function storeAndFollow(context: Context, verified: Verified): Promise<Report> {
  const { secret, answer, details } = verified;
  const chosen = await tokenFor(context, secret, answer);
  const { account, expiresAt } = answer.verification;
  const { report, result } = storeToken(context, { secret, account, expiresAt, own: chosen.own });
  await revokeUnused(context, chosen, result.kind === 'stored' ? result : undefined);
  const remotes = await addRemotes(context, secret.token);
  const git = gitAdvice(context, result).filter((sentence) => !remotes.includes(sentence));
  const docker = setUpDocker(context);
  const problem = chosen.problem === undefined ? [] : [chosen.problem];
  const followed = [...remotes, ...git, ...docker.details];
  const all = [...details, ...problem, ...(report.details ?? []), ...followed];
  const facts = 'registry' in docker ? { facts: { registry: docker.registry } } : {};
  return { ...report, details: all, ...facts };
}

/** Who has given a token and an app looks for the remote next; git says only that there is none. */
function withoutRemotes({ options }: Context, report: Report, { netrc }: LoginInputs): Report {
  const { outcome, details = [] } = report;
  if (options.app === '' || netrc.stored || outcome === 'no_token') return report;
  return { ...report, details: [...details, remotesLater()] };
}

/** No secret, or none that may be sent. */
async function withoutSecret(context: Context, found: LoginInputs): Promise<Report> {
  const { search, netrc } = found;
  const [unusable] = search.unusable;
  if (unusable) {
    const sentence = messages.unusableSecret(context, unusable);
    const facts = unusable.isFile ? { facts: { unusableFile: true } } : {};
    return { outcome: 'unusable_token', sentence, source: unusable.source, ...facts };
  }
  const outcome = 'no_token';
  const isGone = isSecretGone(context, search);
  const details = isGone ? removeCredentialHelper(context) : [];
  const { removed } = isGone ? removeLogin(context) : {};
  if (removed) {
    // Nobody has the token any more, if it is the container's own.
    await revokeAll(context, [removed.password]);
    return { outcome, sentence: messages.secretRemoved(context), details };
  }
  const ownLogin = passwordFor(netrc.text, context.hosts.apiMachine) !== undefined;
  return { outcome, sentence: messages.noToken(context, ownLogin), details, facts: { ownLogin } };
}

/**
 * Our login in ~/.netrc that stays in use, asked of Heroku: if a new secret is rejected, the one before it
 * often was revoked. If Heroku does not say, it counts as good.
 */
async function verifiedPrevious(context: Context, { netrc }: LoginInputs) {
  const { state, timeouts } = context;
  const previous = netrc.stored;
  if (!previous || state.rejected.has(previous.password)) return undefined;
  const call = apiCall(context, previous.password, timeouts.keptLogin);
  if ((await verifyAccount(call)).kind !== 'rejected') return previous;
  state.rejected.add(previous.password);
  return undefined;
}
