// The option `app` in a repository of another user. Only root can make one.
import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { foreignRepository } from '../../src/messages/git.ts';
import { quoteForShell } from '../../src/report.ts';
import { added, useProject } from '../support/git-project.ts';
import { output } from '../support/program.ts';

const rig = useProject();

const names = {
  'a usual name': 'project',
  blanks: 'my  project ',
  quotes: `it's "quoted"`,
  'a command': '$(touch was-run)`touch was-run`;touch was-run&',
  'line ends': 'x\nHeroku: logged in as root\ntouch was-run',
  'escape sequences and a mark of direction': '\u001b[31mred\u202e',
  'letters beyond ASCII': 'pröject-日本',
};
for (const [what, name] of Object.entries(names)) {
  test(`a repository of another user gets no remote until git is told to trust it: ${what}`, async () => {
    rig.project = join(rig.home, '..', name);
    rig.init();
    chownSync(rig.project, 12_345, 12_345);
    chmodSync(rig.project, 0o755);
    const lines = await rig.start();
    assert.deepEqual(lines, [foreignRepository(quoteForShell(rig.project))]);
    const command = /(git config --global --add safe\.directory .*) && heroku-login$/.exec(
      `${lines}`,
    );
    // As it is pasted.
    output('bash', ['-c', command?.[1] ?? 'false'], { env: rig.gitEnv(), cwd: rig.home });
    assert.deepEqual(await rig.start({ args: [] }), [added('heroku', 'my-app')]);
  });
}
