// What new shells say about the login, see image/shell-notice.sh: nobody sees a hook that failed.

import type { Context } from '../context.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { findTokens } from '../credentials/token.ts';
import * as messages from '../messages/shell-notice.ts';
import { day, soon } from '../messages/steps.ts';
import { printable, type Report } from '../report.ts';
import type { LoginInputs } from './same-start.ts';

/** A line, and from when it is to be said, in milliseconds since 1970. */
type Notice = { readonly from: number; readonly line: string; readonly once?: boolean };

/** Leaves the line for new shells, or takes it away if all is well. Never fails. */
export function writeShellNotice(context: Context, report: Report): void {
  const { notice } = context.state;
  const [first] = notices(context, report).sort((one, other) => one.from - other.from);
  if (!first) notice.delete();
  else {
    const from = Math.max(0, Math.ceil(first.from / 1000));
    notice.write(`${from}\n${printable(first.line)}\n${first.once ? 'once\n' : ''}`);
  }
}

/**
 * For a new shell: how it ends if its variable holds a token that was given to this one shell alone
 * (`HEROKU_API_KEY=... bash`). The stored login is the whole container's, so it changes only if the secret
 * did: if the places of secrets hold the token now, or if nobody has logged in or out here yet.
 */
export function otherToken(context: Context, { search, netrc }: LoginInputs): Report | undefined {
  const { state, options, env, trigger } = context;
  const first = search.candidates[0];
  if (trigger !== 'shell' || first?.kind !== 'environment') return undefined;
  const accepted = state.last.read()?.accepted;
  if (!(accepted || netrc.stored || state.hide.exists())) return undefined;
  if (accepted === fingerprint(first.token)) return undefined;
  const name = options.secretName;
  const without = { ...env, [name]: undefined, [name.toUpperCase()]: undefined };
  const secrets = findTokens({ ...context, env: without }).candidates.map(({ token }) => token);
  if ([...secrets, netrc.stored?.password].includes(first.token)) return undefined;
  return { outcome: 'not_stored', sentence: messages.otherToken(first.source) };
}

/** A token may come near its end later than now, and so may the container's own. */
function notices(context: Context, report: Report): Notice[] {
  const { outcome, expiresAt, facts, containerTokenExpiresAt: until } = report;
  // Who does not use Heroku has no secret, so that is said in the first terminal of a start only, and not
  // if HEROKU_LOGIN_QUIET is set. Somebody whose login went with the secret does use it.
  const once = outcome === 'no_token' && facts?.ownLogin === false;
  const line = messages.notice(context, report, once);
  const from = outcome === 'logged_in' && typeof expiresAt === 'number' ? expiresAt - soon : 0;
  const own = until === undefined ? [] : [messages.noticeContainerToken(context, until)];
  return [
    ...(line === undefined ? [] : [{ from, line, once }]),
    // It is renewed at each start, so it comes that near its end only in a container that runs on.
    ...own.map((line) => ({ from: (until ?? 0) - day, line })),
  ];
}
