import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cleanToken, findTokens, suffixOf, tokenFromInput } from '../../src/credentials/token.ts';
import { defaults } from '../../src/options.ts';
import { makeContext } from '../support/context.ts';
import { makeToken } from '../support/program.ts';

const token = makeToken('a');
const other = makeToken('b');

describe('what is pasted by accident around a token', () => {
  const around: Record<string, string> = {
    nothing: token,
    newline: `${token}\n`,
    'carriage return': `${token}\r\n`,
    blanks: `  ${token}\t`,
    'double quotes': `"${token}"`,
    'single quotes and a newline': `'${token}'\n`,
    'back quotes': `\`${token}\``,
    'typographic quotes': `\u201c${token}\u201d`,
    'no-break space': `\u00a0${token}\u00a0`,
    'byte order mark': `\ufeff${token}`,
    'zero-width space': `\u200b${token}\u200b`,
    'NUL at the end': `${token}\0`,
  };
  for (const [name, raw] of Object.entries(around)) {
    test(name, () => assert.deepEqual(cleanToken(raw), { token }));
  }
});

describe('what is no token', () => {
  const reasons: [name: string, raw: string, reason: RegExp][] = [
    ['a blank inside', 'HRKU AAAA', /white space/],
    ['a newline inside', `${token}\n${other}`, /white space/],
    ['a tab inside', `${token}\tx`, /white space/],
    ['a control character inside', 'HRKU\u0007AA', /control/],
    ['a zero-width space inside', 'HRKU\u200bAA', /control/],
    ['letters beyond ASCII', 'HRKU-\u00e9', /control characters or letters/],
    ['a novel', 'x'.repeat(5000), /longer/],
    ['a netrc keyword', 'Machine', /netrc/],
    ['a quote inside', 'ab"cd', /netrc/],
    ['a backslash at the end', 'abcd\\', /netrc/],
  ];
  for (const [name, raw, reason] of reasons) {
    test(name, () => {
      const cleaned = cleanToken(raw);
      assert.ok(cleaned && 'reason' in cleaned);
      assert.match(cleaned.reason, reason);
    });
  }

  test('nothing, white space and bare quotes', () => {
    for (const raw of ['', ' \n', '""', "''\n"]) assert.equal(cleanToken(raw), null);
  });
});

describe('where a token is looked for', () => {
  function worldWith({ env = '', json = '', encoded = '', mounted = '' }) {
    const context = makeContext({ env: { HEROKU_API_KEY: env } });
    for (const folder of [context.codespacesShared, context.runSecrets]) mkdirSync(folder);
    if (json) writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), json);
    if (encoded) writeFileSync(join(context.codespacesShared, '.env-secrets'), encoded);
    if (mounted) writeFileSync(join(context.runSecrets, 'HEROKU_API_KEY'), mounted);
    return context;
  }
  const json = (value: string) => JSON.stringify({ CODESPACES: 'true', HEROKU_API_KEY: value });
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  const sources = (context: ReturnType<typeof worldWith>) =>
    findTokens(context).candidates.map(({ token, source }) => [token, source]);

  test('the environment first, then Codespaces, then /run/secrets', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(makeToken) as [string, string, string, string];
    const encoded = `X=eA==\nHEROKU_API_KEY=${base64(c)}\n`;
    const context = worldWith({ env: a, json: json(b), encoded, mounted: `${d}\n` });
    assert.deepEqual(sources(context), [
      [a, 'HEROKU_API_KEY in the environment'],
      [b, 'the Codespaces secret HEROKU_API_KEY'],
      [c, 'the Codespaces secret HEROKU_API_KEY'],
      [d, join(context.runSecrets, 'HEROKU_API_KEY')],
    ]);
  });

  test('the same token in several places counts once', () => {
    const context = worldWith({ env: token, json: json(`${token}\n`), mounted: token });
    assert.deepEqual(sources(context), [[token, 'HEROKU_API_KEY in the environment']]);
  });

  test('base64 with padding, whose = are part of the value', () => {
    const encoded = `HEROKU_API_KEY=${base64('HRKU-12')}`;
    assert.match(encoded, /[^=]=+$/);
    assert.equal(sources(worldWith({ encoded }))[0]?.[0], 'HRKU-12');
  });

  test('an unusable value does not hide a good one further on', () => {
    const context = worldWith({ env: 'two words', mounted: token });
    assert.equal(findTokens(context).candidates[0]?.token, token);
    assert.deepEqual(findTokens(context).unusable, [
      { source: 'HEROKU_API_KEY in the environment', reason: 'has white space inside' },
    ]);
  });

  test('the name comes from the option', () => {
    const options = { ...defaults, secretName: 'TEAM_TOKEN' };
    const context = makeContext({ env: { HEROKU_API_KEY: other, TEAM_TOKEN: token }, options });
    assert.deepEqual(sources(context), [[token, 'TEAM_TOKEN in the environment']]);
  });

  test('a broken secrets file is no reason to stop, nor the word of Codespaces', () => {
    for (const text of ['{"HEROKU_API_KEY": "HRKU-', '[]', 'null', '{"HEROKU_API_KEY": 7}', '']) {
      assert.deepEqual(findTokens(worldWith({ json: text })).candidates, []);
    }
    assert.equal(findTokens(worldWith({ json: '{"HEROKU_API_KEY": "HR' })).secretWasRemoved, false);
  });

  test('the secret is gone only if the secrets file says so', () => {
    const gone = (text: string) => findTokens(worldWith({ json: text })).secretWasRemoved;
    assert.deepEqual(['', '{"CODESPACES":"true"}', json(token)].map(gone), [false, true, false]);
  });
});

test('standard input', () => {
  assert.deepEqual(tokenFromInput(`${token}\n`).candidates, [
    { token, kind: 'stdin', source: 'standard input' },
  ]);
  assert.deepEqual(tokenFromInput('').candidates, []);
  assert.equal(tokenFromInput('a b').unusable.length, 1);
});

test('a new shell tells a newer secret by its last letters', () => {
  const suffix = (env: string, stored = '') => {
    const context = makeContext({ env: { HEROKU_API_KEY: env } });
    mkdirSync(context.runSecrets);
    writeFileSync(join(context.runSecrets, 'HEROKU_API_KEY'), stored);
    return suffixOf(context, findTokens(context));
  };
  assert.equal(suffix('HRKU-abcdefgh'), 'cdefgh');
  assert.equal(suffix('"HRKU-abc_ef-"\r\n'), 'bc_ef-');
  assert.equal(suffix('abc'), 'abc');
  assert.equal(suffix('', 'HRKU-12345678'), '345678');
  assert.equal(suffix(''), '');
});
