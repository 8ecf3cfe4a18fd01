// A thousand codespaces that start together with one token of their organisation, against the limit
// that Heroku documents: 4500 requests an account, refilled by 75 a minute, 429 beyond
// (docs/facts/heroku.md part 1.5).
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release } from '../support/cli-release.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  type Program,
  temporaryFolder,
} from '../support/program.ts';

const token = makeToken('organisation');

// A thousand homes in memory where that can be had: no disk is on trial here.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

let heroku: FakeHeroku;
let program: Program;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
  heroku.set({ accounts: [{ email: 'team@example.com', token, expiresIn: 5_000_000 }] });
  program = await buildProgram(undefined, join((await release()).tree, 'bin/node'));
});
after(() => heroku.close());
beforeEach(() => heroku.clearSeen());

const bucket = (left: number) =>
  heroku.set({ settings: { rateLimit: { size: 4500, left, perMinute: 75 } } });

interface Started extends Ended {
  readonly home: string;
}

/**
 * Runs the start hooks of that many codespaces as fast as this machine can, which is the worst case
 * of "within a minute": less comes back into the bucket meanwhile.
 */
async function startFleet(size: number): Promise<Started[]> {
  const folder = temporaryFolder();
  const started: Started[] = [];
  let next = 0;
  const lane = async () => {
    while (next < size) {
      const home = join(folder, String(next++));
      mkdirSync(home);
      const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: token };
      started.push({ home, ...(await program.run(home, ['--hook'], { env })) });
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return started;
}

function isLoggedIn({ home, stdout }: Started): boolean {
  const netrc = join(home, '.netrc');
  return (
    stdout.startsWith('Heroku: logged in as team@example.com') &&
    existsSync(netrc) &&
    readFileSync(netrc, 'utf8').includes(`password ${token}\n`)
  );
}

const asked = () => heroku.seen();
const refused = () => asked().filter(({ status }) => status === 429).length;

test('with a full bucket all thousand are logged in, with two requests each', async (t) => {
  bucket(4500);
  const started = await startFleet(1000);
  t.diagnostic(`${started.filter(isLoggedIn).length} of 1000 logged in`);
  t.diagnostic(`${asked().length / 1000} requests a start, ${refused()} of them refused`);
  assert.equal(started.filter(isLoggedIn).length, 1000);
  assert.equal(asked().length, 2000);
  assert.equal(refused(), 0);
});

test('with 1200 left all thousand are logged in too, most of them with one request', async (t) => {
  bucket(1200);
  const started = await startFleet(1000);
  t.diagnostic(`${started.filter(isLoggedIn).length} of 1000 logged in`);
  t.diagnostic(`${asked().length / 1000} requests a start, ${refused()} of them refused`);
  assert.equal(started.filter(isLoggedIn).length, 1000);
  assert.ok(asked().length <= 1220, `${asked().length} requests`);
  assert.equal(refused(), 0);
});

test('with an empty bucket nobody hammers, all open, and what is said is right', async (t) => {
  bucket(0);
  const began = Date.now();
  const started = await startFleet(12);
  const seconds = (Date.now() - began) / 1000;
  const [good, late] = [started.filter(isLoggedIn), started.filter((one) => !isLoggedIn(one))];
  t.diagnostic(`${good.length} of 12 logged in within ${seconds.toFixed(1)} s`);
  t.diagnostic(`${asked().length / 12} requests a start, ${refused()} of them refused`);
  assert.ok(late.length > 0, 'more were served than the bucket holds');
  for (const { code, stderr } of late) {
    assert.equal(code, 0);
    assert.match(stderr, /^Heroku: could not log in, because \S+ has had too many requests/);
    assert.match(stderr, /the next start of the container tries again/);
  }
  assert.ok(asked().length <= 12 * 3, `${asked().length} requests`);
  // Each was told the same whole seconds; those that come back are spread over more than a moment.
  const back = asked()
    .map(({ at }) => at)
    .filter((at) => at > began + 900);
  assert.ok(Math.max(...back) - Math.min(...back) > 300, 'they came back together');
});
