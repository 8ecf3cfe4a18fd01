// The option `app` in a repository of another user. Only root can make one.
import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { test } from 'node:test';
import { added, useProject } from '../support/git-project.ts';
import { output } from '../support/program.ts';

const rig = useProject();

test('a repository of another user gets no remote until git is told to trust it', async () => {
  rig.init();
  chownSync(rig.project, 12_345, 12_345);
  chmodSync(rig.project, 0o755);
  const [line = ''] = await rig.start();
  assert.match(line, /belongs to somebody else, and git does not trust it/);
  const command = /(git config --global --add safe\.directory \S+) && heroku-login$/.exec(
    line,
  )?.[1];
  output('sh', ['-c', command ?? 'false'], { env: rig.gitEnv() });
  assert.deepEqual(await rig.start({ args: [] }), [added('heroku', 'my-app')]);
});
