// The table of what tests need, and the runner that judges by it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runFile } from '../../scripts/test-run.ts';
import { attempt } from '../support/command.ts';
import { pathWithout } from '../support/path-without.ts';
import { installMissing, NEEDS, needsOf, REQUIREMENTS } from '../support/requirements.ts';
import { root } from '../support/root.ts';

/** What the run that this file is part of will need when it is interrupted. */
const LAST_RUN = join(root, 'output/test-run.json');
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.test.ts'),
);

describe('the table', () => {
  for (const pattern of Object.keys(NEEDS)) {
    test(`${pattern} is there`, () => {
      const isFolder = pattern.endsWith('/');
      assert.ok(files.some((file) => (isFolder ? file.startsWith(pattern) : file === pattern)));
    });
  }

  test('lists nothing that no test needs', () => {
    const used = Object.values(NEEDS).flat();
    assert.deepEqual(Object.keys(REQUIREMENTS).sort(), [...new Set(used)].sort());
  });

  test('adds up what a folder and a file need', () => {
    assert.ok(needsOf('container/images.test.ts').includes('engine'));
    assert.ok(needsOf('container/images.test.ts').includes('root'));
    assert.deepEqual(needsOf('unit/hosts.test.ts'), []);
  });

  test('tells what is missing', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      assert.deepEqual(await installMissing(['git', 'zsh', 'root'], assert.fail), ['git', 'zsh']);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('a test file that', () => {
  const folder = join(root, 'output/runner');
  const head = `import { after, before, describe, test } from 'node:test';\n`;
  const results = async (text: string, timeout = 60_000) => {
    const file = join(folder, `${Math.random()}.test.ts`);
    writeFileSync(file, head + text);
    const { tests } = await runFile(relative(join(root, 'test'), file), { timeout });
    return tests.map(({ name, result }) => `${name || 'the file'}: ${result}`);
  };
  const pass = `test('one', () => {});`;
  const whole = 'the file: failed';
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
    ['skips half-way', `test('one', (t) => t.skip(''));`, ['one: skipped']],
    ['has no test', '', [whole]],
    ['has only an empty suite', suite('a', ''), [whole]],
    ['ends in the middle', `${pass} test('two', () => process.exit(0));`, [whole]],
    ['cannot be loaded', `${pass} throw new Error('no');`, [whole]],
    ['is no TypeScript', '((', [whole]],
    ['fails after a suite', suite('a', `after${fails} ${pass}`), ['a > one: passed', 'a: failed']],
    ['fails before one', suite('a', `before${fails} ${pass}`), ['a > one: failed', 'a: failed']],
  ];
  for (const [what, text, expected] of cases) {
    test(what, async () => assert.deepEqual(await results(text), expected));
  }

  test('ends when the first tests have been reported', async () => {
    const exit = `await new Promise((done) => setTimeout(done, 500)); process.exit(0);`;
    const all = await results(`${pass} test('two', async () => { ${exit} });`);
    assert.deepEqual(all, ['one: passed', whole]);
  });

  test('never ends a test', async () => {
    // Node 24 waits for it, so the file is ended as a whole; Node 20 and 22 give it up when nothing is left to do.
    const waits = Number(process.versions.node.split('.')[0]) >= 24;
    const expected = waits ? [whole] : ['one: failed', 'two: failed'];
    assert.deepEqual(await results(hangs, waits ? 3000 : undefined), expected);
  });

  test('fails in a hook of its own', async () => {
    const [one, hook] = await results(`${pass} after${fails}`);
    assert.equal(one, 'one: passed');
    assert.match(hook ?? '', /: failed$/);
  });

  for (const [CI, exit] of [
    ['', 0],
    ['true', 1],
  ] as const) {
    test(`lacks something is skipped, and the run ends with ${exit} if CI is '${CI}'`, async () => {
      const lastRun = existsSync(LAST_RUN) ? readFileSync(LAST_RUN) : undefined;
      const env = { ...process.env, PATH: pathWithout('busybox', 'apt-get'), CI };
      const args = ['--import', 'tsx', 'scripts/test.ts', 'unit/install-node.test.ts'];
      const { code, stdout } = await attempt(process.execPath, args, { cwd: root, env });
      if (lastRun) writeFileSync(LAST_RUN, lastRun);
      assert.match(stdout, /^SKIPPED in 1 file: busybox is missing\. Install the package/m);
      assert.match(stdout, /\n0 passed, 0 failed, 1 skipped\n$/);
      assert.equal(code, exit);
    });
  }
});
