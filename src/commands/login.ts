// The login: find the token, prove it, store it or a session made with it, tell.

import { existsSync } from 'node:fs';
import { containerStart, inPrebuild } from '../codespace.ts';
import type { Context } from '../context.ts';
import { CredentialFileError, readCredentialFile } from '../credentials/atomic-file.ts';
import {
  containerTokenOf,
  createContainerToken,
  type OpenContainerToken,
  reusableContainerToken,
  revokeContainerToken,
  revokeOthers,
} from '../credentials/container-token.ts';
import { passwordFor } from '../credentials/netrc.ts';
import { fingerprint, type LastLogin, State } from '../credentials/state.ts';
import {
  netrcPath,
  removeLogin,
  storedLogin,
  storeLogin,
  TrackedByGitError,
} from '../credentials/store.ts';
import {
  type Candidate,
  findTokens,
  suffixOf,
  type TokenSearch,
  tokenFromInput,
} from '../credentials/token.ts';
import { type Verification, verifyAccount, verifyToken } from '../heroku/api.ts';
import { type Hosts, herokuHosts } from '../heroku/hosts.ts';
import { before, monotonic, type RetryPolicy } from '../heroku/http.ts';
import * as messages from '../messages.ts';
import { exitCodes, type Report } from '../report.ts';
import { removeCredentialHelper, setUpDocker } from '../tools/docker.ts';
import { addRemotes, recordWorkspace } from '../tools/git-remotes.ts';
import { writeShellNotice } from './shell-notice.ts';

/** Where the token is to come from, and how long it may take. */
export type Way = 'command' | 'hook' | 'shell' | 'with-token';

/** Milliseconds, for the one question that decides. */
const patience: Readonly<Record<Way, RetryPolicy>> = {
  command: { total: 30_000, attempt: 10_000, attempts: 4 },
  'with-token': { total: 30_000, attempt: 10_000, attempts: 4 },
  hook: { total: 10_000, attempt: 6_000, attempts: 3 },
  // Somebody waits for a prompt.
  shell: { total: 3000, attempt: 3000, attempts: 1 },
};

/** Milliseconds, for everything. Codespaces waits for the hook, so it stays well below 15 s. */
const budget: Readonly<Record<Way, number>> = {
  command: 60_000,
  'with-token': 60_000,
  hook: 13_000,
  shell: 5000,
};

/** For a token that only a sentence depends on. */
const forKept: RetryPolicy = { total: 3000, attempt: 3000, attempts: 1 };

/** Where Heroku did not answer, the hook that follows in the same start asks again after this long. */
const retryAfter = 60_000;

/** What one login works with. */
interface Login {
  readonly context: Context;
  readonly way: Way;
  readonly state: State;
  readonly hosts: Hosts;
  readonly found: TokenSearch;
  /** Moment of `monotonic` at which it must be over. */
  readonly end: number;
}

interface Ended {
  readonly report: Report;
  /** The token that Heroku took. */
  readonly accepted?: string;
}

/**
 * Logs in. Expected failures are reports, with their exit code. As the start hook right after the
 * create hook it asks Heroku nothing, and its report is marked as `repeated`.
 */
export async function login(context: Context, way: Way): Promise<Report> {
  if (inPrebuild(context)) {
    return { code: exitCodes.noToken, outcome: 'prebuild', sentence: messages.prebuild() };
  }
  const found = way === 'with-token' ? tokenFromInput(context.readInput()) : findTokens(context);
  const hosts = herokuHosts(context.env);
  const end = monotonic() + budget[way];
  const run: Login = { context, way, hosts, found, end, state: new State(context.home) };
  recordWorkspace(context, run.state);
  const start = containerStart();
  const tokens = found.candidates.map(({ token }) => fingerprint(token));
  const last = way === 'hook' ? run.state.last() : undefined;
  if (last && isSameRound(last, start, tokens, context.now())) {
    const again = repeat(run, last);
    if (again) return again;
  }
  const { report: ended, accepted } = await verifyAndStore(run);
  const report = accepted === undefined ? ended : await withRest(run, ended, accepted);
  run.state.recordLastLogin({
    report,
    tokens,
    at: context.now(),
    ...(accepted === undefined ? {} : { accepted: fingerprint(accepted) }),
    ...(start === undefined ? {} : { start }),
  });
  if (way !== 'with-token') run.state.recordSeen(suffixOf(context, found));
  writeShellNotice(context, run.state, report);
  return report;
}

