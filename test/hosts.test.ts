import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { herokuHosts } from '../src/hosts.ts';

const standard = ['https://api.heroku.com/', 'api.heroku.com', 'git.heroku.com'];

describe('HEROKU_HOST', () => {
  const rows: [value: string | undefined, expected: string[]][] = [
    [undefined, standard],
    ['', standard],
    ['heroku.com', standard],
    [
      'staging.herokudev.com',
      [
        'https://api.staging.herokudev.com/',
        'api.staging.herokudev.com',
        'git.staging.herokudev.com',
      ],
    ],
    ['https://api.heroku.com', ['https://api.heroku.com/', 'api.heroku.com', 'api.heroku.com']],
    ['http://localhost:5000', ['http://localhost:5000/', 'localhost:5000', 'localhost:5000']],
    ['http://127.0.0.1:5000', ['http://127.0.0.1:5000/', '127.0.0.1:5000', '127.0.0.1:5000']],
    ['http://[::1]:5000', ['http://[::1]:5000/', '[::1]:5000', '[::1]:5000']],
  ];
  for (const [value, expected] of rows) {
    test(`${value}`, () => {
      const { api, apiMachine, gitMachine, warnings } = herokuHosts({ HEROKU_HOST: value });
      assert.deepEqual([api.href, apiMachine, gitMachine], expected);
      assert.deepEqual(warnings, []);
    });
  }

  for (const value of [
    'example.com',
    'https://example.com',
    'https://evil.example/.heroku.com',
    'https://heroku.com.evil.example',
    'https://heroku.com@evil.example',
    'https://user@heroku.com',
    'https://notheroku.com',
    'https://evil.example/?localhost',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://api.heroku.com',
    'evil.example/heroku.com',
    'evil.example#.heroku.com',
    'heroku.com/path',
    'ftp://heroku.com',
    'https://',
    'two words',
  ]) {
    test(`ignored, with a warning: ${value}`, () => {
      const { api, apiMachine, gitMachine, warnings } = herokuHosts({ HEROKU_HOST: value });
      assert.deepEqual([api.href, apiMachine, gitMachine], standard);
      assert.equal(warnings.length, 1);
    });
  }
});

describe('HEROKU_GIT_HOST', () => {
  test('one of Heroku', () => {
    assert.equal(
      herokuHosts({ HEROKU_GIT_HOST: 'git.eu.heroku.com' }).gitMachine,
      'git.eu.heroku.com',
    );
  });
  for (const value of ['github.com', 'git.heroku.com/x', 'user@git.heroku.com', 'a b']) {
    test(`ignored, with a warning: ${value}`, () => {
      const { gitMachine, warnings } = herokuHosts({ HEROKU_GIT_HOST: value });
      assert.equal(gitMachine, 'git.heroku.com');
      assert.equal(warnings.length, 1);
    });
  }
});
