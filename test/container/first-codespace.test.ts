// The shortest way through everything, in npm test: a codespace is created, and heroku and git are logged in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import { openSimulator, type Simulator } from '../codespace/simulator.ts';
import { day, dev, token } from '../support/rig.ts';

let simulator: Simulator;
let codespace: Codespace;
let log: CreationLog;

before(async () => {
  simulator = await openSimulator({ say: () => {} });
  await simulator.heroku?.set({ accounts: [{ ...dev, expiresIn: 29 * day + 60 }] });
  codespace = await simulator.codespace();
  log = await codespace.create({ HEROKU_API_KEY: token });
});
after(() => simulator?.close());

test('the creation log says once that it is logged in', () => {
  assert.deepEqual(log.heroku, [`Heroku: logged in as ${dev.email} (token expires in 29 days)`]);
});

test('the first git push works, before any heroku command', async () => {
  const { code, output } = await codespace.exec(
    'git push https://git.heroku.com/my-app.git HEAD:main',
  );
  assert.equal(code, 0, output);
});

test('heroku whoami answers with the address', async () => {
  const { code, output } = await codespace.exec('heroku whoami');
  assert.equal(code, 0, output);
  assert.match(output, /^dev@example\.com$/m);
});
