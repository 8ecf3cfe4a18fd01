import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cleanToken, findTokens, suffixOf, tokenFromInput } from '../../src/credentials/token.ts';
import * as messages from '../../src/messages/file.ts';
import { defaults } from '../../src/options.ts';
import { makeContext } from '../support/context.ts';
import { makeToken, output, temporaryFolder } from '../support/program.ts';

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

/** In a file of settings or a request, before a token. */
describe('what stands before a token is taken off', () => {
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  for (const before of [
    ...['HEROKU_API_KEY=', 'export HEROKU_API_KEY=', 'set HEROKU_TOKEN=', '$env:HEROKU_API_KEY = '],
    ...['Bearer ', 'bearer\t', 'Authorization: Bearer ', 'HEROKU_API_KEY: ', '"HEROKU_API_KEY": "'],
  ]) {
    test(JSON.stringify(before), () => {
      for (const good of [token, uuid, `HRKU-${uuid}`]) {
        assert.deepEqual(cleanToken(`${before}${good}`), { token: good });
        assert.deepEqual(cleanToken(`${before}"${good}";\n`), { token: good });
      }
    });
  }
});

test('every form that Heroku has, and any of the same letters, is sent', () => {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-';
  let seed = 1;
  const letter = () => {
    seed = (seed * 48271) % 0x7fffffff;
    return letters[seed % letters.length];
  };
  const random = (length: number) => Array.from({ length }, letter).join('');
  const hex = (length: number) =>
    random(200)
      .replace(/[^0-9a-f]/g, '')
      .padEnd(40, 'a9')
      .slice(0, length);
  for (let round = 0; round < 2000; round++) {
    const uuid = [8, 4, 4, 4, 12].map(hex).join('-');
    for (const good of [
      `HRKU-AA${random(58)}`,
      `HRKU-${uuid}`,
      uuid,
      hex(40),
      random(43),
      `HRKV2_${random(90)}`,
    ]) {
      assert.deepEqual(cleanToken(good), { token: good });
    }
  }
});

