// The login: find the token, prove it, store it, tell.

import { existsSync } from 'node:fs';
import { containerStart, inPrebuild } from './codespace.ts';
import { FileProblem, readCredentialFile } from './credential-file.ts';
import { proveToken } from './heroku-api.ts';
import { type Hosts, herokuHosts } from './hosts.ts';
import type { Limits } from './http.ts';
import { fingerprint, type Last, Memory } from './memory.ts';
import { passwordFor } from './netrc.ts';
import { tellShells } from './notice.ts';
import { addRemotes, rememberWorkspace } from './remotes.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import { netrcPath, removeLogin, storedLogin, storeLogin, TrackedByGit } from './store.ts';
import { type Candidate, type Found, findTokens, tokenFromInput } from './token.ts';
import type { World } from './world.ts';

/** Where the token is to come from, and how long it may take. */
export type Way = 'command' | 'hook' | 'with-token';

/** Milliseconds. Codespaces waits for the hook, so all of it stays well below 15 s. */
const patience: Readonly<Record<Way, Limits>> = {
  command: { total: 30_000, attempt: 10_000, attempts: 4 },
  'with-token': { total: 30_000, attempt: 10_000, attempts: 4 },
  hook: { total: 10_000, attempt: 6_000, attempts: 3 },
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
  const run: Login = { world, way, hosts, found, memory: new Memory(world.home) };
  rememberWorkspace(world, run.memory);
  const start = containerStart();
  const tokens = found.candidates.map(({ token }) => fingerprint(token));
  const last = way === 'hook' ? run.memory.last() : undefined;
  if (last && isSameRound(last, start, tokens, world.now())) return repeat(run, last);
  const { report: ended, accepted } = await proveAndStore(run);
  const report = accepted === undefined ? ended : await withRest(run, ended, accepted);
  run.memory.rememberLast({
    report,
    tokens,
    at: world.now(),
    ...(accepted === undefined ? {} : { accepted: fingerprint(accepted) }),
    ...(start === undefined ? {} : { start }),
  });
  tellShells(world, run.memory, report);
  return report;
}

async function proveAndStore(run: Login): Promise<Ended> {
  const { world, way, memory, hosts, found } = run;
  if (found.candidates.length === 0) return { report: withoutToken(run) };
  let turnedDown: { candidate: Candidate; reason: string } | undefined;
  for (const candidate of found.candidates) {
    const proof = await proveToken(hosts.api, candidate.token, world.now(), patience[way]);
    if (proof.kind === 'accepted') {
      memory.forgetRefused(candidate.token);
      const report = store(run, candidate, proof.account, proof.expiresAt);
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
  const sentence = sentences.refused(world, source, turnedDown?.reason ?? '', kept);
  return { report: { code: exitCodes.refused, outcome: 'refused', sentence, source } };
}

/** What options ask for beside a login. Nothing of it changes how the login ended. */
async function withRest(
  { world, memory, hosts }: Login,
  report: Report,
  token: string,
): Promise<Report> {
  const { app } = world.options;
  const details = app === '' ? [] : await addRemotes(world, memory, hosts, token);
  return details.length === 0
    ? report
    : { ...report, details: [...(report.details ?? []), ...details] };
}

/** No token, or none that may be sent. */
function withoutToken(run: Login): Report {
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
  if (way === 'hook' && found.secretGone && !memory.isByHand() && tryToRemove(run)) {
    return { ...report, sentence: sentences.secretRemoved(world) };
  }
  const ownLogin = hasOwnLogin(world, hosts);
  return { ...report, sentence: sentences.noToken(world, ownLogin), facts: { ownLogin } };
}

function store(
  { world, memory, hosts }: Login,
  { kind, source, token }: Candidate,
  account: string,
  expiresAt: number | null | undefined,
): Report {
  const facts = { account, source, ...(expiresAt === undefined ? {} : { expiresAt }) };
  try {
    storeLogin(world, memory, hosts, account, token);
    memory.rememberByHand(kind === 'stdin');
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
  const soon = typeof expiresAt === 'number' && expiresAt - world.now() < sentences.soon;
  return {
    ...facts,
    code: exitCodes.loggedIn,
    outcome: 'logged_in',
    sentence: sentences.loggedIn(account, expiresAt, world.now()),
    details: [
      ...hosts.warnings,
      ...(soon ? [sentences.expiresSoon(world)] : []),
      ...(existsSync(`${netrcPath(world)}.gpg`) ? [sentences.netrcGpg()] : []),
    ],
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

/** The last report once more; a login that something else took out of ~/.netrc is put back. */
function repeat(run: Login, last: Last): Report {
  const accepted = run.found.candidates.find(({ token }) => fingerprint(token) === last.accepted);
  const { account, expiresAt } = last.report;
  const report =
    accepted && account !== undefined ? store(run, accepted, account, expiresAt) : last.report;
  return { ...report, repeated: report.outcome === last.report.outcome };
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
  const { world, memory, hosts } = run;
  const kept = keptLogin(run);
  if (!kept) return undefined;
  const proof = await proveToken(hosts.api, kept.password, world.now(), forKept);
  if (proof.kind !== 'refused') return kept.login;
  memory.rememberRefused(kept.password);
  return undefined;
}

function tryToRemove({ world, memory }: Login): boolean {
  try {
    return removeLogin(world, memory);
  } catch (error) {
    if (error instanceof FileProblem) return false;
    throw error;
  }
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
