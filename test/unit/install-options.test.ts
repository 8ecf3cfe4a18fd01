// The rules of the Feature's options, and what install.sh makes of the values, in dash and in BusyBox's ash.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outcome, shells } from '../support/install-parts.ts';
import { makeToken } from '../support/program.ts';

const version = /^option "version" must be latest, beta, or a version such as/;
const secretName = /^option "secretName" must be the name of a secret$/m;
const token = /^option "secretName" must not be a token\n.*NAME of the secret.*revoke it/;
const app =
  /^option "app" must be the name of an app, or a list.*\n.*not URLs\. Don't use spaces\.$/;
const twoApps = /^option "app" must not name the git remote heroku twice\n.* own/;
const url =
  /^option "assetsUrl" must be an https URL without a user name, query string or special characters$/m;

const words = (list: string) => list.split(' ');
const names = 'a..b=my-app =my-app a= a.=my-app a.lock=my-app a/b=my-app a=b=my-app .a=my-app';
const longName = 'a'.repeat(30);

const rejected: [option: string, problem: RegExp, values: readonly string[]][] = [
  ['version', version, words('newest 11. .11 11..1 1.2.3.4 1.2.3- 1.2-beta v vv11 11,10 -beta.1')],
  ['version', version, words('1.2.3-beta/1 LATEST *')],
  ['version', version, ['1.0.0$(touch /etc/x)', '11 ', '11.10.0\n']],
  ['secretName', token, [makeToken('x'), `x${makeToken('y')}`]],
  ['secretName', token, ['01234567-89ab-cdef-0123-456789abcdef']],
  ['secretName', secretName, [...words('GITHUB_TOKEN 1A A-B A;id Ä $(id) A"'), 'A B', 'A\nB']],
  [
    'app',
    app,
    words('my-app$(id) https://git.heroku.com/a.git My-App my_app 1app app- ap my-app"'),
  ],
  ['app', app, words(`my-app, ,my-app , --upload-pack=my-app ${longName}a ${names}`)],
  ['app', app, ['my-app\n', 'a=my-app, b=my-app', 'a b=my-app']],
  ['app', twoApps, words('heroku=one,two one-app,two-app heroku=one-app,heroku=two-app')],
  ['assetsUrl', url, words('http://mirror.example http://localhost.evil.example mirror https://')],
  ['assetsUrl', url, words('http://127.0.0.1.evil.example https://me:secret@mirror.example')],
  ['assetsUrl', url, words('https:/// https://x/`id` https://x?y https://x#y ftp://x file:///etc')],
  ['assetsUrl', url, ['https://x y', 'https://x\ny']],
];

const accepted: [option: string, variable: string, becomes: string, values: readonly string[]][] = [
  // `true` is what "feature": true in devcontainer.json becomes.
  ['version', 'selector', 'stable', ['', 'latest', 'stable', 'true']],
  ['version', 'selector', 'beta', ['beta']],
  ['version', 'selector', '11', ['11']],
  ['version', 'selector', '11.9', ['v11.9']],
  ['version', 'selector', '11.10.0', ['v11.10.0']],
  ['version', 'selector', '11.11.0-beta.1', ['11.11.0-beta.1']],
  ['version', 'requested', 'v11.9', ['v11.9']],
  ['secretName', 'secret_name', 'HEROKU_API_KEY', ['']],
  ['app', 'app', '', ['']],
  ['assetsUrl', 'assets_url', 'https://cli-assets.heroku.com', ['', 'true']],
  [
    'assetsUrl',
    'assets_url',
    'https://mirror.example:8443/~me',
    ['https://mirror.example:8443/~me//'],
  ],
  ['assetsUrl', 'assets_url', 'http://127.0.0.1', ['http://127.0.0.1/']],
  ['assetsUrl', 'protocol', '=https', ['']],
  ['assetsUrl', 'protocol', '=http', ['http://localhost', 'http://localhost:8080/x']],
];
for (const name of ['TEAM_TOKEN2', 'team_token', 'MY_GITHUB_TOKEN'])
  accepted.push(['secretName', 'secret_name', name, [name]]);
for (const list of ['my-app', `abc,staging=${longName}`, 'a.b_c-d=my-app,Prod2=my-app'])
  accepted.push(['app', 'app', list, [list]]);

for (const [option, variable, byDefault, ...others] of [
  ['required', 'required', 'false', 'yes', 'TRUE', '0', 'true ', 'true\n', '"'],
  ['perContainerToken', 'per_container_token', 'false', '1', 'session'],
  ['containerRegistry', 'container_registry', 'false', 'docker'],
  ['lean', 'lean', 'true', '1'],
  ['completion', 'completion', 'true', 'bash'],
] as const) {
  accepted.push([option, variable, byDefault, ['']]);
  const changed = byDefault === 'true' ? 'false' : 'true';
  accepted.push([option, variable, changed, [changed]]);
  const problem = `^option "${option}" must be a JSON boolean\nWrite it without quotation marks`;
  rejected.push([option, new RegExp(problem), others]);
}

for (const shell of shells.keys()) {
  const check = (option: string, value: string, variable: string) =>
    outcome(shell, `check_options; printf '%s' "$${variable}"`, { [option.toUpperCase()]: value });

  describe(`${shell}: the option`, { concurrency: 4 }, () => {
    for (const [option, problem, values] of rejected) {
      for (const value of values) {
        test(`${option} is not ${JSON.stringify(value)}`, async () => {
          const said = await check(option, value, 'requested');
          assert.match(said, problem);
          assert.ok(!said.includes(makeToken('x')), 'a token was printed');
        });
      }
    }
    for (const [option, variable, becomes, values] of accepted) {
      for (const value of values) {
        test(`${option} ${JSON.stringify(value)} makes ${variable} ${becomes}`, async () => {
          assert.equal(await check(option, value, variable), becomes);
        });
      }
    }
  });

  describe(`${shell}: there is no Heroku CLI for`, () => {
    for (const [command, answer, problem] of [
      [
        '-m',
        'riscv64',
        /^the Heroku CLI is not available for the architecture riscv64\n.*--platform/,
      ],
      ['-m', 'armv7l', /^the Heroku CLI is not available for the architecture armv7l\n/],
      ['-s', 'FreeBSD', /^the Heroku CLI is not available for FreeBSD\n.*Linux containers/],
    ] as const) {
      test(answer, async () => {
        const fake = `id() { echo 0; }
          uname() { [ "$1" = ${command} ] && echo ${answer} || echo Linux; }`;
        assert.match(await outcome(shell, `${fake}\ncheck_system`), problem);
      });
    }
  });
}
