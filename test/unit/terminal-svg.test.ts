// The picture of a terminal: what a terminal would show, and nothing that it must not.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COLUMNS, terminalSvg } from '../../scripts/terminal-svg.ts';
import { root } from '../support/root.ts';

/** The lines of the picture below its title. */
const shown = (output: string) =>
  [...terminalSvg(output, '', 'x').matchAll(/<text .*preserve">(.*)<\/text>/g)].map(
    ([, line = '']) => line.replaceAll(/<[^>]*>/g, ''),
  );

const table: [name: string, output: string, lines: string[]][] = [
  ['lines', 'one\r\ntwo  three\r\n  indented', ['one', 'two  three', '  indented']],
  ['colours are no text', '\x1b[1;32m$\x1b[0m heroku', ['$ heroku']],
  ['other controls are no text', '\x1b[?25lone\x1b[2K\x1b[1G', ['one']],
  ['a line that was overwritten', 'Counting: 10%\rCounting: 100%\r\n', ['Counting: 100%']],
  ['a line longer than the terminal', 'a'.repeat(COLUMNS + 9), ['a'.repeat(COLUMNS), 'aaaaaaaaa']],
  ['what XML gives a meaning', 'a < b & "c"', ['a &lt; b &amp; &quot;c&quot;']],
];
for (const [name, output, lines] of table) {
  test(name, () => assert.deepEqual(shown(output), lines));
}

test('colours are kept', () => {
  const picture = terminalSvg('\x1b[31mred\x1b[0m \x1b[1mbold\x1b[0m', '', 'x');
  assert.match(picture, /class="ansi-red-fg">red</);
  assert.match(picture, /class="ansi-bold">bold</);
});

test("the README's picture is of a login that succeeded, and shows no token", () => {
  const file = join(root, 'docs/terminal.svg');
  const picture = readFileSync(file, 'utf8');
  assert.match(picture, /Heroku: logged in as dev@example\.com \(token expires in 29 days\)/);
  assert.match(picture, /heroku apps/);
  for (const [, name] of picture.matchAll(/(ansi-[\w-]+)[ "]/g)) {
    assert.ok(picture.includes(`.${name} {`), `the picture has no style for ${name}`);
  }
  assert.match(picture, /main -&gt; main|main -> main/);
  assert.doesNotMatch(picture, /HRKU|onlyTheFakeKnows/);
});
