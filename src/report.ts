// What every command ends with: how it ended, one sentence, and the facts for `--json`.

/** The exit code of each outcome; part of the interface of `heroku-login`. */
export const exitCodes = {
  logged_in: 0,
  logged_out: 0,
  unexpected: 1,
  usage: 2,
  no_token: 3,
  unusable_token: 3,
  /** A hook in a prebuild has done all it should, so there it is no failure. */
  prebuild: 3,
  rejected: 4,
  unreachable: 5,
  not_stored: 6,
} as const;

export type Outcome = keyof typeof exitCodes;

/** The result of a command, for people (`sentence`, `details`) and for programs (the rest). */
export interface Report {
  readonly outcome: Outcome;
  /** One line that says what happened, and steps on lines of their own, see messages/steps.ts. */
  readonly sentence: string;
  /** Further sentences or lines, each on a line of its own. */
  readonly details?: readonly string[];
  /** The address of the account, as Heroku gave it. */
  readonly account?: string;
  /** Where the token came from, in words. */
  readonly source?: string;
  /** When the token expires, in milliseconds since 1970; null for never; absent if unknown. */
  readonly expiresAt?: number | null;
  /** When the container's own token expires, if there is one; in milliseconds since 1970. */
  readonly containerTokenExpiresAt?: number;
  /** The user has read this already, in the same start of the container. */
  readonly repeated?: boolean;
  readonly facts?: Facts;
}

/** Prints a report and returns the exit code. */
export type Tell = (report: Report) => number;

/** Facts of one command only. */
export interface Facts {
  /** Without a token: whether ~/.netrc has a login that is not ours. */
  readonly ownLogin?: boolean;
  /** If Heroku rejected the secret: whether the login before it stays in use. */
  readonly stillLoggedIn?: boolean;
  /** Without a token: whether it is the file with the secret that cannot be used, not what is in it. */
  readonly unusableFile?: boolean;
  /** The registry that docker is set up for; null if that did not work. */
  readonly registry?: string | null;
  readonly cli?: ProgramUse & { readonly version: string | null };
  readonly git?: ProgramUse & { readonly helper: 'helper' | 'none' | 'absent' };
  readonly docker?: ProgramUse & { readonly installed: boolean };
}

/** What a program would log in to Heroku with now. */
export interface ProgramUse {
  /** The place in words; null if it finds nothing. */
  readonly uses: string | null;
  /** Whether that is the token this report is about; null if it cannot be told. */
  readonly sameToken: boolean | null;
}

/** If there is a code of the operating system or of Node (`ENOENT`, `ECONNREFUSED`), that code. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What `use` returns; undefined if the operating system answers with one of these error codes. */
export function unless<T>(codes: readonly string[], use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What `use` returns; undefined if it fails, whatever the reason. */
export function orNothing<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/**
 * Text that came from outside, fit for a terminal: control and other invisible characters become
 * `?`, and it is cut after `most` characters.
 */
export function sanitizeForTerminal(text: string, most = 200): string {
  // The usual case first: the first use of Unicode's classes costs a quarter of a millisecond.
  if (/^[ -~]*$/.test(text)) return text.slice(0, most);
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').slice(0, most);
}

/** The same for a line that is not to be cut: it stays one line, and moves no cursor. */
export const printable = (line: string) => sanitizeForTerminal(line, line.length);

/** JSON in which all but printable ASCII is escaped. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** One word of a command that is to be pasted into bash or zsh; what cannot be printed is escaped. */
export function quoteForShell(text: string): string {
  if (/^[\w./:@+][\w./:@+=-]*$/.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/[^ -~]|['\\]/gu, (one) =>
    [...Buffer.from(one)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  return `$'${escaped}'`;
}
