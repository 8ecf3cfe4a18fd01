// Names from outside in what is printed: they make no further line, move no cursor, and hide nothing. And what
// comes on standard input, whatever that is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as files from '../../src/messages/file.ts';
import * as messages from '../../src/messages/login.ts';
import { linesOf } from '../../src/messages/steps.ts';
import { commitIn, output, temporaryFolder } from '../support/program.ts';
import { dev, loggedIn, token, useProgram } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });

const invisible = /[\p{C}\p{Zl}\p{Zp}]/u;
const names: Record<string, string> = {
  'a line end': 'x\nHeroku: logged in as root',
  'a carriage return': 'x\rHeroku: logged in as root',
  'a colour': '\u001b[32mgreen',
  'a screen that is cleared': '\u001b[2J\u001b[H',
  'a title of the terminal': '\u001b]0;x\u0007',
  'a C1 control character': '\u009b31mred',
  'marks of direction': 'a\u202etoor\u2066',
  'what has no width': 'a\u200bb\u00adc\ufeff',
  'separators of lines and paragraphs': 'a\u2028b\u2029c',
  'blanks and quotes': `a b'c"d $(touch x) \`id\` ;&|`,
  'a tab and a bell': 'a\tb\u0007',
};

describe('a name with', () => {
  for (const [name, hostile] of Object.entries(names)) {
    /** Runs the program in both ways, and returns what it printed, in lines. */
    const check = async (args: string[], how: Parameters<typeof rig.run>[1] = {}) => {
      const { stdout, stderr } = await rig.run(args, how);
      const lines = (stdout + stderr).trimEnd().split('\n');
      for (const line of lines) assert.doesNotMatch(line, invisible);
      assert.ok(
        lines.slice(1).every((line) => line.startsWith('  ')),
        lines.join('\n'),
      );
      // As another start: the hook that follows in the same one does nothing.
      rmSync(rig.statePath('last.json'), { force: true });
      const json = (await rig.run([...args, '--json'], how)).stdout.trimEnd();
      assert.doesNotMatch(json, invisible);
      assert.doesNotMatch(rig.state('notice')?.replaceAll('\n', ' ') ?? '', invisible);
      return { lines, json: JSON.parse(json) as { message: string; details: string[] } };
    };

    test(`${name}: the folder of the workspace`, async () => {
      const cwd = join(rig.home, hostile.replaceAll('/', '_'));
      mkdirSync(cwd);
      const { lines, json } = await check(['--hook'], { cwd, recorded: { app: 'my-app' } });
      assert.equal(lines.length, 2);
      assert.match(lines[1] ?? '', /no git remotes added/);
      // Programs get the name as it is.
      assert.ok(
        json.details.some((one) => one.includes(cwd)),
        json.details.join(),
      );
    });

    test(`${name}: the account`, async () => {
      rig.heroku.set({ accounts: [{ ...dev, email: `${hostile}@example.com`, expiresIn: 60 }] });
      await check(['--hook']);
      await check(['status']);
    });

    test(`${name}: a file, and a repository that tracks it`, async () => {
      const folder = join(rig.home, `d${hostile.replaceAll('/', '_')}`);
      mkdirSync(folder);
      commitIn(folder);
      writeFileSync(join(folder, 'netrc'), '');
      output('git', ['-C', folder, 'add', 'netrc']);
      symlinkSync(join(folder, 'netrc'), rig.netrc());
      const { json } = await check(['--hook']);
      assert.ok(json.message.includes(folder));
    });

    test(`${name}: settings of docker`, async () => {
      const folder = join(rig.home, `d${hostile.replaceAll('/', '_')}`);
      mkdirSync(join(folder, 'config.json'), { recursive: true });
      await check(['--hook'], {
        env: { DOCKER_CONFIG: folder },
        recorded: { containerRegistry: true },
      });
    });

    test(`${name}: an argument`, async () => {
      for (const args of [[hostile], [hostile, 'x'], ['login', hostile], [`--${hostile}`]]) {
        const { lines, json } = await check(args);
        assert.equal(lines.length, 1);
        assert.ok(!json.message.includes(hostile));
      }
    });
  }
});

test('a token as the first of two arguments is not printed', async () => {
  assert.equal((await rig.run([token, 'x'])).code, 2);
});

