// What new shells say about the login: real shells on a real terminal read the real file.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { type Account, type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { run } from '../support/command.ts';
import { makeContext } from '../support/context.ts';
import {
  buildProgram,
  makeToken,
  newHome,
  type Program,
  temporaryFolder,
} from '../support/program.ts';
import { root } from '../support/root.ts';

const script = join(root, 'src/image/shell-notice.sh');
const token = makeToken('first');
const day = 24 * 60 * 60;
const dev: Account = { email: 'dev@example.com', token, expiresIn: 29 * day };

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
});

const noticeFile = () => join(home, '.local/state/heroku-login/notice');
const written = () => (existsSync(noticeFile()) ? readFileSync(noticeFile(), 'utf8') : undefined);

function leave(text: string, name = 'notice'): void {
  mkdirSync(dirname(noticeFile()), { recursive: true });
  writeFileSync(join(dirname(noticeFile()), name), text);
}

describe('what a login leaves for new shells', () => {
  const hook = (env: Record<string, string> = {}, args = ['--hook']) =>
    program.run(home, args, {
      env: { HEROKU_HOST: heroku.url, HEROKU_API_KEY: token, ...env },
    });

  const table: [name: string, env: Record<string, string>, line: string][] = [
    ['no token', { HEROKU_API_KEY: '' }, 'not logged in, because HEROKU_API_KEY is not set'],
    [
      'no secret in a codespace',
      { HEROKU_API_KEY: '', CODESPACES: 'true' },
      'not logged in, because this codespace has no secret HEROKU_API_KEY',
    ],
    [
      'something else than a token',
      { HEROKU_API_KEY: 'to ken' },
      'not logged in, because what is in HEROKU_API_KEY in the environment is not a Heroku token',
    ],
    [
      'a token that is refused',
      { HEROKU_API_KEY: makeToken('nobody') },
      'Heroku refused the token from HEROKU_API_KEY in the environment',
    ],
    [
      'a Heroku out of reach',
      { HEROKU_HOST: 'http://127.0.0.1:9' },
      'the last login did not reach Heroku',
    ],
  ];
  for (const [name, env, line] of table) {
    test(`${name}: one line with the command, until a login succeeds`, async () => {
      await hook(env);
      const [from, said = '', ...rest] = (written() ?? '').split('\n');
      assert.equal(from, '0');
      assert.ok(said.startsWith(`${line}. To `), said);
      assert.match(said, /: heroku-login$/);
      assert.deepEqual(rest, ['']);
      heroku.set({ accounts: [{ ...dev, expiresIn: null }] });
      await hook({}, []);
      assert.equal(written(), undefined);
    });
  }

  test('a ~/.netrc that cannot be written', async () => {
    mkdirSync(join(home, '.netrc'));
    await hook();
    assert.match(written() ?? '', /^0\nthe token could not be stored in ~\/\.netrc\./);
  });

  test("nothing where the person's own login is in use, nor after a logout", async () => {
    const machine = new URL(heroku.url).host;
    writeFileSync(join(home, '.netrc'), `machine ${machine}\n  login me\n  password theirs\n`);
    await hook({ HEROKU_API_KEY: '' });
    assert.equal(written(), undefined);
    await hook({ HEROKU_API_KEY: 'to ken' }, []);
    assert.notEqual(written(), undefined);
    await program.run(home, ['logout'], {});
    assert.equal(written(), undefined);
  });

  test('the end of a token, from seven days before it', async () => {
    const before = Math.floor(Date.now() / 1000);
    await hook();
    const [from, line] = (written() ?? '').split('\n');
    const late = Number(from) - (before + 22 * day);
    assert.ok(late >= 0 && late < 60, from);
    const date = new Date((before + 29 * day) * 1000).toISOString().slice(0, 10);
    assert.equal(line, `the token is good until ${date}. To see how to renew it: heroku-login`);
  });

  test('nothing in a home that cannot be written, where the login ends as ever', async () => {
    const env = { HEROKU_HOST: heroku.url };
    const context = makeContext({ home: join(home, 'none'), env, trigger: 'hook' });
    assert.equal((await login(context)).outcome, 'no_token');
  });

  test('the last letters of what it found, by which they tell a newer secret', async () => {
    const seen = () => readFileSync(join(dirname(noticeFile()), 'seen'), 'utf8');
    await hook({ HEROKU_API_KEY: '' });
    assert.equal(seen(), '\n');
    for (const key of [token, ` "${token}"\r\n`]) {
      const { code, stdout } = await hook({ HEROKU_API_KEY: key }, ['--shell']);
      assert.equal(code, 0);
      assert.match(stdout, /^Heroku: logged in as dev@example\.com .*\n$/);
      assert.equal(seen(), `${token.slice(-6)}\n`);
    }
    await hook({}, ['logout']);
    assert.throws(seen, /ENOENT/);
  });

  test('a shell waits no longer than 5 s for a login, and a failed one does not fail it', async () => {
    heroku.set({ faults: [{ do: { kind: 'hang' } }] });
    const began = performance.now();
    const { code, stderr } = await hook({}, ['--shell']);
    heroku.set({ faults: [] });
    assert.equal(code, 0);
    assert.match(stderr, /did not answer in time/);
    assert.ok(performance.now() - began < 5500);
  });

  test('a defect of ours, too', async () => {
    const broken = await buildProgram();
    writeFileSync(join(broken.folder, 'options.json'), 'not JSON');
    const { code, stderr } = await broken.run(home, ['--hook']);
    assert.equal(code, 0);
    assert.match(stderr, /failed in a way that it should not/);
    assert.match(written() ?? '', /^0\nthe last login stopped unexpectedly\./);
  });
});

