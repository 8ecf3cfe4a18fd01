// Other people's programs: where they are looked for.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { findProgram, programFolders, systemPath } from '../../src/find-program.ts';
import { makeContext } from '../support/context.ts';
import { temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

test('programs are found in absolute folders of the PATH only', () => {
  const folder = join(temporaryFolder(), 'bin');
  const file = join(folder, 'tool');
  mkdirSync(folder);
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
  const find = (PATH: string) => findProgram(makeContext({ env: { PATH } }), 'tool');
  assert.equal(find(`/none:${folder}`), file);
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const path of ['.', '', ':', './', 'bin', '../bin', '/none:', ':/none', '/none::/none']) {
      assert.equal(find(path), undefined, path);
    }
  } finally {
    process.chdir(before);
  }
  assert.equal(find(dirname(folder)), undefined, 'not there');
  writeFileSync(join(folder, 'text'), '');
  assert.equal(findProgram(makeContext({ env: { PATH: folder } }), 'text'), undefined, 'a text');
  rmSync(file);
  mkdirSync(file);
  assert.equal(find(folder), undefined, 'a folder');
});

describe('a folder of the PATH that a repository shapes', () => {
  const base = realpathSync(temporaryFolder());
  const repository = join(base, 'work/app');
  const home = join(base, 'home');
  for (const path of ['sub', '.git', '.direnv/bin', 'node_modules/.bin']) {
    mkdirSync(join(repository, path), { recursive: true });
  }
  mkdirSync(join(home, '.local/bin'), { recursive: true });
  symlinkSync(repository, join(base, 'link'));

  /** Which of the folders count, if the program runs in `folder`. */
  const counting = (folders: string[], folder?: string) =>
    programFolders(makeContext({ home, env: { PATH: folders.join(':') }, folder: () => folder }));
  const system = systemPath.split(':');
  const good = [
    '/opt/conda/bin',
    '/home/linuxbrew/.linuxbrew/bin',
    '/nix/var/nix/profiles/default/bin',
  ];

  test('does not count, from its top, below it, and by another name', () => {
    const shaped = [
      ...['', '/', '/bin', '/node_modules/.bin', '/.direnv/bin', '/sub/../bin'].map(
        (path) => repository + path,
      ),
      ...[join(base, 'link/node_modules/.bin'), `${base}/home/../work/app/.direnv/bin`],
    ];
    for (const folder of [repository, join(repository, 'sub'), join(base, 'link/sub')]) {
      for (const one of shaped) {
        assert.deepEqual(counting([one, ...good], folder), good, `${one} in ${folder}`);
        assert.deepEqual(counting([one], folder), system, 'without any other');
      }
    }
  });

  test('does not count either in a folder without git, nor in the workspace of the hook', () => {
    const plain = join(base, 'work/plain');
    assert.deepEqual(counting([join(plain, 'bin'), ...good], plain), good);
    const context = makeContext({
      home,
      env: { PATH: [join(repository, 'bin'), ...good].join(':') },
    });
    context.state.workspace.write(repository);
    assert.deepEqual(programFolders(context), good);
  });

  test("but the user's own do, in the home folder and above it, and those of the system", () => {
    const own = [join(home, '.local/bin'), join(base, 'work/application/bin'), ...good, '/usr/bin'];
    for (const folder of [undefined, home, base, '/', repository, '/usr', '/usr/bin']) {
      assert.deepEqual(counting(own, folder), own, folder);
    }
    // Dotfiles in the home folder.
    mkdirSync(join(home, '.git'));
    assert.deepEqual(counting(own, join(home, '.local')), own.slice(1));
    assert.deepEqual(counting(own, home), own);
  });

  test('without a PATH the folders of the system count, which the launchers know too', () => {
    for (const env of [{}, { PATH: '' }, { PATH: '.' }]) {
      assert.deepEqual(programFolders(makeContext({ env })), system);
    }
    for (const name of ['heroku', 'heroku-login']) {
      const text = readFileSync(join(root, 'src/image/bin', name), 'utf8');
      assert.ok(text.includes(`system_path=${systemPath}\n`), name);
    }
  });
});