describe('what is no token', () => {
  const { looks, unusable } = messages;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const pem = (what: string) => `-----BEGIN ${what}-----\nMIIE\n-----END ${what}-----\n`;
  const kinds: Record<string, string[]> = {
    [looks.placeholder]: [
      ...[
        `\${localEnv:HEROKU_API_KEY}`,
        `\${{ secrets.HEROKU_API_KEY }}`,
        '$HEROKU_API_KEY',
        '$(cat key)',
      ],
      ...[
        '%HEROKU_API_KEY%',
        '<your token>',
        '{{ token }}',
        '{token}',
        '[your token]',
        '#{TOKEN}#',
      ],
      ...[
        '@@TOKEN@@',
        '__HEROKU_API_KEY__',
        'null',
        'None',
        'undefined',
        'true',
        'changeme',
        'CHANGE-ME',
      ],
      ...[
        'REPLACE_ME',
        'xxx',
        'HRKU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
        '00000000-0000-0000-0000-000000000000',
      ],
      ...['todo', 'your-heroku-token', 'YOUR_API_KEY_HERE', 'paste-token-here', 'HEROKU_API_KEY'],
      ...['NAME=token', 'Bearer TOKEN', 'export HEROKU_API_KEY=<token>', 'secret', 'api-key', '$'],
    ],
    [looks.reference]: [
      ...['op://vault/heroku/token', 'vault://secret/heroku', 'vault:secret/data/heroku#key'],
      ...[
        'arn:aws:secretsmanager:eu-west-1:1:secret:x',
        'ENC[AES256_GCM,data:x,iv:y]',
        'file:///run/key',
      ],
      ...[
        'ref+awsssm://heroku',
        '!vault |',
        'projects/1/secrets/heroku/versions/latest',
        'keychain:heroku',
      ],
      ...['user:password', 'bws://1234', 'gopass:heroku/token'],
    ],
    [looks.redacted]: [
      '***',
      '********',
      'HRKU-AA**********abcd',
      'HRKU-AA…',
      'HRKU-AA...',
      '•••••',
      '[REDACTED]',
    ],
    [looks.json]: [
      ...['{"token":"x"}', '{\n "HEROKU_API_KEY": "x"\n}', '["x"]', base64('{"token":"x"}')],
      ...[base64('{ "a": 1 }'), `${base64('{"alg":"none"}')}.${base64('{"sub":"x"}')}.c2ln`],
    ],
    [looks.url]: [
      'https://dashboard.heroku.com/account',
      'http://x',
      `https://heroku:${token}@git.heroku.com/a.git`,
    ],
    [looks.email]: ['dev@example.com', 'dev+x@sub.example.co.uk', '"dev@example.com"'],
    [looks.assignment]: [
      'HEROKU_API_KEY=',
      'export HEROKU_API_KEY=',
      'A=b c',
      'KEY=short',
      `A=${token}\nB=${other}`,
    ],
    [looks.path]: [
      '/run/secrets/heroku',
      '~/.heroku',
      './token',
      'a/b',
      'C:\\keys\\heroku',
      'token.txt',
      'api.heroku.com',
    ],
    [looks.key]: [
      pem('RSA PRIVATE KEY'),
      pem('CERTIFICATE'),
      base64(pem('PRIVATE KEY')),
      'ssh-ed25519 AAAAC3 x',
    ],
    [looks.otherService]: [
      ...[
        `ghp_${'a1B2'.repeat(9)}`,
        `github_pat_${'a1B2'.repeat(20)}`,
        `gho_${'a'.repeat(36)}`,
        `npm_${'a1'.repeat(18)}`,
      ],
      ...[
        'AKIAIOSFODNN7EXAMPLE',
        'glpat-abcdefghij0123456789',
        'xoxb-1234-abcd',
        'sk-abcdefghijklmnop',
      ],
      ...[
        'sk_live_abcdefghij',
        'dckr_pat_abcdefghij',
        'hf_abcdefghij',
        'AIzaSyA-abcdefghijklmnopqrstuvwxyz012',
      ],
    ],
    [unusable.whiteSpace]: [
      'HRKU AAAA',
      `${token}\n${other}`,
      `${token}\tx`,
      'machine x login y password z',
    ],
    [unusable.characters]: [
      'HRKU\u0007AA',
      'HRKU\u200bAA',
      'HRKU-\u00e9',
      'a+b',
      'a!b',
      'x^y',
      'p@ss@word',
    ],
    [unusable.length]: [
      'x'.repeat(5000),
      `${' '.repeat(200_000)}x ${' '.repeat(200_000)}y`,
      'a'.repeat(4097),
    ],
    [unusable.netrc]: ['Machine', 'ab"cd', 'abcd\\'],
  };
  for (const [reason, values] of Object.entries(kinds)) {
    for (const value of values) {
      test(`${JSON.stringify(value.slice(0, 60))} ${reason}`, () => {
        assert.deepEqual(cleanToken(value), { reason });
      });
    }
  }

  test('nothing, white space and bare quotes', () => {
    for (const raw of ['', ' \n', '""', "''\n"]) assert.equal(cleanToken(raw), null);
  });
});

type Context = ReturnType<typeof makeContext>;
const sources = (context: Context) =>
  findTokens(context).candidates.map(({ token, source }) => [token, source]);
const json = (value: string) => JSON.stringify({ CODESPACES: 'true', HEROKU_API_KEY: value });
const base64 = (value: string) => Buffer.from(value).toString('base64');
const fromEnvironment = 'HEROKU_API_KEY in the environment';
const fromCodespaces = 'the Codespaces secret HEROKU_API_KEY';

function worldWith({ env = '', json = '', encoded = '', mounted = '', CODESPACES = 'true' }) {
  const context = makeContext({ env: { HEROKU_API_KEY: env, CODESPACES } });
  for (const folder of [context.codespacesShared, context.runSecrets]) mkdirSync(folder);
  if (json) writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), json);
  if (encoded) writeFileSync(join(context.codespacesShared, '.env-secrets'), encoded);
  if (mounted) writeFileSync(join(context.runSecrets, 'HEROKU_API_KEY'), mounted);
  return context;
}

