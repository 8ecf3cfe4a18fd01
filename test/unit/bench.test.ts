// What npm run bench makes of its figures; and that the last result, in docs/, is one result.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compared, type Group, inTurn, isWithin, median } from '../../scripts/bench/measure.ts';
import { json, type Machine, markdown, table } from '../../scripts/bench/show.ts';
import { root } from '../support/root.ts';

const docs = join(root, 'docs');
const machine: Machine = { Linux: '6.1' };

const ratios: Group = {
  title: 'A login',
  unit: 'ms',
  compare: 'ratio',
  figures: [
    { name: 'node -e 0', values: [40, 20, 90] },
    { name: 'good', values: [44, 50, 20], most: 1.2 },
    { name: 'curl | sh', values: [60, 50, 52], most: 1.2 },
    { name: 'not promised', values: [400] },
  ],
};
const additions: Group = {
  title: 'A new bash',
  unit: 'ms',
  compare: 'added',
  figures: [
    { name: 'without', values: [3] },
    { name: 'with', values: [8.1], most: 5 },
  ],
};

describe('figures', () => {
  test('have a median', () => {
    const lists = [[3, 1, 2], [4, 1, 2, 3], [10, 9, 100], []];
    assert.deepEqual(lists.map(median), [2, 2.5, 10, Number.NaN]);
  });

  test('are compared with the first of their group', () => {
    const of = (group: Group) =>
      group.figures.map((figure) => compared(group, figure).toFixed(1)).join(' ');
    assert.equal(of(ratios), '1.0 1.1 1.3 10.0');
    assert.equal(of(additions), '0.0 5.1');
  });

  test('are within what is promised, or not', () => {
    const of = (group: Group) => group.figures.map((figure) => isWithin(group, figure));
    assert.deepEqual(of(ratios), [undefined, true, false, undefined]);
    assert.deepEqual(of(additions), [undefined, false]);
  });

  test('are measured in turn, without the first round', async () => {
    const done: string[] = [];
    const subject = (name: string) => ({ name, once: async () => done.push(name) });
    const measured = await inTurn(2, [subject('a'), subject('b')]);
    assert.equal(done.join(''), 'ababab');
    assert.deepEqual(measured, [
      { name: 'a', values: [3, 5] },
      { name: 'b', values: [4, 6] },
    ]);
  });
});

test('the table says what is above', () => {
  assert.equal(
    table([ratios, additions], machine),
    `A login
  node -e 0        40.0 ms
  good             44.0 ms      x 1.10   within x 1.2
  curl | sh        52.0 ms      x 1.30   ABOVE x 1.2
  not promised    400.0 ms     x 10.00

A new bash
  without           3.0 ms
  with              8.1 ms    + 5.1 ms   ABOVE + 5

Medians of 1 to 3 rounds, one of each in turn. Linux 6.1`,
  );
  assert.match(
    markdown([ratios], machine),
    /^\| curl \\\| sh \| 52\.0 ms \| x 1\.30 \| ABOVE x 1\.2 \|$/m,
  );
  const kept = JSON.parse(json([ratios], machine));
  const judged = { median: 52, ratio: 1.3, within: false };
  assert.deepEqual(kept.groups[0].figures[2], { ...ratios.figures[2], ...judged });
});

test('a chart has one scale, from 0, and a bar for each median; two figures have none', () => {
  const page = markdown([ratios, additions], machine);
  assert.match(
    page,
    /^ {2}x-axis \["node -e 0", "good", "curl \| sh", "not promised"\]\n {2}y-axis "ms" 0 --> 400\n {2}bar \[40\.0, 44\.0, 52\.0, 400\.0\]$/m,
  );
  assert.equal(page.match(/xychart-beta/g)?.length, 1);
});

test('the tables, the charts and the numbers in docs are of one run', () => {
  const { machine, groups } = JSON.parse(readFileSync(join(docs, 'performance.json'), 'utf8')) as {
    machine: Machine;
    groups: Group[];
  };
  const page = readFileSync(join(docs, 'performance.md'), 'utf8');
  assert.ok(page.includes(`\n\n${markdown(groups, machine)}\n\n`));
});
