// What a new bash and a new zsh must both do with the shell notice: real shells on a real terminal read the
// real file.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { run } from './command.ts';
import { newHome } from './program.ts';
import { root } from './root.ts';

export interface Shell {
  readonly name: string;
  /** Words of the command line of an interactive shell that reads `rc`, which is called .zshrc, first. */
  command(rc: string): string[];
  /** A line that turns on what makes a shell stop at errors. */
  readonly strict: string;
  /** The same, and other options that change how it reads a script. */
  readonly odd: string;
}

export const bash: Shell = {
  name: 'bash',
  command: (rc) => ['bash', '--noprofile', '--rcfile', rc, '-i'],
  strict: 'set -euo pipefail\n',
  odd: 'set -euo pipefail -o noclobber\n',
};

export const zsh: Shell = {
  name: 'zsh',
  command: (rc) => ['env', `ZDOTDIR=${dirname(rc)}`, 'zsh', '-d', '-i'],
  strict: 'setopt err_exit no_unset\n',
  odd: 'setopt err_exit no_unset ksh_arrays sh_word_split glob_subst no_prompt_percent\n',
};

const script = join(root, 'src/image/shell-notice.sh');
const source = `. ${script}\n`;
const line = 'something is wrong. To see what to do: heroku-login';
const said = `Heroku: ${line}`;
const listNames =
  '{ set; typeset -f; } | grep -o "__heroku[a-z_]*" | sort -u | tr "\\n" ,; echo end\n';

const now = () => Math.floor(Date.now() / 1000);
const times = (text: string, part: string) => text.split(part).length - 1;

let home: string;

/** Leaves what a login leaves for new shells. */
function leave(text: string, name = 'notice'): void {
  const folder = join(home, '.local/state/heroku-login');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

/**
 * What the shell prints on a terminal when its start-up file is `rc`.
 *
 * @param input what is typed; left unread, it makes script(1) wait for two seconds.
 */
async function start(
  { command }: Pick<Shell, 'command'>,
  rc: string,
  { input = 'exit 0\n', wrap = [] as string[] } = {},
): Promise<string> {
  const file = join(home, '.zshrc');
  writeFileSync(file, rc);
  const words = [...wrap, ...command(file)].map((word) => `'${word}'`).join(' ');
  const env = { HOME: home, PATH: process.env['PATH'], TERM: 'dumb', PS1: '', PROMPT: '' };
  const printed = await run('script', ['-qec', words, '/dev/null'], {
    input,
    cwd: home,
    env: { ...env, TZ: 'Asia/Tokyo' },
    timeout: 20_000,
  });
  return printed.replaceAll('\r', '');
}

/** The script with a program that only tells what it was called with. */
function withProgram(): string {
  const program = join(home, 'heroku-login');
  writeFileSync(program, `#!/bin/sh\necho "called with $*"\nexit 1\n`, { mode: 0o755 });
  const file = join(home, 'shell-notice.sh');
  const text = readFileSync(script, 'utf8').replaceAll('/usr/local/bin/heroku-login', program);
  writeFileSync(file, text);
  return `. ${file}\n`;
}

export function describeNotice(shell: Shell): void {
  describe(`a new ${shell.name}`, () => {
    beforeEach(() => {
      home = newHome();
    });
    const table: [name: string, text: string | undefined, count: number][] = [
      ['without the file says nothing', undefined, 0],
      ['says the line', `0\n${line}\n`, 1],
      ['says it once its time has come', `${now() - 5}\n${line}\n`, 1],
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
      const input = `INNER=1 ${inner}\nexit 0\nexit 0\n`;
      const printed = await start(shell, source.repeat(3), { input });
      assert.equal(times(printed, said), 2, printed);
    });

    test('does it with the strictest options and an odd IFS, and goes on', async () => {
      leave(`${now() - 5}\n${line}\n`);
      const rc = `${shell.odd}IFS='n0123456789 '\n${source}echo "ready $-"\n`;
      const printed = await start(shell, rc);
      assert.equal(times(printed, said), 1, printed);
      assert.match(printed, /^ready \S+$/m);
    });

    test('keeps no variable or function; one variable once it has spoken', async () => {
      const names = () => start(shell, source + listNames);
      assert.match(await names(), /^end$/m);
      leave(`${now() + 3600}\n${line}\n`);
      assert.match(await names(), /^end$/m);
      leave(`0\n${line}\n`);
      assert.match(await names(), /^__heroku_login_said,end$/m);
    });

    describe('with the variable', () => {
      const rows: [name: string, seen: string | undefined, value: string, called: boolean][] = [
        ['of the last login starts nothing', 'last12', 'HRKU-AAlast12', false],
        ['of the last login, with what was pasted around it', 'last12', "' HRKU-last12 '", false],
        ['newer than the last login logs in', 'last12', 'HRKU-AAnewer1', true],
        ['logs in if the last login found none', '', 'HRKU-AAlast12', true],
        ['starts nothing if nobody ever logged in here', undefined, 'HRKU-AAlast12', false],
        ['empty starts nothing', 'last12', "''", false],
      ];
      for (const [name, seen, value, called] of rows) {
        test(name, async () => {
          if (seen !== undefined) leave(`${seen}\n`, 'seen');
          const rc = `export HEROKU_API_KEY=${value}\n${shell.strict}${withProgram()}`;
          const printed = await start(shell, `${rc}echo "ready $?"\n`);
          assert.equal(times(printed, 'called with --shell'), called ? 1 : 0, printed);
          assert.match(printed, /^ready 0$/m);
        });
      }

      test('of the last login leaves no variable', async () => {
        leave('last12\n', 'seen');
        const rc = `export HEROKU_API_KEY=HRKU-AAlast12\n${withProgram()}${listNames}`;
        assert.match(await start(shell, rc), /^end$/m);
      });
    });

    test('says nothing without a terminal, or if it is not interactive', async () => {
      leave(`0\n${line}\n`);
      assert.equal(times(await start(shell, `( ${source} ) | cat\n`), said), 0);
      const quiet = { command: (rc: string) => [shell.name, '-c', `. ${rc}; echo ready`] };
      const printed = await start(quiet, source, { input: '' });
      assert.equal(times(printed, said), 0);
      assert.match(printed, /^ready$/m);
    });
  });
}

export function describeProcesses(shell: Shell): void {
  describe(`the processes of a new ${shell.name}`, () => {
    beforeEach(() => {
      home = newHome();
    });

    /** What the shell starts: programs in thousands, and forks. */
    async function processes(rc: string): Promise<number> {
      const calls = join(home, 'calls');
      await start(shell, rc, {
        wrap: ['strace', '-f', '-qq', '-o', calls, '-e', 'trace=process'],
      });
      const text = readFileSync(calls, 'utf8');
      const forks = text.match(/^\d+ +(clone3?|v?fork)\(/gm)?.length ?? 0;
      return times(text, 'exec') * 1000 + forks;
    }

    test('are none of the notice, whether it speaks or not', async () => {
      const bare = await processes('');
      assert.equal(await processes(`${source}(:)\n`), bare + 1, 'this way of counting counts');
      assert.equal(await processes(source), bare);
      leave(`${now() - 5}\n${line}\n`);
      assert.equal(await processes(source), bare);
    });

    test('are none with the variable of the last login', async () => {
      leave('last12\n', 'seen');
      const key = 'export HEROKU_API_KEY=HRKU-AAlast12\n';
      assert.equal(await processes(key + withProgram()), await processes(key));
    });
  });
}
