import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { defaults } from '../src/options.ts';
import { cleanToken, findTokens, tokenFromInput } from '../src/token.ts';
import { makeToken } from './support/program.ts';
import { makeWorld } from './support/world.ts';

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
    const world = makeWorld({ env: { HEROKU_API_KEY: env } });
    for (const folder of [world.codespacesShared, world.runSecrets]) mkdirSync(folder);
    if (json) writeFileSync(join(world.codespacesShared, 'user-secrets-envs.json'), json);
    if (encoded) writeFileSync(join(world.codespacesShared, '.env-secrets'), encoded);
    if (mounted) writeFileSync(join(world.runSecrets, 'HEROKU_API_KEY'), mounted);
    return world;
  }
  const json = (value: string) => JSON.stringify({ CODESPACES: 'true', HEROKU_API_KEY: value });
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  const sources = (world: ReturnType<typeof worldWith>) =>
    findTokens(world).candidates.map(({ token, source }) => [token, source]);

  test('the environment first, then Codespaces, then /run/secrets', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(makeToken) as [string, string, string, string];
    const world = worldWith({
      env: a,
      json: json(b),
      encoded: `X=eA==\nHEROKU_API_KEY=${base64(c)}\n`,
      mounted: `${d}\n`,
    });
    assert.deepEqual(sources(world), [
      [a, 'HEROKU_API_KEY in the environment'],
      [b, 'the Codespaces secret HEROKU_API_KEY'],
      [c, 'the Codespaces secret HEROKU_API_KEY'],
      [d, join(world.runSecrets, 'HEROKU_API_KEY')],
    ]);
  });

  test('the same token in several places counts once', () => {
    const world = worldWith({ env: token, json: json(`${token}\n`), mounted: token });
    assert.deepEqual(sources(world), [[token, 'HEROKU_API_KEY in the environment']]);
  });

  test('base64 with padding, whose = are part of the value', () => {
    const padded = base64('HRKU-12');
    assert.match(padded, /==$|=$/);
    assert.deepEqual(
      sources(worldWith({ encoded: `HEROKU_API_KEY=${padded}` }))[0]?.[0],
      'HRKU-12',
    );
  });

  test('an unusable value does not hide a good one further on', () => {
    const world = worldWith({ env: 'two words', mounted: token });
    assert.equal(findTokens(world).candidates[0]?.token, token);
    assert.deepEqual(findTokens(world).unusable, [
      { source: 'HEROKU_API_KEY in the environment', reason: 'has white space inside' },
    ]);
  });

  test('the name comes from the option', () => {
    const world = makeWorld({
      env: { HEROKU_API_KEY: other, TEAM_TOKEN: token },
      options: { ...defaults, secretName: 'TEAM_TOKEN' },
    });
    assert.deepEqual(sources(world), [[token, 'TEAM_TOKEN in the environment']]);
  });

  test('a broken secrets file is no reason to stop, nor the word of Codespaces', () => {
    for (const text of ['{"HEROKU_API_KEY": "HRKU-', '[]', 'null', '{"HEROKU_API_KEY": 7}', '']) {
      assert.deepEqual(findTokens(worldWith({ json: text })).candidates, []);
    }
    assert.equal(findTokens(worldWith({ json: '{"HEROKU_API_KEY": "HR' })).secretGone, false);
  });

  test('the secret is gone only where the secrets file says so', () => {
    assert.equal(findTokens(worldWith({})).secretGone, false);
    assert.equal(findTokens(worldWith({ json: '{"CODESPACES":"true"}' })).secretGone, true);
    assert.equal(findTokens(worldWith({ json: json(token) })).secretGone, false);
  });
});

test('standard input', () => {
  assert.deepEqual(tokenFromInput(`${token}\n`).candidates, [
    { token, kind: 'stdin', source: 'standard input' },
  ]);
  assert.deepEqual(tokenFromInput('').candidates, []);
  assert.equal(tokenFromInput('a b').unusable.length, 1);
});
