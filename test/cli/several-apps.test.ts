// Several apps in the git remotes: the CLI's commands that name none use the first app of the option.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultApp, onlyApp } from '../../src/messages/git.ts';
import { useInstalled } from '../support/installed.ts';
import { dev, token } from '../support/rig.ts';

const rig = useInstalled({ app: 'staging=my-app-staging,production=my-app' });

const inProject = (command: string) => rig.script(`cd project && ${command}`, { key: token });

/** A login in a new repository, by an account that sees these apps. */
async function logIn(...apps: string[]) {
  rig.heroku.set({ accounts: [{ ...dev, apps }] });
  await rig.script('git init --quiet project');
  return inProject('heroku-login --hook');
}

/** What a command prints, and what of apps it asks Heroku for. */
async function asked(command: string) {
  rig.heroku.clearSeen();
  const { output } = await inProject(command);
  return [output, rig.requests().filter((one) => one.includes('/apps/'))] as const;
}

test('heroku ps goes on to the API with the first app, and without the default it does not', async () => {
  const { stdout } = await logIn('my-app', 'my-app-staging');
  assert.ok(stdout.includes(defaultApp('my-app-staging')), stdout);
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

test('the CLI acts on the second app if the first is missing, which the login says', async () => {
  const { stdout } = await logIn('my-app');
  assert.ok(stdout.includes(onlyApp('my-app')), stdout);
  const [output, requests] = await asked('heroku ps');
  assert.ok(requests.includes('GET /apps/my-app/dynos'), output);
  const { stdout: later } = await logIn('my-app', 'my-app-staging');
  assert.ok(!later.includes(onlyApp('my-app')), later);
});
