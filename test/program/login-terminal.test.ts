// heroku-login typed by a user: a real terminal (by script(1)) and the built program.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { askToken } from '../../src/messages/login.ts';
import { makeToken } from '../support/program.ts';
import { loggedIn, token, useProgram } from '../support/rig.ts';
import { Terminal } from '../support/terminal.ts';

const rig = useProgram();

const command = (...args: string[]) => [process.execPath, rig.program.file, ...args].join(' ');
const openTerminal = (line = command(), env: Record<string, string> = {}) => {
  const PATH = process.env['PATH'] ?? '';
  const home = { HOME: rig.home, HEROKU_HOST: rig.heroku.url, PATH };
  return new Terminal(line, { ...home, ...env }, [token]);
};
/** A terminal that shows the question for a token. */
const asked = (line?: string, env?: Record<string, string>) =>
  openTerminal(line, env).until('Enter cancels): ');

describe('a user without a token', () => {
  test('is asked for one, which is not shown, verified and stored', async () => {
    const { code, screen } = await (await asked()).type(token).type('\r').end();
    assert.equal(code, 0);
    assert.equal(
      screen,
      'Heroku: Create a token with an expiration at https://dashboard.heroku.com/account/applications\n' +
        `Paste it here (input is hidden, Enter cancels): \n${loggedIn}`,
    );
    assert.match(rig.stored() ?? '', new RegExp(`password ${token}\n`));
    for (const name of ['by-hand', 'notice']) assert.ok(existsSync(rig.statePath(name)), name);
  });

  // Every way to type it: test/unit/terminal-input.test.ts.
  test('may type it key by key, with slips that are taken back', async () => {
    const terminal = await asked();
    for (const key of ['x', '\x7f', ...token, 'y', '\b', '\r']) {
      terminal.type(key);
      // So that each arrives alone, as from a keyboard.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { code, screen } = await terminal.end();
    assert.equal(code, 0, screen);
    assert.ok(screen.endsWith(loggedIn), screen);
  });

  for (const [name, key] of [
    ['Enter', '\r'],
    ['Ctrl-C', '\x03'],
    ['Ctrl-C after half a token', `${token.slice(0, 9)}\x03`],
    ['Ctrl-D', '\x04'],
  ] as const) {
    test(`${name} gives up: what is wrong, code 3, and a terminal that shows what is typed`, async () => {
      const then = 'echo "code $?"; stty -a; echo ready; read line; echo "<$line>"';
      const terminal = (await asked(`${command()}; ${then}`)).type(key);
      await (await terminal.until('code 3\n')).until('ready\n');
      const { screen } = await terminal.type('visible\n').end();
      assert.match(
        screen,
        /^Heroku: not logged in: HEROKU_API_KEY is not set in this container\./m,
      );
      assert.match(screen, / icanon /);
      assert.match(screen, / echo /);
      assert.match(screen, /^visible\n<visible>$/m);
      assert.deepEqual(rig.heroku.seen(), []);
    });
  }

  for (const signal of ['TERM', 'INT', 'HUP', 'QUIT'] as const) {
    test(`SIG${signal} at the question leaves the terminal as it was`, async () => {
      const script = join(rig.home, 'run.sh');
      // Not in the background, which has no terminal to ask at.
      writeFileSync(
        script,
        `(while ! grep -q asked ${rig.home}/go 2>/dev/null; do sleep 0.05; done; kill -${signal} $(cat ${rig.home}/pid)) &\n` +
          `sh -c 'echo $$ >${rig.home}/pid; exec ${command()}'\nstty -a\n`,
      );
      const terminal = await asked(`sh ${script}`);
      writeFileSync(join(rig.home, 'go'), 'asked');
      const { screen } = await terminal.end();
      assert.match(screen, /(^| )icanon /m);
      assert.match(screen, /(^| )echo /m);
    });
  }

  test('a token that Heroku rejects is reported', async () => {
    const terminal = await asked();
    const { code, screen } = await terminal.type(`${makeToken('nobody')}\r`).end();
    assert.equal(code, 4);
    assert.match(screen, /Heroku rejected the token from standard input/);
    assert.equal(existsSync(rig.netrc()), false);
  });

  test('--with-token at a terminal does not show it either', async () => {
    const terminal = await asked(command('--with-token'), { HEROKU_API_KEY: makeToken('other') });
    const { code, screen } = await terminal.type(`${token}\r`).end();
    assert.equal(code, 0, screen);
    assert.ok(screen.endsWith(loggedIn), screen);
    assert.equal((await (await asked(command('--with-token'))).type('\r').end()).code, 3);
  });
});

describe('a user whose token Heroku rejects', () => {
  const dead = { HEROKU_API_KEY: makeToken('nobody') };
  const rejections: [name: string, env: Record<string, string>][] = [
    ['in the environment', dead],
    ['in the environment, with blanks and quotes', { HEROKU_API_KEY: ` "${dead.HEROKU_API_KEY}"` }],
  ];
  for (const [name, env] of rejections) {
    test(`${name} is told so, asked for a new one at once, and logged in with it`, async () => {
      const terminal = await asked(command(), env);
      const { code, screen } = await terminal.type(`${token}\r`).end();
      assert.equal(code, 0, screen);
      const [told = ''] = screen.split('\n');
      assert.match(told, /^Heroku: not logged in: Heroku rejected the token/);
      assert.ok(screen.includes(askToken()), screen);
      assert.ok(screen.endsWith(loggedIn), screen);
      // It counts although the variable still holds the other one.
      const { stdout } = await rig.run(['status', '--json'], { env });
      const { cli } = JSON.parse(stdout) as { cli: { uses: string } };
      assert.equal(cli.uses, '~/.netrc');
    });
  }

  for (const key of ['\r', '\x03', '\x04']) {
    test(`${JSON.stringify(key)} gives up: code 4, and it is told once`, async () => {
      const { code, screen } = await (await asked(command(), dead)).type(key).end();
      assert.equal(code, 4);
      assert.equal(screen.split('Heroku rejected the token').length, 2, screen);
    });
  }

  test('with an earlier login that still works, too', async () => {
    await rig.run();
    const { code, screen } = await (await asked(command(), dead)).type('\r').end();
    assert.equal(code, 4, screen);
    assert.match(rig.stored() ?? '', new RegExp(`password ${token}\n`));
  });
});

describe('nobody is asked', () => {
  const table: [name: string, command: () => string, env?: Record<string, string>][] = [
    ['in the hook', () => command('--hook')],
    ['with --json', () => command('--json')],
    ['if input is no terminal', () => `${command()} </dev/null`],
    ['if standard error is none', () => `${command()} 2>&1 | cat`],
    ['for status', () => command('status')],
    ['in a shell', () => command('--shell'), { HEROKU_API_KEY: makeToken('nobody') }],
    [
      'in the hook, for a rejected one',
      () => command('--hook'),
      { HEROKU_API_KEY: makeToken('nobody') },
    ],
    [
      'if the rejected one is in a script',
      () => `${command()} </dev/null`,
      { HEROKU_API_KEY: makeToken('nobody') },
    ],
    [
      'if Heroku does not answer',
      () => command(),
      { HEROKU_API_KEY: token, HEROKU_HOST: 'http://127.0.0.1:9' },
    ],
    ['if there is a token', () => command(), { HEROKU_API_KEY: token }],
    ['if what is there is no token', () => command(), { HEROKU_API_KEY: 'to ken' }],
    ['in a prebuild', () => command(), { CODESPACES: 'true', CLOUDENV_ENVIRONMENT_ID: 'null' }],
  ];
  for (const [name, command, env] of table) {
    test(name, async () => {
      const { code, screen } = await openTerminal(command(), env).end();
      assert.doesNotMatch(screen, /Enter cancels/);
      assert.notEqual(code, -1, 'it waited');
    });
  }
});
