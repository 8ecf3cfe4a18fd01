// The login: find the token, prove it, store it or a session made with it, tell.

import { existsSync } from 'node:fs';
import { containerStart, inPrebuild } from './codespace.ts';
import { FileProblem, readCredentialFile } from './credential-file.ts';
import { type Proof, proveAccount, proveToken } from './heroku-api.ts';
import { type Hosts, herokuHosts } from './hosts.ts';
import { before, type Limits, monotonic } from './http.ts';
import { fingerprint, type Last, Memory } from './memory.ts';
import { passwordFor } from './netrc.ts';
import { tellShells } from './notice.ts';
import { dockerLogout, followLogin } from './registry.ts';
import { addRemotes, rememberWorkspace } from './remotes.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import {
  endOtherSessions,
  endSession,
  freshSessionOf,
  type Opened,
  openSession,
  sessionOf,
} from './session.ts';
import { netrcPath, removeLogin, storedLogin, storeLogin, TrackedByGit } from './store.ts';
import { type Candidate, type Found, findTokens, tailOf, tokenFromInput } from './token.ts';
import type { World } from './world.ts';

/** Where the token is to come from, and how long it may take. */
export type Way = 'command' | 'hook' | 'shell' | 'with-token';

/** Milliseconds, for the one question that decides. */
const patience: Readonly<Record<Way, Limits>> = {
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
const forKept: Limits = { total: 3000, attempt: 3000, attempts: 1 };

/** Where Heroku did not answer, the hook that follows in the same start asks again after this long. */
const retryAfter = 60_000;

/** What one login works with. */
interface Login {
  readonly world: World;
  readonly way: Way;
  readonly memory: Memory;
  readonly hosts: Hosts;
  readonly found: Found;
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
export async function login(world: World, way: Way): Promise<Report> {
  if (inPrebuild(world)) {
    return { code: exitCodes.noToken, outcome: 'prebuild', sentence: sentences.prebuild() };
  }
  const found = way === 'with-token' ? tokenFromInput(world.readInput()) : findTokens(world);
  const hosts = herokuHosts(world.env);
  const end = monotonic() + budget[way];
  const run: Login = { world, way, hosts, found, end, memory: new Memory(world.home) };
  rememberWorkspace(world, run.memory);
  const start = containerStart();
  const tokens = found.candidates.map(({ token }) => fingerprint(token));
  const last = way === 'hook' ? run.memory.last() : undefined;
  if (last && isSameRound(last, start, tokens, world.now())) {
    const again = repeat(run, last);
    if (again) return again;
  }
  const { report: ended, accepted } = await proveAndStore(run);
  const report = accepted === undefined ? ended : await withRest(run, ended, accepted);
  run.memory.rememberLast({
    report,
    tokens,
    at: world.now(),
    ...(accepted === undefined ? {} : { accepted: fingerprint(accepted) }),
    ...(start === undefined ? {} : { start }),
  });
  if (way !== 'with-token') run.memory.rememberSeen(tailOf(world, found));
  tellShells(world, run.memory, report);
  return report;
}

async function proveAndStore(run: Login): Promise<Ended> {
  const { memory, found } = run;
  if (found.candidates.length === 0) return { report: await withoutToken(run) };
  let turnedDown: { candidate: Candidate; reason: string } | undefined;
  for (const candidate of found.candidates) {
    const { proof, session } = await prove(run, candidate);
    if (proof.kind === 'accepted') {
      memory.forgetRefused(candidate.token);
      const report = await storeProven(run, candidate, proof, session);
      const details = turnedDown ? [sentences.otherRefused(turnedDown.candidate.source)] : [];
      return {
        report: { ...report, details: [...details, ...(report.details ?? [])] },
        accepted: candidate.token,
      };
    }
    if (proof.kind === 'unreachable') {
      const kept = keptLogin(run)?.login;
      return {
        report: {
          code: exitCodes.unreachable,
          outcome: 'unreachable',
          sentence: sentences.unreachable(proof.reason, kept),
          source: candidate.source,
        },
      };
    }
    memory.rememberRefused(candidate.token);
    turnedDown ??= { candidate, reason: proof.reason };
  }
  const { source } = turnedDown?.candidate ?? { source: '' };
  const kept = await provenKept(run);
  const sentence = sentences.refused(run.world, source, turnedDown?.reason ?? '', kept);
  const details = dockerLogout(run.world, keptLogin(run)?.password);
  return { report: { code: exitCodes.refused, outcome: 'refused', sentence, details, source } };
}

/** Asks Heroku about the token, or about the session that stands for it. */
async function prove(
  { world, way, memory, hosts }: Login,
  { token }: Candidate,
): Promise<{ readonly proof: Proof; readonly session?: Opened }> {
  const session = world.options.session ? freshSessionOf(world, memory, token) : undefined;
  if (session) {
    const proof = await proveAccount(hosts.api, session.token, patience[way]);
    if (proof.kind !== 'refused') return { proof, session };
    // Somebody ended it in the dashboard.
    memory.rememberRefused(session.token);
  }
  return { proof: await proveToken(hosts.api, token, world.now(), patience[way]) };
}

/** What options ask for beside a login. Nothing of it changes how the login ended. */
async function withRest(run: Login, report: Report, token: string): Promise<Report> {
  const { world, memory, hosts, end } = run;
  const { app } = world.options;
  const left = end - monotonic();
  const added = app === '' ? [] : await addRemotes(world, memory, hosts, token, left);
  const { details, registry } = dockerFollows(run, report, token);
  return {
    ...report,
    details: [...(report.details ?? []), ...added, ...details],
    ...(registry === undefined ? {} : { facts: { registry } }),
  };
}

/** Docker gets the token that heroku and git have, or, where that could not be stored, the accepted one. */
function dockerFollows(
  run: Login,
  { outcome }: Report,
  accepted: string,
): { readonly details: readonly string[]; readonly registry?: string | null } {
  const { world, hosts, end } = run;
  // What it once put there goes with the option.
  if (!world.options.containerRegistry) return { details: dockerLogout(world) };
  const stored = outcome === 'logged_in' ? keptLogin(run)?.password : undefined;
  return followLogin(world, hosts, stored ?? accepted, end - monotonic());
}

/** No token, or none that may be sent. */
async function withoutToken(run: Login): Promise<Report> {
  const { world, way, memory, hosts, found } = run;
  const [unusable] = found.unusable;
  if (unusable) {
    return {
      code: exitCodes.noToken,
      outcome: 'unusable_token',
      sentence: sentences.unusable(world, unusable),
      source: unusable.source,
    };
  }
  const report = { code: exitCodes.noToken, outcome: 'no_token' } as const;
  if (way === 'with-token') return { ...report, sentence: sentences.emptyInput() };
  // Only on Codespaces' own word: elsewhere the variable may be missing from one start to the next.
  // What a person gave by hand is not the secret's.
  const isGone = way === 'hook' && found.secretGone && !memory.isByHand();
  const details = isGone ? dockerLogout(world) : [];
  if (isGone && (await tryToRemove(run))) {
    return { ...report, sentence: sentences.secretRemoved(world), details };
  }
  const ownLogin = hasOwnLogin(world, hosts);
  return { ...report, sentence: sentences.noToken(world, ownLogin), details, facts: { ownLogin } };
}

/** Stores the token, or with the option `session` one of the container's own: the present or a new one. */
async function storeProven(
  run: Login,
  candidate: Candidate,
  proof: Extract<Proof, { kind: 'accepted' }>,
  present: Opened | undefined,
): Promise<Report> {
  const { world, memory, hosts, end } = run;
  const { account, expiresAt } = proof;
  const { token } = candidate;
  const wanted = world.options.session && candidate.kind !== 'stdin';
  const { session, problem } =
    wanted && !present
      ? await openSession(world, memory, hosts, token, proof, end)
      : { session: present };
  const { replaced, ...report } = store(run, candidate, account, expiresAt, session);
  if (session && !present && report.outcome !== 'logged_in') {
    await endSession(memory, hosts, session.token, before(end, forKept));
  } else if (wanted || replaced !== undefined) {
    const inUse = session?.token ?? token;
    await endOtherSessions(world, memory, hosts, inUse, replaced, token, end);
  }
  if (problem === undefined) return report;
  const told = sentences.noSession(world, problem, session?.expiresAt);
  return { ...report, details: [told, ...(report.details ?? [])] };
}

/** @returns how it ended, and the token of the login that was in the place before. */
function store(
  { world, memory, hosts }: Login,
  { kind, source, token }: Candidate,
  account: string,
  expiresAt: number | null | undefined,
  session: Opened | undefined,
): Report & { readonly replaced?: string } {
  // Of the secret: the session is renewed long before it ends.
  const until = session ? session.secretExpiresAt : expiresAt;
  const facts = { account, source, ...(until === undefined ? {} : { expiresAt: until }) };
  let replaced: string | undefined;
  try {
    replaced = storeLogin(world, memory, hosts, account, session?.token ?? token)?.password;
    memory.rememberByHand(kind === 'stdin');
    memory.forgetLoggedOut();
  } catch (error) {
    const failed = { ...facts, code: exitCodes.notStored, outcome: 'not_stored' } as const;
    if (error instanceof TrackedByGit) {
      const { path, workTree } = error;
      return { ...failed, sentence: sentences.trackedByGit(account, path, workTree) };
    }
    if (error instanceof FileProblem) {
      return { ...failed, sentence: sentences.notStored(account, error.message) };
    }
    throw error;
  }
  const soon = typeof until === 'number' && until - world.now() < sentences.soon;
  return {
    ...facts,
    code: exitCodes.loggedIn,
    outcome: 'logged_in',
    sentence: sentences.loggedIn(world, account, until, session !== undefined),
    details: [
      ...hosts.warnings,
      ...(soon ? [sentences.expiresSoon(world)] : []),
      ...(existsSync(`${netrcPath(world)}.gpg`) ? [sentences.netrcGpg()] : []),
    ],
    ...(session ? { sessionExpiresAt: session.expiresAt } : {}),
    ...(replaced === undefined ? {} : { replaced }),
  };
}

/** Whether the last login was in this start of the container, with what is found now. */
function isSameRound(
  last: Last,
  start: string | undefined,
  tokens: readonly string[],
  now: number,
): boolean {
  const same = start !== undefined && last.start === start && `${last.tokens}` === `${tokens}`;
  const healing = last.report.outcome === 'unreachable' && now - last.at > retryAfter;
  return same && !healing;
}

/**
 * The last report once more; a login that something else took out of ~/.netrc is put back, and docker's,
 * whose folder Codespaces replaces after a create hook that it waits for. Undefined where that was a
 * session, whose token is nowhere else.
 */
function repeat(run: Login, last: Last): Report | undefined {
  const { account, expiresAt, sessionExpiresAt, facts } = last.report;
  const accepted = run.found.candidates.find(({ token }) => fingerprint(token) === last.accepted);
  if (!accepted || account === undefined) return { ...last.report, repeated: true };
  const session = sessionOf(run.world, run.memory, accepted.token);
  if (sessionExpiresAt !== undefined && !session) return undefined;
  const { replaced: _, ...report } = store(run, accepted, account, expiresAt, session);
  if (facts?.['registry']) dockerFollows(run, report, accepted.token);
  const repeated = report.outcome === last.report.outcome;
  return { ...report, ...(facts === undefined ? {} : { facts }), repeated };
}

/** Our login in ~/.netrc that stays in use; undefined where there is no good one. */
function keptLogin({ world, memory }: Login): ReturnType<typeof storedLogin> {
  try {
    const stored = storedLogin(world, memory);
    return stored && !memory.isRefused(stored.password) ? stored : undefined;
  } catch (error) {
    if (error instanceof FileProblem) return undefined;
    throw error;
  }
}

/**
 * The same, asked of Heroku: where a new secret is refused, the one before it often was revoked. Where
 * Heroku does not say, it counts as good.
 */
async function provenKept(run: Login): Promise<string | undefined> {
  const { memory, hosts, end } = run;
  const kept = keptLogin(run);
  if (!kept) return undefined;
  const proof = await proveAccount(hosts.api, kept.password, before(end, forKept));
  if (proof.kind !== 'refused') return kept.login;
  memory.rememberRefused(kept.password);
  return undefined;
}

async function tryToRemove({ world, memory, hosts, end }: Login): Promise<boolean> {
  let removed: ReturnType<typeof removeLogin>;
  try {
    removed = removeLogin(world, memory);
  } catch (error) {
    if (error instanceof FileProblem) return false;
    throw error;
  }
  if (removed) await endSession(memory, hosts, removed.password, before(end, forKept));
  return removed !== undefined;
}

function hasOwnLogin(world: World, hosts: Hosts): boolean {
  try {
    const text = readCredentialFile(netrcPath(world)) ?? '';
    return passwordFor(text, hosts.apiMachine) !== undefined;
  } catch (error) {
    if (error instanceof FileProblem) return false;
    throw error;
  }
}
