// Everything of the outside that the program looks at, gathered once by main.ts, so that the rest
// can be tried with another home, another environment or another clock.

import type { Options } from './options.ts';
import type { RetryPolicy, Timeouts } from './timeouts.ts';

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder. */
  readonly home: string;
  /** What install.sh recorded. */
  readonly options: Options;
  readonly timeouts: Timeouts;
  /** Whether the container's hook runs this, so that its output goes into the creation log. */
  readonly isHook: boolean;
  /** Folder of Codespaces' own secret files (docs/facts/codespaces.md part 3). */
  readonly codespacesShared: string;
  /** Folder where Docker and Compose mount secrets. */
  readonly runSecrets: string;
  /** What this machine and this user are called. */
  self(): { readonly host: string; readonly user: string };
  /** The working directory; undefined where it is gone. */
  folder(): string | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  /** The whole of standard input. */
  readInput(): string;
}

/** A policy of the table, with the pause between attempts. */
export function limitsOf(context: Context, policy: RetryPolicy) {
  const { retryPause: pause, list } = context.timeouts;
  return { ...policy, pause, list };
}
