// The option `containerRegistry`: docker's own login to Heroku's registry of images, put there and taken
// away by the docker command.
//
// What was put there is remembered beside it, in `heroku-login.json` of docker's folder: in Codespaces
// that folder outlives the container, and with it the home folder that memory.ts writes to. It holds
// fingerprints, by the registry.

import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import {
  CredentialFileError,
  changeFile,
  giveToOwnerOfFolder,
  readCredentialFile,
} from '../credentials/atomic-file.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { asRecord as fields } from '../json.ts';
import * as messages from '../messages/docker.ts';
import { errorCode } from '../report.ts';
import { findProgram, runProgram } from '../run-program.ts';

/** What we did at one registry. */
interface Mark {
  /** Fingerprint of the token that docker logged in with; absent before the first success. */
  readonly done?: string;
  /** Those that may be there because of us: also one whose login was cut off. */
  readonly written: readonly string[];
}

/** What docker has for a registry. */
type Entry =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly fingerprint: string }
  /** Somewhere, in words, where only docker can read it. */
  | { readonly kind: 'hidden'; readonly place: string };

/** What became of docker after a login. */
export interface Followed {
  /** Sentences for the person. */
  readonly details: readonly string[];
  /** The registry that it is logged in to; null where it is not. */
  readonly registry: string | null;
}

/**
 * Lets docker follow a login to Heroku with this token. Where it has done so before, nothing is started.
 * A login that a person made after ours stays; one from before is replaced, because docker has room for
 * one.
 *
 */
export function followLogin(context: Context, token: string): Followed {
  const { registry } = context.hosts;
  if (registry === undefined) return { details: [messages.noRegistry()], registry: null };
  const failed = (reason: string) => ({
    details: [messages.dockerFailed(registry, reason)],
    registry: null,
  });
  try {
    const own = fingerprint(token);
    const mark = readMarks(context)[registry];
    if (isDone(readEntry(context, registry), mark, own)) return { details: [], registry };
    const docker = findProgram(context, 'docker');
    if (docker === undefined) return { details: [messages.noDocker(registry)], registry: null };
    const limit = Math.min(Math.floor(context.deadline.remaining()), context.timeouts.docker);
    if (limit < 500) return failed('the login before it took too long');
    makeFolder(context);
    const isNew = !existsSync(configFile(context));
    // Before docker writes, so that a kill in between leaves nothing that nobody knows as ours.
    writeMark(context, registry, { ...mark, written: [...(mark?.written ?? []), own] });
    const args = ['login', '--username=_', '--password-stdin', registry];
    const { ok, said } = runProgram(context, [docker, ...args], { token, limit });
    writeMark(context, registry, ok ? { done: own, written: [own] } : mark);
    if (!ok) return failed(`docker says: ${said}`);
    // Docker keeps the owner of a file that was there.
    const file = configFile(context);
    if (isNew && existsSync(file)) wrapFileError(file, () => giveToOwnerOfFolder(file));
    return { details: [messages.dockerLoggedIn(registry)], registry };
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    return { details: [messages.dockerNotTouched(error.message)], registry: null };
  }
}

/**
 * Takes back what {@link followLogin} did, at whatever registry, and says so. What somebody else put
 * there stays.
 *
 * @param kept a token whose login is to stay.
 */
export function dockerLogout(context: Context, kept?: string): string[] {
  try {
    const marks = Object.entries(readMarks(context));
    return marks.flatMap(([registry, mark]) => logoutFrom(context, { registry, mark }, kept));
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    return [messages.dockerNotTouched(error.message)];
  }
}

function logoutFrom(
  context: Context,
  { registry, mark }: { readonly registry: string; readonly mark: Mark },
  kept: string | undefined,
): string[] {
  const entry = readEntry(context, registry);
  const present = entry.kind === 'token' ? entry.fingerprint : mark.done;
  if (kept !== undefined && present === fingerprint(kept)) return [];
  const details: string[] = [];
  if (entry.kind !== 'token' || mark.written.includes(entry.fingerprint)) {
    const docker = findProgram(context, 'docker');
    if (docker !== undefined) {
      const { ok, said } = runProgram(context, [docker, 'logout', registry], {
        limit: context.timeouts.dockerLogout,
      });
      if (!ok) return [messages.dockerKeeps(registry, configFile(context), `docker says: ${said}`)];
      details.push(messages.dockerLoggedOut(registry));
    } else if (entry.kind !== 'none') {
      const reason = 'there is no docker command here that could take it out';
      return [messages.dockerKeeps(registry, configFile(context), reason)];
    }
  }
  writeMark(context, registry, undefined);
  return details;
}

