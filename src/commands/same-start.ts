// The start hook right after the create hook: the last report once more, and no request to Heroku.

import type { Context } from '../context.ts';
import { containerTokenOf } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import type { LastLogin } from '../credentials/state.ts';
import type { Netrc } from '../credentials/store.ts';
import type { TokenSearch } from '../credentials/token.ts';
import type { Report } from '../report.ts';
import { followLogin } from '../tools/docker.ts';
import { storeToken } from './store-token.ts';

/**
 * The last login, if it was in this start of the container, with what is found now. If Heroku did not
 * answer it, and that is a while ago, it does not count.
 */
export function lastInRound(
  { state, timeouts, trigger, now }: Context,
  { start, tokens }: { readonly start: string | undefined; readonly tokens: readonly string[] },
): LastLogin | undefined {
  if (trigger !== 'hook' || start === undefined) return undefined;
  const last = state.last.read();
  if (last?.start !== start || `${last.tokens}` !== `${tokens}`) return undefined;
  const isOver = last.report.outcome === 'unreachable' && now() - last.at > timeouts.repeatAfter;
  return isOver ? undefined : last;
}

/**
 * The last report once more; a login that something else took out of ~/.netrc is put back, and docker's,
 * whose folder Codespaces replaces after a create hook that it waits for. Undefined if that was a
 * container's own token, which is nowhere else.
 */
export function repeat(
  context: Context,
  last: LastLogin,
  found: { readonly search: TokenSearch; readonly netrc: Netrc },
): Report | undefined {
  const { account, expiresAt, sessionExpiresAt, facts } = last.report;
  const secret = found.search.candidates.find(({ token }) => fingerprint(token) === last.accepted);
  if (!secret || account === undefined) return { ...last.report, repeated: true };
  const own = containerTokenOf(context, secret.token, found.netrc.stored);
  if (sessionExpiresAt !== undefined && !own) return undefined;
  const { report } = storeToken(context, { secret, account, expiresAt, own });
  if (facts?.registry) followLogin(context, own?.token ?? secret.token);
  const repeated = report.outcome === last.report.outcome;
  return { ...report, ...(facts === undefined ? {} : { facts }), repeated };
}
