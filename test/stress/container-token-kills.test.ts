// A login with the option `perContainerToken` that is killed (by strace) before any system call on a file.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { release } from '../support/cli-release.ts';
import { loggedInAlone, useContainerToken } from '../support/container-token.ts';
import { dev, token as secret } from '../support/rig.ts';
import { callsBelow, runDisturbed } from '../support/trace.ts';

const rig = useContainerToken();

test('killed before any system call that touches a file, the next login has one that is good', async (t) => {
  const node = join((await release()).tree, 'bin/node');
  const command = [node, rig.program.file];
  const env = () => ({
    ...{ HOME: rig.home, PATH: process.env['PATH'] ?? '' },
    ...{ HEROKU_HOST: rig.heroku.url, HEROKU_API_KEY: secret },
  });
  const theirs = 'machine example.com login a password b\n';
  const furnish = () => {
    rmSync(rig.home, { recursive: true });
    mkdirSync(rig.home);
    writeFileSync(rig.netrc(), theirs);
    rig.heroku.set({ accounts: [dev] });
  };
  furnish();
  const calls = await callsBelow(rig.home, command, env());
  assert.ok(calls.length > 20, `${calls.length} calls`);
  let orphans = 0;
  for (const call of calls) {
    furnish();
    const { code } = await runDisturbed(call, 'signal=KILL', command, env(), furnish);
    assert.equal(code, -1, `not killed at ${call.line}`);
    assert.ok(rig.stored()?.endsWith(theirs), call.line);
    assert.equal((await rig.run()).stdout, loggedInAlone, call.line);
    assert.ok(rig.stored()?.endsWith(theirs), call.line);
    assert.equal(await rig.statusOf(rig.storedToken()), 200, call.line);
    // One that was killed before it was stored is remembered, and revoked by a later login or expires.
    const live = await rig.containerTokens();
    assert.ok(live.length <= 2, `${live.length} tokens after ${call.line}`);
    orphans += live.length - 1;
  }
  t.diagnostic(`${calls.length} moments, ${orphans} tokens left to expire`);
});
