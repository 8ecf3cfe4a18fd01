// What the launcher of heroku starts: nothing but the CLI.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { useInstalled } from '../support/installed.ts';
import { token } from '../support/rig.ts';

const rig = useInstalled();

test('the launcher starts nothing but the CLI if no login was ended', async () => {
  assert.equal((await rig.script('heroku-login', { key: token })).code, 0);
  const calls = join(rig.home, 'calls');
  const strace = `strace -f -qq -o ${calls} -e trace=execve heroku --version`;
  assert.match((await rig.script(strace, { key: token })).stdout, /^heroku\/11/);
  const started = readFileSync(calls, 'utf8').match(/execve\("[^"]+"[^\n]* = 0$/gm) ?? [];
  // The shell that reads the launcher becomes the CLI.
  assert.deepEqual(
    started.slice(0, 2).map((line) => /"([^"]+)"/.exec(line)?.[1]?.split('/').at(-1)),
    ['heroku', 'node'],
  );
});
