// The table of what tests need, and the runner that judges by it.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type RunOptions, runFile } from '../../scripts/test-run.ts';
import { missingOf, NEEDS, needsOf, REQUIREMENTS } from '../support/requirements.ts';
import { root } from '../support/root.ts';

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.test.ts'),
);

describe('the table', () => {
  for (const { files: pattern } of NEEDS) {
    test(`${pattern} is there`, () => {
      const isFolder = pattern.endsWith('/');
      assert.ok(files.some((file) => (isFolder ? file.startsWith(pattern) : file === pattern)));
    });
  }

  test('lists nothing that no test needs', () => {
    const used = NEEDS.flatMap(({ needs, uses = [] }) => [...needs, ...uses]);
    assert.deepEqual(Object.keys(REQUIREMENTS).sort(), [...new Set(used)].sort());
  });

  test('adds up what a folder and a file need', () => {
    assert.ok(needsOf('container/images.test.ts').has('engine'));
    assert.ok(needsOf('container/images.test.ts').has('root'));
    assert.deepEqual([...needsOf('unit/hosts.test.ts')], []);
  });

  test('tells what is missing', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      assert.deepEqual(await missingOf(new Set(['zsh', 'git'])), ['git', 'zsh']);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('a test file that', () => {
  const folder = join(root, 'output/runner');
  const head = `import { after, before, describe, test } from 'node:test';\n`;
  const results = async (text: string, options: RunOptions = {}) => {
    const file = join(folder, `${Math.random()}.test.ts`);
    writeFileSync(file, head + text);
    const { tests } = await runFile(relative(join(root, 'test'), file), options);
    return tests.map(({ path, result }) => `${path.join(' > ')}: ${result}`);
  };
  const pass = `test('one', () => {});`;
  const whole = '(the whole file): failed';
  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true }));

  const suite = (name: string, text: string) => `describe('${name}', () => { ${text} });`;
  const fails = '(() => { throw 1; });';
  const inner = `await t.test('in', () => {}); await t.test('no', () => { throw 1; });`;
  const hangs = `test('one', () => new Promise(() => {})); test('two', () => {});`;
  const cases: [what: string, text: string, results: string[]][] = [
    ['passes', pass, ['one: passed']],
    ['has suites', suite('a', suite('b', pass) + pass), ['a > b > one: passed', 'a > one: passed']],
    [
      'has inner tests',
      `test('a', async (t) => { ${inner} });`,
      ['a > in: passed', 'a > no: failed'],
    ],
    ['skips', `test('one', { skip: true }, () => {});`, ['one: skipped']],
    ['has no test', '', [whole]],
    ['ends in the middle', `${pass} test('two', () => process.exit(0));`, [whole]],
    ['cannot be loaded', `${pass} throw new Error('no');`, [whole]],
    ['is no TypeScript', '((', [whole]],
    ['fails after a suite', suite('a', `after${fails} ${pass}`), ['a > one: passed', 'a: failed']],
    ['fails before one', suite('a', `before${fails} ${pass}`), ['a > one: failed', 'a: failed']],
  ];
  for (const [what, text, expected] of cases) {
    test(what, async () => assert.deepEqual(await results(text), expected));
  }

  test('never ends a test', async () => {
    // Node 24 waits for it, so the file is ended as a whole; Node 20 and 22 give it up when nothing is left to do.
    const waits = Number(process.versions.node.split('.')[0]) >= 24;
    const expected = waits ? [whole] : ['one: failed', 'two: failed'];
    assert.deepEqual(await results(hangs, waits ? { timeLimit: 3000 } : {}), expected);
  });

  test('fails in a hook of its own', async () => {
    const [one, hook] = await results(`${pass} after${fails}`);
    assert.equal(one, 'one: passed');
    assert.match(hook ?? '', /: failed$/);
  });

  test('lacks something has all its tests skipped, and runs no hook', async () => {
    const text = `before${fails} ${pass} describe('a', { skip: true }, () => { ${pass} });`;
    assert.deepEqual(await results(text, { lacks: 'zsh' }), ['one: skipped', 'a > one: skipped']);
  });

  test('lacks something and cannot be loaded is skipped', async () => {
    assert.deepEqual(await results('throw 1;', { lacks: 'zsh' }), ['(the whole file): skipped']);
  });
});