async function verifyAndStore(run: Login): Promise<Ended> {
  const { state, found } = run;
  if (found.candidates.length === 0) return { report: await withoutToken(run) };
  let turnedDown: { candidate: Candidate; reason: string } | undefined;
  for (const candidate of found.candidates) {
    const { verification, session } = await prove(run, candidate);
    if (verification.kind === 'accepted') {
      state.clearRejected(candidate.token);
      const report = await storeVerified(run, candidate, verification, session);
      const details = turnedDown ? [messages.otherRefused(turnedDown.candidate.source)] : [];
      return {
        report: { ...report, details: [...details, ...(report.details ?? [])] },
        accepted: candidate.token,
      };
    }
    if (verification.kind === 'unreachable') {
      const kept = keptLogin(run)?.login;
      return {
        report: {
          code: exitCodes.unreachable,
          outcome: 'unreachable',
          sentence: messages.unreachable(verification.reason, kept),
          source: candidate.source,
        },
      };
    }
    state.recordRejected(candidate.token);
    turnedDown ??= { candidate, reason: verification.reason };
  }
  const { source } = turnedDown?.candidate ?? { source: '' };
  const kept = await verifiedKept(run);
  const sentence = messages.refused(run.context, source, turnedDown?.reason ?? '', kept);
  return { report: { code: exitCodes.refused, outcome: 'refused', sentence, source } };
}

/** Asks Heroku about the token, or about the session that stands for it. */
async function prove(
  { context, way, state, hosts }: Login,
  { token }: Candidate,
): Promise<{ readonly verification: Verification; readonly session?: OpenContainerToken }> {
  const session = context.options.perContainerToken
    ? reusableContainerToken(context, state, token)
    : undefined;
  if (session) {
    const verification = await verifyAccount(hosts.api, session.token, patience[way]);
    if (verification.kind !== 'refused') return { verification, session };
    // Somebody ended it in the dashboard.
    state.recordRejected(session.token);
  }
  return { verification: await verifyToken(hosts.api, token, context.now(), patience[way]) };
}

/** What options ask for beside a login. Nothing of it changes how the login ended. */
async function withRest(run: Login, report: Report, token: string): Promise<Report> {
  const { context, state, hosts, end } = run;
  const { app } = context.options;
  const left = end - monotonic();
  const added = app === '' ? [] : await addRemotes(context, state, hosts, token, left);
  const { details, registry } = setUpDocker(context, hosts);
  return {
    ...report,
    details: [...(report.details ?? []), ...added, ...details],
    ...(registry === undefined ? {} : { facts: { registry } }),
  };
}

/** No token, or none that may be sent. */
async function withoutToken(run: Login): Promise<Report> {
  const { context, way, hosts, found } = run;
  const [unusable] = found.unusable;
  if (unusable) {
    return {
      code: exitCodes.noToken,
      outcome: 'unusable_token',
      sentence: messages.unusable(context, unusable),
      source: unusable.source,
    };
  }
  const report = { code: exitCodes.noToken, outcome: 'no_token' } as const;
  if (way === 'with-token') return { ...report, sentence: messages.emptyInput() };
  const isGone = isSecretGone(run);
  const details = isGone ? removeCredentialHelper(context) : [];
  if (isGone && (await tryToRemove(run))) {
    return { ...report, sentence: messages.secretRemoved(context), details };
  }
  const ownLogin = hasOwnLogin(context, hosts);
  return { ...report, sentence: messages.noToken(context, ownLogin), details, facts: { ownLogin } };
}

/**
 * Only on Codespaces' own word: elsewhere the variable may be missing from one start to the next. What a
 * person gave by hand is not the secret's.
 */
function isSecretGone({ way, state, found }: Login): boolean {
  return way === 'hook' && found.secretWasRemoved && !state.isManual();
}

/** Stores the token, or with the option `perContainerToken` one of the container's own: the present or a new one. */
async function storeVerified(
  run: Login,
  candidate: Candidate,
  verification: Extract<Verification, { kind: 'accepted' }>,
  present: OpenContainerToken | undefined,
): Promise<Report> {
  const { context, state, hosts, end } = run;
  const { account, expiresAt } = verification;
  const { token } = candidate;
  const wanted = context.options.perContainerToken && candidate.kind !== 'stdin';
  const { session, problem } =
    wanted && !present
      ? await createContainerToken(context, state, hosts, token, verification, end)
      : { session: present };
  const { replaced, ...report } = store(run, candidate, account, expiresAt, session);
  if (session && !present && report.outcome !== 'logged_in') {
    await revokeContainerToken(state, hosts, session.token, before(end, forKept));
  } else if (wanted || replaced !== undefined) {
    const inUse = session?.token ?? token;
    await revokeOthers(context, state, hosts, inUse, replaced, token, end);
  }
  if (problem === undefined) return report;
  const told = messages.noSession(context, problem, session?.expiresAt);
  return { ...report, details: [told, ...(report.details ?? [])] };
}

