// Credential files of other users. Only root can make them.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { changeFile, changeSettingsFile } from '../../src/credentials/atomic-file.ts';
import * as messages from '../../src/messages/file.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const append = (before: string | null) => `${before ?? ''}new\n`;

test('a file of another user cannot be read and is not replaced', () => {
  const path = join(temporaryFolder(), 'netrc');
  writeFileSync(path, 'old\n', { mode: 0o600 });
  chmodSync(join(path, '..'), 0o777);
  const code = `
    import { changeFile } from ${JSON.stringify(join(root, 'src/credentials/atomic-file.ts'))};
    process.setgid(65534); process.setuid(65534);
    try { changeFile(${JSON.stringify(path)}, () => 'lost', () => {}); } catch (error) { console.log(error.message); }
  `;
  const printed = output(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '' },
  });
  assert.match(printed, /EACCES/);
  assert.equal(readFileSync(path, 'utf8'), 'old\n');
});

test('root replaces no file of another user, and writes into no folder of one', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'netrc');
  writeFileSync(path, 'old\n');
  output('chown', ['1234:1235', path]);
  assert.throws(() => changeFile(path, append, () => {}), { message: messages.notOwned });
  output('chown', ['0:0', path]);
  output('chown', ['1234:1235', folder]);
  const foreign = { message: messages.foreignFolder(folder) };
  assert.throws(() => changeFile(path, append, () => {}), foreign);
  assert.throws(() => changeSettingsFile(join(folder, 'new/config.json'), append), foreign);
  assert.equal(readFileSync(path, 'utf8'), 'old\n');
});
