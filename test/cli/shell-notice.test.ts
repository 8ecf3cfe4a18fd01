// What a new bash and a new zsh do with the shell notice: real shells on a real terminal read the real file.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '../support/command.ts';
import { newHome } from '../support/program.ts';
import { root } from '../support/root.ts';

interface Shell {
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

const bash: Shell = {
  name: 'bash',
  command: (rc) => ['bash', '--noprofile', '--rcfile', rc, '-i'],
  strict: 'set -euo pipefail\n',
  facts: 'set +o; shopt -p; trap; printf %s "$IFS"; typeset -F',
  restricted: 'set -r\n',
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

const zsh: Shell = {
  name: 'zsh',
  command: (rc) => ['env', `ZDOTDIR=${dirname(rc)}`, 'zsh', '-d', '-i'],
  strict: 'setopt err_exit no_unset\n',
  facts: 'set -o; trap; printf %s "$IFS"; typeset -f | grep -c . || :',
  restricted: 'setopt restricted\n',
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
const now = Math.floor(Date.now() / 1000);
const always = `0\n${line}\n`;
const once = `${always}once\n`;
const [past, future] = [`${now - 5}\n${line}\n`, `${now + 3600}\n${line}\n`];
const key = (value: string) => `export HEROKU_API_KEY=${value}\n`;
const quiet = 'export HEROKU_LOGIN_QUIET';
const listNames =
  '{ set; typeset -f; } | grep -o "__heroku[a-z_]*" | sort -u | tr "\\n" ,; echo end\n';
/** A line of shell that writes a file in the home; `text` is for printf. */
const write = (file: string, text: string) => `printf '${text}' >~/${file}\n`;

/** What a shell may say of a script that it does not like. */
const complaints =
  /error|invalid|not found|bad |unbound|parameter|readonly|bashrc|denied|restricted/i;

/** A new home, and new shells in it. */
function useHome(shell: Shell) {
  const home = newHome();
  const program = join(home, 'heroku-login');
  const patched = join(home, 'shell-notice.sh');
  writeFileSync(program, `#!/bin/sh\necho "called with $*"\nexit 1\n`, { mode: 0o755 });
  const text = readFileSync(script, 'utf8').replaceAll('/usr/local/bin/heroku-login', program);
  writeFileSync(patched, text);
  const stateFile = (name: string) => join(home, '.local/state/heroku-login', name);

  /**
   * Starts a shell whose start-up file is `rc`, which must get to its end.
   *
   * @param input what is typed; left unread, it makes script(1) wait for two seconds.
   * @param complaint what must not be printed.
   * @returns what it prints, and how often the line and what the program prints are in there.
   */
  async function start(
    rc: string,
    {
      input = 'exit 0\n',
      wrap = [] as string[],
      command = shell.command,
      complaint = complaints,
    } = {},
  ) {
    const file = join(home, '.zshrc');
    writeFileSync(file, `${rc}echo "ready $?"\n`);
    const words = [...wrap, ...command(file)].map((word) => `'${word}'`).join(' ');
    const env = { HOME: home, PATH: process.env['PATH'], TERM: 'dumb', PS1: '', PROMPT: '' };
    const terminal = await run('script', ['-qec', words, '/dev/null'], {
      input,
      cwd: home,
      env: { ...env, TZ: 'Asia/Tokyo' },
      timeout: 20_000,
    });
    const printed = terminal.replaceAll('\r', '');
    assert.match(printed, /^ready 0$/m);
    assert.doesNotMatch(printed, complaint);
    const count = (text: string) => printed.split('\n').filter((one) => one === text).length;
    return { printed, said: count(`Heroku: ${line}`), called: count('called with --shell') };
  }

  return {
    home,
    /** Reads the script, with a program that only tells what it was called with. */
    withProgram: `. ${patched}\n`,
    /** The script itself, with that program. */
    text,
    /** Words of a command line for a shell inside a shell. */
    inner: shell.command('.zshrc').join(' ').replace('ZDOTDIR=.', `ZDOTDIR=${home}`),
    /** Leaves what a login leaves for new shells. */
    leave: (text: string, name = 'notice') => {
      mkdirSync(dirname(stateFile(name)), { recursive: true });
      writeFileSync(stateFile(name), text);
    },
    read: (name: string) =>
      readFileSync(name === 'notice' ? stateFile(name) : join(home, name), 'utf8'),
    start,
  };
}

for (const shell of [bash, zsh]) {
  describe(`a new ${shell.name}`, { concurrency: 8 }, () => {
    const table: [name: string, notice: string | undefined, said: number][] = [
      ['without the file says nothing', undefined, 0],
      ['says the line', always, 1],
      ['says it once its time has come', past, 1],
      ['does not say it before', future, 0],
      ['says nothing of an empty file', '', 0],
      ['says nothing of a file of another form', `${line}\n${line}\n`, 0],
    ];
    for (const [name, notice, said] of table) {
      test(name, async () => {
        const { leave, start } = useHome(shell);
        if (notice !== undefined) leave(notice);
        assert.equal((await start(source)).said, said);
      });
    }

    for (const [name, rc] of [
      [
        'says it once, however often the file is read, and again in a shell inside it',
        source.repeat(3),
      ],
      [
        'says it in a shell inside it too, whatever is exported',
        `set -a\n${source.repeat(2)}set +a\n`,
      ],
    ] as const) {
      test(name, async () => {
        const { leave, start, inner } = useHome(shell);
        leave(always);
        assert.equal((await start(rc, { input: `INNER=1 ${inner}\nexit 0\nexit 0\n` })).said, 2);
      });
    }

    for (const options of shell.odd) {
      test(`does it with odd options and IFS, and changes none of them: ${options}`, async () => {
        const { home, leave, read, start, withProgram } = useHome(shell);
        leave(`${past}once\n`);
        leave('last12\n', 'seen');
        writeFileSync(join(home, '.bashrc'), 'case x in x) ;; esac\nexport HEROKU_LOGIN_QUIET=0\n');
        const facts = `{ ${shell.facts}; } >|${home}/`;
        const { printed, said, called } = await start(
          `${key('HRKU-AAnewer1')}${options}\nIFS='n0123456789 '\n${facts}before\n${withProgram.repeat(2)}${facts}after\n`,
          {
            input: 'echo typed; exit 0\n',
            complaint: /^trapped|expected|unbound|bad |not found|invalid/m,
          },
        );
        assert.deepEqual({ said, called }, { said: 1, called: 2 }, printed);
        assert.match(printed, /^typed$/m);
        assert.equal(read('notice'), '');
        assert.notEqual(read('before'), '');
        assert.equal(read('after'), read('before'));
      });
    }

    test('does it in a restricted shell, and calls nothing where that is forbidden', async () => {
      const { leave, start, text } = useHome(shell);
      leave(always);
      const command = (rc: string) => [...shell.command(rc).slice(0, -1), '-ir'];
      assert.equal((await start(source, { command })).said, 1);
      leave('last12\n', 'seen');
      assert.equal((await start(key('HRKU-AAnewer1') + shell.restricted + text)).called, 0);
    });

    test('says a line that is said once in the first terminal alone', async () => {
      const { leave, read, start } = useHome(shell);
      leave(once);
      assert.equal((await start(source.repeat(2))).said, 1);
      assert.equal((await start(source)).said, 0);
      leave(`${future}once\n`);
      await start(source);
      assert.notEqual(read('notice'), '');
    });

    describe('HEROKU_LOGIN_QUIET=yes hides a line that is said once, and no other', () => {
      const rows: [name: string, hidden: boolean, rc: string][] = [
        ['in the environment', true, `${quiet}=yes\n`],
        ['from a secret that was pasted with its line break', true, `${quiet}=$'yes\\n'\n`],
        ['readonly', true, 'readonly HEROKU_LOGIN_QUIET=yes\n'],
        ['unless it is empty', false, `${quiet}=\n`],
        ['unless it is 0', false, `${quiet}=0\n`],
        ['unless it is another word', false, `${quiet}=no\n`],
        // What a shell reads after our lines.
        ['set later by ~/.bashrc', true, write('.bashrc', `alias x=y\\n${quiet}="yes"\\n`)],
        ['set later by ~/.profile, without a line break', true, write('.profile', `${quiet}=yes`)],
        ['set later by ~/.bash_profile', true, write('.bash_profile', 'HEROKU_LOGIN_QUIET=yes\\n')],
        [
          'unless a file has it in a comment, or under a condition',
          false,
          write('.bashrc', `# ${quiet}=yes\\n  ${quiet}=yes\\n`),
        ],
        [
          'unless a file sets it to another value',
          false,
          write('.bashrc', `${quiet}=\\n${quiet}=0\\n`),
        ],
        ['and no folder is read', false, 'mkdir -p ~/.bashrc\n'],
      ];
      for (const [name, hidden, rc] of rows) {
        test(name, async () => {
          const { leave, read, start } = useHome(shell);
          leave(once);
          assert.equal((await start(shell.strict + rc + source.repeat(2))).said, hidden ? 0 : 1);
          // Later terminals have nothing to look at.
          assert.equal(read('notice'), '');
          leave(always);
          assert.equal((await start(shell.strict + rc + source)).said, 1);
        });
      }

      test('set later by the file that reads our lines', async () => {
        const { leave, start } = useHome(shell);
        leave(once);
        assert.equal((await start(`${source}${quiet}=yes\n`)).said, 0);
      });

      test('and leaves no variable or function', async () => {
        const { leave, start } = useHome(shell);
        leave(once);
        const rc = write('.bashrc', `${quiet}=yes\\n`) + source + listNames;
        assert.match((await start(rc)).printed, /^end$/m);
      });
    });

    test('reads nothing that is no file, nor of a home that is no absolute path', async () => {
      const { leave, start, withProgram } = useHome(shell);
      leave(always);
      for (const other of ['.', '', './', '..//'])
        assert.equal((await start(`HOME='${other}'\n${source}`)).said, 0);
      for (const make of ['mkfifo', 'mkdir', 'ln -s /dev/tty']) {
        for (const name of ['notice', 'seen']) {
          const file = `~/.local/state/heroku-login/${name}`;
          await start(`rm -rf ${file}\n${make} ${file}\n${key('x')}${withProgram}`);
        }
      }
    });

    for (const [name, before] of [
      ['set -x', 'set -x\n'],
      ['set -xv with errors and unset variables', 'set -xveu\n'],
      ['set -x in posix mode or its like', shell.tracedOdd],
    ] as const) {
      test(`a trace shows no secret: ${name}`, async () => {
        for (const seen of ['last12', 'newer1', undefined]) {
          const { home, leave, start, withProgram } = useHome(shell);
          if (seen !== undefined) leave(`${seen}\n`, 'seen');
          writeFileSync(join(home, 'env'), key('HRKU-AAnewer1'));
          const { printed, called } = await start(
            `. ${home}/env\n${before}${withProgram}: here\ncase $- in *x*) echo traced;; esac\n`,
            { complaint: /HRKU-AAnewer1/ },
          );
          assert.equal(called, seen === 'newer1' ? 0 : 1, printed);
          assert.match(printed, /^\+.*: here$/m, 'this is a trace');
          assert.match(printed, /^traced$/m);
          assert.ok(!/newer1/.test(printed) || seen === 'newer1', printed);
        }
      });
    }

    test('keeps no variable or function; one variable once it has spoken', async () => {
      const { leave, start } = useHome(shell);
      const names = async () => (await start(source + listNames)).printed;
      assert.match(await names(), /^end$/m);
      leave(future);
      assert.match(await names(), /^end$/m);
      leave(always);
      assert.match(await names(), /^__heroku_login_said,end$/m);
    });

    describe('with the variable', () => {
      const rows: [name: string, seen: string | undefined, value: string, called: number][] = [
        ['of the last login starts nothing', 'last12', 'HRKU-AAlast12', 0],
        ['of the last login, with what was pasted around it', 'last12', "' HRKU-last12 '", 0],
        ['newer than the last login logs in', 'last12', 'HRKU-AAnewer1', 1],
        ['logs in if the last login found none', '', 'HRKU-AAlast12', 1],
        ['logs in if no hook ever ran here', undefined, 'HRKU-AAlast12', 1],
        ['empty starts nothing', 'last12', "''", 0],
      ];
      for (const [name, seen, value, called] of rows) {
        test(name, async () => {
          const { leave, start, withProgram } = useHome(shell);
          if (seen !== undefined) leave(`${seen}\n`, 'seen');
          assert.equal((await start(key(value) + shell.strict + withProgram)).called, called);
        });
      }

      test('starts nothing after a logout', async () => {
        const { leave, start, withProgram } = useHome(shell);
        leave('0 0 123\n', 'hide');
        assert.equal((await start(key('HRKU-AAlast12') + withProgram)).called, 0);
      });

      test('of the last login leaves no variable', async () => {
        const { leave, start, withProgram } = useHome(shell);
        leave('last12\n', 'seen');
        const { printed } = await start(key('HRKU-AAlast12') + withProgram + listNames);
        assert.match(printed, /^end$/m);
      });
    });

    test('says nothing without a terminal, or if it is not interactive', async () => {
      const { leave, start } = useHome(shell);
      leave(always);
      assert.equal((await start(`( ${source} ) | cat\n`)).said, 0);
      const command = (rc: string) => [shell.name, '-c', `. ${rc}`];
      assert.equal((await start(source, { command, input: '' })).said, 0);
    });

    describe('starts no process', () => {
      /** How many programs, and how many processes, a shell starts. */
      async function processes({ home, read, start }: ReturnType<typeof useHome>, rc: string) {
        const strace = ['strace', '-f', '-qq', '-o', join(home, 'calls'), '-e', 'trace=process'];
        await start(rc, { wrap: strace });
        const programs = read('calls').match(/exec/g)?.length;
        return { programs, forks: read('calls').match(/^\d+ +(clone3?|v?fork)\(/gm)?.length ?? 0 };
      }

      test('for the notice, whether it speaks or not', async () => {
        const user = useHome(shell);
        const bare = await processes(user, '');
        const withFork = { ...bare, forks: bare.forks + 1 };
        assert.deepEqual(await processes(user, `${source}(:)\n`), withFork, 'this way counts');
        assert.deepEqual(await processes(user, source), bare);
        user.leave(past);
        assert.deepEqual(await processes(user, source), bare);
        writeFileSync(join(user.home, '.bashrc'), 'alias x=y\n');
        user.leave(once);
        assert.deepEqual(await processes(user, source), bare);
        assert.equal(user.read('notice'), '');
      });

      test('with the variable of the last login', async () => {
        const user = useHome(shell);
        user.leave('last12\n', 'seen');
        const rc = key('HRKU-AAlast12');
        assert.deepEqual(await processes(user, rc + user.withProgram), await processes(user, rc));
      });
    });
  });
}
