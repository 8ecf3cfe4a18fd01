// Nothing in a person's file may get lost, whatever happens meanwhile.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
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
import {
  type Change,
  CredentialFileError,
  changeFile,
  readCredentialFile,
} from '../../src/credentials/atomic-file.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const append: Change = (before) => `${before ?? ''}new\n`;
const allowed = () => {};
const change = (path: string, how: Change = append) => changeFile(path, how, allowed);
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
  assert.equal(readFileSync(path, 'utf8'), 'new\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('an old file gets mode 0600, also where its content stays', () => {
  for (const how of [append, (before: string | null) => before]) {
    const path = fileWith('old\n', 0o644);
    chmodSync(path, 0o644);
    change(path, how);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
});

test('where nothing changes nothing is written', () => {
  const path = fileWith('old\n');
  const { ino, ctimeMs } = statSync(path);
  change(path, (before) => before);
  assert.deepEqual([statSync(path).ino, statSync(path).ctimeMs], [ino, ctimeMs]);
});

test('every byte survives, in any encoding', () => {
  const path = fileWith('');
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
  writeFileSync(path, bytes);
  change(path);
  assert.deepEqual(readFileSync(path), Buffer.concat([bytes, Buffer.from('new\n')]));
});

test('null removes the file', () => {
  const path = fileWith('old\n');
  change(path, () => null);
  assert.equal(existsSync(path), false);
});

test('nothing else is left in the folder', () => {
  const path = fileWith('old\n');
  change(path);
  assert.deepEqual(readdirSync(join(path, '..')), ['netrc']);
});

test('what another process writes meanwhile survives', () => {
  const path = fileWith('old\n');
  let calls = 0;
  changeFile(
    path,
    append,
    // Runs between reading and writing, as another program would.
    () => {
      if (calls++ === 0) writeFileSync(path, 'old\nfrom another\n');
    },
  );
  assert.equal(readFileSync(path, 'utf8'), 'old\nfrom another\nnew\n');
});

test('a file that appears or disappears meanwhile counts as it then is', () => {
  const path = join(temporaryFolder(), 'netrc');
  let calls = 0;
  changeFile(path, append, () => {
    if (calls++ === 0) writeFileSync(path, 'appeared\n');
  });
  assert.equal(readFileSync(path, 'utf8'), 'appeared\nnew\n');
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
    assert.equal(readFileSync(join(folder, 'dotfiles/netrc'), 'utf8'), 'old\nnew\n');
    assert.ok(lstatSync(join(folder, 'dotfiles/netrc')).isFile());
  });

  test('that lead to a file not yet there make it there', () => {
    const folder = temporaryFolder();
    symlinkSync('target', join(folder, 'netrc'));
    change(join(folder, 'netrc'));
    assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'new\n');
  });

  test('in a circle are a problem', () => {
    const folder = temporaryFolder();
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    problem(join(folder, 'a'), /circle/);
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

  test('a file of somebody else', { skip: process.getuid?.() !== 0 && 'root' }, () => {
    const path = fileWith('old\n');
    chmodSync(join(path, '..'), 0o777);
    const code = `
      import { changeFile } from ${JSON.stringify(join(root, 'src/credentials/atomic-file.ts'))};
      process.setgid(65534); process.setuid(65534);
      try { changeFile(${JSON.stringify(path)}, () => 'lost', () => {}); } catch (error) { console.log(error.message); }
    `;
    const printed = output(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', code],
      {
        cwd: root,
        env: { PATH: process.env['PATH'] ?? '' },
      },
    );
    assert.match(printed, /EACCES/);
    assert.equal(readFileSync(path, 'utf8'), 'old\n');
  });
});

test('as root, the file keeps its owner, and a new one gets that of its folder', {
  skip: process.getuid?.() !== 0 && 'root',
}, () => {
  const folder = temporaryFolder();
  output('chown', ['1234:1235', folder]);
  const path = join(folder, 'netrc');
  change(path);
  assert.deepEqual([statSync(path).uid, statSync(path).gid], [1234, 1235]);
  output('chown', ['4321:5321', path]);
  change(path);
  assert.deepEqual([statSync(path).uid, statSync(path).gid], [4321, 5321]);
});

test('temporary files of killed processes are removed, those of running ones only when old', () => {
  const path = fileWith('old\n');
  const ended = spawnSync('true').pid;
  const leftover = (id: number, at: string) => `${path}.heroku-login-${id}-${at}`;
  for (const name of [
    leftover(ended, '1'),
    leftover(process.pid, '1'),
    leftover(process.pid, '2'),
  ]) {
    writeFileSync(name, 'token');
  }
  utimesSync(leftover(process.pid, '1'), 1, 1);
  // Also where nothing changes: nobody else would ever remove them.
  change(path, (before) => before);
  const left = ['netrc', basename(leftover(process.pid, '2'))];
  assert.deepEqual(readdirSync(dirname(path)).sort(), left);
});

test('a hard link to the file keeps the old content', () => {
  const path = fileWith('old\n');
  linkSync(path, `${path}.copy`);
  change(path);
  assert.equal(readFileSync(`${path}.copy`, 'utf8'), 'old\n');
});

test('killed at any moment, the file is the old one or the new one', async () => {
  const old = `${'o'.repeat(300_000)}\n`;
  const next = `${'n'.repeat(300_000)}\n`;
  const path = fileWith(old);
  const file = JSON.stringify(join(root, 'src/credentials/atomic-file.ts'));
  // Swaps the two contents for as long as it lives, and is killed at a random point of it.
  const code = `
    import { changeFile } from ${file};
    process.stdout.write('ready');
    for (;;) changeFile(${JSON.stringify(path)}, (text) => (text.startsWith('o') ? 'n' : 'o').repeat(300000) + '\\n', () => {});
  `;
  let swapped = 0;
  for (let round = 0; round < 25; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      cwd: root,
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const before = statSync(path).ino;
    await new Promise((resolve) => setTimeout(resolve, 3 + Math.random() * 30));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const text = readCredentialFile(path);
    assert.ok(text === old || text === next, `round ${round}: ${text?.length} bytes`);
    if (statSync(path).ino !== before) swapped++;
  }
  assert.ok(swapped > 5, `only ${swapped} of 25 rounds were killed while writing`);
});
