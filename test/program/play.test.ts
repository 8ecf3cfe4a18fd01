// `npm run play` shows what heroku-login prints in a situation that its options describe.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { attempt } from '../support/command.ts';
import { root } from '../support/root.ts';

const play = (...args: string[]) =>
  attempt(process.execPath, ['--import', 'tsx', join(root, 'scripts/play.ts'), ...args], {
    cwd: root,
    // A token of whoever runs this must not be used.
    env: { PATH: process.env['PATH'], HEROKU_API_KEY: 'of-the-developer' },
  });

describe('npm run play', { concurrency: 2 }, () => {
  const cases: [args: string, printed: RegExp][] = [
    ['', /^\$ heroku-login\nHeroku: logged in as dev@example\.com \(.*29 days\)\nexit code 0\n$/],
    ['status', /^\$ heroku-login status\n[\s\S]*exit code \d\n$/],
    ['--token expires-soon', /expires in (2 days|48 hours)/],
    ['--token revoked', /HEROKU_API_KEY[\s\S]*exit code 4/],
    ['--token=suspended', /suspended[\s\S]*exit code 4/],
    ['--token none --json', /"outcome":"[\w-]+"[\s\S]*exit code 3/],
    ['--token not-a-token', /HEROKU_API_KEY[\s\S]*exit code [34]/],
    ['--heroku down', /exit code 5/],
    ['--heroku login-page', /exit code 5/],
    ['status --token none --logged-in', /dev@example\.com[\s\S]*exit code 0/],
    ['--requests', /sent to Heroku:\n {2}GET \/account -> 200\n/],
    ['--token none --requests', /nothing was sent to Heroku/],
    ['--netrc', /~\/\.netrc:\nmachine 127\.0\.0\.1:\d+\n {2}login dev@example\.com\n/],
    ['--prebuild --hook --netrc', /exit code 0\nno ~\/\.netrc/],
    ['--option secretName=MY_TOKEN --token none', /MY_TOKEN/],
    ['--help', /--token KIND .*good, .*revoked/],
  ];
  for (const [args, printed] of cases) {
    test(args === '' ? 'without arguments' : args, async () => {
      const { code, output } = await play(...args.split(' ').filter(Boolean));
      assert.match(output, printed);
      assert.equal(code, 0);
    });
  }

  test('refuses a choice that it does not know', async () => {
    const { code, output } = await play('--token', 'golden');
    assert.match(output, /^--token must be one of: good, /);
    assert.equal(code, 1);
  });
});
