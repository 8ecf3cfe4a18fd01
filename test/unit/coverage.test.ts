// The coverage that npm test keeps: what V8 counts in two forms of a source, mapped back to it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { transformSync } from 'esbuild';
import { Form, type Script, unite } from '../../scripts/test-coverage.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const source = `function answer(yes: boolean): string {
  if (yes) {
    return 'yes';
  }
  return 'no';
}
function never(): number {
  return 1;
}
`;
/** A function that is never called is missing with its first and last line. */
const never = [7, 8, 9];
const folder = temporaryFolder();
const file = relative(root, join(folder, 'source.ts'));

/** The source with one more call, compiled and run as a program of its own. */
function run(name: string, call: string, minify: boolean): Form {
  const { code, map } = transformSync(source + call, {
    loader: 'ts',
    sourcefile: 'source.ts',
    sourcemap: 'external',
    minifyWhitespace: minify,
  });
  const program = join(folder, `${name}.cjs`);
  const written = join(folder, name);
  writeFileSync(program, code);
  const env = { PATH: process.env['PATH'] ?? '', NODE_V8_COVERAGE: written };
  output(process.execPath, [program], { env });
  const [report = ''] = readdirSync(written);
  const { result } = JSON.parse(readFileSync(join(written, report), 'utf8'));
  const script = (result as Script[]).find(({ url }) => url.endsWith(`/${name}.cjs`));
  assert.ok(script);
  const lineLengths = code.split('\n').map((line) => line.length);
  return new Form(script, { data: map, lineLengths });
}

const notRun = <Place>(parts: Map<Place, boolean>) =>
  [...parts].filter(([, hit]) => !hit).map(([place]) => place);

test('lines and branches that no form ran are missing', () => {
  const yes = run('plain', 'answer(true); [never];', false);
  const no = run('minified', 'answer(false); [never];', true);
  const one = unite([yes], file);
  assert.deepEqual(notRun(one.lines), [5, ...never]);
  assert.deepEqual(notRun(unite([no], file).lines), [3, 4, ...never]);
  assert.equal(notRun(one.branches).length, 1);
  const both = unite([yes, no], file);
  assert.deepEqual(notRun(both.lines), never);
  assert.ok(both.branches.size >= 2);
  assert.deepEqual(notRun(both.branches), []);
});
