// Everything that a run works with, built once, so that tests can run the rest with another home,
// another environment or another clock.

import { openState, type State } from './credentials/state.ts';
import { type Deadline, deadlineIn } from './deadline.ts';
import { type Hosts, herokuHosts } from './heroku/hosts.ts';
import type { ApiCall } from './heroku/http.ts';
import type { Environment } from './heroku/proxy.ts';
import type { Options } from './options.ts';
import type { RetryPolicy, Timeouts, Trigger } from './timeouts.ts';

/** What main.ts finds outside of the program. */
export interface Outside {
  readonly env: Environment;
  /** The user's home folder. */
  readonly home: string;
  /** What install.sh recorded. */
  readonly options: Options;
  readonly timeouts: Timeouts;
  readonly trigger: Trigger;
  /** Folder of Codespaces' own secret files (docs/facts/codespaces.md part 3). */
  readonly codespacesShared: string;
  /** Folder where Docker and Compose mount secrets. */
  readonly runSecrets: string;
  /** What this machine and this user are called. */
  self(): { readonly host: string; readonly user: string };
  /** The working directory; undefined if it is gone. */
  folder(): string | undefined;
  /** Milliseconds since 1970, for dates. Waits ask `deadline`. */
  now(): number;
  /** The whole of standard input. */
  readInput(): string;
}

export interface Context extends Outside {
  readonly hosts: Hosts;
  readonly state: State;
  /** When the whole run must be over. */
  readonly deadline: Deadline;
}

export function createContext(outside: Outside): Context {
  const { env, home } = outside;
  return restarted({ ...outside, hosts: herokuHosts(env), state: openState(home) });
}

/** The same with the whole time left: the time that a user takes to answer a question is not ours. */
export function restarted(context: Omit<Context, 'deadline'>): Context {
  return { ...context, deadline: deadlineIn(context.timeouts.deadline[context.trigger]) };
}

/** How a request to Heroku's API is made: where to, with which token, and for how long. */
export function apiCall(context: Context, token: string, policy: RetryPolicy): ApiCall {
  const { hosts, timeouts, deadline } = context;
  return { server: hosts.api, token, limits: { ...policy, pause: timeouts.retryPause, deadline } };
}
