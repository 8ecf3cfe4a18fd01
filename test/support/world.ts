// The outside of the program, made up for tests that call its functions.
import { join } from 'node:path';
import type { World } from '../../src/world.ts';
import { newHome } from './program.ts';

/** A world with an empty home and nothing in the environment. */
export function makeWorld(changes: Partial<World> = {}): World {
  const home = changes.home ?? newHome();
  return {
    env: { PATH: process.env['PATH'] },
    home,
    options: { secretName: 'HEROKU_API_KEY', required: false },
    isHook: false,
    codespacesShared: join(home, '../shared'),
    runSecrets: join(home, '../run-secrets'),
    now: Date.now,
    readInput: () => '',
    ...changes,
  };
}
