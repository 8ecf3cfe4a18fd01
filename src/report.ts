// What every command ends with: an exit code, one sentence, and the facts for `--json`.

/** Exit codes of `heroku-login`; part of its interface. */
export const exitCodes = {
  loggedIn: 0,
  unexpected: 1,
  usage: 2,
  noToken: 3,
  refused: 4,
  unreachable: 5,
  notStored: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export type Outcome =
  | 'logged_in'
  | 'logged_out'
  | 'no_token'
  | 'unusable_token'
  | 'prebuild'
  | 'refused'
  | 'unreachable'
  | 'not_stored'
  | 'usage'
  | 'unexpected';

/** The result of a command, for people (`sentence`, `details`) and for programs (the rest). */
export interface Report {
  readonly code: ExitCode;
  readonly outcome: Outcome;
  /** One sentence that says what was done, or what is wrong and how to mend it. */
  readonly sentence: string;
  /** Further sentences or lines, each on a line of its own. */
  readonly details?: readonly string[];
  /** The address of the account, as Heroku gave it. */
  readonly account?: string;
  /** Where the token came from, in words. */
  readonly source?: string;
  /** When the token expires, in milliseconds since 1970; null for never; absent where unknown. */
  readonly expiresAt?: number | null;
  /** When the container's own session ends, where there is one; in milliseconds since 1970. */
  readonly sessionExpiresAt?: number;
  /** The person has read this already, in the same start of the container. */
  readonly repeated?: boolean;
  /** Facts of one command only, such as what `status` found. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A failure with its exit code and the sentence that a person gets to read. */
export class CommandError extends Error {
  override readonly name = 'Failure';
  readonly code: ExitCode;
  readonly outcome: Outcome;

  constructor(code: ExitCode, outcome: Outcome, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
    this.outcome = outcome;
  }

  report(): Report {
    return { code: this.code, outcome: this.outcome, sentence: this.message };
  }
}

/** Where there is a code of the operating system or of Node (`ENOENT`, `ECONNREFUSED`), that code. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
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