describe('a value that is no token is sent nowhere and printed nowhere', () => {
  const { looks } = files;
  const table: [value: string, reason: string][] = [
    [`\${localEnv:HEROKU_API_KEY}`, looks.placeholder],
    ['op://private/heroku/token', looks.reference],
    ['someone@example.com', looks.email],
    [`ghp_${'a1B2'.repeat(9)}`, looks.otherService],
    ['-----BEGIN PRIVATE KEY-----\nMIIEv\n-----END PRIVATE KEY-----', looks.key],
  ];
  for (const [value, reason] of table) {
    test(reason, async () => {
      const { code, stderr } = await rig.run(['--with-token'], { input: value });
      assert.equal(code, 3);
      const unusable = { source: 'standard input', reason };
      const told = linesOf(messages.unusableSecret(rig.context(), unusable));
      assert.equal(stderr, `Heroku: ${told.join('\n')}\n`);
      rmSync(rig.statePath('last.json'));
      const hook = await rig.run(['--hook'], { env: { HEROKU_API_KEY: value } });
      const status = await rig.run(['status'], { env: { HEROKU_API_KEY: value } });
      for (const { stdout, stderr } of [hook, status]) {
        assert.ok(stderr.includes(reason), stderr);
        assert.ok(!(stdout + stderr).includes(value.slice(0, 20)));
      }
      assert.deepEqual(rig.requests(), []);
      assert.equal(rig.stored(), undefined);
    });
  }
});

describe('standard input', () => {
  /** Runs the program with its standard input, as a shell gives it. */
  function from(redirection: string, args = ['--with-token']) {
    const env = { HOME: rig.home, PATH: process.env['PATH'], HEROKU_HOST: rig.heroku.url };
    const shell = `exec "$0" "$@" ${redirection}`;
    return ended(spawn('sh', ['-c', shell, process.execPath, rig.program.file, ...args], { env }));
  }
  async function ended(child: ReturnType<typeof spawn>) {
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text) => (output += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, output };
  }
  const problem = (reason: string) => `Heroku: ${messages.badInput(reason)}\n`;
  /** Gives it a stream that does not block: as another descriptor, because libuv lets the first three block. */
  function fromStream(stream: number) {
    const env = { HOME: rig.home, PATH: process.env['PATH'], HEROKU_HOST: rig.heroku.url };
    const args = ['-c', 'exec "$0" "$1" --with-token <&3', process.execPath, rig.program.file];
    return ended(spawn('sh', args, { env, stdio: ['ignore', 'pipe', 'pipe', stream] }));
  }

  const table: [name: string, redirection: string, told: () => string][] = [
    ['a folder', '</', () => problem(files.systemError('EISDIR'))],
    ['closed', '<&-', () => `Heroku: ${messages.emptyInput()}\n`],
    ['empty', '</dev/null', () => `Heroku: ${messages.emptyInput()}\n`],
    ['without an end', '</dev/zero', () => problem(messages.inputProblems.tooLarge)],
    ['random and without an end', '</dev/urandom', () => problem(messages.inputProblems.tooLarge)],
    ['open for writing only', '0>/dev/null', () => problem(files.systemError('EBADF'))],
  ];
  for (const [name, redirection, told] of table) {
    test(`${name}: words and code 3`, async () => {
      assert.deepEqual(await from(redirection), { code: 3, output: told() });
    });
  }

  test('a program: words and code 3', async () => {
    const { code, output } = await from(`<${process.execPath}`);
    assert.equal(code, 3);
    assert.equal(output, problem(messages.inputProblems.tooLarge));
    const small = await from('</bin/true');
    assert.equal(small.code, 3);
    assert.doesNotMatch(small.output, /^ +at /m);
  });

  test('is as odd for the helpers of git and docker', async () => {
    for (const args of [
      ['git-credential', 'get'],
      ['docker-credential', 'get'],
    ]) {
      assert.deepEqual(await from('</', args), {
        code: 3,
        output: problem(files.systemError('EISDIR')),
      });
    }
  });

  test('that does not block is waited for', async () => {
    const pipe = join(temporaryFolder(), 'pipe');
    output('mkfifo', [pipe]);
    const input = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(pipe, constants.O_WRONLY);
    const child = fromStream(input);
    for (const part of [token.slice(0, 30), token.slice(30)]) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      writeSync(writer, part);
    }
    closeSync(writer);
    assert.deepEqual(await child, { code: 0, output: loggedIn });
    closeSync(input);
    assert.ok(readFileSync(rig.netrc(), 'utf8').includes(token));
  });

  test('that does not block and stays silent: words and code 3', async () => {
    const pipe = join(temporaryFolder(), 'pipe');
    output('mkfifo', [pipe]);
    const input = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const told = problem(messages.inputProblems.nothingCame);
    assert.deepEqual(await fromStream(input), { code: 3, output: told });
    closeSync(input);
  });
});
