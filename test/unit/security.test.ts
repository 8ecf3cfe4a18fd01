// docs/security.md promises nothing that no test enforces.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../support/root.ts';

const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
const [, promises = ''] = text.split(/^## Promises.*$/m);
const rows = promises
  .split(/^## /m, 1)
  .flatMap((section) => section.split('\n'))
  .filter((line) => line.startsWith('| ') && !/^\| (promise|---) /.test(line));

/** Test files that a line names, from the folder of the tests. */
const namedIn = (line: string) =>
  [...line.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, name]) => name ?? '');
const missing = (line: string) =>
  namedIn(line).filter((name) => !existsSync(join(root, 'test', name)));

describe('docs/security.md', () => {
  test('has the promises in a table', () => assert.ok(rows.length > 20, `${rows.length}`));

  for (const row of rows) {
    test(`names a test that is there: ${row.split('|')[1]?.trim()}`, () => {
      assert.ok(namedIn(row.split(' | ')[1] ?? '').length > 0, 'no test enforces it');
      assert.deepEqual(missing(row), []);
    });
  }

  test('names no other test that is gone', () => assert.deepEqual(missing(text), []));

  test('and it can tell', () => {
    assert.deepEqual(missing('| x | `unit/gone.test.ts`, `unit/netrc.test.ts` |'), [
      'unit/gone.test.ts',
    ]);
    assert.deepEqual(namedIn('| x | nothing |'), []);
  });
});