/** What docker would use, for `status`. */
export function registryUse(
  context: Context,
  registry: string | undefined,
  token: string | undefined,
) {
  const installed = findProgram(context, 'docker') !== undefined;
  const nothing = { uses: null, sameToken: null, installed };
  try {
    if (registry === undefined) return nothing;
    const entry = readEntry(context, registry);
    const own = token === undefined ? undefined : fingerprint(token);
    if (entry.kind === 'token') {
      const uses = `${configFile(context)} for ${registry}`;
      return { uses, sameToken: entry.fingerprint === own, installed };
    }
    const done = readMarks(context)[registry]?.done;
    if (entry.kind === 'none' || done === undefined) return nothing;
    const uses = `${entry.place} for ${registry}`;
    return { uses, sameToken: done === own, installed };
  } catch (error) {
    if (error instanceof CredentialFileError) return nothing;
    throw error;
  }
}

function isDone(entry: Entry, mark: Mark | undefined, own: string): boolean {
  if (entry.kind === 'none') return false;
  if (entry.kind === 'hidden') return mark?.done === own && mark.written.length === 1;
  if (entry.fingerprint === own) return true;
  return mark?.done !== undefined && !mark.written.includes(entry.fingerprint);
}

/** Docker's settings. Relative to where {@link runProgram} starts docker, if at all. */
function folder(context: Context): string {
  return resolve('/', context.env['DOCKER_CONFIG'] || join(context.home, '.docker'));
}

function configFile(context: Context): string {
  return join(folder(context), 'config.json');
}

function makeFolder(context: Context): void {
  const path = folder(context);
  if (existsSync(path)) return;
  wrapFileError(path, () => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    giveToOwnerOfFolder(path);
  });
}

/** Makes something at `path`; what the system says against it is a CredentialFileError. */
function wrapFileError(path: string, make: () => void): void {
  try {
    make();
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    throw new CredentialFileError(`${path}: it cannot be made (${code})`, { cause: error });
  }
}

/**
 * Reads docker's `config.json`, whose `auths` hold `user:password` in base64 unless a store does.
 *
 * @throws CredentialFileError where it cannot be understood: docker itself would write over it.
 */
function readEntry(context: Context, registry: string): Entry {
  const file = configFile(context);
  const config = named(file, () => fields(parse(readIfThere(file))));
  const helper = fields(config['credHelpers'])[registry] ?? config['credsStore'];
  if (typeof helper === 'string' && helper !== '') {
    return { kind: 'hidden', place: `the store ${helper}` };
  }
  const { auth, identitytoken } = fields(fields(config['auths'])[registry]);
  if (typeof identitytoken === 'string') return { kind: 'hidden', place: file };
  if (typeof auth !== 'string' || auth === '') return { kind: 'none' };
  const login = Buffer.from(auth, 'base64').toString('utf8');
  return { kind: 'token', fingerprint: fingerprint(login.slice(login.indexOf(':') + 1)) };
}

function markFile(context: Context): string {
  return join(folder(context), 'heroku-login.json');
}

/** By the registry. Throws CredentialFileError. */
function readMarks(context: Context): Record<string, Mark> {
  const file = markFile(context);
  return named(file, () => marksIn(readIfThere(file)));
}

function writeMark(context: Context, registry: string, mark: Mark | undefined): void {
  const file = markFile(context);
  const change = (before: string | null) => {
    const { [registry]: _former, ...others } = marksIn(before);
    const marks = mark ? { ...others, [registry]: mark } : others;
    return Object.keys(marks).length === 0 ? null : `${JSON.stringify(marks)}\n`;
  };
  named(file, () => changeFile(file, change, () => {}));
}

function marksIn(text: string | null): Record<string, Mark> {
  const marks = Object.entries(fields(parse(text))).flatMap(([registry, value]) => {
    const { done, written } = fields(value);
    // The name becomes an argument of docker's.
    if (!/^registry\.[a-z0-9.-]+$/.test(registry) || !Array.isArray(written)) return [];
    const mark: Mark = { written, ...(typeof done === 'string' ? { done } : {}) };
    return [[registry, mark] as const];
  });
  return Object.fromEntries(marks);
}

function readIfThere(path: string): string | null {
  // Asked first, because one is looked for in every login, and an exception costs more.
  return existsSync(path) ? readCredentialFile(path) : null;
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    // The error quotes the text: it is no cause to keep.
    throw new CredentialFileError('it cannot be understood');
  }
}

/** What `use` returns; the problem that it may have with the file names that. */
function named<T>(file: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    throw new CredentialFileError(`${file}: ${error.message}`, { cause: error });
  }
}
