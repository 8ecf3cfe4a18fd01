// The text of docker's settings, `~/.docker/config.json`: what they say about a registry, and the one key
// of ours. Everything else stays as it is to the byte, because docker, editors and dotfiles each have a
// format of their own; taking the key out is the inverse of adding it.

import { CredentialFileError } from '../credentials/atomic-file.ts';
import { asRecord, parseJson } from '../json.ts';
import { notJson, unexpectedForm } from '../messages/file.ts';

/** Docker starts `docker-credential-heroku-login`. */
export const ownHelper = 'heroku-login';

/** What docker uses for a registry: a credential helper, or a login in the settings. */
export interface RegistryUse {
  readonly helper?: string;
  /** Absent also if docker keeps an identity token instead. */
  readonly password?: string | undefined;
}

/**
 * What docker uses for a registry by these settings (`latin1` text; null for no file); undefined for
 * nothing. `credsStore` does not count, because `credHelpers` takes precedence over it.
 *
 * @throws CredentialFileError if the settings cannot be understood.
 */
export function registryUse(text: string | null, registry: string): RegistryUse | undefined {
  const { credHelpers, auths } = parse(text ?? '{}');
  const helper = asRecord(credHelpers)[registry];
  if (typeof helper === 'string') return { helper };
  for (const [server, login] of Object.entries(asRecord(auths))) {
    const { auth, identitytoken } = asRecord(login);
    // An entry without either is what docker leaves beside a helper that has the login.
    if (hostOf(server) !== registry || !(auth || identitytoken)) continue;
    const [, password] = /:(.*)/s.exec(Buffer.from(String(auth), 'base64').toString()) ?? [];
    return { password: identitytoken ? undefined : password };
  }
  return undefined;
}

/** The host of what docker calls a server: a host, or a URL as docker 1.x wrote it. */
export const hostOf = (server: string): string =>
  server.replace(/^https?:\/\//, '').replace(/\/.*/s, '');

/**
 * The settings with our credential helper for a registry that has none.
 *
 * @throws CredentialFileError if the settings cannot be understood.
 */
export function addHelper(text: string | null, registry: string): string {
  const entry = `"${registry}": "${ownHelper}"`;
  // As docker itself would write it.
  if (text === null) return `{\n\t"credHelpers": {\n\t\t${entry}\n\t}\n}`;
  const added = parse(text)['credHelpers']
    ? insert(text, String.raw`"credHelpers"\s*:\s*\{`, entry)
    : insert(text, String.raw`\{`, `"credHelpers": { ${entry} }`);
  if (registryUse(added, registry)?.helper === ownHelper) return added;
  throw new CredentialFileError(unexpectedForm);
}

/** Puts a member first into the object that begins so, indented as the one that was the first. */
function insert(text: string, object: string, member: string): string {
  const full = new RegExp(`(${object})(\\s*)(?=")`);
  return full.test(text)
    ? text.replace(full, `$1$2${member},$2`)
    : text.replace(new RegExp(object), `$&${member}`);
}

/**
 * The settings without our credential helper, for whatever registry; null if {@link addHelper} made the
 * file.
 *
 * @throws CredentialFileError if the settings have our helper and cannot be understood.
 */
export function removeHelper(text: string): string | null {
  const left = text.replace(ours, '');
  if (left !== text) parse(text);
  return left === '{\n\t\n}' ? null : left;
}

const entry = String.raw`"registry\.[^"\\]*"\s*:\s*"${ownHelper}"`;
// An object that was there before us, and was empty, has no space before the entry: it stays.
const member = String.raw`(?:"credHelpers"\s*:\s*\{\s+${entry}\s*\}|${entry})`;
const ours = new RegExp(String.raw`${member}\s*,\s*|,\s*${member}|${member}`, 'g');

function parse(text: string): Record<string, unknown> {
  const settings = parseJson(text);
  const isObject = (value: unknown) => typeof value === 'object' && value && !Array.isArray(value);
  const { credHelpers = {} } = asRecord(settings);
  if (isObject(settings) && isObject(credHelpers)) return asRecord(settings);
  throw new CredentialFileError(notJson);
}