describe('where a token is looked for', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(makeToken) as [string, string, string, string];
  const encoded = `X=eA==\nHEROKU_API_KEY=${base64(c)}\n`;

  test("the environment, otherwise Codespaces' files; then /run/secrets", () => {
    const inFile = worldWith({ env: a, json: json(b), encoded, mounted: `${d}\n` });
    const mounted = (context: Context) => [d, join(context.runSecrets, 'HEROKU_API_KEY')];
    assert.deepEqual(sources(inFile), [[a, fromEnvironment], mounted(inFile)]);
    for (const env of ['', `\${localEnv:X}`]) {
      const context = worldWith({ env, json: json(b), encoded, mounted: `${d}\n` });
      assert.deepEqual(sources(context), [
        [b, fromCodespaces],
        [c, fromCodespaces],
        mounted(context),
      ]);
    }
  });

  test("Codespaces' files count in a codespace only: neither a token nor its absence", () => {
    for (const CODESPACES of ['', 'false', '1']) {
      const context = worldWith({ json: json(b), encoded, CODESPACES });
      assert.deepEqual(sources(context), []);
      const empty = worldWith({ json: '{}', CODESPACES });
      assert.equal(findTokens(empty).secretWasRemoved, false);
    }
  });

  test('the same token in several places counts once', () => {
    const context = worldWith({ env: token, json: json(`${token}\n`), mounted: token });
    assert.deepEqual(sources(context), [[token, fromEnvironment]]);
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
      { source: fromEnvironment, reason: messages.unusable.whiteSpace },
    ]);
  });

  test('the name comes from the option', () => {
    const options = { ...defaults, secretName: 'TEAM_TOKEN' };
    const context = makeContext({ env: { HEROKU_API_KEY: other, TEAM_TOKEN: token }, options });
    assert.deepEqual(sources(context), [[token, 'TEAM_TOKEN in the environment']]);
  });

  describe('a name in small letters', () => {
    for (const secretName of ['heroku_token', 'Heroku_Token', 'HEROKU_TOKEN']) {
      const options = { ...defaults, secretName };
      const inCodespace = (env: Record<string, string>) =>
        makeContext({ env: { CODESPACES: 'true', ...env }, options });

      test(`${secretName}: capitals count in the environment`, () => {
        const context = inCodespace({ HEROKU_TOKEN: token });
        assert.deepEqual(sources(context), [[token, 'HEROKU_TOKEN in the environment']]);
        assert.equal(suffixOf(context, findTokens(context)), token.slice(-6));
      });

      test(`${secretName}: and in Codespaces' files`, () => {
        for (const [name, text] of [
          ['user-secrets-envs.json', JSON.stringify({ HEROKU_TOKEN: token })],
          ['.env-secrets', `HEROKU_TOKEN=${base64(token)}\n`],
        ] as const) {
          const context = inCodespace({});
          mkdirSync(context.codespacesShared);
          writeFileSync(join(context.codespacesShared, name), text);
          assert.deepEqual(sources(context), [[token, 'the Codespaces secret HEROKU_TOKEN']]);
          assert.equal(findTokens(context).secretWasRemoved, false);
        }
      });

      for (const file of new Set([secretName, 'heroku_token', 'HEROKU_TOKEN'])) {
        test(`${secretName}: the mounted file ${file}`, () => {
          const context = makeContext({ options });
          mkdirSync(context.runSecrets);
          writeFileSync(join(context.runSecrets, file), token);
          assert.deepEqual(sources(context), [[token, join(context.runSecrets, file)]]);
        });
      }
    }
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

describe('what is there instead of a file with the secret', () => {
  const odd: Record<string, [make: (path: string) => void, reason: string]> = {
    'a FIFO': [(path) => output('mkfifo', [path]), messages.notRegular],
    'a link to /dev/zero': [(path) => symlinkSync('/dev/zero', path), messages.notRegular],
    'a link to a terminal': [
      (path) => symlinkSync('/dev/tty', path),
      messages.systemError('ENXIO'),
    ],
    'a folder': [(path) => mkdirSync(path), messages.notRegular],
    'an empty file': [(path) => writeFileSync(path, ''), messages.emptyFile],
    'a file of line ends': [(path) => writeFileSync(path, '\n\r\n'), messages.emptyFile],
    'a huge file': [(path) => truncateSync(makeEmpty(path), 2 ** 40), messages.fileTooLarge],
    'a link to nothing': [
      (path) => symlinkSync('/nowhere/x', path),
      messages.systemError('ENOENT'),
    ],
    'a link to a file that is gone': [(path) => symlinkSync('gone', path), messages.linkToNothing],
    'a link to itself': [(path) => symlinkSync(path, path), messages.systemError('ELOOP')],
  };
  const makeEmpty = (path: string) => {
    writeFileSync(path, '');
    return path;
  };

  for (const [name, [make, reason]] of Object.entries(odd)) {
    test(`${name} in /run/secrets: is said, and nothing waits`, () => {
      const context = worldWith({});
      const source = join(context.runSecrets, 'HEROKU_API_KEY');
      make(source);
      assert.deepEqual(findTokens(context).unusable, [{ source, reason, isFile: true }]);
      assert.deepEqual(findTokens(context).candidates, []);
    });

    test(`${name} in a codespace: counts as no file`, () => {
      for (const file of ['user-secrets-envs.json', '.env-secrets']) {
        const context = worldWith({ mounted: token });
        make(join(context.codespacesShared, file));
        const { candidates, unusable, secretWasRemoved } = findTokens(context);
        assert.deepEqual([candidates.length, unusable, secretWasRemoved], [1, [], false]);
      }
    });
  }

  test('a file that this user may not read, and a folder of another user', () => {
    // Root may read anything, so it becomes another user for a moment.
    const isRoot = process.getuid?.() === 0;
    const runSecrets = temporaryFolder();
    chmodSync(runSecrets, 0o755);
    const source = join(runSecrets, 'HEROKU_API_KEY');
    writeFileSync(source, token, { mode: isRoot ? 0o400 : 0 });
    const context = makeContext({ runSecrets });
    if (isRoot) process.seteuid?.(12_345);
    const found = findTokens(context);
    if (isRoot) process.seteuid?.(0);
    const reason = messages.systemError('EACCES');
    assert.deepEqual(found.unusable, [{ source, reason, isFile: true }]);
    if (!isRoot) return;
    chownSync(runSecrets, 12_345, 12_345);
    assert.equal(findTokens(context).unusable[0]?.reason, messages.folderOfOthers);
    chownSync(runSecrets, 0, 12_345);
    assert.equal(findTokens(context).candidates.length, 1);
    chmodSync(runSecrets, 0o775);
    assert.equal(findTokens(context).unusable[0]?.reason, messages.folderOfOthers);
  });

  test('a link to a good file, as Kubernetes has them, is followed', () => {
    const context = worldWith({});
    mkdirSync(join(context.runSecrets, '..data'));
    writeFileSync(join(context.runSecrets, '..data/key'), token);
    symlinkSync('..data/key', join(context.runSecrets, 'HEROKU_API_KEY'));
    assert.equal(findTokens(context).candidates[0]?.token, token);
  });

  test('the mode of the file decides nothing, that of its folder does', () => {
    const context = worldWith({ mounted: token });
    const source = join(context.runSecrets, 'HEROKU_API_KEY');
    for (const mode of [0o777, 0o400]) {
      chmodSync(source, mode);
      assert.equal(findTokens(context).candidates.length, 1);
    }
    for (const mode of [0o777, 0o1777, 0o757]) {
      chmodSync(context.runSecrets, mode);
      const { candidates, unusable } = findTokens(context);
      assert.deepEqual(candidates, []);
      assert.deepEqual(unusable, [{ source, reason: messages.folderOfOthers, isFile: true }]);
    }
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
