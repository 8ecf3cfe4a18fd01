import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { herokuHosts } from '../../src/heroku/hosts.ts';

/** What a domain of Heroku's makes; see {@link hostsFor}. */
const of = (domain: string) => [
  `https://api.${domain}/`,
  ...['api', 'git', 'registry'].map((name) => `${name}.${domain}`),
];
const standard = of('heroku.com');

/** What herokuHosts makes of a value: the API, its and git's entries, the registry. */
function hostsFor(HEROKU_HOST: string | undefined) {
  const hosts = herokuHosts({ HEROKU_HOST });
  const { api, apiMachine, gitMachine, registry, warnings } = hosts;
  return { hosts: [api.base.href, apiMachine, gitMachine, registry ?? 'none'], warnings };
}

describe('HEROKU_HOST', () => {
  const rows: [value: string | undefined, expected: string[]][] = [
    [undefined, standard],
    ['', standard],
    ['heroku.com', standard],
    ['staging.herokudev.com', of('staging.herokudev.com')],
    // Of an address the CLI makes a registry that nobody can have.
    ['https://api.heroku.com', [...standard.slice(0, 2), 'api.heroku.com', 'none']],
    // Names come from what was parsed.
    ['Heroku.COM', standard],
    ['heroku.com:443', standard],
    [
      'staging.HerokuDev.com:8443',
      of('staging.herokudev.com:8443').map((one) => one.replace(/^(https:[^:]*:\d+).*/, '$1/')),
    ],
    ['HTTPS://API.HEROKU.COM/', [...standard.slice(0, 2), 'api.heroku.com', 'none']],
    ['localhost', [...of('localhost').slice(0, 3), 'none']],
    ...['localhost:5000', '127.0.0.1:5000', '[::1]:5000'].map((local): [string, string[]] => [
      `http://${local}`,
      [`http://${local}/`, local, local, 'none'],
    ]),
  ];
  for (const [value, expected] of rows) {
    test(`${value}`, () => {
      assert.deepEqual(hostsFor(value), { hosts: expected, warnings: [] });
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
    'heroku.com\n',
    ' heroku.com',
    'heroku.com\t',
    'heroku\n.com',
    'x\nmachine\tevil.example\n.heroku.com',
    'https://api.heroku.com\r\n',
    'https://api.heroku.com\\@evil.example',
    'heroku%2Ecom',
    'heroku.com.',
    'heroku。com',
    'hеroku.com',
    'heroku.com:80:80',
  ]) {
    test(`ignored, with a warning: ${value}`, () => {
      const { hosts, warnings } = hostsFor(value);
      assert.deepEqual(hosts, standard);
      assert.equal(warnings.length, 1);
    });
  }
});

describe('HEROKU_GIT_HOST', () => {
  test('one of Heroku', () => {
    const { gitMachine } = herokuHosts({ HEROKU_GIT_HOST: 'git.eu.heroku.com' });
    assert.equal(gitMachine, 'git.eu.heroku.com');
  });
  for (const value of ['github.com', 'git.heroku.com/x', 'user@git.heroku.com', 'a b']) {
    test(`ignored, with a warning: ${value}`, () => {
      const { gitMachine, warnings } = herokuHosts({ HEROKU_GIT_HOST: value });
      assert.equal(gitMachine, 'git.heroku.com');
      assert.equal(warnings.length, 1);
    });
  }
});
