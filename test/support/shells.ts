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
  /** A command that prints all options, and IFS. */
  readonly facts: string;
  /** A line that restricts the shell. */
  readonly restricted: string;
  /** A line that turns on a trace and what else it may go with. */
  readonly tracedOdd: string;
  /** Lines that change how it reads a script, each of which must do no harm. */
  readonly odd: readonly string[];
}

export const bash: Shell = {
  name: 'bash',
  command: (rc) => ['bash', '--noprofile', '--rcfile', rc, '-i'],
  strict: 'set -euo pipefail\n',
  facts: 'set +o; shopt -p; trap; printf %s "$IFS"; typeset -F',
  restricted: 'set -r',
  tracedOdd: 'exec 9>&1; BASH_XTRACEFD=9; set -o posix; set -x\n',
  odd: [
    'set -euo pipefail -o noclobber',
    'set -o posix',
    'set -o posix; set -eu',
    'shopt -s nocasematch failglob nullglob',
    'shopt -s extdebug',
    'set -o allexport',
    'set -v',
    "set -o functrace; trap ': $BASH_COMMAND' DEBUG; trap 'echo trapped' ERR",
    'set -o noglob; shopt -s lastpipe xpg_echo',
  ],
};

export const zsh: Shell = {
  name: 'zsh',
  command: (rc) => ['env', `ZDOTDIR=${dirname(rc)}`, 'zsh', '-d', '-i'],
  strict: 'setopt err_exit no_unset\n',
  facts: 'set -o; trap; printf %s "$IFS"; typeset -f | grep -c .',
  restricted: 'setopt restricted',
  tracedOdd: 'setopt xtrace ksh_arrays err_exit; PS4="+ "\n',
  odd: [
    'setopt err_exit no_unset ksh_arrays sh_word_split glob_subst no_prompt_percent',
    'setopt ignore_braces',
    'setopt ignore_close_braces csh_junkie_quotes rc_quotes',
    'setopt no_clobber all_export warn_create_global',
    'setopt verbose posix_builtins',
    'setopt no_multios cbases octal_zeroes no_short_loops',
    'emulate sh',
    'emulate ksh; setopt err_exit no_unset',
    'emulate csh',
    'TRAPZERR() { echo trapped }',
  ],
};

const script = join(root, 'src/image/shell-notice.sh');
const source = `. ${script}\n`;
const line = 'something is wrong. To see what to do, run: heroku-login';
const said = `Heroku: ${line}`;
const listNames =
  '{ set; typeset -f; } | grep -o "__heroku[a-z_]*" | sort -u | tr "\\n" ,; echo end\n';

const now = () => Math.floor(Date.now() / 1000);
const times = (text: string, part: string) => text.split(part).length - 1;

let home: string;

const stateFolder = () => join(home, '.local/state/heroku-login');