/** @returns how it ended, and the token of the login that was in the place before. */
function store(
  { context, state, hosts }: Login,
  { kind, source, token }: Candidate,
  account: string,
  expiresAt: number | null | undefined,
  session: OpenContainerToken | undefined,
): Report & { readonly replaced?: string } {
  // Of the secret: the session is renewed long before it ends.
  const until = session ? session.secretExpiresAt : expiresAt;
  const facts = { account, source, ...(until === undefined ? {} : { expiresAt: until }) };
  let replaced: string | undefined;
  try {
    replaced = storeLogin(context, state, hosts, account, session?.token ?? token)?.password;
    state.recordManual(kind === 'stdin');
    state.clearLoggedOut();
  } catch (error) {
    const failed = { ...facts, code: exitCodes.notStored, outcome: 'not_stored' } as const;
    if (error instanceof TrackedByGitError) {
      const { path, workTree } = error;
      return { ...failed, sentence: messages.trackedByGit(account, path, workTree) };
    }
    if (error instanceof CredentialFileError) {
      return { ...failed, sentence: messages.notStored(account, error.message) };
    }
    throw error;
  }
  const soon = typeof until === 'number' && until - context.now() < messages.soon;
  return {
    ...facts,
    code: exitCodes.loggedIn,
    outcome: 'logged_in',
    sentence: messages.loggedIn(context, account, until, session !== undefined),
    details: [
      ...hosts.warnings,
      ...(soon ? [messages.expiresSoon(context)] : []),
      ...(existsSync(`${netrcPath(context)}.gpg`) ? [messages.netrcGpg()] : []),
    ],
    ...(session ? { sessionExpiresAt: session.expiresAt } : {}),
    ...(replaced === undefined ? {} : { replaced }),
  };
}

/** Whether the last login was in this start of the container, with what is found now. */
function isSameRound(
  last: LastLogin,
  start: string | undefined,
  tokens: readonly string[],
  now: number,
): boolean {
  const same = start !== undefined && last.start === start && `${last.tokens}` === `${tokens}`;
  const healing = last.report.outcome === 'unreachable' && now - last.at > retryAfter;
  return same && !healing;
}

/**
 * The last report once more; a login that something else took out of ~/.netrc is put back, and docker is
 * set up again, because Codespaces replaces its folder between the two hooks. Undefined where that was a
 * session, whose token is nowhere else.
 */
function repeat(run: Login, last: LastLogin): Report | undefined {
  const { account, expiresAt, sessionExpiresAt, facts } = last.report;
  if (isSecretGone(run)) removeCredentialHelper(run.context);
  const accepted = run.found.candidates.find(({ token }) => fingerprint(token) === last.accepted);
  if (!accepted || account === undefined) return { ...last.report, repeated: true };
  const session = containerTokenOf(run.context, run.state, accepted.token);
  if (sessionExpiresAt !== undefined && !session) return undefined;
  const { replaced: _, ...report } = store(run, accepted, account, expiresAt, session);
  setUpDocker(run.context, run.hosts);
  const repeated = report.outcome === last.report.outcome;
  return { ...report, ...(facts === undefined ? {} : { facts }), repeated };
}

/** Our login in ~/.netrc that stays in use; undefined where there is no good one. */
function keptLogin({ context, state }: Login): ReturnType<typeof storedLogin> {
  try {
    const stored = storedLogin(context, state);
    return stored && !state.isRejected(stored.password) ? stored : undefined;
  } catch (error) {
    if (error instanceof CredentialFileError) return undefined;
    throw error;
  }
}

/**
 * The same, asked of Heroku: where a new secret is refused, the one before it often was revoked. Where
 * Heroku does not say, it counts as good.
 */
async function verifiedKept(run: Login): Promise<string | undefined> {
  const { state, hosts, end } = run;
  const kept = keptLogin(run);
  if (!kept) return undefined;
  const verification = await verifyAccount(hosts.api, kept.password, before(end, forKept));
  if (verification.kind !== 'refused') return kept.login;
  state.recordRejected(kept.password);
  return undefined;
}

async function tryToRemove({ context, state, hosts, end }: Login): Promise<boolean> {
  let removed: ReturnType<typeof removeLogin>;
  try {
    removed = removeLogin(context, state);
  } catch (error) {
    if (error instanceof CredentialFileError) return false;
    throw error;
  }
  if (removed) await revokeContainerToken(state, hosts, removed.password, before(end, forKept));
  return removed !== undefined;
}

function hasOwnLogin(context: Context, hosts: Hosts): boolean {
  try {
    const text = readCredentialFile(netrcPath(context)) ?? '';
    return passwordFor(text, hosts.apiMachine) !== undefined;
  } catch (error) {
    if (error instanceof CredentialFileError) return false;
    throw error;
  }
}
