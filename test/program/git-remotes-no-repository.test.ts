// The option `app` where there is no repository to add a remote to.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '../support/command.ts';
import { useProject } from '../support/git-project.ts';
import { output } from '../support/program.ts';
import { loggedIn, token } from '../support/rig.ts';

const rig = useProject();
const { git, gitEnv, init, start } = rig;

describe('no repository', () => {
  const none = [`no git remote was added: PROJECT is not in the work tree of a git repository.`];
  const told = async () => (await start()).map((line) => line.replace(rig.project, 'PROJECT'));

  test('a folder like any other', async () => {
    mkdirSync(rig.project);
    assert.deepEqual(await told(), none);
    assert.deepEqual(rig.askedApps(), []);
  });

  test('below a home that is the repository of dotfiles', async () => {
    output('git', ['init', '-q', rig.home], { env: gitEnv() });
    rig.project = join(rig.home, 'project');
    mkdirSync(rig.project);
    assert.deepEqual(await told(), none);
    assert.equal(output('git', ['-C', rig.home, 'remote'], { env: gitEnv() }), '');
  });

  test('a bare one, also one that the content of a repository pretends to be', async () => {
    init('--bare');
    assert.deepEqual(await told(), none);
    git('config', 'core.bare', 'false');
    git('config', 'core.worktree', rig.project);
    assert.deepEqual(await told(), none);
    assert.doesNotMatch(readFileSync(join(rig.project, 'config'), 'utf8'), /\[remote/);
  });

  test('a worktree whose repository is not in the container', async () => {
    mkdirSync(rig.project);
    writeFileSync(join(rig.project, '.git'), 'gitdir: /nowhere/.git/worktrees/x\n');
    assert.deepEqual(await told(), none);
  });

  test('settings that git cannot read', async () => {
    init();
    writeFileSync(join(rig.project, '.git/config'), '[broken');
    assert.deepEqual(await told(), none);
  });

  test('a working directory that is gone', async () => {
    mkdirSync(rig.project);
    const script = `rm -r ${rig.project}; exec "$0" "$@"`;
    const said = await run('sh', ['-c', script, process.execPath, rig.program.file, '--hook'], {
      cwd: rig.project,
      env: { ...gitEnv(), HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: token },
    });
    assert.equal(said, loggedIn);
  });

  test('no git', async () => {
    init();
    assert.deepEqual(await start({ env: { PATH: '/nowhere' } }), [
      'no git remote was added: git is not installed.',
    ]);
  });
});
