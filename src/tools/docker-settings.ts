// The text of docker's settings, `~/.docker/config.json`: what they say about a registry, and the one key
// of ours. Everything else stays as it is to the byte, because docker, editors and dotfiles each have a
// format of their own; taking the key out is the exact inverse of adding it.

import { CredentialFileError } from '../credentials/atomic-file.ts';
import { fields } from '../heroku/api.ts';

/** Docker starts `docker-credential-heroku-login`. */
const helper = 'heroku-login';

/** What docker uses for a registry. */
export type RegistryUse =
  | { readonly kind: 'none' }
  /** Our credential helper. */
  | { readonly kind: 'ours' }
  | { readonly kind: 'helper'; readonly name: string }
  /** A login in the settings; no password if docker keeps an identity token instead. */
  | { readonly kind: 'login'; readonly password: string | undefined };

/**
 * What docker uses for a registry by these settings (`latin1` text; null for no file). `credsStore` does
 * not count, because `credHelpers` has precedence over it.
 *
 * @throws CredentialFileError if the settings cannot be understood.
 */
export function registryUse(text: string | null, registry: string): RegistryUse {
  const { credHelpers, auths } = parse(text ?? '{}');
  const name = fields(credHelpers)[registry];
  if (typeof name === 'string')
    return name === helper ? { kind: 'ours' } : { kind: 'helper', name };
  for (const [server, login] of Object.entries(fields(auths))) {
    const { auth, identitytoken } = fields(login);
    // An entry without either is what docker leaves beside a helper that has the login.
    if (hostOf(server) !== registry || !(auth || identitytoken)) continue;
    const [, password] = /:(.*)/s.exec(Buffer.from(String(auth), 'base64').toString()) ?? [];
    return { kind: 'login', password: identitytoken ? undefined : password };
  }
  return { kind: 'none' };
}

/** The host of what docker calls a server: a host, or a URL as docker 1.x wrote it. */
export function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, '').replace(/\/.*/s, '');
}

/**
 * The settings with our credential helper for a registry that has none.
 *
 * @throws CredentialFileError if the settings cannot be understood.
 */
export function addHelper(text: string | null, registry: string): string {
  if (text === null) return newFile(registry);
  parse(text);
  const entry = `${JSON.stringify(registry)}: "${helper}"`;
  const helpers = credHelpersIn(text);
  return helpers
    ? insert(text, helpers.brace, entry)
    : insert(text, text.indexOf('{'), `"credHelpers": { ${entry} }`);
}

/**
 * The settings without our credential helper; null if the file is one that {@link addHelper} made.
 *
 * @throws CredentialFileError if the settings name our helper and cannot be understood.
 */
export function removeHelper(text: string): string | null {
  if (!text.includes(`"${helper}"`)) return text;
  parse(text);
  const helpers = credHelpersIn(text);
  const members = helpers ? membersOf(text, helpers.brace) : [];
  const ours = members.find(({ value }) => value === `"${helper}"`);
  if (!helpers || !ours) return text;
  if (text === newFile(ours.name)) return null;
  // An empty object that was there before us has our entry right behind its brace.
  const isAlone = members.length === 1 && text[helpers.brace + 1] !== '"';
  return removeHelper(isAlone ? cut(text, helpers.all, helpers.own) : cut(text, members, ours));
}

/** As docker itself would write it. */
function newFile(registry: string): string {
  return JSON.stringify({ credHelpers: { [registry]: helper } }, null, '\t');
}

function parse(text: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    // The error quotes the text, which may hold passwords: it must not be kept as the cause.
  }
  const isObject = (value: unknown) => typeof value === 'object' && value && !Array.isArray(value);
  if (!isObject(settings) || !isObject(fields(settings)['credHelpers'] ?? {})) {
    throw new CredentialFileError('it is not valid JSON');
  }
  return fields(settings);
}

/** `"name": value` in an object. */
interface Member {
  readonly name: string;
  readonly value: string;
  /** Position behind the brace or comma before it, and behind its value. */
  readonly from: number;
  readonly to: number;
}

/** The members of the object that begins at `brace`; `text` is valid JSON. */
function membersOf(text: string, brace: number): Member[] {
  const members: Member[] = [];
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;
  tokens.lastIndex = brace + 1;
  let from = brace + 1;
  let depth = 0;
  let name: string | undefined;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token.startsWith('"')) name ??= token;
    else if (token === '{' || token === '[') depth++;
    else if (depth > 0) depth -= token === ',' ? 0 : 1;
    else {
      const all = text.slice(from, index).trimEnd();
      const value = all
        .trimStart()
        .slice(name?.length)
        .replace(/^\s*:\s*/, '');
      if (name) members.push({ name: JSON.parse(name), value, from, to: from + all.length });
      if (token === '}') break;
      from = index + 1;
      name = undefined;
    }
  }
  return members;
}

/** The member `credHelpers` among all, and where its object begins. Docker too takes the last of two. */
function credHelpersIn(text: string) {
  const all = membersOf(text, text.indexOf('{'));
  const own = all.findLast(({ name }) => name === 'credHelpers');
  return own && { all, own, brace: own.to - own.value.length };
}

/** Puts a member first into the object that begins at `brace`, indented as the next one is. */
function insert(text: string, brace: number, member: string): string {
  const [before, after] = [text.slice(0, brace + 1), text.slice(brace + 1)];
  const [space = ''] = /^\s*/.exec(after) ?? [];
  return after[space.length] === '}'
    ? `${before}${member}${after}`
    : `${before}${space}${member},${after}`;
}

/** Takes a member out, with the comma that parted it from its neighbor. */
function cut(text: string, all: readonly Member[], { from, to }: Member): string {
  const next = all.find((member) => member.from > to);
  if (next) return text.slice(0, from) + text.slice(next.from);
  return text.slice(0, all.length > 1 ? from - 1 : from) + text.slice(to);
}
