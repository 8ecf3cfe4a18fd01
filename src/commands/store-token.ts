// Stores a token that Heroku accepted, and says how that ended.

import { existsSync } from 'node:fs';
import type { Context } from '../context.ts';
import type { OpenContainerToken } from '../credentials/container-token.ts';
import { hideSecret } from '../credentials/resolve.ts';
import { netrcPath, type StoreResult, storeLogin } from '../credentials/store.ts';
import type { Candidate } from '../credentials/token.ts';
import { findProgram } from '../find-program.ts';
import * as messages from '../messages/login.ts';
import { tokenLeft } from '../messages/logout.ts';
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

/** @returns how it ended, as a report and in detail. */
export function storeToken(
  context: Context,
  { secret, account, expiresAt, own }: VerifiedLogin,
): { readonly report: Report; readonly result: StoreResult } {
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
    return { report: { ...facts, outcome: 'not_stored', sentence }, result };
  }
  hideSecret(context, result.stored, own && { secret: secret.token, containerToken: own });
  if (kind === 'stdin') state.manual.mark();
  else state.manual.delete();
  const isSoon = typeof until === 'number' && until - context.now() < soon;
  const details = [...hosts.warnings];
  if (isSoon) details.push(messages.expiresSoon(context));
  const late = context.options.lacks
    .split(' ')
    .filter((name) => name && findProgram(context, name));
  if (late.length > 0) details.push(messages.cameLater(late));
  if (result.left.length > 0) details.push(tokenLeft(result.left));
  if (existsSync(`${netrcPath(context)}.gpg`)) details.push(messages.netrcGpg());
  const login = { account, expiresAt: until, isOwn: own !== undefined };
  const sentence = messages.loggedIn(context, login);
  const ownExpiry = own ? { containerTokenExpiresAt: own.expiresAt } : {};
  const report: Report = { ...facts, outcome: 'logged_in', sentence, details, ...ownExpiry };
  return { report, result };
}
