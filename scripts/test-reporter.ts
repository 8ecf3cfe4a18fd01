// A reporter for Node's test runner that writes one JSON object for each test, for scripts/test.ts.

/** What became of one test. */
export interface TestResult {
  /** The names of the suites around it and its own. */
  readonly path: readonly string[];
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Why it failed, with the stack, or why it was skipped. */
  readonly reason?: string;
}

/** The last line, without which a file ended before all of its tests did. */
export const END = '{"end":true}';

/** The members of an event that are read here; nodejs.org/api/test.html, "Class: TestsStream". */
interface Event {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly nesting: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details: {
      readonly type?: string;
      readonly duration_ms: number;
      readonly error?: Error & { readonly failureType?: string };
    };
  };
}

export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  // Events of one file come in the order of its tests, each parent's start before its children.
  const open: { name: string; isParent: boolean }[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      open.length = data.nesting;
      const parent = open.at(-1);
      if (parent) parent.isParent = true;
      open.push({ name: data.name, isParent: false });
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isParent = data.details.type === 'suite' || open[data.nesting]?.isParent;
    const path = [...open.slice(0, data.nesting).map(({ name }) => name), data.name];
    const result = resultOf(type, data, isParent ?? false);
    if (result) yield `${JSON.stringify({ path, ms: data.details.duration_ms, ...result })}\n`;
  }
  yield `${END}\n`;
}

/** Undefined for what is no test: a suite, or a test with others inside. Its own failure counts all the same. */
function resultOf(
  type: string,
  { skip, todo, details: { error } }: Event['data'],
  isParent: boolean,
): Pick<TestResult, 'result' | 'reason'> | undefined {
  const left = skip ?? todo;
  if (left !== undefined && left !== false) {
    return {
      result: 'skipped',
      reason: typeof left === 'string' && left ? left : 'no reason given',
    };
  }
  if (type === 'test:pass') return isParent ? undefined : { result: 'passed' };
  // The tests in it have failed, or were cancelled, and count themselves.
  if (isParent && /^(subtestsFailed|cancelledByParent)$/.test(error?.failureType ?? ''))
    return undefined;
  return { result: 'failed', reason: explain(error) };
}

function explain(error: Error | undefined): string {
  const cause = error?.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
