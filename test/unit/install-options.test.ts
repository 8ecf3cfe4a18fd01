// The rules of the Feature's options, and what install.sh makes of the values, in dash and in BusyBox's ash.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outcome, shells } from '../support/install-parts.ts';
import { makeToken } from '../support/program.ts';

const version = /^the option version is neither latest nor beta nor a version such as/;
const secretName = /^the option secretName is not the name of a secret$/m;
const token =
  /^the option secretName holds what looks like a token\n.*NAME of the secret.*revoke it/;
const app =
  /^the option app is neither the name of an app nor a list.*\n.*no address\. Write no blanks\.$/;
const twoApps = /^the option app has two apps for the git remote heroku\n.* own/;
const url = /^the option assetsUrl is not an https address without user, query or odd characters$/m;
const boolean = (name: string) =>
  new RegExp(`^the option ${name} is neither true nor false\\nWrite "${name}": true or false`);

const rejected: readonly [option: string, values: readonly string[], problem: RegExp][] = [
  [
    'version',
    [
      ...['newest', '1.0.0$(touch /etc/x)', '11.', '.11', '11..1', '1.2.3.4', '1.2.3-', '1.2-beta'],
      ...['v', 'vv11', '11 ', '11.10.0\n', '11,10', '-beta.1', '1.2.3-beta/1', 'LATEST', '*'],
    ],
    version,
  ],
  ['secretName', [makeToken('x'), `x${makeToken('y')}`], token],
  ['secretName', ['01234567-89ab-cdef-0123-456789abcdef'], token],
  [
    'secretName',
    ['A B', 'GITHUB_TOKEN', '1A', 'A-B', 'A\nB', 'A;id', 'Ä', '$(id)', 'A"'],
    secretName,
  ],
  ['required', ['yes', 'TRUE', '0', 'true ', 'true\n', '"'], boolean('required')],
  ['perContainerToken', ['1', 'session'], boolean('perContainerToken')],
  ['containerRegistry', ['docker'], boolean('containerRegistry')],
  ['lean', ['1'], boolean('lean')],
  ['completion', ['bash'], boolean('completion')],
  [
    'app',
    [
      ...['my-app$(id)', 'https://git.heroku.com/a.git', 'My-App', 'my_app', '1app', 'app-', 'ap'],
      ...['a'.repeat(31), 'my-app\n', 'my-app"', 'a=my-app, b=my-app', 'my-app,', ',my-app', ','],
      ...['--upload-pack=my-app', 'a..b=my-app', '=my-app', 'a=', 'a.=my-app', 'a.lock=my-app'],
      ...['a/b=my-app', 'a b=my-app', 'a=b=my-app', '.a=my-app'],
    ],
    app,
  ],
  ['app', ['heroku=one,two', 'one-app,two-app', 'heroku=one-app,heroku=two-app'], twoApps],
  [
    'assetsUrl',
    [
      ...[
        'http://mirror.example',
        'http://localhost.evil.example',
        'http://127.0.0.1.evil.example',
      ],
      ...['https://me:secret@mirror.example', 'https://x/`id`', 'https://', 'https:///', 'mirror'],
      ...['https://x?y', 'https://x#y', 'https://x y', 'https://x\ny', 'ftp://x', 'file:///etc'],
    ],
    url,
  ],
];

const accepted: readonly [option: string, value: string, variable: string, becomes: string][] = [
  ['version', '', 'selector', 'stable'],
  ['version', 'latest', 'selector', 'stable'],
  ['version', 'stable', 'selector', 'stable'],
  // What "feature": true in devcontainer.json becomes.
  ['version', 'true', 'selector', 'stable'],
  ['version', 'beta', 'selector', 'beta'],
  ['version', '11', 'selector', '11'],
  ['version', 'v11.9', 'selector', '11.9'],
  ['version', 'v11.10.0', 'selector', '11.10.0'],
  ['version', '11.11.0-beta.1', 'selector', '11.11.0-beta.1'],
  ['version', 'v11.9', 'requested', 'v11.9'],
  ['secretName', '', 'secret_name', 'HEROKU_API_KEY'],
  ['secretName', 'TEAM_TOKEN2', 'secret_name', 'TEAM_TOKEN2'],
  ['secretName', 'team_token', 'secret_name', 'team_token'],
  ['secretName', 'MY_GITHUB_TOKEN', 'secret_name', 'MY_GITHUB_TOKEN'],
  ['required', '', 'required', 'false'],
  ['required', 'true', 'required', 'true'],
  ['perContainerToken', '', 'per_container_token', 'false'],
  ['perContainerToken', 'true', 'per_container_token', 'true'],
  ['containerRegistry', '', 'container_registry', 'false'],
  ['containerRegistry', 'true', 'container_registry', 'true'],
  ['lean', '', 'lean', 'true'],
  ['lean', 'false', 'lean', 'false'],
  ['completion', '', 'completion', 'true'],
  ['completion', 'false', 'completion', 'false'],
  ['app', '', 'app', ''],
  ['app', 'my-app', 'app', 'my-app'],
  ['app', `abc,staging=${'a'.repeat(30)}`, 'app', `abc,staging=${'a'.repeat(30)}`],
  ['app', 'a.b_c-d=my-app,Prod2=my-app', 'app', 'a.b_c-d=my-app,Prod2=my-app'],
  ['assetsUrl', '', 'assets_url', 'https://cli-assets.heroku.com'],
  ['assetsUrl', 'true', 'assets_url', 'https://cli-assets.heroku.com'],
  ['assetsUrl', '', 'protocol', '=https'],
  [
    'assetsUrl',
    'https://mirror.example:8443/~me/cli//',
    'assets_url',
    'https://mirror.example:8443/~me/cli',
  ],
  ['assetsUrl', 'http://localhost', 'protocol', '=http'],
  ['assetsUrl', 'http://localhost:8080/x', 'protocol', '=http'],
  ['assetsUrl', 'http://127.0.0.1/', 'assets_url', 'http://127.0.0.1'],
];

for (const shell of shells.keys()) {
  const check = (option: string, value: string, variable: string) =>
    outcome(shell, `check_options; printf '%s' "$${variable}"`, { [option.toUpperCase()]: value });

  describe(`${shell}: the option`, { concurrency: 4 }, () => {
    for (const [option, values, problem] of rejected) {
      for (const value of values) {
        test(`${option} is not ${JSON.stringify(value)}`, async () => {
          const said = await check(option, value, 'requested');
          assert.match(said, problem);
          assert.ok(!said.includes(makeToken('x')), 'a token was printed');
        });
      }
    }
    for (const [option, value, variable, becomes] of accepted) {
      test(`${option} ${JSON.stringify(value)} makes ${variable} ${becomes}`, async () => {
        assert.equal(await check(option, value, variable), becomes);
      });
    }
  });

  describe(`${shell}: there is no Heroku CLI for`, () => {
    for (const [command, answer, problem] of [
      ['-m', 'riscv64', /^there is no Heroku CLI for the architecture riscv64\n.*--platform/],
      ['-m', 'armv7l', /^there is no Heroku CLI for the architecture armv7l\n/],
      ['-s', 'FreeBSD', /^there is no Heroku CLI for FreeBSD here\n.*Linux containers/],
    ] as const) {
      test(answer, async () => {
        const fake = `id() { echo 0; }
          uname() { [ "$1" = ${command} ] && echo ${answer} || echo Linux; }`;
        assert.match(await outcome(shell, `${fake}\ncheck_system`), problem);
      });
    }
  });
}
