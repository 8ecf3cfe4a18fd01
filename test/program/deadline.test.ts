// One clock for everything that a run waits for: several tokens, a list and git share the time of the trigger.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { mergeTimeouts } from '../../src/timeouts.ts';
import { type Fault, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { makeContext } from '../support/context.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';

const token = makeToken('first');
const timeouts = mergeTimeouts({ deadline: { hook: 1000 }, retryPause: 10 });

/** Milliseconds that a hook takes with three tokens while Heroku is slow, and how it ends. */
async function hook(fault: Fault) {
  const heroku = await startFakeHeroku({ dir: temporaryFolder() });
  heroku.set({ accounts: [{ email: 'dev@example.com', token }], faults: [fault] });
  const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: makeToken('unknown') };
  const context = makeContext({ env, timeouts, trigger: 'hook' });
  for (const [folder, name, text] of [
    [
      context.codespacesShared,
      'user-secrets-envs.json',
      `{"HEROKU_API_KEY":"${makeToken('2nd')}"}`,
    ],
    [context.runSecrets, 'HEROKU_API_KEY', token],
  ] as const) {
    mkdirSync(folder);
    writeFileSync(join(folder, name), text);
  }
  const began = performance.now();
  try {
    const { outcome } = await login(context);
    return { outcome, took: performance.now() - began };
  } finally {
    await heroku.close();
  }
}

test('tokens that are answered slowly do not add up', async () => {
  const { outcome, took } = await hook({ path: '/account', do: { kind: 'delay', ms: 600 } });
  assert.equal(outcome, 'unreachable');
  assert.ok(took >= 900 && took < 1800, `${took} ms`);
});

test('a list that does not come is not waited for longer than the rest of the time', async () => {
  const { outcome, took } = await hook({ path: '/oauth/', do: { kind: 'hang' } });
  assert.equal(outcome, 'logged_in');
  assert.ok(took >= 900 && took < 1800, `${took} ms`);
});
