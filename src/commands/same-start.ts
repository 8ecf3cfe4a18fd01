// The start hook right after the create hook: the last report once more, and no request to Heroku.

import type { Context } from '../context.ts';
import { containerTokenOf } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import type { Resolution } from '../credentials/resolve.ts';
import type { LastLogin } from '../credentials/state.ts';
import type { TokenSearch } from '../credentials/token.ts';
import type { Report } from '../report.ts';
import { removeCredentialHelper, setUpDocker } from '../tools/docker.ts';
import { storeToken } from './store-token.ts';

/** What was there when the login began. */
export type LoginInputs = Pick<Resolution, 'search' | 'netrc'>;

/**
 * The last login, if it was in this start of the container, with what is found now. If Heroku did not
 * answer it, and that is a while ago, it does not count.
 */
export function lastInRound(context: Context, start: string | undefined, tokens: string[]) {
  const { state, timeouts, trigger, now } = context;
  if (trigger !== 'hook' || start === undefined) return undefined;
  const last = state.last.read();
  if (last?.start !== start || `${last.tokens}` !== `${tokens}`) return undefined;
  // A clock that was set back makes it a time to come.
  const age = Math.abs(now() - last.at);
  const isOver = last.report.outcome === 'unreachable' && age > timeouts.repeatAfter;
  return isOver ? undefined : last;
}

/**
 * The last report once more; a login that something else took out of ~/.netrc is put back, and docker is
 * set up again, because Codespaces replaces its folder between the two hooks. Undefined if that was a
 * container's own token, which is nowhere else.
 */
export function repeat(context: Context, last: LastLogin, found: LoginInputs): Report | undefined {
  const { account, expiresAt, containerTokenExpiresAt, facts } = last.report;
  if (isSecretGone(context, found.search)) removeCredentialHelper(context);
  const secret = found.search.candidates.find(({ token }) => fingerprint(token) === last.accepted);
  if (!secret || account === undefined) return { ...last.report, repeated: true };
  const own = containerTokenOf(context, secret.token, found.netrc.stored);
  if (containerTokenExpiresAt !== undefined && !own) return undefined;
  const { report } = storeToken(context, { secret, account, expiresAt, own });
  setUpDocker(context);
  const repeated = report.outcome === last.report.outcome;
  return { ...report, ...(facts === undefined ? {} : { facts }), repeated };
}

/**
 * Only on Codespaces' own word: elsewhere the variable may be missing from one start to the next. What a
 * user gave by hand is not the secret's.
 */
export const isSecretGone = ({ trigger, state }: Context, search: TokenSearch): boolean =>
  trigger === 'hook' && search.secretWasRemoved && !state.manual.exists();
