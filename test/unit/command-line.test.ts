// The arguments and the exit codes of heroku-login.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRequest, UsageError, usage } from '../../src/arguments.ts';
import { errorCode, exitCodes } from '../../src/report.ts';

describe('arguments', () => {
  const login = (trigger: string, json = false, fromInput = false) => ({
    task: { command: 'login', trigger, fromInput },
    json,
  });
  const command = (name: string, more = {}) => ({ task: { command: name, ...more }, json: false });
  const table: [args: string, request: object][] = [
    ['', login('command')],
    ['login', login('command')],
    ['--json', login('command', true)],
    ['--hook', login('hook')],
    ['login --shell --json', login('shell', true)],
    ['--with-token', login('command', false, true)],
    ['status', command('status')],
    ['logout', command('logout')],
    ['--help', command('help')],
    ['-h', command('help')],
    ['--version', command('version')],
    ['git-credential get', command('git-credential', { operation: 'get' })],
    ['git-credential', command('git-credential', { operation: '' })],
    ['heroku-logout --x -y', command('heroku-logout', { args: ['--x', '-y'] })],
  ];
  const split = (args: string) => args.split(' ').filter((arg) => arg !== '');
  for (const [args, request] of table) {
    test(`heroku-login ${args}`, () => assert.deepEqual(parseRequest(split(args)), request));
  }

  for (const [args, problem] of [
    ['frobnicate', /^unknown command\. For help, run: heroku-login --help$/],
    ['--frobnicate', /^unknown option, or an option that takes no value\./],
    ['--json=x', /^unknown option, or an option that takes no value\./],
    [
      'login secret',
      /^login takes no further .*\. To pass a token on standard input, use --with-token/,
    ],
    ['status now', /^status takes no further arguments\./],
    ['--hook --shell', /^--hook and --shell cannot be combined\./],
    ['--shell --with-token', /^--shell and --with-token cannot be combined\./],
    ['status --hook', /^--with-token only works with login\./],
    ['logout --with-token', /^--with-token only works with login\./],
    ['status --shell', /^--with-token only works with login\./],
  ] as const) {
    test(`heroku-login ${args}: is refused`, () => {
      assert.throws(
        () => parseRequest(split(args)),
        (error: unknown) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, problem);
          return !error.message.includes('secret');
        },
      );
    });
  }
});

test('exit codes are those that --help tells', () => {
  const told = [
    'logged in',
    'unexpected error',
    'usage error',
    'no usable token',
    'token rejected',
  ];
  const all = [...told, 'Heroku unreachable', 'could not store the login'];
  const line = all.map((meaning, code) => `${code} ${meaning}`).join(', ');
  assert.ok(usage.replace(/\s+/g, ' ').includes(`Exit codes: ${line}.`));
  assert.deepEqual([...new Set(Object.values(exitCodes))].sort(), [...all.keys()]);
  assert.deepEqual(exitCodes, {
    ...{ logged_in: 0, logged_out: 0, unexpected: 1, usage: 2, no_token: 3, unusable_token: 3 },
    ...{ prebuild: 3, rejected: 4, unreachable: 5, not_stored: 6 },
  });
});

test('errors have a code only if it is a word', () => {
  assert.equal(errorCode(Object.assign(new Error(), { code: 'ENOENT' })), 'ENOENT');
  for (const error of [new Error(), Object.assign(new Error(), { code: 1 }), { code: 'x' }, null]) {
    assert.equal(errorCode(error), undefined);
  }
});
