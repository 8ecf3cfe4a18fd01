// Shows the current token, its source and expiry, and whether the CLI and git would use it.

import { apiCall, type Context } from '../context.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { passwordFor } from '../credentials/netrc.ts';
import { type Resolution, resolve } from '../credentials/resolve.ts';
import type { ContainerToken } from '../credentials/state.ts';
import type { Candidate } from '../credentials/token.ts';
import { findProgram } from '../find-program.ts';
import { verifyAccount, verifyToken } from '../heroku/account.ts';
import * as containerToken from '../messages/container-token.ts';
import { netrcUnusable } from '../messages/file.ts';
import * as login from '../messages/login.ts';
import { accountNotShown } from '../messages/network.ts';
import * as messages from '../messages/status.ts';
import { ownToken } from '../messages/steps.ts';
import type { Facts, Report } from '../report.ts';
import { dockerUses } from '../tools/docker.ts';
import { type GitUse, gitUse } from '../tools/git-settings.ts';
import { cliUses, cliVersion, type Use } from '../tools/heroku-cli.ts';
import { dockerToken } from './docker-credential.ts';

/** Looks, asks Heroku about the token, and changes nothing. */
export async function status(context: Context): Promise<Report> {
  const { hosts, options, state } = context;
  const resolution = resolve(context);
  const { netrc } = resolution;
  const candidate = choose(context, resolution);
  const token = candidate?.token;
  const cli = { version: cliVersion() ?? null, ...compare(cliUses(context, netrc), token) };
  const use = gitUse(context);
  const git = gitUses(context, netrc.text, { token, use });
  const docker = options.containerRegistry ? dockerUse(context, token) : undefined;
  const none = messages.notInstalled;
  const rejected = resolution.search.candidates.find((one) => state.rejected.has(one.token));
  const isOther = rejected !== undefined && token !== undefined && rejected.token !== token;
  const details = [
    ...hosts.warnings,
    ...(isOther ? [login.otherRejected(rejected.source)] : []),
    ...(netrc.problem ? [netrcUnusable(netrc.problem)] : []),
    `heroku CLI: ${cli.version ?? 'not found'}, ${messages.programUses(cli)}`,
    `git:        ${git.helper === 'absent' ? none : messages.programUses(git)}`,
    ...use.problems,
    ...use.others,
    ...(docker ? [`docker:     ${docker.installed ? messages.programUses(docker) : none}`] : []),
  ];
  const facts: Facts = { cli, git, ...(docker ? { docker } : {}) };
  const stored = netrc.stored?.password;
  const own = stored && stored === token ? state.containerToken(fingerprint(stored)) : undefined;
  const report = candidate
    ? await statusOf(context, candidate, own?.read())
    : withoutToken(context, resolution);
  return { ...report, details: [...(report.details ?? []), ...details], facts };
}

const compare = ({ uses, token: used }: Use, token: string | undefined) => ({
  uses,
  sameToken: used === undefined ? null : used === token,
});

function dockerUse(context: Context, token: string | undefined) {
  const installed = findProgram(context, 'docker') !== undefined;
  return { ...compare(dockerUses(context, dockerToken(context)), token), installed };
}

/** As git does, but a rejected token of the secret is told before an earlier login that still works. */
function choose({ state, hosts }: Context, { candidates, netrc }: Resolution) {
  const found = candidates.filter(({ kind }) => kind !== 'netrc');
  const fresh = found.find(({ token }) => !state.rejected.has(token));
  const foreign = passwordFor(netrc.text, hosts.apiMachine);
  const source = messages.places.foreignNetrc;
  return fresh ?? candidates[0] ?? (foreign ? { token: foreign, source } : undefined);
}

/** @param own facts, if the token is the container's own. */
async function statusOf(
  context: Context,
  { token, source }: Pick<Candidate, 'token' | 'source'>,
  own: ContainerToken | undefined,
): Promise<Report> {
  const { timeouts, now } = context;
  const call = apiCall(context, token, timeouts.status);
  const verification = await (own ? verifyAccount(call) : verifyToken(call, now(), timeouts.list));
  const place = own ? ownToken(context) : source;
  if (verification.kind === 'unreachable') {
    const sentence = messages.notChecked(place, verification.reason);
    return { outcome: 'unreachable', sentence, source: place };
  }
  if (verification.kind === 'rejected') {
    const { reason } = verification;
    const sentence = own
      ? containerToken.containerTokenRejected(context, reason)
      : login.rejected(context, { source, reason });
    return { outcome: 'rejected', sentence, source: place };
  }
  const { account } = verification;
  const details = verification.accountHidden ? [accountNotShown] : [];
  const expiresAt = own ? own.secretExpiresAt : verification.expiresAt;
  const whose = { account, expiresAt };
  const sentence = own
    ? containerToken.verifiedContainerToken(context, whose, own.expiresAt)
    : messages.verifiedAs(context, whose, source);
  const ownExpiry = own ? { containerTokenExpiresAt: own.expiresAt } : {};
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  return {
    outcome: 'logged_in',
    sentence,
    details,
    account,
    source: place,
    ...ownExpiry,
    ...expiry,
  };
}

function withoutToken(context: Context, { search }: Resolution): Report {
  const [unusable] = search.unusable;
  if (unusable) {
    return { outcome: 'unusable_token', sentence: login.unusableSecret(context, unusable) };
  }
  const isSet = search.candidates.length > 0;
  const sentence = isSet ? messages.loggedOutHere(context) : login.noToken(context, false);
  return { outcome: 'no_token', sentence };
}

/**
 * What git would use: libcurl takes ~/.netrc first, then git asks its helpers (docs/facts/heroku.md
 * part 4).
 */
function gitUses(
  { hosts }: Context,
  netrc: string,
  { token, use: { helper, isRedirected } }: { token: string | undefined; use: GitUse },
) {
  const inNetrc = passwordFor(netrc, hosts.gitMachine);
  if (isRedirected) return { uses: null, sameToken: null, helper };
  if (helper !== 'absent' && inNetrc !== undefined) {
    return { uses: messages.places.netrc, sameToken: inNetrc === token, helper };
  }
  return helper === 'helper' && token !== undefined
    ? { uses: messages.places.credentialHelper('heroku-login'), sameToken: true, helper }
    : { uses: null, sameToken: null, helper };
}
