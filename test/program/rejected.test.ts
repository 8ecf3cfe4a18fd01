// A token that Heroku rejects: it is not stored, and an earlier login that is still good stays.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { remotesLater } from '../../src/messages/git.ts';
import { otherRejected } from '../../src/messages/login.ts';
import { accountNotShown } from '../../src/messages/network.ts';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { dev, rotated, status, token, useProgram } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });
const { run } = rig;
const withRotated = { env: { HEROKU_API_KEY: rotated } };

describe('the reason is told:', () => {
  const states: [state: NonNullable<Account['state']>, reason: RegExp][] = [
    ['revoked', /\(expired, revoked, or mistyped; 401, unauthorized, request /],
    ['suspended', /\(the account is suspended; 403, suspended/],
    ['delinquent', /\(the account has an unpaid bill; 402, delinquent/],
  ];
  for (const [state, reason] of states) {
    test(state, async () => {
      rig.heroku.set({ accounts: [{ ...dev, state }] });
      const told = /^Heroku: not logged in: Heroku rejected the token from HEROKU_API_KEY/;
      const { stderr } = await rig.ends(4, told);
      assert.match(stderr, reason);
      assert.match(
        stderr,
        / 1\. Create a token with an expiration: https:\/\/dashboard\.heroku\.com/,
      );
      assert.equal(rig.stored(), undefined);
      assert.deepEqual(rig.requests(), ['GET /account'], 'a 4xx is not tried again');
    });
  }
});

describe('an earlier login', () => {
  const staysInUse = /; still logged in as dev@example\.com with the previous one\./;

  test('stays if it is still good, and is named', async () => {
    await run();
    const told = /^Heroku: Heroku rejected the token from HEROKU_API_KEY/;
    assert.match((await rig.ends(4, told, withRotated)).stderr, staysInUse);
    assert.equal(rig.stored(), rig.entry(token));
    assert.match(rig.state('notice') ?? '', /; still logged in with the previous one\. To see how/);
    const { stdout } = await rig.ends(0, /logged in as dev/, { ...withRotated, args: ['status'] });
    assert.ok(stdout.includes(otherRejected('HEROKU_API_KEY in the environment')), stdout);
    const json = await rig.run(['--json'], withRotated);
    assert.equal(JSON.parse(json.stdout).stillLoggedIn, true);
  });

  test('was there none, the remotes of the option app are promised for later', async () => {
    const recorded = { app: 'my-app' };
    await rig.ends(4, new RegExp(remotesLater()), { ...withRotated, recorded });
    const { stderr } = await rig.ends(4, /Heroku rejected/, withRotated);
    assert.ok(!stderr.includes(remotesLater()));
  });

  test('that was revoked since is not called good', async () => {
    await run();
    rig.heroku.set({ accounts: [] });
    for (const how of [withRotated, {}]) {
      await rig.ends(4, /^Heroku: not logged in: Heroku rejected/, how);
    }
  });

  test('that Heroku does not answer for counts as good', async () => {
    await run();
    rig.heroku.set({
      faults: [
        { path: '/account', times: 1, do: { kind: 'status', status: 401 } },
        { path: '/account', do: { kind: 'reset' } },
      ],
    });
    await rig.ends(4, staysInUse, withRotated);
  });
});

test('a good token in another place is used instead, and the first place is named', async () => {
  const context = rig.context(withRotated);
  mkdirSync(context.runSecrets);
  writeFileSync(join(context.runSecrets, 'HEROKU_API_KEY'), token);
  const { outcome, details } = await login(context);
  assert.equal(outcome, 'logged_in');
  assert.match(details?.[0] ?? '', /rejected the token from HEROKU_API_KEY in the environment/);
  assert.equal(rig.stored(), rig.entry(token));
});

describe('a token that may not see its account', () => {
  const hidden: [name: string, state: NonNullable<Account['state']>, fault?: number][] = [
    ['is told 403', 'no_account'],
    ['is told 404', 'active', 404],
  ];
  for (const [name, state, fault] of hidden) {
    test(name, async () => {
      rig.heroku.set({ accounts: [{ ...dev, state, scope: ['write'] }] });
      const body = JSON.stringify({ id: 'not_found', message: 'x' });
      const faults = [{ path: '/account', times: 1, do: status(404, body) }];
      if (fault) rig.heroku.set({ faults });
      const { stdout } = await rig.ends(0, /logged in as heroku/);
      assert.ok(stdout.includes(accountNotShown), stdout);
      assert.ok(rig.stored()?.includes(`  login heroku\n  password ${token}\n`), rig.stored());
      assert.ok(rig.requests().includes('GET /account/rate-limits'));
      if (fault) rig.heroku.set({ faults });
      const { stdout: told } = await rig.ends(0, /logged in as heroku/, { args: ['status'] });
      assert.ok(told.includes(accountNotShown), told);
    });
  }

  test('and may not create another logs in with the option perContainerToken too', async () => {
    rig.heroku.set({ accounts: [{ ...dev, state: 'no_account', scope: ['write'] }] });
    const recorded = { perContainerToken: true };
    const { stdout } = await rig.ends(0, /logged in as heroku/, { recorded });
    assert.match(stdout, /Stored the shared token instead/);
    assert.ok(rig.stored()?.includes(`  login heroku\n  password ${token}\n`), rig.stored());
  });

  test('is asked about once in a start', async () => {
    rig.heroku.set({ accounts: [{ ...dev, state: 'no_account', scope: ['write'] }] });
    for (const said of [/logged in as heroku/, /^$/]) {
      await rig.ends(0, said, { args: ['--hook'] });
    }
    assert.equal(rig.requests().filter((one) => one === 'GET /account').length, 1);
  });

  test('is rejected if it is dead', async () => {
    rig.heroku.set({ faults: [{ path: '/account', times: 1, do: status(403) }], accounts: [] });
    await rig.ends(4, /revoked/);
    assert.equal(rig.stored(), undefined);
  });

  for (const state of ['forbidden', 'two_factor'] as const) {
    test(`is neither accepted nor rejected if Heroku answers nothing but ${state}`, async () => {
      rig.heroku.set({ accounts: [{ ...dev, state }] });
      await rig.ends(5, /neither accepted nor rejected the token \(403/);
      assert.equal(rig.stored(), undefined);
    });
  }
});
