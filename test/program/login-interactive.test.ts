// heroku-login typed by a person: a real terminal, the built program, and a program in the place of gh.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { defaults } from '../../src/options.ts';
import { findProgram, runProgram } from '../../src/run-program.ts';
import { type Account, type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { makeContext } from '../support/context.ts';
import {
  buildProgram,
  makeToken,
  newHome,
  type Program,
  temporaryFolder,
} from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';

const token = makeToken('first');
const dev: Account = { email: 'dev@example.com', token, expiresIn: 29 * 24 * 60 * 60 };

let heroku: FakeHeroku;
let program: Program;
let home: string;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
  program = await buildProgram();
});
after(() => heroku.close());
beforeEach(() => {
  home = newHome();
  heroku.set({ accounts: [dev], faults: [] });
  heroku.clearSeen();
});

const openTerminal = (line: string, env: Record<string, string> = {}) =>
  new Terminal(
    line,
    {
      HOME: home,
      HEROKU_HOST: heroku.url,
      PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
      ...env,
    },
    [token],
  );

const command = (...args: string[]) => [process.execPath, program.file, ...args].join(' ');
const question = 'Enter alone gives up): ';
const netrc = () => join(home, '.netrc');
const loggedIn = 'Heroku: logged in as dev@example.com (token expires in 29 days)\n';

