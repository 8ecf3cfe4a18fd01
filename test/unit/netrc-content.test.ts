// What is ours in ~/.netrc is known by content: wherever the entries are, and whatever a tool made of them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { logout } from '../../src/commands/logout.ts';
import { storeLogin } from '../../src/credentials/store.ts';
import { tokenLeft } from '../../src/messages/logout.ts';
import { makeContext } from '../support/context.ts';
import { makeToken } from '../support/program.ts';

const old = makeToken('first');
const rotated = makeToken('second');
const theirs = 'machine example.com\n  login a\n  password b\n';

/** A home with a login, of which `change` made something else. */
function homeAfter(change: (stored: string) => string, before = theirs) {
  const context = makeContext();
  const path = `${context.home}/.netrc`;
  writeFileSync(path, before);
  const store = (token: string) => {
    const result = storeLogin(context, 'dev@example.com', token);
    assert.ok(result.kind === 'stored');
    return result;
  };
  store(old);
  writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1');
  const text = () => (existsSync(path) ? readFileSync(path, 'latin1') : undefined);
  return { context, store, text };
}

const bom = '\u00ef\u00bb\u00bf';
const [api = '', git = ''] = [0, 3].map((at) =>
  `machine api.heroku.com\n  login dev@example.com\n  password ${old}\nmachine git.heroku.com\n  login dev@example.com\n  password ${old}\n`
    .split('\n')
    .slice(at, at + 3)
    .join('\n'),
);
const oneLine = (entry: string) => entry.replace(/\n +/g, ' ');

/** What a tool or a user did to the file, and what a logout must leave. */
const changes: [name: string, change: (stored: string) => string, left: string][] = [
  ['a comment above', (text) => `# mine\n${text}`, `# mine\n${theirs}`],
  [
    'an entry above',
    (text) => `machine x login y password z\n${text}`,
    `machine x login y password z\n${theirs}`,
  ],
  [
    'default above',
    (text) => `default login y password z\n${text}`,
    `default login y password z\n${theirs}`,
  ],
  ['a blank line above', (text) => `\n${text}`, `\n${theirs}`],
  ['at the end', () => `${theirs}${api}\n${git}\n`, theirs],
  ['at the end, no last line end', () => `${theirs}${api}\n${git}`, theirs],
  ['the other order', () => `${git}\n${theirs}${api}\n`, theirs],
  ['indented by tabs', (text) => text.replaceAll('  ', '\t'), theirs.replaceAll('  ', '\t')],
  ['not indented', (text) => text.replaceAll('  ', ''), theirs.replaceAll('  ', '')],
  ['one line each', () => `${oneLine(api)}\n${oneLine(git)}\n${theirs}`, theirs],
  ['all on one line', () => [api, git, theirs].map(oneLine).join(' '), oneLine(theirs)],
  [
    'between others on one line',
    () => `machine x login y password z ${oneLine(api)} machine q login r password s\n`,
    'machine x login y password z machine q login r password s\n',
  ],
  [
    'last on a line',
    () => `machine x login y password z ${oneLine(api)}\n`,
    'machine x login y password z\n',
  ],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n'), theirs.replaceAll('\n', '\r\n')],
  ['CR alone', (text) => text.replaceAll('\n', '\r'), theirs.replaceAll('\n', '\r')],
  ['a byte order mark', (text) => bom + text, bom + theirs],
  ['a byte order mark in the middle', (text) => theirs + bom + text, theirs + bom + theirs],
  ['twice', (text) => text + text, theirs + theirs],
  ['three times', (text) => text + text + text, theirs + theirs + theirs],
  [
    'password before login',
    (text) => text.replace(/( {2}login .*\n)( {2}password HRKU.*\n)/g, '$2$1'),
    theirs,
  ],
  ['another login name', (text) => text.replaceAll('dev@example.com', 'me'), theirs],
  ['no login name', (text) => text.replaceAll('  login dev@example.com\n', ''), theirs],
  ['quoted', (text) => text.replaceAll(old, `"${old}"`), theirs],
  [
    'keywords in capitals',
    (text) => text.replaceAll('machine', 'MACHINE'),
    theirs.replace('machine', 'MACHINE'),
  ],
  [
    'comments of theirs inside',
    (text) => text.replace('  login dev', '  # mine\n  login dev'),
    `  # mine\n${theirs}`,
  ],
  ['a comment behind a value', (text) => text.replace(old, `${old} # mine`), `  # mine\n${theirs}`],
  ['blank lines inside', (text) => text.replace('  login dev', '\n  login dev'), `\n${theirs}`],
  ['words over several lines', () => `${api}\n${git}\n`.replace(/[ \n]+/g, '\n') + theirs, theirs],
  [
    'an account of theirs inside',
    (text) => text.replace('  password', '  account mine\n  password'),
    `machine api.heroku.com\n  login dev@example.com\n  account mine\n${theirs}`,
  ],
  [
    'the lines below are indented',
    () => `machine x\n  login y\n${api}\n${git}\n  machine z\n`,
    'machine x\n  login y\n\n  machine z\n',
  ],
  [
    'after a macro',
    (text) => `macdef init\ncd /tmp\n\n${text}`,
    `macdef init\ncd /tmp\n\n${theirs}`,
  ],
  ['an entry of one host alone', () => `${theirs}${git}\n`, theirs],
];

