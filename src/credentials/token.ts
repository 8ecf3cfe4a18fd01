// Finds the token: which places are looked at, in which order, and what counts as a token.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { parseJson } from '../json.ts';
import * as messages from '../messages/file.ts';
import { unless } from '../report.ts';

export type SourceKind = 'environment' | 'codespaces' | 'run-secrets' | 'stdin' | 'netrc';

/** A token that may be sent to Heroku, and where it came from. */
export interface Candidate {
  readonly token: string;
  readonly kind: SourceKind;
  /** The place in words, such as `HEROKU_API_KEY in the environment`. */
  readonly source: string;
}

/** A value that is there but cannot be a token. */
export interface Unusable {
  readonly source: string;
  /** What is wrong with it, as the end of "it ...". Never holds the value. */
  readonly reason: string;
}

export interface TokenSearch {
  /** Different tokens, the freshest place first. */
  readonly candidates: readonly Candidate[];
  readonly unusable: readonly Unusable[];
  /**
   * Codespaces' secrets file is there, can be read and lacks the name: the secret is gone, which an
   * environment variable that is missing does not prove (docs/facts/codespaces.md part 2).
   */
  readonly secretWasRemoved: boolean;
}

type Cleaned = { readonly token: string } | { readonly reason: string } | null;

// What people paste by accident around a token: white space and other control characters, quotes of
// any kind, invisible marks of word processors. The replacement is anchored, so inner ones stay.
const pastedAround = /^[\s\p{Cc}\p{Cf}'"`´‘’“”„«»]+|[\s\p{Cc}\p{Cf}'"`´‘’“”„«»]+$/gu;

const netrcKeywords = new Set(['machine', 'default', 'login', 'password', 'account', 'macdef']);

/**
 * Takes off what was pasted by accident. Null where nothing is left. Otherwise the token, or why it
 * cannot be one. No known token form has other characters than `[0-9A-Za-z_-]`
 * (docs/facts/heroku.md part 1.5); only what would break a header, a netrc file or git's protocol is turned away here, and Heroku
 * judges the rest.
 */
export function cleanToken(raw: string): Cleaned {
  // The usual case first: the first use of Unicode's classes costs half a millisecond.
  const token = /^[\w-]+$/.test(raw) ? raw : raw.replace(pastedAround, '');
  if (token === '') return null;
  if (/\s/.test(token)) return { reason: messages.unusable.whiteSpace };
  if (!/^[\x21-\x7e]+$/.test(token)) return { reason: messages.unusable.characters };
  if (token.length > 1024) return { reason: messages.unusable.length };
  if (token.endsWith('\\') || token.includes('"') || netrcKeywords.has(token.toLowerCase())) {
    return { reason: messages.unusable.netrc };
  }
  return { token };
}

/** What root found, see {@link findTokensAsRoot}. */
let found: TokenSearch | undefined;

/** Looks for the token now, for all later answers: the user that the program goes on as may see less. */
export function findTokensAsRoot(context: Context): void {
  found = findTokens(context);
}

/** Looks in all places for the token that the option `secretName` names. */
export function findTokens(context: Context): TokenSearch {
  if (found) return found;
  const name = context.options.secretName;
  const secrets = readSecretsFile(join(context.codespacesShared, 'user-secrets-envs.json'));
  const encoded = readText(join(context.codespacesShared, '.env-secrets'));
  const places: [SourceKind, string, string | undefined][] = [
    ['environment', `${name} in the environment`, context.env[name]],
    ['codespaces', `the Codespaces secret ${name}`, secrets?.[name]],
    ['codespaces', `the Codespaces secret ${name}`, encoded && decodeSecret(encoded, name)],
    ['run-secrets', join(context.runSecrets, name), readText(join(context.runSecrets, name))],
  ];
  const candidates: Candidate[] = [];
  const unusable: Unusable[] = [];
  for (const [kind, source, raw] of places) {
    const cleaned = cleanToken(raw ?? '');
    if (cleaned === null) continue;
    if ('reason' in cleaned) {
      if (!unusable.some((other) => other.source === source)) {
        unusable.push({ source, reason: cleaned.reason });
      }
    } else if (!candidates.some(({ token }) => token === cleaned.token)) {
      candidates.push({ token: cleaned.token, kind, source });
    }
  }
  return { candidates, unusable, secretWasRemoved: secrets !== undefined && !secrets[name] };
}

/**
 * By what a new shell tells whether the secret is another one than at the last login, see
 * image/shell-notice.sh: the last letters of what was found. Heroku shows as many in its own lists.
 */
export function suffixOf(context: Context, { candidates }: TokenSearch): string {
  const found = context.env[context.options.secretName] || candidates[0]?.token || '';
  return /([\w-]{1,6})[^\w-]*$/.exec(found)?.[1] ?? '';
}

/** The token on standard input (`--with-token`), in the same form as {@link findTokens}. */
export function tokenFromInput(input: string): TokenSearch {
  const source = 'standard input';
  const cleaned = cleanToken(input);
  return {
    candidates: cleaned && 'token' in cleaned ? [{ ...cleaned, kind: 'stdin', source }] : [],
    unusable: cleaned && 'reason' in cleaned ? [{ ...cleaned, source }] : [],
    secretWasRemoved: false,
  };
}

/** A file's text; undefined where it is not there or not for this user. */
function readText(path: string): string | undefined {
  // Asked first, because an exception for each place where there is nothing costs more.
  if (!existsSync(path)) return undefined;
  const absent = ['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR'];
  return unless(absent, () => readFileSync(path, 'utf8'));
}

/** Codespaces' flat JSON object of names and values; undefined where it cannot be understood. */
function readSecretsFile(path: string): Record<string, string | undefined> | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const isText = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === 'string';
  return Object.fromEntries(Object.entries(parsed).filter(isText));
}

/** One value of `.env-secrets`, whose lines are `NAME=<base64>`; the padding holds `=` too. */
function decodeSecret(text: string, name: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}=`));
  return line && Buffer.from(line.slice(name.length + 1), 'base64').toString('utf8');
}
