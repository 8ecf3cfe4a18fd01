// What is there: whose token, where from, until when, and would the CLI and git each use it?

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileProblem, readCredentialFile } from './credential-file.ts';
import { credentialHelper } from './git.ts';
import { proveToken } from './heroku-api.ts';
import { herokuHosts } from './hosts.ts';
import { Memory } from './memory.ts';
import { passwordFor, passwordForCli } from './netrc.ts';
import { findProgram } from './programs.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import { netrcPath, storedLogin } from './store.ts';
import { type Candidate, findTokens } from './token.ts';
import type { World } from './world.ts';

/** A program that logs in to Heroku, and what it would log in with now. */
interface User {
  /** The place in words; null where it finds nothing. */
  readonly uses: string | null;
  /** Whether that is the token this report is about; null where it cannot be told. */
  readonly sameToken: boolean | null;
}

/** Looks, asks Heroku about the token, and changes nothing. */
export async function status(world: World): Promise<Report> {
  const hosts = herokuHosts(world.env);
  const memory = new Memory(world.home);
  const netrc = read(netrcPath(world));
  const found = findTokens(world);
  const stored = storedToken(world, memory);
  const own = passwordFor(netrc.text, hosts.apiMachine);
  const fallback: Candidate | undefined = stored
    ? { token: stored, kind: 'netrc', source: '~/.netrc' }
    : own
      ? { token: own, kind: 'netrc', source: '~/.netrc (a login that heroku-login did not write)' }
      : undefined;
  // As a login and git do: not one that Heroku has refused while there is another.
  const fresh = found.candidates.find(({ token }) => !memory.isRefused(token));
  const candidate = fresh ?? found.candidates[0] ?? fallback;

  const inCli = passwordForCli(netrc.text, hosts.apiMachine);
  const cli = cliUses(world, inCli, candidate?.token);
  const git = gitUses(world, hosts.gitMachine, netrc.text, candidate?.token);
  const version = cliVersion();
  const details = [
    ...hosts.warnings,
    ...(netrc.problem ? [`~/.netrc cannot be used: ${netrc.problem}`] : []),
    `heroku CLI: ${version ?? 'not found'}, ${describe(cli)}`,
    `git:        ${describe(git)}`,
  ];
  const facts = { cli: { version: version ?? null, ...cli }, git };
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
            sentence: sentences.noToken(world, false),
          };
    }
    const { source } = candidate;
    const proof = await proveToken(hosts.api, candidate.token, world.now(), {
      total: 15_000,
      attempt: 8_000,
      attempts: 2,
    });
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
      sentence: sentences.provenAs(account, expiresAt, source, world.now()),
      account,
      source,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }
}

/** What the CLI would use: its order is in heroku.md part 2. */
function cliUses(world: World, inNetrc: string | undefined, token: string | undefined): User {
  const { env } = world;
  const fromEnvironment = env['HEROKU_API_KEY'];
  if (fromEnvironment) {
    // The launcher of `heroku` trims the variable as findTokens does.
    const same = token !== undefined && fromEnvironment.includes(token);
    return { uses: 'HEROKU_API_KEY in the environment', sameToken: same };
  }
  const keychain =
    env['HEROKU_NETRC_WRITE']?.toLowerCase() !== 'true' &&
    existsSync(
      join(env['XDG_DATA_HOME'] || join(world.home, '.local/share'), 'heroku/login.json'),
    ) &&
    findProgram(world, 'secret-tool') !== undefined;
  if (keychain) {
    return { uses: "the desktop's keychain, by an earlier heroku login", sameToken: null };
  }
  if (existsSync(`${netrcPath(world)}.gpg`)) return { uses: '~/.netrc.gpg', sameToken: null };
  if (inNetrc !== undefined) return { uses: '~/.netrc', sameToken: inNetrc === token };
  return { uses: null, sameToken: null };
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

function describe({ uses, sameToken, helper }: User & { readonly helper?: string }): string {
  if (helper === 'absent') return 'not installed';
  if (uses === null) return 'would find no login';
  const token = { true: 'this token', false: 'another token', null: 'a token not seen from here' };
  return `uses ${token[`${sameToken}`]}, from ${uses}`;
}

/** The CLI whose Node runs this program; undefined where it is another Node. Starts nothing. */
function cliVersion(): string | undefined {
  try {
    const manifest = join(dirname(dirname(process.execPath)), 'package.json');
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    return name === 'heroku' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
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
