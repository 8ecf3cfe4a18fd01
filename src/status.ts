// What is there: whose token, where from, until when, and would the CLI and git each use it?

import { FileProblem, readCredentialFile } from './credential-file.ts';
import { credentialHelper } from './git.ts';
import { proveAccount, proveToken } from './heroku-api.ts';
import { cliUses, cliVersion, type Use } from './heroku-cli.ts';
import { herokuHosts } from './hosts.ts';
import { Memory, type Session } from './memory.ts';
import { passwordFor } from './netrc.ts';
import { registryUse } from './registry.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import { isHidden } from './session.ts';
import { netrcPath, storedLogin } from './store.ts';
import { type Candidate, findTokens } from './token.ts';
import type { World } from './world.ts';

/** Milliseconds. */
const patience = { total: 15_000, attempt: 8_000, attempts: 2 };

/** Looks, asks Heroku about the token, and changes nothing. */
export async function status(world: World): Promise<Report> {
  const hosts = herokuHosts(world.env);
  const memory = new Memory(world.home);
  const netrc = read(netrcPath(world));
  const found = findTokens(world);
  const stored = storedToken(world, memory);
  const session = stored === undefined ? undefined : memory.session(stored);
  const own = passwordFor(netrc.text, hosts.apiMachine);
  const fallback: Candidate | undefined = stored
    ? { token: stored, kind: 'netrc', source: '~/.netrc' }
    : own
      ? { token: own, kind: 'netrc', source: '~/.netrc (a login that heroku-login did not write)' }
      : undefined;
  // As git does: not one that a session stands for, nor one that Heroku has refused while there is another.
  const usable = found.candidates.filter(({ token }) => !isHidden(world, memory, token));
  const fresh = usable.find(({ token }) => !memory.isRefused(token));
  const candidate = fresh ?? usable[0] ?? fallback;

  const cli = compare(cliUses(world, memory, hosts, netrc.text), candidate?.token);
  const git = gitUses(world, hosts.gitMachine, netrc.text, candidate?.token);
  const docker = world.options.containerRegistry
    ? registryUse(world, hosts.registry, candidate?.token)
    : undefined;
  const version = cliVersion();
  const details = [
    ...hosts.warnings,
    ...(netrc.problem ? [`~/.netrc cannot be used: ${netrc.problem}`] : []),
    `heroku CLI: ${version ?? 'not found'}, ${describe(cli)}`,
    `git:        ${describe(git)}`,
    ...(docker ? [`docker:     ${describe(docker)}`] : []),
  ];
  const facts = { cli: { version: version ?? null, ...cli }, git, ...(docker ? { docker } : {}) };
  return { ...(await judge()), details, facts };

  async function judge(): Promise<Report> {
    if (!candidate) {
      const [unusable] = found.unusable;
      return unusable
        ? {
            code: exitCodes.noToken,
            outcome: 'unusable_token',
            sentence: sentences.unusable(world, unusable),
          }
        : {
            code: exitCodes.noToken,
            outcome: 'no_token',
            sentence:
              found.candidates.length === 0
                ? sentences.noToken(world, false)
                : sentences.loggedOutHere(world),
          };
    }
    const { token, source } = candidate;
    if (session && token === stored) return judgeSession(token, session);
    const proof = await proveToken(hosts.api, token, world.now(), patience);
    if (proof.kind === 'refused') {
      const sentence = sentences.refused(world, source, proof.reason, undefined);
      return { code: exitCodes.refused, outcome: 'refused', sentence, source };
    }
    if (proof.kind === 'unreachable') {
      const sentence = sentences.notChecked(source, proof.reason);
      return { code: exitCodes.unreachable, outcome: 'unreachable', sentence, source };
    }
    const { account, expiresAt } = proof;
    return {
      code: exitCodes.loggedIn,
      outcome: 'logged_in',
      sentence: sentences.provenAs(world, account, expiresAt, source),
      account,
      source,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  async function judgeSession(token: string, { secretExpiresAt, ...of }: Session): Promise<Report> {
    const proof = await proveAccount(hosts.api, token, patience);
    const source = sentences.ownSession(world);
    if (proof.kind === 'refused') {
      const sentence = sentences.sessionGone(world, proof.reason);
      return { code: exitCodes.refused, outcome: 'refused', sentence, source };
    }
    if (proof.kind === 'unreachable') {
      const sentence = sentences.notChecked(source, proof.reason);
      return { code: exitCodes.unreachable, outcome: 'unreachable', sentence, source };
    }
    return {
      code: exitCodes.loggedIn,
      outcome: 'logged_in',
      sentence: sentences.provenSession(world, proof.account, secretExpiresAt, of.expiresAt),
      account: proof.account,
      source,
      sessionExpiresAt: of.expiresAt,
      ...(secretExpiresAt === undefined ? {} : { expiresAt: secretExpiresAt }),
    };
  }
}

/** A program that logs in to Heroku, and what it would log in with now. */
interface User {
  /** The place in words; null where it finds nothing. */
  readonly uses: string | null;
  /** Whether that is the token this report is about; null where it cannot be told. */
  readonly sameToken: boolean | null;
}

function compare({ uses, token: used }: Use, token: string | undefined): User {
  return { uses, sameToken: used === undefined ? null : used === token };
}

/** What git would use: libcurl takes ~/.netrc first, then git asks its helpers (heroku.md part 4). */
function gitUses(
  world: World,
  gitMachine: string,
  netrc: string,
  token: string | undefined,
): User & { readonly helper: string } {
  const helper = credentialHelper(world, gitMachine);
  const inNetrc = passwordFor(netrc, gitMachine);
  if (helper === 'absent') return { uses: null, sameToken: null, helper };
  if (inNetrc !== undefined) return { uses: '~/.netrc', sameToken: inNetrc === token, helper };
  if (helper === 'helper' && token !== undefined) {
    return { uses: 'the credential helper heroku-login', sameToken: true, helper };
  }
  return { uses: null, sameToken: null, helper };
}

function describe(user: User & { readonly helper?: string; readonly installed?: boolean }): string {
  const { uses, sameToken } = user;
  if (user.helper === 'absent' || user.installed === false) return 'not installed';
  if (uses === null) return 'would find no login';
  const token = { true: 'this token', false: 'another token', null: 'a token not seen from here' };
  return `uses ${token[`${sameToken}`]}, from ${uses}`;
}

function storedToken(world: World, memory: Memory): string | undefined {
  try {
    return storedLogin(world, memory)?.password;
  } catch (error) {
    if (error instanceof FileProblem) return undefined;
    throw error;
  }
}

function read(path: string): { readonly text: string; readonly problem?: string } {
  try {
    return { text: readCredentialFile(path) ?? '' };
  } catch (error) {
    if (error instanceof FileProblem) return { text: '', problem: error.message };
    throw error;
  }
}
