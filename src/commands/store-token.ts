// Stores a token that Heroku accepted, and says how that ended.

import { existsSync } from 'node:fs';
import type { Context } from '../context.ts';
import { type OpenContainerToken, revokeContainerToken } from '../credentials/container-token.ts';
import { hideSecret } from '../credentials/resolve.ts';
import { netrcPath, type StoredLogin, storeLogin } from '../credentials/store.ts';
import type { Candidate } from '../credentials/token.ts';
import * as messages from '../messages/login.ts';
import { soon } from '../messages/steps.ts';
import type { Report } from '../report.ts';

/** A secret that Heroku accepted, with the container's own token, if that is stored instead of it. */
export interface VerifiedLogin {
  readonly secret: Candidate;
  readonly account: string;
  /** Of the secret; see {@link Report.expiresAt}. */
  readonly expiresAt?: number | null | undefined;
  readonly own?: OpenContainerToken | undefined;
}

/** @returns how it ended, and, if it was stored, the login that was in the place before. */
export function storeToken(
  context: Context,
  { secret, account, expiresAt, own }: VerifiedLogin,
): { readonly report: Report; readonly stored?: { readonly previous?: StoredLogin } } {
  const { state, hosts } = context;
  const { source, kind } = secret;
  // Of the secret: the container's own is renewed long before it expires.
  const until = own ? own.secretExpiresAt : expiresAt;
  const facts = { account, source, ...(until === undefined ? {} : { expiresAt: until }) };
  const result = storeLogin(context, account, own?.token ?? secret.token);
  if (result.kind !== 'stored') {
    const sentence =
      result.kind === 'tracked'
        ? messages.trackedByGit(account, result.path, result.workTree)
        : messages.notStored(account, result.reason);
    return { report: { ...facts, outcome: 'not_stored', sentence } };
  }
  hideSecret(context, result.stored, own && { secret: secret.token, containerToken: own });
  if (kind === 'stdin') state.manual.mark();
  else state.manual.delete();
  const isSoon = typeof until === 'number' && until - context.now() < soon;
  const report: Report = {
    ...facts,
    outcome: 'logged_in',
    sentence: messages.loggedIn(context, { account, expiresAt: until, isOwn: own !== undefined }),
    details: [
      ...hosts.warnings,
      ...(isSoon ? [messages.expiresSoon(context)] : []),
      ...(existsSync(`${netrcPath(context)}.gpg`) ? [messages.netrcGpg()] : []),
    ],
    ...(own ? { sessionExpiresAt: own.expiresAt } : {}),
  };
  return { report, stored: result };
}

/** After our login was taken out of ~/.netrc: nobody has the token any more, if it is the container's own. */
export async function revokeRemoved(context: Context, { password }: StoredLogin): Promise<void> {
  await revokeContainerToken(context, password, context.timeouts.keptLogin);
}
