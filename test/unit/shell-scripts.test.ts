// The shell scripts, read by shellcheck and by the two strictest shells that run them.
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/command.ts';
import { root } from '../support/root.ts';

/** What runs in dash and BusyBox's ash. */
const portable = [
  'install.sh',
  'src/install/download.sh',
  'src/install/packages.sh',
  'src/install/release.sh',
  'src/image/bin/heroku',
  'src/image/bin/heroku-login',
];

test('dash and BusyBox can read every script', async () => {
  for (const script of portable) {
    await run('dash', ['-n', join(root, script)]);
    await run('busybox', ['sh', '-n', join(root, script)]);
  }
});

test('shellcheck finds nothing', async () => {
  // install.sh reads its parts in, and shellcheck follows (.shellcheckrc).
  for (const script of ['install.sh', 'src/image/bin/heroku', 'src/image/bin/heroku-login']) {
    await run('shellcheck', ['--shell=sh', script], { cwd: root });
  }
  for (const script of ['src/image/shell-notice.sh', 'src/image/completion.bash']) {
    await run('shellcheck', [join(root, script)]);
  }
});
