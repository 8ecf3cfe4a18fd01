// A process that changes a credential file and is killed at random moments.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCredentialFile } from '../../src/credentials/atomic-file.ts';
import { temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

test('killed at any moment, the file is the old one or the new one', async () => {
  const old = `${'o'.repeat(300_000)}\n`;
  const next = `${'n'.repeat(300_000)}\n`;
  const path = join(temporaryFolder(), 'netrc');
  writeFileSync(path, old);
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
