// Parts of messages that are computed: when a token expires, and what a new shell says.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeShellNotice } from '../../src/commands/shell-notice.ts';
import { expiry, soon } from '../../src/messages/steps.ts';
import { printableJson, quoteForShell, sanitizeForTerminal } from '../../src/report.ts';
import { makeContext } from '../support/context.ts';
import { output } from '../support/program.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('the expiry of a token', () => {
  const table: [left: number | null | undefined, told: string][] = [
    [undefined, ''],
    [null, ' (token does not expire)'],
    [-day, ' (token expires in less than an hour)'],
    [hour - 1, ' (token expires in less than an hour)'],
    [hour, ' (token expires in 1 hour)'],
    [1.4 * hour, ' (token expires in 1 hour)'],
    [1.5 * hour, ' (token expires in 2 hours)'],
    [day, ' (token expires in 24 hours)'],
    [2 * day - 1, ' (token expires in 48 hours)'],
    [2 * day, ' (token expires in 2 days)'],
    [2.5 * day, ' (token expires in 3 days)'],
    [30 * day - 5000, ' (token expires in 30 days)'],
    [90 * day - 5000, ' (token expires in 90 days)'],
  ];
  for (const [left, told] of table) {
    test(`${left}${told}`, () => {
      const now = Date.UTC(2026, 0);
      assert.equal(expiry('token', typeof left === 'number' ? now + left : left, now), told);
    });
  }

  test('within a week is soon', () => assert.equal(soon, 7 * day));
});

describe('a new shell', () => {
  const now = Date.UTC(2026, 0);
  /** From when it says what, after a login that ended so. */
  function notice(report: object): [from: number, line: string] | undefined {
    const context = makeContext({ now: () => now });
    writeShellNotice(context, { outcome: 'logged_in', sentence: '', ...report } as never);
    const [from, line] = context.state.notice.read()?.split('\n') ?? [];
    return from === undefined ? undefined : [Number(from) * 1000, line ?? ''];
  }
  const token = (until: string) =>
    `your Heroku token expires on ${until}. To see how to replace it, run: heroku-login`;
  const failed = { source: 'X' };

  test('says nothing if all is well', () => {
    assert.equal(notice({}), undefined);
    assert.equal(notice({ expiresAt: null }), undefined);
    assert.equal(notice({ ...failed, outcome: 'prebuild' }), undefined);
    assert.equal(notice({ ...failed, outcome: 'no_token', facts: { ownLogin: true } }), undefined);
  });

  test('names the expiry of the token from a week before it', () => {
    const expiresAt = now + 30 * day;
    assert.deepEqual(notice({ expiresAt }), [now + 23 * day, token('2026-01-31')]);
  });

  test("names the end of the container's own token from a day before it, if that comes first", () => {
    const containerTokenExpiresAt = now + 7 * day;
    const line = "this container's token expires on 2026-01-08. To renew it, run: heroku-login";
    assert.deepEqual(notice({ containerTokenExpiresAt }), [now + 6 * day, line]);
    const later = { containerTokenExpiresAt, expiresAt: now + 90 * day };
    assert.deepEqual(notice(later), [now + 6 * day, line]);
    const expiresAt = now + 9 * day;
    assert.deepEqual(notice({ containerTokenExpiresAt, expiresAt }), [
      now + 2 * day,
      token('2026-01-10'),
    ]);
  });

  // What it says of each failure: program/shell-notice.test.ts.
  test('names a failure at once', () => {
    const [from] = notice({ ...failed, outcome: 'rejected', expiresAt: now + 30 * day }) ?? [];
    assert.equal(from, 0);
  });
});

test('text from outside is fit for a terminal', () => {
  for (const [text, most, safe] of [
    ['plain text', undefined, 'plain text'],
    ['x'.repeat(300), undefined, 'x'.repeat(200)],
    ['too long', 3, 'too'],
    ['\u001b[31mred\n', undefined, '?[31mred?'],
    ['a\u200bb\u2028c\u00e9', undefined, 'a?b?c\u00e9'],
  ] as const) {
    assert.equal(sanitizeForTerminal(text, most), safe);
  }
});

describe('text from outside', () => {
  const texts = [
    ...[
      'plain',
      '/work/my-app',
      'a b',
      "it's",
      '$(id)`id`',
      '*?[]',
      '~',
      '-n',
      '',
      '!x',
      'a\\b',
      'x=1',
    ],
    ...[
      'a\nb',
      "\u001b[31m'\\",
      'a\u202eb',
      'a\u2028b',
      '\u00e9\u0001\u{1f600}7',
      '\u{e0041}x',
      'caf\u00e9',
    ],
  ];

  test('is one word of a command, whatever it is, and can be printed', () => {
    for (const text of texts) {
      const quoted = quoteForShell(text);
      assert.equal(sanitizeForTerminal(quoted, 1000), quoted);
      assert.equal(output('bash', ['-c', `printf %s ${quoted}`]), text);
    }
  });

  test('is escaped in JSON', () => {
    for (const text of [...texts, 'a\u0085b\u200dc\u007f', '\ud800']) {
      const json = printableJson({ [text]: text });
      assert.doesNotMatch(json, /[\p{C}\p{Zl}\p{Zp}]/u);
      assert.deepEqual(JSON.parse(json), { [text]: text });
    }
  });
});
