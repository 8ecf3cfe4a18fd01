// The editor of ~/.netrc as the pure functions that it is. Those who read that file judge it in
// test/cli/netrc.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addBlock,
  block,
  blocksIn,
  loginName,
  passwordFor,
  passwordForCli,
  removeBlock,
} from '../../src/credentials/netrc.ts';
import { constructs, ours, token } from '../support/netrc-constructs.ts';

test('our entries come before everything else, one for each machine', () => {
  assert.equal(
    ours,
    `machine api.heroku.com\n  login dev@example.com\n  password ${token}\nmachine git.heroku.com\n  login dev@example.com\n  password ${token}\n`,
  );
  assert.equal(
    block({ machines: ['localhost:5000', 'localhost:5000'], login: 'a', password: 'b' }),
    'machine localhost:5000\n  login a\n  password b\n',
  );
  // A blank line stands between only if the rest begins with an indented line, which the CLI would take
  // for one of ours.
  for (const [rest, between] of [
    ['', ''],
    ['machine x\n', ''],
    ['\nmachine x\n', ''],
    ['# x\n', ''],
    ['  machine x\n', '\n'],
    ['\n\n\tmachine x\n', '\n'],
    ['\u00c2\u00a0machine x\n', '\n'],
  ] as const) {
    assert.equal(addBlock(rest, ours), ours + between + rest, JSON.stringify(rest));
  }
});

test('every construct survives login and logout byte for byte', () => {
  for (const [name, text] of Object.entries(constructs)) {
    assert.equal(removeBlock(addBlock(text, ours), ours), text, name);
  }
});

test('ten thousand generated files survive login and logout byte for byte', () => {
  const line = fc.oneof(
    fc.constantFrom(
      ...['', ' ', '\t', '\r', '# note', 'default', 'macdef init', 'login a', '  password b'],
      ...['machine example.com', '  machine example.com login a password b', ours.slice(0, -1)],
      ...['machine api.heroku.com\n  login dev@example.com', '\u00ef\u00bb\u00bf', '\u00c2\u00a0x'],
    ),
    fc
      .string({ unit: 'binary', maxLength: 12 })
      .map((text) => Buffer.from(text).toString('latin1')),
  );
  const file = fc
    .tuple(fc.array(line, { maxLength: 8 }), fc.boolean())
    .map(([lines, newline]) => lines.join('\n') + (newline ? '\n' : ''));
  fc.assert(
    fc.property(file, (text) => {
      const stored = addBlock(text, ours);
      assert.ok(stored.startsWith(ours));
      assert.equal(removeBlock(stored, ours), text);
    }),
    { numRuns: 10_000 },
  );
});

test('a block is found anywhere, from the begin of a line, and only in our form', () => {
  const found = (text: string) => blocksIn(text).map(({ text: found }) => found);
  const [api, git] = [ours.slice(0, ours.length / 2), ours.slice(ours.length / 2)];
  const halves = [ours, api, git, git];
  const one = block({ machines: ['localhost:5000'], login: 'a', password: 'b' });
  assert.deepEqual(found(addBlock('rest\n', ours)), halves);
  assert.deepEqual(found(one), [one, one]);
  assert.deepEqual(found(`\n${ours}`), halves);
  assert.deepEqual(found(`# ${ours}`), halves.slice(2));
  assert.deepEqual(found(one.replace('  login', '\tlogin')), []);
  assert.deepEqual(found('machine a\n  login b\n  password c'), []);
});

test('an address becomes a login name only if no parser trips over it', () => {
  const fine = ['dev@example.com', 'first.last+heroku@sub.example.co.uk'];
  for (const account of fine) assert.equal(loginName(account), account);
  for (const account of [
    ...['two words@example.com', 'line\nmachine evil.com', '"quoted"@example.com', '#comment'],
    ...['colon:in@example.com', 'back\\slash', 'machine', 'Password', 'jos\u00e9@example.com', ''],
  ]) {
    assert.equal(loginName(account), 'heroku', account);
  }
});

test('what a block writes, the readers read back; what is not one word is refused', () => {
  const word = fc.stringMatching(/^[!$-[\]-~][!#-[\]-~]{0,40}$/);
  fc.assert(
    fc.property(word, word, (login, password) => {
      const text = block({ machines: ['api.heroku.com'], login, password });
      assert.equal(passwordFor(text, 'api.heroku.com'), password);
      assert.equal(passwordForCli(text, 'api.heroku.com'), password);
    }),
  );
  const good = { machines: ['api.heroku.com'], login: 'a@b', password: 'x' };
  for (const bad of [
    '',
    'a b',
    'a\nmachine evil.example',
    'a\tb',
    '"a',
    'a\\',
    '#a',
    'ä',
    '\u00a0',
  ]) {
    assert.throws(() => block({ ...good, password: bad }), RangeError, bad);
    assert.throws(() => block({ ...good, login: bad }), RangeError, bad);
    assert.throws(() => block({ ...good, machines: ['api.heroku.com', bad] }), RangeError, bad);
  }
});
