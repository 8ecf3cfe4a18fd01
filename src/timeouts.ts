// Every time limit, in one table. All are in milliseconds.
//
// `options.json` may hold a part of it as `"timeouts"`: that file is root's, and no option of the
// Feature ends up there. Tests make ten seconds a third of one with it.

import { asRecord } from './json.ts';

/** How long to try one request. */
export interface RetryPolicy {
  /** Longest time for all attempts together. */
  readonly total: number;
  /** Longest time for one attempt. */
  readonly attempt: number;
  /** How often to try, the first time included. */
  readonly attempts: number;
}

/** What started the program: a person or a script, the container's hook, or a new shell. */
export type Trigger = 'command' | 'hook' | 'shell';

/** A part of the table, as `options.json` may hold it. */
export type PartialTimeouts = DeepPartial<Timeouts>;

type DeepPartial<T> = {
  readonly [K in keyof T]?: T[K] extends number ? number : DeepPartial<T[K]>;
};

export type Timeouts = typeof defaultTimeouts;

const minute = 60_000;

export const defaultTimeouts = {
  /** For everything that one run does. Codespaces waits for the hook, so it stays well below 15 s. */
  deadline: { command: minute, hook: 13_000, shell: 5000 },
  /** For the one request that decides: whose token is this? */
  verify: {
    command: { total: 30_000, attempt: 10_000, attempts: 4 },
    hook: { total: 10_000, attempt: 6000, attempts: 3 },
    // Somebody waits for a prompt.
    shell: { total: 3000, attempt: 3000, attempts: 1 },
  },
  /** The list of authorizations: it only tells when the token expires. */
  list: { total: 3000, attempt: 3000, attempts: 2 },
  /** For a token that only a sentence depends on. */
  keptLogin: { total: 3000, attempt: 3000, attempts: 1 },
  /** Each request that makes or revokes a container's own token. */
  containerToken: { total: 4000, attempt: 4000, attempts: 2 },
  /** To revoke the container's own token at a logout. */
  logout: { total: 10_000, attempt: 5000, attempts: 3 },
  /** For `status`, which may take its time. */
  status: { total: 15_000, attempt: 8000, attempts: 2 },
  /** Git remotes: git and Heroku together. */
  remotes: 4000,
  /** One git command that reads a setting or asks whether a file is tracked. */
  git: 5000,
  /** A question at a terminal: a hook with a terminal must not wait forever. */
  question: 10 * minute,
  /** The pause before the second attempt of a request; it doubles with each further one. */
  retryPause: 400,
  /** If Heroku did not answer, the hook that follows in the same start asks again after this long. */
  repeatAfter: minute,
};

/** The defaults with what `changes` has in their place, key by key; what is not a number there does not count. */
export const mergeTimeouts = (changes: unknown): Timeouts =>
  merge(defaultTimeouts, changes) as Timeouts;

function merge(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (typeof base === 'number') return typeof changes === 'number' ? changes : base;
  const given = asRecord(changes);
  const all = Object.entries(asRecord(base));
  return Object.fromEntries(all.map(([key, value]) => [key, merge(value, given[key])]));
}
