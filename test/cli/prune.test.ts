// What lean leaves out is of no use: the CLI without it is the same CLI.

import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { CliRelease } from '../fake-heroku/cli-release.ts';
import { release } from '../support/cli-release.ts';
import { attempt, run } from '../support/command.ts';
import { newHome, temporaryFolder } from '../support/program.ts';
import {
  inTree,
  prune,
  prunedCli,
  pruneList,
  pruneProgram,
  unpack,
} from '../support/pruned-cli.ts';

let cli: CliRelease;
/** Unpacked as install.sh does with GNU tar, then made lean. */
let lean: string;

before(async () => {
  cli = await release();
  lean = await prunedCli();
});

const files = (tree: string) => run('sh', ['-c', 'cd "$1" && find . -type f | sort', 'sh', tree]);

describe('the lean CLI', () => {
  for (const args of [
    ['--help'],
    ['help', 'pg'],
    ['commands', '--hidden'],
    // From the one change log that is read.
    ['version:info'],
  ]) {
    test(`says the same to heroku ${args.join(' ')}`, async () => {
      const told = (tree: string) => inTree(tree, newHome(), join(tree, 'bin/run.js'), ...args);
      const full = await told(cli.tree);
      assert.ok(full.split('\n').length > 5, full);
      assert.equal(await told(lean), full);
    });
  }

  test('is the same where tar could leave nothing out', async () => {
    const tree = await unpack();
    await prune(tree);
    assert.equal(await files(tree), await files(lean));
  });

  test('keeps every licence', async () => {
    const licences = async (tree: string) =>
      (await files(tree))
        .split('\n')
        .filter((path) => /licen[cs]e|copying|notice/i.test(path) && !/\.(d\.ts|map)$/.test(path));
    assert.deepEqual(await licences(lean), await licences(cli.tree));
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
    test(`ends with ${expected} where the list names ${name}`, async () => {
      const { code, stderr } = await attempt(process.execPath, [
        pruneProgram,
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
    await prune(tree);
    assert.equal(readFileSync(node, 'utf8'), '#!/bin/sh\n');
    const linked = makeTree({});
    await run('rm', [join(linked, 'bin/node')]);
    symlinkSync(join(cli.tree, 'bin/node'), join(linked, 'bin/node'));
    await prune(linked);
    assert.ok(lstatSync(join(linked, 'bin/node')).isSymbolicLink());
  });
});
