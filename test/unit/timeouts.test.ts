// The table of time limits: what is promised of it, and how options.json changes it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultTimeouts, mergeTimeouts } from '../../src/timeouts.ts';

const { deadline, verify, ...rest } = defaultTimeouts;

describe('the time limits', () => {
  test('end a hook below the 15 s that are promised, with what it starts at the last moment', () => {
    assert.deepEqual(deadline, { command: 60_000, hook: 13_000, shell: 5000 });
    for (const [trigger, { total, attempt, attempts }] of Object.entries(verify)) {
      const limit = deadline[trigger as keyof typeof deadline];
      assert.ok(attempt <= total && total < limit, trigger);
      assert.ok(attempts >= 1, trigger);
    }
  });

  test('are these', () => {
    assert.deepEqual(verify, {
      command: { total: 30_000, attempt: 10_000, attempts: 4 },
      hook: { total: 10_000, attempt: 6000, attempts: 3 },
      shell: { total: 3000, attempt: 3000, attempts: 1 },
    });
    assert.deepEqual(rest, {
      list: { total: 3000, attempt: 3000, attempts: 2 },
      keptLogin: { total: 3000, attempt: 3000, attempts: 1 },
      containerToken: { total: 4000, attempt: 4000, attempts: 2 },
      logout: { total: 10_000, attempt: 5000, attempts: 3 },
      status: { total: 15_000, attempt: 8000, attempts: 2 },
      remotes: 4000,
      git: 5000,
      question: 600_000,
      retryPause: 400,
      repeatAfter: 60_000,
    });
  });

  test('are changed key by key, by numbers only', () => {
    for (const changes of [undefined, null, 'x', [], { git: '1', list: 1, unknown: 1 }]) {
      assert.deepEqual(mergeTimeouts(changes), defaultTimeouts, JSON.stringify(changes));
    }
    const changed = mergeTimeouts({ git: 1, verify: { hook: { attempt: 2 } } });
    const hook = { ...verify.hook, attempt: 2 };
    assert.deepEqual(changed, { ...defaultTimeouts, git: 1, verify: { ...verify, hook } });
  });
});
