// Preloaded for test files that cannot run here (`node --import tsx --import ./scripts/test-skip.ts FILE`): such a
// file still registers all its tests, so that they are counted, but each is skipped and no hook runs.
// HEROKU_TESTS_LACK holds the reason.
import { register } from 'node:module';
import * as real from 'node:test';

// Patching node:test and `syncBuiltinESMExports` would be simpler, but that leaves this one module out.
const hook = `export const resolve = (specifier, context, next) =>
  specifier === 'node:test' && context.parentURL !== ${JSON.stringify(import.meta.url)}
    ? { url: ${JSON.stringify(import.meta.url)}, shortCircuit: true }
    : next(specifier, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const reason = process.env['HEROKU_TESTS_LACK'] ?? 'not possible here';

export function test(...args: readonly unknown[]): void {
  const name = args.find((arg) => typeof arg === 'string');
  real.test(name ?? 'without a name', { skip: reason }, () => {});
}

/** Without its options: a `skip` among them would hide how many tests there are. */
export function describe(...args: readonly unknown[]): void {
  const name = args.find((arg) => typeof arg === 'string');
  const body = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
  real.describe(name ?? 'without a name', body);
}

const none = () => {};

export {
  describe as suite,
  none as after,
  none as afterEach,
  none as before,
  none as beforeEach,
  test as it,
};
export default test;
