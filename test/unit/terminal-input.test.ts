// A token that is typed or pasted into a raw terminal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HiddenLine } from '../../src/terminal.ts';
import { makeToken } from '../support/program.ts';

const token = makeToken('first');

/** What the keys make, each as it arrives alone: the line, undefined for giving up, null if it goes on. */
function typed(...keys: readonly string[]): string | undefined | null {
  const line = new HiddenLine();
  for (const key of keys) {
    const result = line.type(key);
    if (result.done) return result.line;
  }
  return null;
}

describe('a token', () => {
  const ways: [name: string, keys: readonly string[]][] = [
    ['pasted with the end of its line', [`${token}\n`]],
    ["pasted with Windows' end of line and more below it", [`${token}\r\nrm -rf x\r\n`]],
    ['pasted with an empty line above it', [`\r\n${token}\r`]],
    ['pasted between marks', [`\x1b[200~${token}\x1b[201~`, '\r']],
    ['with slips taken back', ['x', '\x7f', 'no', '\x15', `${token}xy`, '\b', '\x7f', '\r']],
    ['after a word that is taken back', ['word', '\x17', token, '\r']],
    ['with arrow keys', ['\x1b[A', token, '\x1b[D', '\x1bOC', '\r']],
    ['ended by Ctrl-D', [token, '\x04']],
    ['typed key by key', [...token, '\r']],
  ];
  for (const [name, keys] of ways) test(name, () => assert.equal(typed(...keys), token));
});

test('Enter, Ctrl-D and Ctrl-C give up', () => {
  for (const key of ['\r', '\n', '\x04', '\x03', `${token.slice(0, 9)}\x03`]) {
    assert.equal(typed(key), undefined, JSON.stringify(key));
  }
});

test('a line goes on until its end, and is kept below 10,000 letters', () => {
  assert.equal(typed(...token), null);
  assert.equal(typed('x'.repeat(20_000), '\r')?.length, 10_000);
});
