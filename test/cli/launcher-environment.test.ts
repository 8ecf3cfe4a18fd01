// The launchers in an environment that a repository shapes: its PATH, and what it sets for its own Node.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { remoteAdded } from '../../src/messages/git.ts';
import { noticeUnexpected } from '../../src/messages/shell-notice.ts';
import { attempt, hasCommand } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { commitIn, temporaryFolder } from '../support/program.ts';
import { token, useProgram } from '../support/rig.ts';
import { root } from '../support/root.ts';

const rig = useProgram();
let folder: string;
/** Like {@link folder}, but with a Node that stops as if it were broken. */
let broken: string;
let repository: string;

before(async () => {
  // In the place of the CLI, a program that tells what it gets.
  const tree = (node: string) => {
    const path = temporaryFolder();
    mkdirSync(join(path, 'bin'));
    symlinkSync(node, join(path, 'bin/node'));
    const script =
      'process.stdout.write(JSON.stringify([process.env.PATH, process.env.HEROKU_API_KEY]))';
    writeFileSync(join(path, 'bin/run'), script);
    return path;
  };
  const options = { app: 'my-app', perContainerToken: true };
  folder = await installed(options, tree(process.execPath));
  const node = join(temporaryFolder(), 'node');
  writeFileSync(node, '#!/bin/sh\nexit 99\n', { mode: 0o755 });
  broken = await installed(options, tree(node));
});

/** Every program that we call, and some more. Each leaves a mark, which must never be there. */
const programs = [
  'timeout',
  'cksum',
  'date',
  'grep',
  'mkdir',
  'git',
  'docker',
  'sh',
  'node',
  'env',
  'cat',
  'sed',
];
const mark = () => join(repository, 'was-run');
beforeEach(() => {
  repository = temporaryFolder();
  commitIn(repository);
  for (const path of ['bin', 'sub', 'node_modules/.bin'])
    mkdirSync(join(repository, path), { recursive: true });
  for (const place of ['', 'bin', 'node_modules/.bin']) {
    for (const name of programs) {
      const script = `#!/bin/sh\necho ${name} >>${mark()}\nexit 1\n`;
      writeFileSync(join(repository, place, name), script, { mode: 0o755 });
    }
  }
});

const environment = (env: Record<string, string | undefined>) => ({
  HOME: rig.home,
  PATH: process.env['PATH'],
  HEROKU_HOST: rig.heroku.url,
  HEROKU_API_KEY: token,
  ...env,
});
const run = (file: string, args: string[], env: Record<string, string | undefined> = {}) =>
  attempt(file, args, { env: environment(env), cwd: repository });

describe('a PATH that the repository shapes starts none of its programs, and reaches the CLI as it is', () => {
  const paths: Record<string, () => string | undefined> = {
    './bin first': () => `./bin:${process.env['PATH']}`,
    'bin first': () => `bin:${process.env['PATH']}`,
    '. first': () => `.:${process.env['PATH']}`,
    'an empty part first': () => `:${process.env['PATH']}`,
    'an empty part': () => `/nowhere::${process.env['PATH']}`,
    'a colon at the end': () => `${process.env['PATH']}:`,
    empty: () => '',
    unset: () => undefined,
    'an absolute folder of the repository': () => `${repository}/bin:${process.env['PATH']}`,
    'node_modules/.bin': () => `${repository}/node_modules/.bin:${process.env['PATH']}`,
    'by way of ..': () => `${repository}/sub/../bin:${process.env['PATH']}`,
    'nothing else': () => './bin',
  };
  for (const [name, path] of Object.entries(paths)) {
    test(name, async () => {
      const PATH = path();
      const { code, stdout, stderr } = await run(join(folder, 'bin/heroku-login'), ['--hook'], {
        PATH,
      });
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(
        stdout,
        /^Heroku: logged in as dev@example\.com with this container's own token/,
      );
      // Git was found, for the option app: it is asked whether this is a repository.
      assert.ok(stdout.includes(remoteAdded('heroku', 'my-app')), stdout);
      const { stdout: status } = await run(join(folder, 'bin/heroku-login'), ['status'], { PATH });
      assert.doesNotMatch(status, /git: +not installed/);
      const heroku = await run(join(folder, 'bin/heroku'), ['whoami'], { PATH });
      // The secret is hidden, so cksum and date were found.
      assert.deepEqual(JSON.parse(heroku.stdout), [PATH ?? null, null]);
      const stopped = await run(join(broken, 'bin/heroku-login'), ['--hook'], { PATH });
      assert.equal(stopped.code, 0, stopped.stderr);
      assert.equal(rig.state('notice'), `0\n${noticeUnexpected()}\n`);
      assert.ok(!existsSync(mark()), existsSync(mark()) ? readFileSync(mark(), 'utf8') : '');
    });
  }
});

