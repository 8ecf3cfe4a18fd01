// The inputs of the program tier in three hostile surroundings: a full home, a PATH with a hostile first folder,
// and a state of random files. Whatever they are, the promises hold. How it is done: test/support/hostile.ts.
//
// The seed is printed; HEROKU_LOGIN_TEST_SEED=N runs the same again.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { runFile } from '../../scripts/test-run.ts';
import { type Tried, umbrellas } from '../support/hostile.ts';
import { temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

/** How many inputs there are at least, so that a tier that does not run is noticed. */
const LEAST = 300;
/** These start no heroku-login of their own. */
const WITHOUT = /^(fake-heroku|play|login-terminal)/;

const seed = process.env['HEROKU_LOGIN_TEST_SEED'] ?? `${Math.floor(Math.random() * 2 ** 31)}`;
const log = join(temporaryFolder(), 'tried.jsonl');
let tried: Tried[] = [];

before(async () => {
  writeFileSync(log, '');
  Object.assign(process.env, { HEROKU_LOGIN_TEST_HOSTILE: log, HEROKU_LOGIN_TEST_SEED: seed });
  const files = readdirSync(join(root, 'test/program'))
    .filter((name) => name.endsWith('.test.ts') && !WITHOUT.test(name))
    .sort();
  // What the tests themselves say does not count: the fake Heroku is asked more often than they expect.
  const lane = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift())
      await runFile(`program/${file}`, { timeout: 300_000 });
  };
  await Promise.all([lane(), lane()]);
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  tried = lines.map((line) => JSON.parse(line) as Tried);
});

for (const umbrella of umbrellas) {
  test(`every promise holds: ${umbrella}, seed ${seed}`, (t) => {
    const inputs = tried.filter((one) => one.umbrella === umbrella);
    const hooks = inputs.filter(({ args }) => args[0] === '--hook');
    const called = inputs.reduce((sum, one) => sum + one.called, 0);
    const counts = `${inputs.length} inputs, ${hooks.length} hooks, ${called} hostile programs started`;
    t.diagnostic(counts);
    console.log(`${umbrella}, seed ${seed}: ${counts}`);
    const broken = inputs.filter(({ problems }) => problems.length > 0);
    assert.deepEqual(broken.slice(0, 10), [], `${broken.length} of ${inputs.length}`);
    assert.ok(inputs.length >= LEAST, counts);
    // Otherwise nothing was hostile.
    if (umbrella === 'hostile PATH') assert.ok(called > 0, counts);
  });
}
