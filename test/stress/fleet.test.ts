// A thousand codespaces that start together with one token of their organization, against the limit
// that Heroku documents: 4500 requests an account, refilled by 75 a minute, 429 beyond
// (docs/facts/heroku.md part 1.5).
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { cliNode } from '../support/cli-release.ts';
import type { Ended } from '../support/command.ts';
import { temporaryFolder } from '../support/program.ts';
import { dev, token, useProgram } from '../support/rig.ts';

// A thousand homes in memory if possible: the disk is not under test here.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

const rig = useProgram({}, { node: cliNode });
// Valid for so long that no start has a reason to mention it.
beforeEach(() => rig.heroku.set({ accounts: [{ ...dev, expiresIn: 5_000_000 }] }));

const bucket = (left: number) =>
  rig.heroku.set({ settings: { rateLimit: { size: 4500, left, perMinute: 75 } } });

interface Started extends Ended {
  readonly home: string;
}

/**
 * Runs the start hooks of that many codespaces as fast as this machine can, which is the worst case
 * of "within a minute": the bucket refills least meanwhile.
 */
async function startFleet(size: number): Promise<Started[]> {
  const folder = temporaryFolder();
  const started: Started[] = [];
  let next = 0;
  const lane = async () => {
    while (next < size) {
      const home = join(folder, String(next++));
      mkdirSync(home);
      const env = { HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: token };
      started.push({ home, ...(await rig.program.run(home, ['--hook'], { env })) });
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return started;
}

function isLoggedIn({ home, stdout }: Started): boolean {
  const netrc = join(home, '.netrc');
  return (
    stdout.startsWith('Heroku: logged in as dev@example.com') &&
    existsSync(netrc) &&
    readFileSync(netrc, 'utf8').includes(`password ${token}\n`)
  );
}

const asked = () => rig.heroku.seen();
const refused = () => asked().filter(({ status }) => status === 429).length;

for (const [name, left, least, most] of [
  ['with a full bucket all thousand are logged in, with two requests each', 4500, 2000, 2000],
  [
    'with 1200 left all thousand are logged in too, most of them with one request',
    1200,
    1000,
    1220,
  ],
] as const) {
  test(name, async (t) => {
    bucket(left);
    const started = await startFleet(1000);
    t.diagnostic(`${started.filter(isLoggedIn).length} of 1000 logged in`);
    t.diagnostic(`${asked().length / 1000} requests a start, ${refused()} of them refused`);
    assert.equal(started.filter(isLoggedIn).length, 1000);
    const count = asked().length;
    assert.ok(least <= count && count <= most, `${count} requests`);
    assert.equal(refused(), 0);
  });
}

test('with an empty bucket nobody hammers, every container opens, and the message is right', async (t) => {
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
    assert.match(stderr, /^Heroku: could not log in: \S+ is rate-limiting this account/);
    assert.match(stderr, /The next start tries again/);
  }
  assert.ok(asked().length <= 12 * 3, `${asked().length} requests`);
  // All were told the same number of whole seconds; yet they come back spread over time.
  const back = asked()
    .map(({ at }) => at)
    .filter((at) => at > began + 900);
  assert.ok(Math.max(...back) - Math.min(...back) > 300, 'they came back together');
});
