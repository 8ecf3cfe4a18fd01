// Other people's programs: where they are looked for.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../src/find-program.ts';
import { makeContext } from '../support/context.ts';
import { temporaryFolder } from '../support/program.ts';

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
    for (const path of ['.', '', ':', './']) assert.equal(find(path), undefined, path);
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
