// V8's compile cache of the CLI: who gets one, and where. What is in it is run, so most of these tests are about
// folders in which somebody else could put it. Only root can make them.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { cliNode } from '../support/cli-release.ts';
import { attempt } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { token } from '../support/rig.ts';

const [user, group] = [12_345, 12_346];

/** In the place of the CLI: tells what it got, and what its children get. */
const program = `const { fork, spawnSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { getCompileCacheDir } = require('node:module');
const { dirname } = require('node:path');
const { Worker } = require('node:worker_threads');
// Node names one of its own in the folder that it is given.
const cache = getCompileCacheDir() ? dirname(getCompileCacheDir()) : null;
const variable = process.env.NODE_COMPILE_CACHE ?? null;
const say = (who, value = [cache, variable, process.execArgv]) => console.log(JSON.stringify([who, ...value]));
const [command] = process.argv.slice(2);
if (command === '--version' && process.getuid() === 0) writeFileSync(__dirname + '/filled-with.json', JSON.stringify(process.env));
if (command === 'child') say(process.argv[3]);
else say('cli');
if (command === 'children') {
  spawnSync(process.execPath, [__filename, 'child', 'spawn'], { stdio: 'inherit' });
  fork(__filename, ['child', 'fork']).on('exit', () => {
    new Worker(__filename, { argv: ['child', 'worker'] });
  });
}
process.exitCode = command === 'fails' ? 3 : 0;
`;

/** @param node path of the Node that runs the CLI. */
async function installedOn(node: string, files: Readonly<Record<string, string>>): Promise<string> {
  const tree = temporaryFolder();
  fs.mkdirSync(join(tree, 'bin'));
  fs.symlinkSync(node, join(tree, 'bin/node'));
  const manifest = JSON.stringify({ version: '1.2.3' });
  for (const [name, text] of Object.entries({ 'package.json': manifest, ...files }))
    fs.writeFileSync(join(tree, name), text);
  const folder = await installed({}, tree);
  for (const path of [tree, folder]) output('chmod', ['-R', 'go+rX', path]);
  for (const name of ['heroku-login', 'heroku'])
    output('chmod', ['go+rX', fs.realpathSync(join(folder, 'lib', name))]);
  return folder;
}

let folder: string;
/** Everything in the home is made anew for each test. */
let home: string;
let top: string;
/** A filled cache, to be copied. */
let filled: string;

before(async () => {
  folder = await installedOn(await cliNode(), { 'bin/run': program });
  filled = temporaryFolder();
  assert.equal(await cacheUsed(filled), null);
  await isFilled(filled);
});
beforeEach(() => {
  top = temporaryFolder();
  fs.chmodSync(top, 0o755);
  home = join(top, 'home');
  fs.mkdirSync(home);
});

const caches = (home: string) => join(home, '.cache/heroku-login');
const listing = (path: string) => output('find', [path, '-printf', '%p %i %s %U:%G %m %l\n']);

interface How {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A command that runs it. */
  readonly by?: readonly string[];
  readonly at?: string;
}

