// The shell scripts, read by shellcheck and by the two strictest shells that run them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/command.ts';
import { root } from '../support/root.ts';

const parts = readdirSync(join(root, 'src/install'))
  .filter((name) => name.endsWith('.sh'))
  .map((name) => `src/install/${name}`);
const launchers = ['src/image/bin', 'src/image/mcp'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
);

test('dash and BusyBox can read every script', async () => {
  assert.ok(parts.length > 0 && launchers.length > 0);
  for (const script of ['install.sh', ...parts, ...launchers]) {
    await run('dash', ['-n', join(root, script)]);
    await run('busybox', ['sh', '-n', join(root, script)]);
  }
});

test('shellcheck finds nothing', async () => {
  // install.sh reads its parts in, and shellcheck follows (.shellcheckrc), but reports nothing about them.
  const install = readFileSync(join(root, 'install.sh'), 'utf8');
  const followed = [...install.matchAll(/# shellcheck source=(.*)\n\. "\$feature_dir\/(.*)"\n/g)];
  assert.deepEqual(
    followed.map(([, source, staged]) => [source, `src/${staged}`]).sort(),
    parts.map((part) => [part, part]),
  );
  for (const script of ['install.sh', ...parts, ...launchers]) {
    await run('shellcheck', ['--shell=sh', script], { cwd: root });
  }
  for (const script of ['src/image/shell-notice.sh', 'src/image/completion.bash']) {
    await run('shellcheck', [join(root, script)]);
  }
});
