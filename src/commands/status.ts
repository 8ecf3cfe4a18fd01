// What is there: whose token, where from, until when, and would the CLI and git each use it?

import type { Context } from '../context.ts';
import { CredentialFileError, readCredentialFile } from '../credentials/atomic-file.ts';
import { isSuperseded } from '../credentials/container-token.ts';
import { passwordFor } from '../credentials/netrc.ts';
import { type ContainerToken, State } from '../credentials/state.ts';
import { netrcPath, storedLogin } from '../credentials/store.ts';
import { type Candidate, findTokens } from '../credentials/token.ts';
import { credentialHelper } from '../git.ts';
import { verifyAccount, verifyToken } from '../heroku/api.ts';
import { herokuHosts } from '../heroku/hosts.ts';
import * as messages from '../messages.ts';
import { exitCodes, type Report } from '../report.ts';
import { findProgram } from '../run-program.ts';
import { dockerUses } from '../tools/docker.ts';
import { cliUses, cliVersion, type Use } from '../tools/heroku-cli.ts';
import { dockerToken } from './docker-credential.ts';

/** Milliseconds. */
const patience = { total: 15_000, attempt: 8_000, attempts: 2 };

/** Looks, asks Heroku about the token, and changes nothing. */
export async function status(context: Context): Promise<Report> {
  const hosts = herokuHosts(context.env);
  const state = new State(context.home);
  const netrc = read(netrcPath(context));
  const found = findTokens(context);
  const stored = storedToken(context, state);
  const session = stored === undefined ? undefined : state.session(stored);
  const own = passwordFor(netrc.text, hosts.apiMachine);
  const fallback: Candidate | undefined = stored
    ? { token: stored, kind: 'netrc', source: '~/.netrc' }
    : own
      ? { token: own, kind: 'netrc', source: '~/.netrc (a login that heroku-login did not write)' }
      : undefined;
  // As git does: not one that a session stands for, nor one that Heroku has refused while there is another.
  const usable = found.candidates.filter(({ token }) => !isSuperseded(context, state, token));
  const fresh = usable.find(({ token }) => !state.isRejected(token));
  const candidate = fresh ?? usable[0] ?? fallback;

  const cli = compare(cliUses(context, state, hosts, netrc.text), candidate?.token);
  const git = gitUses(context, hosts.gitMachine, netrc.text, candidate?.token);
  const docker = context.options.containerRegistry
    ? {
        ...compare(dockerUses(context, hosts.registry, dockerToken(context)), candidate?.token),
        installed: findProgram(context, 'docker') !== undefined,
      }
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
            sentence: messages.unusable(context, unusable),
          }
        : {
            code: exitCodes.noToken,
            outcome: 'no_token',
            sentence:
              found.candidates.length === 0
                ? messages.noToken(context, false)
                : messages.loggedOutHere(context),
          };
    }
    const { token, source } = candidate;
    if (session && token === stored) return judgeSession(token, session);
    const verification = await verifyToken(hosts.api, token, context.now(), patience);
    if (verification.kind === 'refused') {
      const sentence = messages.refused(context, source, verification.reason, undefined);
      return { code: exitCodes.refused, outcome: 'refused', sentence, source };
    }
    if (verification.kind === 'unreachable') {
      const sentence = messages.notChecked(source, verification.reason);
      return { code: exitCodes.unreachable, outcome: 'unreachable', sentence, source };
    }
    const { account, expiresAt } = verification;
    return {
      code: exitCodes.loggedIn,
      outcome: 'logged_in',
      sentence: messages.verifiedAs(context, account, expiresAt, source),
      account,
      source,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  async function judgeSession(
    token: string,
    { secretExpiresAt, ...of }: ContainerToken,
  ): Promise<Report> {
    const verification = await verifyAccount(hosts.api, token, patience);
    const source = messages.ownSession(context);
    if (verification.kind === 'refused') {
      const sentence = messages.sessionGone(context, verification.reason);
      return { code: exitCodes.refused, outcome: 'refused', sentence, source };
    }
    if (verification.kind === 'unreachable') {
      const sentence = messages.notChecked(source, verification.reason);
      return { code: exitCodes.unreachable, outcome: 'unreachable', sentence, source };
    }
    return {
      code: exitCodes.loggedIn,
      outcome: 'logged_in',
      sentence: messages.verifiedContainerToken(
        context,
        verification.account,
        secretExpiresAt,
        of.expiresAt,
      ),
      account: verification.account,
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
  context: Context,
  gitMachine: string,
  netrc: string,
  token: string | undefined,
): User & { readonly helper: string } {
  const helper = credentialHelper(context, gitMachine);
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

function storedToken(context: Context, state: State): string | undefined {
  try {
    return storedLogin(context, state)?.password;
  } catch (error) {
    if (error instanceof CredentialFileError) return undefined;
    throw error;
  }
}

function read(path: string): { readonly text: string; readonly problem?: string } {
  try {
    return { text: readCredentialFile(path) ?? '' };
  } catch (error) {
    if (error instanceof CredentialFileError) return { text: '', problem: error.message };
    throw error;
  }
}
