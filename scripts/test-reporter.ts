// A reporter for Node's test runner: one line of JSON for each test, for scripts/test-run.ts.
import type { TestEvent } from 'node:test/reporters';

/** What became of one test. */
export interface TestResult {
  /** Its name, after those of the suites around it; empty for a whole file or check. */
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it failed, with the stack, or why it was skipped. */
  readonly reason?: string;
}

/** The last line, without which a file ended before all of its tests did. */
export const END = '"end"';

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  // Of the suites that are open. Events come in the order of the tests.
  const names: string[] = [];
  const line = (data: { name: string; nesting: number }, outcome: Omit<TestResult, 'name'>) => {
    const name = [...names.slice(0, data.nesting), data.name].join(' > ');
    return `${JSON.stringify({ name, ...outcome })}\n`;
  };
  for await (const { type, data } of events) {
    if (type === 'test:start') names[data.nesting] = data.name;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const left = data.skip ?? data.todo ?? false;
    if (left !== false) {
      const reason = typeof left === 'string' && left ? left : 'no reason given';
      yield line(data, { result: 'skipped', reason });
    } else if (type === 'test:fail') {
      // A suite with a test that failed has not failed itself.
      const error: Error & { failureType?: string } = data.details.error;
      if (error.failureType !== 'subtestsFailed')
        yield line(data, { result: 'failed', reason: explain(error) });
    } else if (data.details.type !== 'suite') yield line(data, { result: 'passed' });
  }
  yield `${END}\n`;
}

function explain(error: Error): string {
  const cause = error.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