const now = () => Math.floor(Date.now() / 1000);
const line = 'something is wrong. To see what to do: heroku-login';
const said = `Heroku: ${line}`;

interface Shell {
  readonly name: string;
  /** Words of the command line of an interactive shell that reads `rc` first. */
  command(rc: string): string[];
}

const shells: Shell[] = [
  { name: 'bash', command: (rc) => ['bash', '--noprofile', '--rcfile', rc, '-i'] },
  // What zsh reads is always called .zshrc.
  { name: 'zsh', command: (rc) => ['env', `ZDOTDIR=${dirname(rc)}`, 'zsh', '-d', '-i'] },
];

const source = `. ${script}\n`;

/** What the shell prints on a terminal when its start-up file is `rc`, and then reads `input`. */
async function start(shell: Shell, rc: string, input = '', wrap: string[] = []): Promise<string> {
  const file = join(home, '.zshrc');
  writeFileSync(file, rc);
  const command = [...wrap, ...shell.command(file)].map((word) => `'${word}'`).join(' ');
  const printed = await run('script', ['-qec', command, '/dev/null'], {
    input: `${input}\nexit 0\n`,
    cwd: home,
    env: {
      HOME: home,
      PATH: process.env['PATH'],
      TERM: 'dumb',
      PS1: '',
      PROMPT: '',
      TZ: 'Asia/Tokyo',
    },
    timeout: 20_000,
  });
  return printed.replaceAll('\r', '');
}

const times = (text: string, part: string) => text.split(part).length - 1;

