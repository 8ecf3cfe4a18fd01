// What lean leaves out is of no use: the CLI without it is the same CLI.
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { releasePaths } from '../fake-heroku/cli-release.ts';
import { release } from '../support/cli-release.ts';
import { attempt, run } from '../support/command.ts';
import { temporaryFolder } from '../support/program.ts';
import {
  assertSameOutput,
  type Pruned,
  prune,
  prunedCli,
  pruneList,
} from '../support/pruned-cli.ts';

let cli: Pruned;
before(async () => {
  cli = await prunedCli();
});

const files = (tree: string) => run('sh', ['-c', 'cd "$1" && find . ! -type d | sort', 'sh', tree]);

describe('the lean CLI', () => {
  // The last one is from the one change log that is read.
  for (const args of [['--help'], ['help', 'pg'], ['version:info']]) {
    test(`says the same to heroku ${args.join(' ')}`, () => assertSameOutput(cli, ...args));
  }

  test('is what GNU tar unpacks with the same list', async () => {
    const whole = await release();
    const tarball = join(whole.dir, releasePaths(whole).tarball);
    const listing = await run('tar', ['-tzf', tarball, '--exclude-from', pruneList]);
    const unpacked = listing
      .split('\n')
      .filter((path) => path !== '' && !path.endsWith('/'))
      .map((path) => path.replace(/^heroku/, '.'))
      .toSorted();
    assert.deepEqual(unpacked, (await files(cli.lean)).trimEnd().split('\n').toSorted());
  });

  test('keeps every license', async () => {
    const licenses = async (tree: string) =>
      (await files(tree))
        .split('\n')
        .filter((path) => /licen[cs]e|copying|notice/i.test(path) && !/\.(d\.ts|map)$/.test(path));
    assert.deepEqual(await licenses(cli.lean), await licenses(cli.full));
  });
});

describe('prune.cjs', () => {
  const makeTree = (manifest: object): string => {
    const tree = join(temporaryFolder(), 'heroku');
    const folder = join(tree, 'node_modules/@opentelemetry/api');
    mkdirSync(join(folder, 'build/esm'), { recursive: true });
    mkdirSync(join(tree, 'bin'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'build/esm/index.js'), '');
    writeFileSync(join(tree, 'bin/node'), '#!/bin/sh\n');
    return tree;
  };
  const table: [name: string, manifest: object, code: number][] = [
    [
      'an entry for bundlers alone',
      { main: 'build/src/index.js', module: 'build/esm/index.js' },
      0,
    ],
    ['the main entry', { main: './build/esm/index.js' }, 3],
    ['an entry for import', { exports: { '.': { import: './build/esm/index.js' } } }, 3],
    ['an entry for a bundler', { exports: { '.': { esnext: './build/esm/index.js' } } }, 0],
    ['a program', { bin: { otel: 'build/esm/cli.js' } }, 3],
  ];
  for (const [name, manifest, expected] of table) {
    test(`ends with ${expected} if the list names ${name}`, async () => {
      const { code, stderr } = await attempt(process.execPath, [
        cli.program,
        makeTree(manifest),
        pruneList,
      ]);
      assert.equal(code, expected);
      assert.equal(stderr.includes('is an entry of a package'), expected === 3);
    });
  }

  test('leaves alone what is no ELF file, and a link', async () => {
    const tree = makeTree({});
    const node = join(tree, 'bin/node');
    await prune(cli, tree);
    assert.equal(readFileSync(node, 'utf8'), '#!/bin/sh\n');
    const linked = makeTree({});
    await run('rm', [join(linked, 'bin/node')]);
    symlinkSync(join(cli.full, 'bin/node'), join(linked, 'bin/node'));
    await prune(cli, linked);
    assert.ok(lstatSync(join(linked, 'bin/node')).isSymbolicLink());
  });
});
