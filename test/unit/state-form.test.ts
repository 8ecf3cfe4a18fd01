// What is remembered between two runs: state of another form counts as absent.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { openState } from '../../src/credentials/state.ts';
import { newHome } from '../support/program.ts';

const last = {
  report: { outcome: 'refused', sentence: 'x', expiresAt: null },
  tokens: ['1'],
  at: 1,
} as const;
const own = { id: 'x', of: '1', madeAt: 1, expiresAt: 2 };

/** A state whose file `name` holds this text. */
function withFile(name: string, text: string) {
  const home = newHome();
  const file = join(home, '.local/state/heroku-login', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return openState(home);
}

describe('the last login', () => {
  test('comes back as it was written', () => {
    const state = openState(newHome());
    assert.ok(state.last.write(last));
    assert.deepEqual(state.last.read(), last);
  });

  const others = [
    ...['', '{', 'null', '1', '[]', '{}', '{"report":null}', '{"report":[],"tokens":[],"at":1}'],
    ...[
      { ...last, report: { ...last.report, outcome: 'toString' } },
      { ...last, report: { ...last.report, sentence: 1 } },
      { ...last, report: { ...last.report, details: 'x' } },
      { ...last, report: { ...last.report, expiresAt: 1e300 } },
      { ...last, report: { ...last.report, sessionExpiresAt: 'x' } },
      { ...last, tokens: '1' },
      { ...last, tokens: [1] },
      { ...last, at: null },
    ].map((value) => JSON.stringify(value)),
  ];
  for (const text of others) {
    test(`is absent: ${text}`, () => {
      assert.equal(withFile('last.json', text).last.read(), undefined);
    });
  }
});

describe("a container's own token", () => {
  test('comes back as it was written, and is listed', () => {
    const state = openState(newHome());
    assert.ok(state.containerToken('7').write(own));
    assert.deepEqual(state.containerTokens(), [['7', own]]);
    assert.ok(state.containerToken('7').delete());
    assert.deepEqual(state.containerTokens(), []);
  });

  const others = [
    ...['{}', '[]', '1', 'null'],
    ...[{ id: 1 }, { of: 1 }, { madeAt: null }, { expiresAt: 1e300 }, { secretExpiresAt: 'x' }].map(
      (change) => JSON.stringify({ ...own, ...change }),
    ),
  ];
  for (const text of others) {
    test(`is absent: ${text}`, () => {
      const state = withFile('session-7', text);
      assert.equal(state.containerToken('7').read(), undefined);
      assert.deepEqual(state.containerTokens(), []);
    });
  }
});

test('what cannot be written is said, not thrown', () => {
  const home = newHome();
  writeFileSync(join(home, '.local'), 'a file');
  const state = openState(home);
  assert.equal(state.last.write(last), false);
  assert.equal(state.written.add('x'), false);
  assert.equal(state.written.has('x'), false);
  assert.equal(state.last.read(), undefined);
});
