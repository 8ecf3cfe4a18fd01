// The codespace simulator of a test file.
import { after, before } from 'node:test';
import type { HerokuContainer } from './heroku.ts';
import { openSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';

/**
 * One for the tests of the file, opened before them and closed after them.
 *
 * @param then what to do once it is open, before the first test.
 * @returns it, and its fake Heroku; both are filled before the first test.
 */
export function useSimulator(
  then: (heroku: HerokuContainer) => Promise<void> = async () => {},
  options: Omit<SimulatorOptions, 'real'> = {},
) {
  const simulator = {} as Simulator;
  const heroku = {} as HerokuContainer;
  before(async () => {
    Object.assign(simulator, await openSimulator(options));
    await then(Object.assign(heroku, simulator.heroku));
  });
  after(() => simulator.close?.());
  return { simulator, heroku };
}