describe('what a project sets for its own Node', () => {
  const list = (name: string) =>
    [...readFileSync(join(root, 'src/image/bin', name), 'utf8').matchAll(/^unset (.*)$/gm)]
      .flatMap(([, names = '']) => names.split(' '))
      .filter((name) => name !== 'NODE_USE_ENV_PROXY');

  test('is dropped by both launchers alike', () => {
    for (const name of list('heroku')) assert.ok(list('heroku-login').includes(name), name);
    assert.ok(list('heroku').length > 10);
  });

  const settings: [name: string, value: string][] = [
    ['NODE_OPTIONS', '--require /gone.js'],
    ['NODE_OPTIONS', '--import ./not-there.mjs'],
    ['NODE_OPTIONS', '--inspect=0'],
    ['NODE_OPTIONS', '--no-such-option'],
    ['NODE_OPTIONS', '--openssl-legacy-provider --trace-exit'],
    ['NODE_OPTIONS', '--permission'],
    ['NODE_DEBUG', 'http,https,net,tls,module'],
    ['NODE_DEBUG_NATIVE', 'MODULE,INSPECTOR_SERVER,CODE_CACHE'],
    ['NODE_V8_COVERAGE', 'coverage'],
    ['NODE_PATH', './node_modules'],
    ['NODE_PENDING_DEPRECATION', '1'],
    ['NODE_REDIRECT_WARNINGS', 'warnings.txt'],
    ['NODE_COMPILE_CACHE', 'cache'],
    ['NODE_CHANNEL_FD', 'x'],
    ['NODE_UNIQUE_ID', '1'],
    ['NODE_ICU_DATA', '/gone'],
    ['NODE_REPL_EXTERNAL_MODULE', '/gone.js'],
    ['NODE_TEST_CONTEXT', 'child-v8'],
    ['ELECTRON_RUN_AS_NODE', '1'],
    ['VSCODE_INSPECTOR_OPTIONS', ':::{"inspectorIpc":"/gone.sock"}'],
    ['OPENSSL_CONF', './openssl.cnf'],
    ['BASH_ENV', './fail.sh'],
    ['ENV', './fail.sh'],
    ['CDPATH', '..'],
    ['IFS', '/'],
    ['GREP_OPTIONS', '--no-such-option'],
    ['POSIXLY_CORRECT', '1'],
    ['LC_ALL', 'xx_XX.UTF-8'],
  ];
  for (const [name, value] of settings) {
    test(`${name}=${value} changes nothing`, async () => {
      writeFileSync(join(repository, 'openssl.cnf'), 'this is no [settings\n');
      writeFileSync(join(repository, 'fail.sh'), 'exit 7\n');
      const files = readdirSync(repository, { recursive: true, encoding: 'utf8' }).filter(
        (one) => !one.startsWith('.git'),
      );
      const env = { [name]: value };
      const plain = await run(join(folder, 'bin/heroku'), ['whoami']);
      const { stdout, stderr, code } = await run(join(folder, 'bin/heroku'), ['whoami'], env);
      assert.deepEqual([code, stdout, stderr], [0, plain.stdout, '']);
      for (const args of [['--hook'], []]) {
        const ended = await run(join(folder, 'bin/heroku-login'), args, env);
        assert.deepEqual([ended.code, ended.stderr], [0, '']);
        assert.ok(!ended.output.includes(token));
      }
      const now = readdirSync(repository, { recursive: true, encoding: 'utf8' }).filter(
        (one) => !one.startsWith('.git'),
      );
      assert.deepEqual(now, files, 'files of the repository');
    });
  }

  test('in bash as sh too', async (t) => {
    if (!(await hasCommand('bash'))) return t.skip('not installed');
    for (const [name, value] of settings) {
      const args = ['--posix', join(folder, 'bin/heroku-login'), '--hook'];
      const { code, stderr } = await run('bash', args, {
        [name]: value,
        'BASH_FUNC_cksum%%': '() { exit 7; }',
      });
      assert.equal(code, 0, `${name}: ${stderr}`);
    }
  });
});
