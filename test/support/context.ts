// The outside of the program, made up for tests that call its functions.
import { join } from 'node:path';
import { type Context, createContext } from '../../src/context.ts';
import { defaults } from '../../src/options.ts';
import { defaultTimeouts } from '../../src/timeouts.ts';
import { newHome } from './program.ts';

/** A context with an empty home and nothing in the environment, unless `changes` says otherwise. */
export function makeContext(changes: Partial<Context> = {}): Context {
  const home = changes.home ?? newHome();
  const outside = {
    env: { PATH: process.env['PATH'] },
    home,
    options: defaults,
    timeouts: defaultTimeouts,
    trigger: 'command',
    codespacesShared: join(home, '../shared'),
    runSecrets: join(home, '../run-secrets'),
    self: () => ({ host: 'host', user: 'dev' }),
    folder: () => undefined,
    now: Date.now,
    readInput: () => '',
    ...changes,
  } as const;
  return { ...createContext(outside), ...changes };
}
