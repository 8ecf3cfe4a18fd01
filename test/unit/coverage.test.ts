// The coverage that npm test keeps: what V8 counts in two forms of a source, mapped back to it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { Coverage } from '../../scripts/test-coverage.ts';
import { output, temporaryFolder } from '../support/program.ts';

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
const address = pathToFileURL(join(folder, 'source.ts')).href;

/** Compiles the source with one more call, runs it as a program, and adds what was run. */
function run(coverage: Coverage, call: string, minify: boolean): void {
  const name = `${minify}`;
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
  const url = pathToFileURL(program).href;
  const script = (result as Profiler.ScriptCoverage[]).find((one) => one.url === url);
  assert.ok(script);
  coverage.load(url, { data: map, lineLengths: code.split('\n').map((line) => line.length) });
  coverage.add(url, script.functions);
}

function notRun(coverage: Coverage) {
  const { lines, branches } = coverage.of(address);
  const missed = ([, ran]: [string, boolean]) => !ran;
  return {
    lines: [...lines].filter(missed).map(([line]) => Number(line)),
    branches: [...branches].filter(missed).length,
  };
}

test('lines and branches that no form ran are missing', () => {
  const coverage = new Coverage();
  run(coverage, 'answer(true); [never];', false);
  assert.deepEqual(notRun(coverage), { lines: [5, ...never], branches: 1 });
  run(coverage, 'answer(false); [never];', true);
  assert.deepEqual(notRun(coverage), { lines: never, branches: 0 });
  assert.ok(coverage.of(address).branches.size >= 2);

  const other = new Coverage();
  run(other, 'answer(false); [never];', true);
  assert.deepEqual(notRun(other).lines, [3, 4, ...never]);
});