describe('a person without a token', () => {
  test('is asked for one, which is not shown, proven and stored as by hand', async () => {
    const terminal = openTerminal(command());
    await terminal.until(question);
    const { code, screen } = await terminal.type(token).type('\r').end();
    assert.equal(code, 0);
    assert.equal(
      screen,
      'Heroku: make a token at https://dashboard.heroku.com/account/applications (Authorizations, with an expiry).\n' +
        `Token (it is not shown; Enter alone gives up): \n${loggedIn}`,
    );
    assert.match(readFileSync(netrc(), 'utf8'), new RegExp(`password ${token}\n`));
    assert.ok(existsSync(join(home, '.local/state/heroku-login/by-hand')));
    assert.equal(existsSync(join(home, '.local/state/heroku-login/notice')), true);
  });

  const entries: [name: string, keys: string[]][] = [
    ['pasted with the end of its line', [`${token}\n`]],
    ["pasted with Windows' end of line and more below it", [`${token}\r\nrm -rf x\r\n`]],
    ['pasted with an empty line above it and quotes', [`\r\n  "${token}"\r`]],
    ['pasted between marks', [`\x1b[200~${token}\x1b[201~`, '\r']],
    [
      'with slips that are taken back',
      ['x', '\x7f', 'wrong', '\x15', `${token}xy`, '\b', '\x7f', '\r'],
    ],
    ['with arrow keys', ['\x1b[A', token, '\x1b[D', '\x1bOC', '\r']],
    ['ended by Ctrl-D', [token, '\x04']],
    ['typed key by key', [...token, '\r']],
  ];
  for (const [name, keys] of entries) {
    test(`a token ${name}`, async () => {
      const terminal = openTerminal(command());
      await terminal.until(question);
      for (const key of keys) {
        terminal.type(key);
        // So that each arrives alone, as from a keyboard.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const { code, screen } = await terminal.end();
      assert.equal(code, 0, screen);
      assert.ok(screen.endsWith(loggedIn), screen);
    });
  }

  for (const [name, key] of [
    ['Enter', '\r'],
    ['Ctrl-C', '\x03'],
    ['Ctrl-C after half a token', `${token.slice(0, 9)}\x03`],
    ['Ctrl-D', '\x04'],
  ] as const) {
    test(`${name} gives up: what is wrong, code 3, and a terminal that shows what is typed`, async () => {
      const terminal = openTerminal(
        `${command()}; echo "code $?"; stty -a; read line; echo "<$line>"`,
      );
      (await terminal.until(question)).type(key);
      await terminal.until('code 3\n');
      await terminal.until(' echo ');
      const { screen } = await terminal.type('visible\n').end();
      assert.match(screen, /^Heroku: not logged in, because HEROKU_API_KEY is not set\./m);
      assert.match(screen, / icanon /);
      assert.match(screen, /^visible\n<visible>$/m);
      assert.deepEqual(heroku.seen(), []);
    });
  }

  for (const signal of ['TERM', 'INT', 'HUP', 'QUIT'] as const) {
    test(`SIG${signal} at the question leaves the terminal as it was`, async () => {
      const script = join(home, 'run.sh');
      // Not in the background, which has no terminal to ask at.
      writeFileSync(
        script,
        `(while ! grep -q asked ${home}/go 2>/dev/null; do sleep 0.05; done; kill -${signal} $(cat ${home}/pid)) &\n` +
          `sh -c 'echo $$ >${home}/pid; exec ${command()}'\nstty -a\n`,
      );
      const asked = openTerminal(`sh ${script}`);
      await asked.until(question);
      writeFileSync(join(home, 'go'), 'asked');
      const { screen } = await asked.end();
      assert.match(screen, /(^| )icanon /m);
      assert.match(screen, /(^| )echo /m);
    });
  }

  test('a token that Heroku refuses is told, and nothing is offered', async () => {
    gh('exit 0');
    const terminal = openTerminal(command(), { GITHUB_REPOSITORY: 'octo/repo' });
    await terminal.until(question);
    const { code, screen } = await terminal.type(`${makeToken('nobody')}\r`).end();
    assert.equal(code, 4);
    assert.match(screen, /Heroku refused the token from standard input/);
    assert.doesNotMatch(screen, /\[y\/N\]/);
    assert.equal(existsSync(netrc()), false);
  });

  test('--with-token at a terminal does not show it either', async () => {
    const terminal = openTerminal(command('--with-token'), { HEROKU_API_KEY: makeToken('other') });
    await terminal.until(question);
    const { code, screen } = await terminal.type(`${token}\r`).end();
    assert.equal(code, 0, screen);
    assert.ok(screen.endsWith(loggedIn), screen);
    const given = openTerminal(command('--with-token'));
    assert.equal((await (await given.until(question)).type('\r').end()).code, 3);
  });
});

describe('nobody is asked', () => {
  const table: [name: string, command: () => string, env?: Record<string, string>][] = [
    ['in the hook', () => command('--hook')],
    ['with --json', () => command('--json')],
    ['where input is no terminal', () => `${command()} </dev/null`],
    ['where standard error is none', () => `${command()} 2>&1 | cat`],
    ['for status', () => command('status')],
    ['where there is a token', () => command(), { HEROKU_API_KEY: token }],
    ['where what is there is no token', () => command(), { HEROKU_API_KEY: 'to ken' }],
    ['in a prebuild', () => command(), { CODESPACES: 'true', CLOUDENV_ENVIRONMENT_ID: 'null' }],
  ];
  for (const [name, command, env] of table) {
    test(name, async () => {
      const { code, screen } = await openTerminal(command(), env).end();
      assert.doesNotMatch(screen, /Enter alone gives up/);
      assert.notEqual(code, -1, 'it waited');
    });
  }
});

/** A program in the place of gh, which writes down how it was called. */
function gh(ends: string): void {
  mkdirSync(join(home, 'bin'), { recursive: true });
  const log = join(home, 'gh.log');
  const script = `#!/bin/sh\n{ printf '%s\\n' "$@"; echo "input: $(cat)"; env; } >${log}\n${ends}\n`;
  writeFileSync(join(home, 'bin/gh'), script);
  chmodSync(join(home, 'bin/gh'), 0o755);
}

const ghLog = () =>
  existsSync(join(home, 'gh.log')) ? readFileSync(join(home, 'gh.log'), 'utf8') : '';

describe('the secret', () => {
  const offer = '[y/N] ';
  const repository = { GITHUB_REPOSITORY: 'octo/repo', CODESPACES: 'true', GITHUB_TOKEN: 'ghu_x' };

  async function answer(keys: string, env: Record<string, string> = repository) {
    const terminal = openTerminal(command(), env);
    (await terminal.until(question)).type(`${token}\r`);
    (await terminal.until(offer)).type(keys);
    return terminal.end();
  }

  test('is set with gh where the person says yes, the token on standard input alone', async () => {
    gh('exit 0');
    const { code, screen } = await answer('y\n');
    assert.equal(code, 0);
    assert.match(screen, /Set it as the secret HEROKU_API_KEY of your codespaces of octo\/repo\?/);
    assert.match(
      screen,
      /Heroku: the secret HEROKU_API_KEY is set: codespaces of octo\/repo log in/,
    );
    const [call = '', environment = ''] = ghLog().split(/^input: .*$/m);
    assert.equal(call, 'secret\nset\nHEROKU_API_KEY\n--user\n--repos\nocto/repo\n');
    assert.match(ghLog(), new RegExp(`^input: ${token}$`, 'm'));
    assert.ok(!environment.includes(token));
    assert.match(environment, /^GITHUB_TOKEN=ghu_x$/m);
  });

  for (const keys of ['\n', 'n\n', 'yesterday\n', '\x04']) {
    test(`is not set after ${JSON.stringify(keys)}`, async () => {
      gh('exit 0');
      const { code } = await answer(keys);
      assert.equal(code, 0);
      assert.equal(ghLog(), '');
    });
  }

  test('says what gh said where that fails, without the token, and the login stays', async () => {
    gh(
      'echo "HTTP 403: needs the \\"codespace:secrets\\" scope" >&2; cat >&2; printf "\\033[31mred" >&2; exit 1',
    );
    const { code, screen } = await answer('yes\n');
    assert.equal(code, 0);
    assert.match(
      screen,
      /login stays, but gh did not set the secret: HTTP 403: needs the "codespace:secrets" scope \?\[31mred\. Set it at github\.com/,
    );
    assert.match(screen, /gh secret set HEROKU_API_KEY --user --repos octo\/repo$/m);
    assert.ok(existsSync(netrc()));
  });

  const silent: [name: string, env: Record<string, string>, withGh: boolean][] = [
    ['where there is no gh', repository, false],
    ['where the repository is not known', { CODESPACES: 'true' }, true],
    ['where the repository has an odd name', { GITHUB_REPOSITORY: 'a/b --x' }, true],
  ];
  for (const [name, env, withGh] of silent) {
    test(`is not offered ${name}`, async () => {
      if (withGh) gh('exit 0');
      const terminal = openTerminal(command(), env);
      (await terminal.until(question)).type(`${token}\r`);
      const { screen } = await terminal.end();
      assert.ok(screen.endsWith(loggedIn), screen);
    });
  }
});

describe('programs of others', () => {
  test('are found in absolute folders of the PATH only', () => {
    gh('exit 0');
    const at = (PATH: string) => findProgram(makeContext({ home, env: { PATH } }), 'gh');
    const folder = join(home, 'bin');
    assert.equal(at(`/none:${folder}`), join(folder, 'gh'));
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const path of ['.', '', ':', './']) assert.equal(at(path), undefined, path);
    } finally {
      process.chdir(before);
    }
    assert.equal(at(dirname(home)), undefined, 'not there');
    rmSync(join(folder, 'gh'));
    mkdirSync(join(folder, 'gh'));
    assert.equal(at(folder), undefined, 'a folder');
  });

  test('get neither of the variables with the token, and end in time', () => {
    const options = { ...defaults, secretName: 'TEAM_TOKEN' };
    const env = { PATH: process.env['PATH'], TEAM_TOKEN: token, HEROKU_API_KEY: token, KEPT: 'x' };
    const context = makeContext({ home, env, options });
    const shell = (script: string, limit = 5000) =>
      runProgram(context, ['/bin/sh', '-c', script], { limit });
    assert.equal(shell('env >&2').said.includes(token), false);
    assert.match(shell('env >&2').said, /KEPT=x/);
    assert.deepEqual(shell('exit 7'), { ok: false, said: 'it ended with code 7' });
    assert.deepEqual(shell('exec sleep 20', 300), { ok: false, said: 'it took more than 0.3 s' });
  });
});
