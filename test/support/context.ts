// The outside of the program, made up for tests that call its functions.
import { join } from 'node:path';
import type { Context } from '../../src/context.ts';
import { defaults } from '../../src/options.ts';
import { defaultTimeouts } from '../../src/timeouts.ts';
import { newHome } from './program.ts';

/** A world with an empty home and nothing in the environment. */
export function makeContext(changes: Partial<Context> = {}): Context {
  const home = changes.home ?? newHome();
  return {
    env: { PATH: process.env['PATH'] },
    home,
    options: defaults,
    timeouts: defaultTimeouts,
    isHook: false,
    codespacesShared: join(home, '../shared'),
    runSecrets: join(home, '../run-secrets'),
    self: () => ({ host: 'host', user: 'dev' }),
    folder: () => undefined,
    now: Date.now,
    readInput: () => '',
    ...changes,
  };
}
