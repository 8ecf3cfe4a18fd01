// The table of time limits, and how options.json changes it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTimeouts, mergeTimeouts } from '../../src/timeouts.ts';

test('a part of the table replaces what it names and nothing else', () => {
  const merged = mergeTimeouts({ verify: { hook: { total: 300 } }, question: 1 });
  assert.deepEqual(merged.verify.hook, { ...defaultTimeouts.verify.hook, total: 300 });
  assert.equal(merged.question, 1);
  assert.deepEqual(
    { ...merged, verify: 0, question: 0 },
    { ...defaultTimeouts, verify: 0, question: 0 },
  );
});

test('what is not a limit is ignored', () => {
  for (const changes of [undefined, null, [], 'x', { gh: '1' }, { list: 3 }, { other: 1 }]) {
    assert.deepEqual(mergeTimeouts(changes), defaultTimeouts);
  }
});
