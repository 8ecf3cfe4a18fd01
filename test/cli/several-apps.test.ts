// Several apps in the git remotes: the CLI's commands that name none use the first app of the option.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultApp } from '../../src/messages/git.ts';
import { useInstalled } from '../support/installed.ts';
import { dev, token } from '../support/rig.ts';

const rig = useInstalled({ app: 'staging=my-app-staging,production=my-app' });

test('heroku ps goes on to the API with the first app, and without the default it does not', async () => {
  rig.heroku.set({ accounts: [{ ...dev, apps: ['my-app', 'my-app-staging'] }] });
  const inProject = (command: string) => rig.script(`cd project && ${command}`, { key: token });
  await rig.script('git init --quiet project');
  const { stdout } = await inProject('heroku-login --hook');
  assert.ok(stdout.includes(defaultApp('my-app-staging')), stdout);
  const asked = async (command: string) => {
    rig.heroku.clearSeen();
    const { output } = await inProject(command);
    return [output, rig.requests().filter((one) => one.includes('/apps/'))] as const;
  };
  for (const [command, request] of [
    ['heroku ps', 'GET /apps/my-app-staging/dynos'],
    ['heroku logs', 'POST /apps/my-app-staging/log-sessions'],
    ['heroku ps --remote production', 'GET /apps/my-app/dynos'],
  ] as const) {
    const [output, requests] = await asked(command);
    assert.ok(requests.includes(request), `${command}\n${output}\n${requests}`);
  }
  const [output, requests] = await asked('git config --unset heroku.remote && heroku ps');
  assert.match(output, /Multiple apps in git remotes/);
  assert.deepEqual(requests, []);
});
