// Nothing in a person's file may get lost, whatever happens meanwhile.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { type Change, CredentialFileError, changeFile } from '../../src/credentials/atomic-file.ts';
import { output, temporaryFolder } from '../support/program.ts';

const append: Change = (before) => `${before ?? ''}new\n`;
const keep: Change = (before) => before;
const change = (path: string, how: Change = append) => changeFile(path, how, () => {});
const text = (path: string) => readFileSync(path, 'utf8');
const problem = (path: string, expected: RegExp) =>
  assert.throws(
    () => change(path),
    (error: Error) => error instanceof CredentialFileError && expected.test(error.message),
  );

function fileWith(text: string, mode = 0o600): string {
  const path = join(temporaryFolder(), 'netrc');
  writeFileSync(path, text, { mode });
  return path;
}

test('a new file has mode 0600', () => {
  const path = join(temporaryFolder(), 'netrc');
  change(path);
  assert.equal(text(path), 'new\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('an old file gets mode 0600, also if its content stays', () => {
  for (const how of [append, keep]) {
    const path = fileWith('old\n', 0o644);
    chmodSync(path, 0o644);
    change(path, how);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
});

test('if nothing changes nothing is written', () => {
  const path = fileWith('old\n');
  const { ino, ctimeMs } = statSync(path);
  change(path, keep);
  assert.deepEqual([statSync(path).ino, statSync(path).ctimeMs], [ino, ctimeMs]);
});

test('every byte survives, in any encoding', () => {
  const path = fileWith('');
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
  writeFileSync(path, bytes);
  change(path);
  assert.deepEqual(readFileSync(path), Buffer.concat([bytes, Buffer.from('new\n')]));
});

test('nothing else is left in the folder, and null removes the file', () => {
  const path = fileWith('old\n');
  for (const [how, left] of [
    [append, ['netrc']],
    [() => null, []],
  ] as const) {
    change(path, how);
    assert.deepEqual(readdirSync(dirname(path)), left);
  }
});

test('what another process writes meanwhile survives, also if there was no file', () => {
  for (const path of [fileWith('old\n'), join(temporaryFolder(), 'netrc')]) {
    let calls = 0;
    // Runs between reading and writing, as another program would.
    changeFile(path, append, () => {
      if (calls++ === 0) writeFileSync(path, 'from another\n');
    });
    assert.equal(text(path), 'from another\nnew\n');
  }
});

describe('symbolic links', () => {
  test('stay, and the file they lead to is changed', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'dotfiles'));
    writeFileSync(join(folder, 'dotfiles/netrc'), 'old\n');
    symlinkSync('dotfiles/netrc', join(folder, 'second'));
    symlinkSync('second', join(folder, 'first'));
    let asked = '';
    changeFile(join(folder, 'first'), append, (real) => {
      asked = real;
    });
    assert.equal(asked, join(folder, 'dotfiles/netrc'));
    assert.equal(readlinkSync(join(folder, 'first')), 'second');
    assert.equal(text(join(folder, 'dotfiles/netrc')), 'old\nnew\n');
    assert.ok(lstatSync(join(folder, 'dotfiles/netrc')).isFile());
  });

  test('that lead to a file not yet there make it there', () => {
    const folder = temporaryFolder();
    symlinkSync('target', join(folder, 'netrc'));
    change(join(folder, 'netrc'));
    assert.equal(text(join(folder, 'target')), 'new\n');
  });

  test('in a circle are a problem', () => {
    const folder = temporaryFolder();
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    problem(join(folder, 'a'), /too many levels of symbolic links/);
  });
});

describe('what cannot be read is never replaced', () => {
  test('a folder', () => {
    const folder = temporaryFolder();
    problem(folder, /regular file|folder/);
    assert.ok(statSync(folder).isDirectory());
  });

  test('a named pipe, without waiting for its writer', () => {
    const path = join(temporaryFolder(), 'pipe');
    output('mkfifo', [path]);
    problem(path, /regular file/);
    assert.ok(statSync(path).isFIFO());
  });

  test('a missing folder', () => problem(join(temporaryFolder(), 'none/netrc'), /folder/));
});

test('temporary files of killed processes are removed, those of running ones only when old', () => {
  const path = fileWith('old\n');
  const ended = spawnSync('true').pid;
  const leftover = (id: number, at: string) => `${path}.heroku-login-${id}-${at}`;
  const [old, young] = [leftover(process.pid, '1'), leftover(process.pid, '2')];
  for (const name of [leftover(ended, '1'), old, young]) writeFileSync(name, 'token');
  utimesSync(old, 1, 1);
  // Also if nothing changes: nobody else would ever remove them.
  change(path, keep);
  assert.deepEqual(readdirSync(dirname(path)).sort(), ['netrc', basename(young)]);
});

test('a hard link to the file keeps the old content', () => {
  const path = fileWith('old\n');
  linkSync(path, `${path}.copy`);
  change(path);
  assert.equal(text(`${path}.copy`), 'old\n');
});
