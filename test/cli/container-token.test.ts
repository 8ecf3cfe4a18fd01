// The real CLI behind our launcher with the option perContainerToken: which token it uses, and what its
// logout ends.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { useInstalled } from '../support/installed.ts';
import { newHome } from '../support/program.ts';
import { dev, rotated as other, token as secret } from '../support/rig.ts';

const rig = useInstalled({ perContainerToken: true });
const { script, type, whoami } = rig;
/** The variable stays set, as it does in every codespace. */
const how = { key: secret };

async function logIn(home = rig.home): Promise<void> {
  const { code, output } = await script('heroku-login', { ...how, home });
  assert.equal(code, 0, output);
  rig.heroku.clearSeen();
}

const usedTokens = () => [
  ...new Set(rig.heroku.seen().map(({ headers }) => headers['authorization'])),
];

beforeEach(async () => {
  rig.heroku.set({ accounts: [secret, other].map((token) => ({ email: dev.email, token })) });
  await logIn();
});

test('heroku logout ends the token of this codespace; another one stays logged in', async () => {
  const second = newHome();
  await logIn(second);
  const own = / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '';
  assert.equal(await whoami(how), dev.email);
  const { code, screen } = await type('heroku logout', how).end();
  assert.equal(code, 0, screen);
  assert.ok(!screen.includes('press Enter to cancel'));
  assert.deepEqual([await rig.isGood(own), await rig.isGood(secret)], [false, true]);
  assert.equal(await whoami(how), 'nobody');
  assert.equal(await whoami({ ...how, home: second }), dev.email);
  await logIn();
  assert.equal(await whoami(how), dev.email);
});

test('heroku logout revokes every token that this container had', async () => {
  const own = / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '';
  writeFileSync(rig.netrc(), 'machine example.com\n  login a\n  password b\n');
  await logIn();
  const next = / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '';
  assert.equal(await rig.isGood(own), true, 'young, so it may belong to a login at the same time');
  const { code, output } = await script('heroku logout', how);
  assert.equal(code, 0, output);
  const tokens = [own, next, secret];
  assert.deepEqual(await Promise.all(tokens.map(rig.isGood)), [false, false, true]);
});

test('heroku logout says if Heroku did not revoke it, and a second logout does', async () => {
  const own = / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '';
  rig.fail({ kind: 'status', status: 503 }, { method: 'DELETE' });
  const { code, stderr } = await script('heroku logout', how);
  assert.equal(code, 5, stderr);
  assert.match(stderr, /^Heroku: logged out of this codespace, but /m);
  assert.equal(await whoami(how), 'nobody');
  rig.heroku.set({ faults: [] });
  assert.equal(await rig.isGood(own), true);
  assert.equal((await script('heroku-login logout', how)).code, 0);
  assert.deepEqual(await Promise.all([own, secret].map(rig.isGood)), [false, true]);
});

test('the CLI behaves as after its own login, although the variable is set', async () => {
  const { stdout, stderr } = await script('heroku whoami', how);
  assert.equal(stdout, `${dev.email}\n`);
  assert.doesNotMatch(stderr, /HEROKU_API_KEY/);
  const login = type('heroku login', how);
  await login.until('Press any key');
  await login.type('q').end();
  assert.ok(!usedTokens().includes(`Bearer ${secret}`));
});