/** What `heroku` prints, which must not complain. */
async function heroku(
  HOME: string | undefined,
  { args = ['whoami'], env = {}, by = [], at = folder }: How = {},
): Promise<string> {
  const [first = '', ...rest] = [...by, join(at, 'bin/heroku'), ...args];
  const { PATH } = process.env;
  const { code, stdout, stderr } = await attempt(first, rest, {
    env: { PATH, ...(HOME !== undefined && { HOME }), ...env },
    cwd: top ?? '/',
  });
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

/** The folder of the cache that the CLI uses; null if it uses none. */
async function cacheUsed(home: string | undefined, how?: How): Promise<unknown> {
  const [who, cache, ...others] = JSON.parse(await heroku(home, how));
  assert.deepEqual([who, ...others], ['cli', null, []]);
  return cache;
}

/** Waits until the process that fills it is done, and returns the folder. */
async function isFilled(home: string): Promise<string> {
  const path = caches(home);
  assert.ok(fs.existsSync(path), 'it was begun');
  for (let left = 600; fs.existsSync(join(path, 'draft')); left--) {
    assert.ok(left > 0, 'it is never done');
    await wait(100);
  }
  const names = fs.readdirSync(path).filter((name) => name.startsWith('1.2.3-'));
  assert.equal(names.length, 1, fs.readdirSync(path).join());
  const cache = fs.realpathSync(join(path, names[0] ?? ''));
  assert.notEqual(output('find', [cache, '-type', 'f', '-size', '+0']), '', 'code is in it');
  return cache;
}

const asUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
const asGroupRoot = ['setpriv', `--reuid=${user}`, '--regid=0', '--clear-groups'];
const copyCache = () => output('cp', ['-a', join(filled, '.cache'), home]);
const own = (path: string, owner = user) => output('chown', ['-hR', `${owner}:${owner}`, path]);

test('the first start fills it, the second one uses it, and nothing else changes', async () => {
  const env = { HEROKU_API_KEY: token };
  assert.equal(await cacheUsed(home, { env }), null);
  const cache = await isFilled(home);
  const made = listing(home);
  assert.equal(await cacheUsed(home, { env }), cache);
  assert.equal(listing(home), made);
  assert.equal(fs.statSync(caches(home)).mode & 0o777, 0o700);
  // With which environment it was filled: the user's plugins are in the home, the token in a variable.
  const text = fs.readFileSync(join(folder, 'lib/heroku/bin/filled-with.json'), 'utf8');
  const { HOME, ...rest } = JSON.parse(text);
  assert.equal(HOME, join(filledHome(text), '.cache/heroku-login/draft'));
  assert.deepEqual(Object.keys(rest).sort(), [
    'DISABLE_TELEMETRY',
    'HEROKU_DISABLE_AUTOUPDATE',
    'HEROKU_SKIP_NEW_VERSION_CHECK',
  ]);
});
const filledHome = (text: string) =>
  /"HOME":"(.*)\/\.cache\/heroku-login\/draft"/.exec(text)?.[1] ?? '';

test('the real CLI fills it and uses it', async () => {
  const at = await installed();
  const env = { DISABLE_TELEMETRY: 'true' };
  const version = () => heroku(home, { at, env, args: ['--version'] });
  fs.mkdirSync(join(home, '.cache/heroku'), { recursive: true });
  fs.writeFileSync(join(home, '.cache/heroku/terms-of-service'), '');
  const first = await version();
  while (fs.existsSync(join(caches(home), 'draft'))) await wait(100);
  const made = listing(caches(home));
  // The folder, the one of the version, Node's own, and then a file for each module.
  assert.ok(made.split('\n').length > 1000, made);
  assert.equal(await version(), first);
  // Node writes anew what it cannot use.
  assert.equal(listing(caches(home)), made);
});

describe('the CLI finds itself as Node would start it', () => {
  const tell = 'process.argv, process.execArgv, process.mainModule?.filename';
  const forms: Record<string, Readonly<Record<string, string>>> = {
    'a CommonJS program': {
      'bin/run': `console.log(JSON.stringify([${tell}, require.main === module, module.parent]))`,
    },
    'an ES module': {
      'package.json': JSON.stringify({ version: '1.2.3', type: 'module' }),
      'bin/run.js': `await 0; console.log(JSON.stringify([${tell}, import.meta.url]))`,
    },
  };
  for (const [name, files] of Object.entries(forms)) {
    test(name, async () => {
      const at = await installedOn(await cliNode(), files);
      const [node, run] = [join(at, 'lib/heroku/bin/node'), join(at, 'lib/heroku/bin/run')];
      const { stdout } = await attempt(node, [run, 'a', '--fill', 'b']);
      assert.ok(stdout.includes('bin/run'));
      for (const again of [1, 2]) {
        assert.equal(await heroku(home, { at, args: ['a', '--fill', 'b'] }), stdout, `${again}`);
        await isFilled(home).catch(() => undefined);
      }
    });
  }
});

test('what the CLI starts has no cache, no variable, and no argument for one', async () => {
  copyCache();
  const lines = (await heroku(home, { args: ['children'] })).trim().split('\n');
  const [cli, ...children] = lines.map((line) => JSON.parse(line));
  assert.match(cli[1], /heroku-login/);
  const nothing = [null, null, []];
  assert.deepEqual(children, [
    ['spawn', ...nothing],
    ['fork', ...nothing],
    ['worker', ...nothing],
  ]);
});

test('the exit code of the CLI stays', async () => {
  for (const again of [1, 2]) {
    const { code } = await attempt(join(folder, 'bin/heroku'), ['fails'], { env: { HOME: home } });
    assert.equal(code, 3, `${again}`);
    await isFilled(home);
  }
});

describe('not used, and not made', () => {
  const others = (path: string, mode: number) => {
    fs.chownSync(path, 0, group);
    fs.chmodSync(path, mode);
  };
  /** Moves a folder of the home to where `to` says, and leaves a link. */
  const moved = (path: string, to: string) => {
    fs.mkdirSync(path, { recursive: true });
    fs.renameSync(path, to);
    fs.symlinkSync(to, path);
  };
  interface Row {
    /** Makes of the home what it is in the row, and returns another value for HOME, if there is one. */
    readonly make: () => unknown;
    readonly by?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
  }
  const rows: Record<string, Row> = {
    'HOME unset': { make: () => {}, env: { HOME: undefined } },
    'HOME empty': { make: () => '' },
    'HOME relative': { make: () => 'home' },
    'HOME .': { make: () => '.' },
    'HOME /proc': { make: () => '/proc' },
    'HOME below /proc': { make: () => '/proc/self' },
    'HOME missing': { make: () => join(top, 'missing') },
    'HOME missing, below /proc': { make: () => '/proc/missing' },
    'HOME is a file': {
      make: () => {
        fs.writeFileSync(join(top, 'file'), '');
        return join(top, 'file');
      },
    },
    'turned off': { make: () => {}, env: { NODE_DISABLE_COMPILE_CACHE: '1' } },
    'a home that a group can write': { make: () => others(home, 0o775) },
    'a home that everybody can write': { make: () => others(home, 0o777) },
    'a home such as /tmp': { make: () => others(home, 0o1777) },
    'a home that a group can write, in which ~/.cache leads to a folder of ours': {
      make: () => {
        moved(join(home, '.cache'), join(top, 'ours'));
        others(home, 0o775);
      },
    },
    'a folder above that a group can write': { make: () => others(top, 0o775) },
    'a folder above of another user': { make: () => fs.chownSync(top, user, user) },
    '~/.cache that everybody can write': {
      make: () => {
        fs.mkdirSync(join(home, '.cache'), { recursive: true });
        others(join(home, '.cache'), 0o777);
      },
    },
    'a folder for it that a group can write': {
      make: () => {
        fs.mkdirSync(caches(home), { recursive: true });
        others(caches(home), 0o770);
      },
    },
    'a folder for it of another user': {
      make: () => {
        fs.mkdirSync(caches(home), { recursive: true });
        own(caches(home));
      },
    },
    '~/.cache leads into a folder of another user': {
      make: () => {
        moved(join(home, '.cache'), join(top, 'theirs'));
        own(join(top, 'theirs'));
      },
    },
    'its folder leads into one such as /tmp': {
      make: () => {
        fs.mkdirSync(join(home, '.cache'), { recursive: true });
        moved(caches(home), join(top, 'shared'));
        others(join(top, 'shared'), 0o1777);
      },
    },
    "root in another user's home": { make: () => own(home) },
    'a user in the home of root': { make: () => {}, by: asUser },
    'a user, and a folder for it of root': {
      make: () => {
        fs.mkdirSync(caches(home), { recursive: true });
        own(home);
        own(caches(home), 0);
      },
      by: asUser,
    },
    'a user in the group root, and a folder for it of root that this group can write': {
      make: () => {
        fs.mkdirSync(caches(home), { recursive: true });
        output('chmod', ['-R', 'g+rwX', home]);
      },
      by: asGroupRoot,
    },
    "a user in another user's home": { make: () => own(home, user + 1), by: asUser },
  };
  for (const [name, { make, by = [], env = {} }] of Object.entries(rows)) {
    for (const prepare of [copyCache, () => {}]) {
      test(`${name}, ${prepare === copyCache ? 'filled' : 'nothing there'}`, async () => {
        prepare();
        const value = make();
        const before = listing(top);
        const HOME = 'HOME' in env ? undefined : typeof value === 'string' ? value : home;
        assert.equal(await cacheUsed(HOME, { by, env }), null);
        await wait(50);
        assert.equal(listing(top), before);
        if (HOME?.startsWith('/proc') !== true) return;
        assert.ok(!fs.existsSync(caches(HOME)));
      });
    }
  }

  test('HOME relative, without the launcher, which drops such a value', async () => {
    copyCache();
    const lib = join(folder, 'lib');
    const args = [join(lib, 'heroku-login/start-cli.cjs'), join(lib, 'heroku/bin/run')];
    const env = { HOME: 'home' };
    const { stdout } = await attempt(join(lib, 'heroku/bin/node'), args, { env, cwd: top });
    assert.deepEqual(JSON.parse(stdout), ['cli', null, null, []]);
  });

  test('the same home without all that', async () => {
    copyCache();
    const cache = await isFilled(home);
    assert.equal(await cacheUsed(home), cache);
  });
});

describe('used', () => {
  test('below a folder such as /tmp', async () => {
    fs.chmodSync(top, 0o1777);
    await heroku(home);
    const cache = await isFilled(home);
    assert.equal(await cacheUsed(home), cache);
  });

  test('in a home that the group root can write', async () => {
    fs.chmodSync(home, 0o775);
    await heroku(home);
    const cache = await isFilled(home);
    assert.equal(await cacheUsed(home), cache);
  });

  test('where ~/.cache leads to another folder of the user', async () => {
    fs.mkdirSync(join(top, 'mine'));
    fs.symlinkSync(join(top, 'mine'), join(home, '.cache'));
    await heroku(home);
    const cache = await isFilled(home);
    assert.ok(cache.startsWith(join(top, 'mine')));
    assert.equal(await cacheUsed(home), cache);
  });

  test('by a user in their own home', async () => {
    own(home);
    await heroku(home, { by: asUser });
    const cache = await isFilled(home);
    assert.equal(await cacheUsed(home, { by: asUser }), cache);
    assert.equal(output('find', [home, '!', '-user', `${user}`]), '');
  });
});

describe('a home on a file system', () => {
  /** The home is on a tmpfs; `prepare` runs once its content is there. Complains if what is in it changes. */
  const mounted = (prepare: string) => [
    ...['unshare', '--mount', 'sh', '-c'],
    `cp -a ${home} ${home}.copy && mount -t tmpfs -o size=64m small ${home} && cp -a ${home}.copy/. ${home} &&
    ${prepare} && before=$(find ${home}) && "$@" && sleep 0.1 && [ "$before" = "$(find ${home})" ]`,
    'sh',
  ];
  const states: Record<string, () => readonly string[]> = {
    'that is read-only': () => mounted(`mount -o remount,ro ${home}`),
    'that is full': () => mounted(`{ cat /dev/zero >${home}/zero 2>/dev/null || :; }`),
    'that has room for less than a cache': () => mounted(`mount -o remount,size=16m ${home}`),
    'that has room for fewer files': () => mounted(`mount -o remount,nr_inodes=2000 ${home}`),
  };
  for (const [name, by] of Object.entries(states)) {
    test(`${name}, filled`, async () => {
      copyCache();
      const cache = await cacheUsed(home, { by: by() });
      // What is there may be read.
      if (name.includes('read-only')) assert.match(`${cache}`, /heroku-login/);
      else assert.equal(cache, null);
    });

    test(`${name}, nothing there`, async () => {
      assert.equal(await cacheUsed(home, { by: by() }), null);
    });
  }
});

describe('a Node without the call', () => {
  for (const call of ['enableCompileCache', 'flushCompileCache']) {
    test(call, async () => {
      const path = temporaryFolder();
      fs.writeFileSync(join(path, 'old.cjs'), `delete require('node:module').${call};`);
      const script = `#!/bin/sh\nexec '${await cliNode()}' --require ${path}/old.cjs "$@"\n`;
      fs.writeFileSync(join(path, 'node'), script, { mode: 0o755 });
      const at = await installedOn(join(path, 'node'), {
        'bin/run': "console.log(require('node:module').getCompileCacheDir() ?? 'none')",
      });
      copyCache();
      const before = listing(home);
      assert.equal(await heroku(home, { at }), 'none\n');
      assert.equal(listing(home), before);
    });
  }
});

describe('what is left of others', () => {
  const folders = () => fs.readdirSync(caches(home)).sort();

  test('the newest three stay', async () => {
    for (const [age, name] of ['c', 'b', 'a', 'd'].entries()) {
      const path = join(caches(home), name);
      fs.mkdirSync(path, { recursive: true });
      fs.utimesSync(path, 1e9 - age, 1e9 - age);
    }
    await heroku(home);
    const [own] = [await isFilled(home)];
    assert.deepEqual(folders(), [own.slice(dirname(own).length + 1), 'b', 'c']);
  });

  test('one that is being filled is left alone, and not for more than an hour', async () => {
    const draft = join(caches(home), 'draft');
    fs.mkdirSync(join(draft, 'x'), { recursive: true });
    const minutesAgo = (count: number) => Date.now() / 1000 - count * 60;
    fs.utimesSync(draft, minutesAgo(59), minutesAgo(59));
    await heroku(home);
    await wait(500);
    assert.deepEqual(folders(), ['draft']);
    fs.utimesSync(draft, minutesAgo(61), minutesAgo(61));
    await heroku(home);
    await isFilled(home);
  });
});