describe('a logout takes out what is ours, and nothing else:', () => {
  for (const [name, change, left] of changes) {
    test(name, async () => {
      const { context, text } = homeAfter(change);
      const { outcome, sentence } = await logout(context);
      assert.equal(text(), left);
      assert.equal(outcome, 'logged_out', sentence);
    });
  }
});

describe('a rotation replaces what is ours, wherever it is:', () => {
  for (const [name, change, left] of changes) {
    test(name, () => {
      const { store, text } = homeAfter(change);
      const { previous, left: lines } = store(rotated);
      assert.equal(previous?.password, old);
      assert.deepEqual(lines, []);
      assert.ok(text()?.endsWith(left));
      assert.ok(!text()?.includes(old));
    });
  }
});

/** Places that are not changed, and the line in which a token of ours then is. */
const elsewhere: [name: string, text: string, line: number][] = [
  ['a comment', `# password ${old}\n`, 1],
  ['our entries, commented out', `${theirs}# ${api.replaceAll('\n', '\n# ')}\n`, 6],
  ['a macro', `macdef init\nmachine api.heroku.com password ${old}\n\n`, 2],
  ['a macro without an end', `macdef init\n${oneLine(api)}`, 2],
  ['quotes', `machine x password "a ${old} b"\n`, 1],
  ['an entry of another host', `machine example.com password ${old}\n`, 1],
  ['the default entry', `default login x password ${old}\n`, 1],
  ['an account', `machine example.com account ${old} password x\n`, 1],
  ['an address', `# https://x:${old}@git.heroku.com/app.git\n`, 1],
  ['UTF-16', Buffer.from(`${theirs}${api}`, 'utf16le').toString('latin1'), 6],
];

describe('a token that is no entry of ours is said, and stays:', () => {
  for (const [name, added, line] of elsewhere) {
    test(name, async () => {
      const { context, text } = homeAfter(() => added);
      const { outcome, sentence } = await logout(context);
      assert.deepEqual([outcome, sentence], ['not_stored', tokenLeft([line])]);
      assert.equal(text(), added);
      const again = homeAfter(() => added);
      assert.deepEqual(again.store(rotated).left, [line + 6]);
      assert.ok(again.text()?.endsWith(added));
    });
  }
});

test("the user's own entries with the same token stay, if they were there first", async () => {
  const own = `${theirs}${api}\n${git}\n`;
  for (const change of [(text: string) => text, (text: string) => `# mine\n${text}`]) {
    const { context, text } = homeAfter(change, own);
    const { outcome } = await logout(context);
    assert.equal(outcome, 'not_stored');
    assert.equal(text(), change('') + own);
  }
});

test('an old copy of our entries is taken out at the next login, also without a new token', () => {
  const { store, text } = homeAfter((stored) => stored);
  store(rotated);
  const current = text() ?? '';
  const { context, ...home } = homeAfter((stored) => stored);
  home.store(rotated);
  writeFileSync(`${context.home}/.netrc`, `${current}${api}\n${git}\n`);
  home.store(rotated);
  assert.equal(home.text(), current);
});
