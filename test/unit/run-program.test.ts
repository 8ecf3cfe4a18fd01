// Other people's programs: where they are looked for, and what they get to see.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { defaults } from '../../src/options.ts';
import { findProgram, runProgram } from '../../src/run-program.ts';
import { makeContext } from '../support/context.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';

const token = makeToken('first');

test('programs are found in absolute folders of the PATH only', () => {
  const folder = join(temporaryFolder(), 'bin');
  const file = join(folder, 'gh');
  mkdirSync(folder);
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
  const find = (PATH: string) => findProgram(makeContext({ env: { PATH } }), 'gh');
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

test('programs get neither of the variables with the token, and end in time', () => {
  const options = { ...defaults, secretName: 'TEAM_TOKEN' };
  const env = { PATH: process.env['PATH'], TEAM_TOKEN: token, HEROKU_API_KEY: token, KEPT: 'x' };
  const context = makeContext({ env, options });
  const shell = (script: string, limit = 5000, input?: string) =>
    runProgram(context, ['/bin/sh', '-c', script], {
      limit,
      ...(input === undefined ? {} : { token: input }),
    });
  assert.equal(shell('env | grep -E "^KEPT|TOKEN|KEY|HRKU" >&2').said, 'KEPT=x');
  assert.deepEqual(shell('cat >&2', 5000, token), { ok: true, said: '***' });
  assert.deepEqual(shell('exit 7'), { ok: false, said: 'it ended with code 7' });
  assert.deepEqual(shell('exec sleep 20', 300), { ok: false, said: 'it took more than 0.3 s' });
});