for (const shell of shells) {
  describe(`a new ${shell.name}`, () => {
    const table: [name: string, text: string | undefined, count: number][] = [
      ['without the file says nothing', undefined, 0],
      ['says the line', `0\n${line}\n`, 1],
      ['says it where its time has come', `${now() - 5}\n${line}\n`, 1],
      ['does not say it before', `${now() + 3600}\n${line}\n`, 0],
      ['says nothing of an empty file', '', 0],
      ['says nothing of a file of another form', `${line}\n${line}\n`, 0],
    ];
    for (const [name, text, count] of table) {
      test(name, async () => {
        if (text !== undefined) leave(text);
        const printed = await start(shell, `${source}echo "ready $?"\n`);
        assert.equal(times(printed, said), count, printed);
        assert.match(printed, /^ready 0$/m);
        assert.doesNotMatch(printed, /error|invalid|not found|bad|unbound|parameter/i);
      });
    }

    test('says it once, however often the file is read, and again in a shell inside it', async () => {
      leave(`0\n${line}\n`);
      const inner = shell.command('.zshrc').join(' ').replace('ZDOTDIR=.', `ZDOTDIR=${home}`);
      const printed = await start(shell, source.repeat(3), `INNER=1 ${inner}\nexit 0`);
      assert.equal(times(printed, said), 2, printed);
    });

    test('does it with the strictest options and an odd IFS, and goes on', async () => {
      leave(`${now() - 5}\n${line}\n`);
      const odd =
        shell.name === 'zsh'
          ? 'setopt err_exit no_unset ksh_arrays sh_word_split glob_subst no_prompt_percent\n'
          : 'set -euo pipefail -o noclobber\n';
      const printed = await start(shell, `${odd}IFS='n0123456789 '\n${source}echo "ready $-"\n`);
      assert.equal(times(printed, said), 1, printed);
      assert.match(printed, /^ready \S+$/m);
    });

    test('keeps no variable or function; one variable where it has spoken', async () => {
      const list =
        '{ set; typeset -f; } | grep -o "__heroku[a-z_]*" | sort -u | tr "\\n" ,; echo end\n';
      assert.match(await start(shell, source + list), /^end$/m);
      leave(`${now() + 3600}\n${line}\n`);
      assert.match(await start(shell, source + list), /^end$/m);
      leave(`0\n${line}\n`);
      assert.match(await start(shell, source + list), /^__heroku_login_said,end$/m);
    });

    test('starts no process, whether it speaks or not', async () => {
      const calls = join(home, 'calls');
      const strace = ['strace', '-f', '-qq', '-o', calls, '-e', 'trace=process'];
      const processes = async (rc: string) => {
        await start(shell, rc, '', strace);
        return (
          times(readFileSync(calls, 'utf8'), 'exec') * 1000 + forks(readFileSync(calls, 'utf8'))
        );
      };
      const bare = await processes('');
      assert.equal(await processes(`${source}(:)\n`), bare + 1, 'this way of counting counts');
      assert.equal(await processes(source), bare);
      leave(`${now() - 5}\n${line}\n`);
      assert.equal(await processes(source), bare);
    });

    describe('with the variable', () => {
      /** The script with a program that only tells what it was called with. */
      const withProgram = () => {
        const program = join(home, 'heroku-login');
        writeFileSync(program, `#!/bin/sh\necho "called with $*"\nexit 1\n`, { mode: 0o755 });
        const file = join(home, 'shell-notice.sh');
        writeFileSync(
          file,
          readFileSync(script, 'utf8').replaceAll('/usr/local/bin/heroku-login', program),
        );
        return `. ${file}\n`;
      };
      const rows: [name: string, seen: string | undefined, value: string, called: boolean][] = [
        ['of the last login starts nothing', 'last12', 'HRKU-AAlast12', false],
        ['of the last login, with what was pasted around it', 'last12', "' HRKU-last12 '", false],
        ['newer than the last login logs in', 'last12', 'HRKU-AAnewer1', true],
        ['where the last login found none logs in', '', 'HRKU-AAlast12', true],
        ['where nobody ever logged in here starts nothing', undefined, 'HRKU-AAlast12', false],
        ['empty starts nothing', 'last12', "''", false],
      ];
      for (const [name, seen, value, called] of rows) {
        test(name, async () => {
          if (seen !== undefined) leave(`${seen}\n`, 'seen');
          const odd = shell.name === 'zsh' ? 'setopt err_exit no_unset' : 'set -euo pipefail';
          const rc = `export HEROKU_API_KEY=${value}\n${odd}\n${withProgram()}echo "ready $?"\n`;
          const printed = await start(shell, rc);
          assert.equal(times(printed, 'called with --shell'), called ? 1 : 0, printed);
          assert.match(printed, /^ready 0$/m);
        });
      }

      test('of the last login costs no process, and leaves no variable', async () => {
        leave('last12\n', 'seen');
        const calls = join(home, 'calls');
        const strace = ['strace', '-f', '-qq', '-o', calls, '-e', 'trace=process'];
        const count = async (rc: string) => {
          await start(shell, rc, '', strace);
          return forks(readFileSync(calls, 'utf8'));
        };
        const key = 'export HEROKU_API_KEY=HRKU-AAlast12\n';
        assert.equal(await count(key + withProgram()), await count(key));
        const list = '{ set; typeset -f; } | grep -o "__heroku[a-z_]*"; echo end\n';
        assert.match(await start(shell, key + withProgram() + list), /^end$/m);
      });
    });

    test('says nothing without a terminal, nor where it is not interactive', async () => {
      leave(`0\n${line}\n`);
      assert.equal(times(await start(shell, `( ${source} ) | cat\n`), said), 0);
      const [program = ''] = shell.command('').filter((word) => /^(bash|zsh)$/.test(word));
      const quiet: Shell = { name: '', command: (rc) => [program, '-c', `. ${rc}`] };
      assert.equal(times(await start(quiet, source), said), 0);
    });
  });
}

const forks = (calls: string) => calls.match(/^\d+ +(clone3?|v?fork)\(/gm)?.length ?? 0;