/** Leaves what a login leaves for new shells. */
function leave(text: string, name = 'notice'): void {
  mkdirSync(stateFolder(), { recursive: true });
  writeFileSync(join(stateFolder(), name), text);
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

    for (const options of shell.odd) {
      test(`does it with odd options and IFS, and changes none of them: ${options}`, async () => {
        leave(`${now() - 5}\n${line}\nonce\n`);
        writeFileSync(join(home, '.bashrc'), 'case x in x) ;; esac\nexport HEROKU_LOGIN_QUIET=0\n');
        leave('last12\n', 'seen');
        const facts = `{ ${shell.facts}; } >|${home}/`;
        const rc = `export HEROKU_API_KEY=HRKU-AAnewer1\n${options}\nIFS='n0123456789 '\n`;
        const asked = withProgram().repeat(2);
        const input = 'echo ready; exit 0\n';
        const printed = await start(shell, `${rc}${facts}before\n${asked}${facts}after\n`, {
          input,
        });
        const told = printed.split('\n').filter((one) => one === said);
        assert.equal(told.length, 1, printed);
        assert.equal(
          printed.split('\n').filter((one) => /^called with /.test(one)).length,
          2,
          printed,
        );
        assert.match(printed, /^ready$/m);
        assert.doesNotMatch(printed, /^trapped|expected|unbound|bad |not found|invalid/m);
        const [before, after] = ['before', 'after'].map((name) =>
          readFileSync(join(home, name), 'utf8'),
        );
        assert.notEqual(before, '');
        assert.equal(after, before);
      });
    }

    test('does it in a restricted shell, and calls nothing where that is forbidden', async () => {
      leave(`0\n${line}\n`);
      const command = (rc: string) =>
        shell.command(rc).map((word) => (word === '-i' ? '-ir' : word));
      assert.equal(times(await start({ command }, source), said), 1);
      leave('last12\n', 'seen');
      withProgram();
      const text = readFileSync(join(home, 'shell-notice.sh'), 'utf8');
      const rc = `export HEROKU_API_KEY=HRKU-AAnewer1\n${shell.restricted}\n${text}`;
      const printed = await start(shell, `${rc}echo "ready $?"\n`);
      assert.doesNotMatch(printed, /restricted|called with/);
      assert.match(printed, /^ready 0$/m);
    });

    test('says it in a shell inside it too, whatever is exported', async () => {
      leave(`0\n${line}\n`);
      const inner = shell.command('.zshrc').join(' ').replace('ZDOTDIR=.', `ZDOTDIR=${home}`);
      const input = `INNER=1 ${inner}\nexit 0\nexit 0\n`;
      const printed = await start(shell, `set -a\n${source.repeat(2)}set +a\n`, { input });
      assert.equal(times(printed, said), 2, printed);
    });

    test('says a line that is said once in the first terminal alone', async () => {
      leave(`0\n${line}\nonce\n`);
      assert.equal(times(await start(shell, source.repeat(2)), said), 1);
      assert.equal(times(await start(shell, source), said), 0);
      leave(`${now() + 3600}\n${line}\nonce\n`);
      await start(shell, source);
      assert.notEqual(readFileSync(join(stateFolder(), 'notice'), 'utf8'), '');
    });

    describe('HEROKU_LOGIN_QUIET=yes hides a line that is said once, and no other', () => {
      const set = 'export HEROKU_LOGIN_QUIET';
      const own = (file: string, text: string) => () => writeFileSync(join(home, file), text);
      const rows: [name: string, hidden: boolean, rc: string, before?: () => void][] = [
        ['in the environment', true, `${set}=yes\n`],
        ['from a secret that was pasted with its line break', true, `${set}=$'yes\\n'\n`],
        ['readonly', true, 'readonly HEROKU_LOGIN_QUIET=yes\n'],
        ['unless it is empty', false, `${set}=\n`],
        ['unless it is 0', false, `${set}=0\n`],
        ['unless it is another word', false, `${set}=no\n`],
        // What a shell reads after our lines.
        ['set later by ~/.bashrc', true, '', own('.bashrc', `alias x=y\n${set}="yes"\n`)],
        ['set later by ~/.profile, without a line break', true, '', own('.profile', `${set}=yes`)],
        [
          'set later by ~/.bash_profile',
          true,
          '',
          own('.bash_profile', 'HEROKU_LOGIN_QUIET=yes\n'),
        ],
        [
          'unless a file has it in a comment, or under a condition',
          false,
          '',
          own('.bashrc', `# ${set}=yes\n  ${set}=yes\n`),
        ],
        [
          'unless a file sets it to another value',
          false,
          '',
          own('.bashrc', `${set}=\n${set}=0\n`),
        ],
        ['and no folder is read', false, '', () => mkdirSync(join(home, '.bashrc'))],
      ];
      for (const [name, hidden, rc, before] of rows) {
        test(name, async () => {
          before?.();
          const text = `${shell.strict}${rc}`;
          leave(`0\n${line}\nonce\n`);
          const first = await start(shell, `${text}${source.repeat(2)}echo "ready $?"\n`);
          assert.equal(times(first, said), hidden ? 0 : 1, first);
          assert.match(first, /^ready 0$/m);
          assert.doesNotMatch(first, /readonly|bashrc|error|denied|not found/i);
          // Later terminals have nothing to look at.
          assert.equal(readFileSync(join(stateFolder(), 'notice'), 'utf8'), '');
          leave(`0\n${line}\n`);
          assert.equal(times(await start(shell, text + source), said), 1);
        });
      }

      test('set later by the file that reads our lines', async () => {
        leave(`0\n${line}\nonce\n`);
        const printed = await start(shell, `${source}${set}=yes\necho ready\n`);
        assert.equal(times(printed, said), 0, printed);
        assert.match(printed, /^ready$/m);
      });

      test('and leaves no variable or function', async () => {
        leave(`0\n${line}\nonce\n`);
        own('.bashrc', `${set}=yes\n`)();
        assert.match(await start(shell, source + listNames), /^end$/m);
      });
    });

    test('reads nothing that is no file, nor of a home that is no absolute path', async () => {
      leave(`0\n${line}\n`);
      for (const other of ['.', '', './', '..//']) {
        const printed = await start(shell, `HOME='${other}'\n${source}echo "ready $?"\n`);
        assert.equal(times(printed, said), 0, printed);
        assert.match(printed, /^ready 0$/m);
      }
      for (const make of ['mkfifo', 'mkdir', 'ln -s /dev/tty']) {
        for (const name of ['notice', 'seen']) {
          const file = `~/.local/state/heroku-login/${name}`;
          const rc = `rm -rf ${file}\n${make} ${file}\nexport HEROKU_API_KEY=x\n${withProgram()}`;
          assert.match(await start(shell, `${rc}echo "ready $?"\n`), /^ready 0$/m);
        }
      }
    });

    for (const [name, before] of [
      ['set -x', 'set -x\n'],
      ['-x and a newer secret', 'set -x\n'],
      ['set -xv with errors and unset variables', 'set -xveu\n'],
      ['set -x in posix mode or its like', shell.tracedOdd],
    ] as const) {
      test(`a trace shows no secret: ${name}`, async () => {
        for (const seen of ['last12', 'newer1', undefined]) {
          home = newHome();
          if (seen !== undefined) leave(`${seen}\n`, 'seen');
          writeFileSync(join(home, 'env'), 'HEROKU_API_KEY=HRKU-AAnewer1; export HEROKU_API_KEY\n');
          const rc = `. ${home}/env\n${before}${withProgram()}: here\ncase $- in *x*) echo traced;; esac\n`;
          const printed = await start(shell, rc);
          assert.equal(times(printed, 'called with --shell'), seen === 'newer1' ? 0 : 1, printed);
          assert.match(printed, /^\+.*: here$/m, 'this is a trace');
          assert.match(printed, /^traced$/m);
          assert.ok(!printed.includes('HRKU-AAnewer1'), printed);
          assert.ok(!/newer1/.test(printed) || seen === 'newer1', printed);
        }
      });
    }

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
        ['logs in if no hook ever ran here', undefined, 'HRKU-AAlast12', true],
        ['empty starts nothing', 'last12', "''", false],
      ];
      test('starts nothing after a logout', async () => {
        leave('0 0 123\n', 'hide');
        const rc = `export HEROKU_API_KEY=HRKU-AAlast12\n${withProgram()}`;
        assert.equal(times(await start(shell, rc), 'called with'), 0);
      });

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
      writeFileSync(join(home, '.bashrc'), 'alias x=y\n');
      leave(`0\n${line}\nonce\n`);
      assert.equal(await processes(source), bare);
      assert.equal(readFileSync(join(stateFolder(), 'notice'), 'utf8'), '');
    });

    test('are none with the variable of the last login', async () => {
      leave('last12\n', 'seen');
      const key = 'export HEROKU_API_KEY=HRKU-AAlast12\n';
      assert.equal(await processes(key + withProgram()), await processes(key));
    });
  });
}
