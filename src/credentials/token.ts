// Finds the token: which places are looked at, in which order, and what counts as a token.

import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inCodespace } from '../codespace.ts';
import type { Context } from '../context.ts';
import { isShared } from '../home.ts';
import { parseJson } from '../json.ts';
import * as messages from '../messages/file.ts';
import { places } from '../messages/status.ts';
import { orNothing } from '../report.ts';
import { CredentialFileError, readCredentialFile } from './atomic-file.ts';

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
  /** What is wrong with it, as the end of "it ...", or a clause. Never holds the value. */
  readonly reason: string;
  /** Whether it is about the file, not about what is in it. */
  readonly isFile?: boolean;
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
// any kind, invisible marks of word processors. The replacement is anchored, so inner ones stay. By their
// numbers, because V8 keeps a program with such characters in it at two bytes for each of its own.
const pastedAround =
  /^[\s\p{Cc}\p{Cf}'"`\xab\xb4\xbb\u2018-\u201f,;]+|[\s\p{Cc}\p{Cf}'"`\xab\xb4\xbb\u2018-\u201f,;]+$/gu;

/** What stands before a token in a file of settings or in a request. */
const pastedBefore =
  /^(?:(?:export|set|setx)\s+|\$env:)?[a-z_]\w*["']?\s*(?:=|:\s)\s*["']?(?:bearer\s+)?|^bearer\s+/i;

/** All known forms, 36 to 65 characters long (docs/facts/heroku.md part 1.5), and those that may come. */
const tokenForm = /^[\w-]+$/;

const netrcKeywords = new Set(['machine', 'default', 'login', 'password', 'account', 'macdef']);

type Look = readonly [keyof typeof messages.looks, RegExp];

/** What else people give in the place of a token, the most telling first. */
const looks: readonly Look[] = [
  ['key', /-----BEGIN|^LS0tLS1CRUdJTi|^ssh-\w+ /],
  ['reference', /^(?!https?:)[a-z][\w+.-]+:\S|^ENC\[|^!|^projects\/.*secrets\//i],
  ['redacted', /\*{2}|[\u2022\u25cf\u2026]|\.{3}|^\W*redacted\W*$/i],
  ['placeholder', /\$|%\w+%|\{\{|<|>|@@|#\{|^\{\w+\}$|^\[[\w -]+\]$/],
  ['json', /^[{[]/],
  ['url', /^https?:/i],
  ['email', /^[^\s@]+@[^\s@]+$/],
  ['assignment', /^(?:export\s+)?[a-z_]\w*\s*=/i],
  ['path', /^\S*\/\S*$|^[a-z]:\\|\.[a-z]\w{1,4}$/i],
];

const placeholders = [
  `(?:n[iu]ll?|none|nan|undefined|unset|empty|true|false|yes|no|n-a|to-?do|tbd|fixme|foo(?:bar)?)`,
  `(?:change|replace)[-_]?(?:me|this|it)|placeholder|example|sample|dummy|test|(?:HRKU-)?(?:AA)?[x0_-]+`,
  `(?:your|my|insert|enter|paste|put|add|replace|example|dummy)[-_].*(?:token|key|secret|here)`,
  `(?:[a-z]+[-_])*(?:api-?key|key|token|secret|value|string)|__[a-z_]+__`,
];
const services =
  'gh[oprsu]_|github_pat_|glpat-|npm_|pypi-|dckr_pat_|xox[a-z]-|sk-|[prs]k_(?:live|test)_|A[KS]IA[0-9A-Z]{16}$' +
  '|AIza|hf_|dop_v1_|shp(?:at|ca|pa|ss)_|rubygems_|ops_|glsa_|NRAK-';

/** The same, of values that have the form of a token. */
const wordLooks: readonly Look[] = [
  ['placeholder', new RegExp(`^(?:${placeholders.join('|')})$`, 'i')],
  ['otherService', new RegExp(`^(?:${services})`)],
];

/** Base64 of a JSON object, and so a JSON web token. */
const isEncodedJson = (text: string): boolean =>
  /^e[wy3]/.test(text) &&
  /^[\w+/=.-]+$/.test(text) &&
  typeof parseJson(Buffer.from(text.split('.')[0] ?? '', 'base64').toString()) === 'object';

/**
 * Takes off what was pasted by accident. Null if nothing is left. Otherwise the token, or why it cannot be
 * one: no known form has other characters than `[0-9A-Za-z_-]` (docs/facts/heroku.md part 1.5). Anything
 * else is another secret, or would break a header, a netrc file or git's protocol, so it is not sent.
 * Heroku judges the rest.
 */
export function cleanToken(raw: string): Cleaned {
  // A pattern that looks for an end takes very long for a very long text.
  if (raw.length > 4096 && raw.trim().length > 4096) return { reason: messages.unusable.length };
  // The usual case first: the first use of Unicode's classes costs half a millisecond.
  const isForm = tokenForm.test(raw);
  const value = isForm ? raw : raw.trim().replace(pastedAround, '');
  const rest = isForm ? raw : value.replace(pastedBefore, '').replace(pastedAround, '');
  const isWord = wordLooks.some(([, pattern]) => pattern.test(rest));
  const token = tokenForm.test(rest) && (isWord || rest.length > 30) ? rest : value;
  if (token === '') return null;
  const reason = whyNoToken(token);
  return reason === undefined ? { token } : { reason };
}

function whyNoToken(value: string): string | undefined {
  const isForm = tokenForm.test(value);
  const [look] = (isForm ? wordLooks : looks).find(([, pattern]) => pattern.test(value)) ?? [];
  if (isEncodedJson(value)) return messages.looks.json;
  if (look) return messages.looks[look];
  if (/\s/.test(value)) return messages.unusable.whiteSpace;
  if (!/^[\x21-\x7e]+$/.test(value)) return messages.unusable.characters;
  if (/"|\\$/.test(value) || netrcKeywords.has(value.toLowerCase())) return messages.unusable.netrc;
  return isForm ? undefined : messages.unusable.characters;
}

/** What root found, see {@link findTokensAsRoot}. */
let found: TokenSearch | undefined;

/** Looks for the token now, for all later answers: the user that the program goes on as may see less. */
export function findTokensAsRoot(context: Context): void {
  found = findTokens(context);
}

/**
 * Looks in all places for the token that the option `secretName` names. GitHub makes capitals of a secret's
 * name, and Compose's files often have small letters. Codespaces' own files count only there, and only if
 * the environment has no token: elsewhere anybody could have put them there.
 */
export function findTokens(context: Context): TokenSearch {
  if (found) return found;
  const { env, codespacesShared: shared, runSecrets } = context;
  const { secretName } = context.options;
  const names = [...new Set([secretName, secretName.toUpperCase()])];
  const candidates: Candidate[] = [];
  const unusable: Unusable[] = [];
  const exclude = (one: Unusable) =>
    unusable.some(({ source }) => source === one.source) || unusable.push(one);
  /** @returns whether there was a value at all. */
  const consider = (kind: SourceKind, source: string, raw: string | undefined) => {
    const cleaned = cleanToken(raw ?? '');
    if (cleaned === null) return false;
    if ('reason' in cleaned) exclude({ source, reason: cleaned.reason });
    else if (!candidates.some(({ token }) => token === cleaned.token)) {
      candidates.push({ token: cleaned.token, kind, source });
    }
    return true;
  };
  for (const name of names) consider('environment', places.variable(name), env[name]);
  let secretWasRemoved = false;
  if (inCodespace(context) && candidates.length === 0) {
    const secrets = readSecretsFile(join(shared, 'user-secrets-envs.json'));
    const encoded = readSecret(join(shared, '.env-secrets'))?.text ?? '';
    for (const name of names) {
      consider('codespaces', places.codespacesSecret(name), secrets?.get(name));
      consider('codespaces', places.codespacesSecret(name), decodeSecret(encoded, name));
    }
    secretWasRemoved = secrets !== undefined && !names.some((name) => secrets.get(name));
  }
  for (const name of new Set([...names, secretName.toLowerCase()])) {
    const source = join(runSecrets, name);
    const file = readSecret(source);
    if (!file) continue;
    const problem = isOpenToOthers(runSecrets) ? messages.folderOfOthers : file.problem;
    if (problem !== undefined) exclude({ source, reason: problem, isFile: true });
    else if (!consider('run-secrets', source, file.text)) {
      exclude({ source, reason: messages.emptyFile, isFile: true });
    }
  }
  return { candidates, unusable, secretWasRemoved };
}

/**
 * By what a new shell tells whether the secret is another one than at the last login, see
 * image/shell-notice.sh: the last letters of what was found. Heroku shows as many in its own lists.
 */
export function suffixOf(context: Context, { candidates }: TokenSearch): string {
  const { secretName } = context.options;
  const set = context.env[secretName] || context.env[secretName.toUpperCase()];
  const found = set || candidates[0]?.token || '';
  return /([\w-]{1,6})[^\w-]*$/.exec(found)?.[1] ?? '';
}

/** The token on standard input (`--with-token`), in the same form as {@link findTokens}. */
export function tokenFromInput(input: string): TokenSearch {
  const source = places.stdin;
  const cleaned = cleanToken(input);
  return {
    candidates: cleaned && 'token' in cleaned ? [{ ...cleaned, kind: 'stdin', source }] : [],
    unusable: cleaned && 'reason' in cleaned ? [{ ...cleaned, source }] : [],
    secretWasRemoved: false,
  };
}

/** What a file holds, or why it cannot be read, as a clause. */
type SecretFile = { readonly text?: string; readonly problem?: string };

/**
 * Reads a file that anybody may have put there, as a credential file: whatever it is, nothing waits for it.
 * Its owner and mode decide nothing, because a mounted one can have any. Undefined if there is none.
 */
function readSecret(path: string): SecretFile | undefined {
  // Asked first, because an exception for each place where there is nothing costs more.
  if (!orNothing(() => lstatSync(path, { throwIfNoEntry: false }))) return undefined;
  try {
    const text = readCredentialFile(path);
    if (text === null) return { problem: messages.linkToNothing };
    return { text: Buffer.from(text, 'latin1').toString() };
  } catch (error) {
    if (error instanceof CredentialFileError) return { problem: error.message };
    throw error;
  }
}

/** Whether others than root, and this user, may put files into a folder. */
function isOpenToOthers(folder: string): boolean {
  const stats = statSync(folder);
  return ![0, process.geteuid?.()].includes(stats.uid) || isShared(stats);
}

/** Codespaces' flat JSON object of names and values; undefined if it cannot be understood. */
function readSecretsFile(path: string): Map<string, string> | undefined {
  const parsed = parseJson(readSecret(path)?.text ?? '');
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const isText = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === 'string';
  return new Map(Object.entries(parsed).filter(isText));
}

/** One value of `.env-secrets`, whose lines are `NAME=<base64>`; the padding holds `=` too. */
function decodeSecret(text: string, name: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}=`));
  return line && Buffer.from(line.slice(name.length + 1), 'base64').toString('utf8');
}
