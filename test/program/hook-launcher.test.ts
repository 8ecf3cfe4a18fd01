// The hook as the container runs it, with a program that cannot run: it fails only if the option required says
// so, whatever the code, and says in one line that something is wrong.
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { bundle as build } from '../../scripts/build.ts';
import { noticeUnexpected } from '../../src/messages/shell-notice.ts';
import type { RecordedOptions } from '../../src/options.ts';
import { attempt, run } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { temporaryFolder } from '../support/program.ts';
import { loggedIn, token, useProgram } from '../support/rig.ts';
import { root } from '../support/root.ts';

const rig = useProgram();
const metadata = JSON.parse(readFileSync(join(root, 'devcontainer-feature.json'), 'utf8')) as {
  postStartCommand: { 'heroku-login': string };
};
const command = metadata.postStartCommand['heroku-login'];

let folder: string;
const bundle = () => join(folder, 'lib/heroku-login/heroku-login.cjs');
const node = () => join(folder, 'lib/heroku/bin/node');

/** An installation of its own, whose parts a test may break. */
async function install(options: RecordedOptions): Promise<void> {
  const tree = temporaryFolder();
  mkdirSync(join(tree, 'bin'));
  symlinkSync(process.execPath, join(tree, 'bin/node'));
  folder = await installed(options, tree);
}

/** @param wrap words in front of the shell that runs the hook. */
const hook = (wrap: readonly string[] = []) => {
  const line = command.replaceAll('/usr/local/', `${folder}/`);
  const [program = '', ...args] = [...wrap, '/bin/sh', '-c', line];
  const env = { HOME: rig.home, PATH: process.env['PATH'] ?? '' };
  const heroku = { HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: token };
  return attempt(program, args, { env: { ...env, ...heroku }, cwd: rig.home });
};

/** Puts a program in the place of Node. */
function replaceNode(script: string, mode = 0o755): void {
  unlinkSync(node());
  writeFileSync(node(), script, { mode });
}

/** What nobody can read as a file, not even root. */
function makeFolder(file: string): void {
  rmSync(file);
  mkdirSync(file);
}

const broken: [name: string, breakIt: () => void, wrap?: string[]][] = [
  ['the program is missing', () => rmSync(bundle())],
  ['the program cannot be read', () => makeFolder(bundle())],
  [
    'the program is cut off',
    () => writeFileSync(bundle(), readFileSync(bundle()).subarray(0, 9000)),
  ],
  ['the program is of a newer JavaScript', () => writeFileSync(bundle(), 'let a = b ??? c;')],
  ['the program lacks a module', () => writeFileSync(bundle(), 'require("./gone")')],
  [
    'the program never ends what it waits for',
    () => writeFileSync(bundle(), 'process.exitCode = 13'),
  ],
  ['Node is missing', () => unlinkSync(node())],
  ['Node may not be run, as on a volume with noexec', () => replaceNode('', 0o644)],
  ['Node is for another machine', () => replaceNode('\x7fELF\x02\x01\x01', 0o755)],
  ['Node lacks its libraries', () => replaceNode('#!/nowhere/ld.so\n')],
  ['Node is killed', () => replaceNode('#!/bin/sh\nkill -9 $$\n')],
  ['Node aborts', () => replaceNode('#!/bin/sh\nkill -ABRT $$\n')],
  ['there is no memory', () => {}, ['prlimit', '--as=300000000']],
  ...[1, 2, 3, 4, 5, 6, 7, 9, 126, 127].map((code): [string, () => void] => [
    `Node ends with ${code}`,
    () => replaceNode(`#!/bin/sh\nexit ${code}\n`),
  ]),
];

describe('without the option required', () => {
  beforeEach(() => install({}));
  for (const [name, breakIt, wrap] of broken) {
    test(name, async () => {
      breakIt();
      const { code, stderr } = await hook(wrap);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Heroku: heroku-login crashed or was stopped \(exit code \d+\)\./m);
      assert.equal(rig.state('notice'), `0\n${noticeUnexpected()}\n`);
    });
  }

  test('nor if the options are missing too', async () => {
    for (const change of ['', '[]', 'not JSON']) {
      replaceNode('#!/bin/sh\nexit 1\n');
      writeFileSync(join(folder, 'lib/heroku-login/options.json'), change);
      assert.equal((await hook()).code, 0);
    }
    rmSync(join(folder, 'lib/heroku-login/options.json'));
    assert.equal((await hook()).code, 0);
  });
});

describe('with the option required', () => {
  beforeEach(() => install({ required: true }));
  for (const [name, breakIt, wrap] of broken) {
    test(name, async () => {
      breakIt();
      assert.notEqual((await hook(wrap)).code, 0);
    });
  }
});

describe('whether the launcher may be run is found out by running it', () => {
  beforeEach(() => install({}));
  const wrong = 'inject=faccessat,faccessat2:error=EPERM';
  for (const [name, change, wrap] of [
    ['a launcher without the mark', () => chmodSync(join(folder, 'bin/heroku-login'), 0o644), []],
    ['an engine that answers wrongly', () => {}, ['strace', '-f', '-qqq', '-e', wrong]],
  ] as const) {
    test(name, async () => {
      change();
      const { code, stdout } = await hook(wrap);
      assert.deepEqual([code, stdout], [0, loggedIn]);
    });
  }

  test('and one that is not there is no failure: an image may be changed after this Feature', async () => {
    rmSync(join(folder, 'bin/heroku-login'));
    assert.deepEqual((await hook()).output, '');
    assert.equal((await hook()).code, 0);
  });
});

describe('the compiled form of the program', () => {
  const compiled = () => `${bundle()}.cache`;
  let compiler: string;
  before(async () => {
    compiler = join(temporaryFolder(), 'compile.cjs');
    await build(compiler, 'src/install/compile.ts');
  });
  beforeEach(async () => {
    await install({});
    const env = { PATH: process.env['PATH'], HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: token };
    await run(node(), [compiler, bundle()], { env, cwd: temporaryFolder() });
  });
  const change = (from: string, to: string) =>
    writeFileSync(bundle(), readFileSync(bundle(), 'utf8').replaceAll(from, to));

  test('is what runs, with all that a login calls', async () => {
    // V8 tells by the length of the source that it is the same.
    change('logged in as', 'LOGGED IN AS');
    const { code, output } = await hook();
    assert.deepEqual([code, output], [0, loggedIn]);
    assert.equal(rig.stored(), rig.entry(token));
  });

  test('is made without a request to Heroku, and without the token of the build', () => {
    assert.deepEqual(rig.requests(), []);
    assert.doesNotMatch(readFileSync(compiled(), 'latin1'), new RegExp(token));
  });

  test('is not what runs if it is that of another program', async () => {
    change('logged in as', 'known as');
    assert.equal((await hook()).output, loggedIn.replace('logged in as', 'known as'));
  });

  for (const [name, breakIt] of [
    ['is missing', () => rmSync(compiled())],
    ['is empty', () => writeFileSync(compiled(), '')],
    ['is cut off', () => writeFileSync(compiled(), readFileSync(compiled()).subarray(0, 9000))],
    ['is of another V8', () => writeFileSync(compiled(), readFileSync(compiled()).fill(1, 4, 8))],
    ['is no such thing', () => writeFileSync(compiled(), 'x'.repeat(100_000))],
    ['cannot be read', () => makeFolder(compiled())],
  ] as const) {
    test(`changes nothing if it ${name}`, async () => {
      breakIt();
      const { code, output } = await hook();
      assert.deepEqual([code, output], [0, loggedIn]);
    });
  }
});
