// Heroku that does not answer, or not sensibly: what is told, how often it is tried, and for how long.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { mergeTimeouts } from '../../src/timeouts.ts';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { makeToken } from '../support/program.ts';
import { loggedIn, status, token, useProgram } from '../support/rig.ts';

const rig = useProgram({ timeouts: { retryPause: 10 } });
const { run } = rig;

/** Heroku's answer to too many requests, as one fault. */
const tooMany = (seconds: number): Fault['do'] => ({
  ...{ kind: 'status', status: 429, body: '{"id":"rate_limit"}' },
  headers: { 'retry-after': `${seconds}` },
});
const somethingElse = /something other than Heroku answered/;

describe('a login', () => {
  const faults: [name: string, fault: Fault['do'], reason: RegExp, attempts: number][] = [
    ['cut connections', { kind: 'reset' }, /was cut \(ECONNRESET\)/, 4],
    ['503', status(503), /returned a server error \(503/, 4],
    ['500', status(500), /returned a server error \(500/, 4],
    ['a captive portal', { kind: 'html' }, somethingElse, 1],
    ['a redirect', { kind: 'redirect', to: 'http://127.0.0.1:1/' }, somethingElse, 1],
    ['401 by a proxy', status(401, 'no'), somethingElse, 1],
    ['a body without end', { kind: 'big', bytes: 50_000_000 }, /a response that is too large/, 4],
    ['half an answer', { kind: 'truncate', bytes: 10 }, /was cut/, 4],
    ['wrong types', status(200, '{"email": 7}'), somethingElse, 1],
    ['a rate limit for an hour', tooMany(3600), /is rate-limiting this account/, 1],
  ];
  for (const [name, fault, reason, attempts] of faults) {
    test(`reports ${name} after ${attempts} of 4 attempts`, async () => {
      rig.fail(fault, { path: '/account' });
      const { stderr } = await rig.ends(5, reason);
      assert.match(stderr, /^Heroku: could not log in: /);
      assert.match(stderr, /Nothing was stored\. The next start tries again/);
      assert.equal(rig.stored(), undefined);
      assert.equal(rig.requests().length, attempts);
    });
  }

  test('tries again until Heroku answers, and waits as long as it is asked to', async () => {
    const once = (fault: Fault['do']): Fault => ({ path: '/account', times: 1, do: fault });
    rig.heroku.set({
      faults: [once({ kind: 'reset' }), once(tooMany(1)), once(status(500))],
    });
    assert.deepEqual(await run(), { code: 0, stdout: loggedIn, stderr: '' });
    const asked = rig.heroku.seen().filter(({ path }) => path === '/account');
    assert.equal(asked.length, 4);
    const [, limited, after] = asked.map(({ at }) => at);
    assert.ok((after ?? 0) - (limited ?? 0) >= 1000, 'Retry-After was ignored');
  });

  test('as the hook tries 3 times, and for a shell once', async () => {
    rig.fail({ kind: 'reset' });
    for (const [option, attempts] of Object.entries({ '--hook': 3, '--shell': 1 })) {
      rig.heroku.clearSeen();
      await rig.ends(0, /was cut \(ECONNRESET\)/, { args: [option] });
      assert.equal(rig.requests().length, attempts, option);
    }
  });

  test('names a refused connection', async () => {
    const env = { HEROKU_HOST: 'http://127.0.0.1:9' };
    await rig.ends(5, /refused the connection \(ECONNREFUSED/, { env });
  });

  test('names a server without TLS', async (t) => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    t.after(() => plain.close());
    const { port } = plain.address() as { port: number };
    const env = { HEROKU_HOST: `https://localhost:${port}` };
    await rig.ends(5, /something other than Heroku answered as localhost:/, { env });
  });

  test('keeps an earlier login, and names it', async () => {
    await run();
    rig.fail(status(503));
    await rig.ends(5, /Still logged in as dev@example\.com\./);
    assert.equal(rig.stored(), rig.entry(token));
  });
});

describe('time limits, a thirtieth of the real ones (test/unit/timeouts.test.ts has these):', () => {
  const policy = { total: 330, attempt: 200 };
  const deadline = { hook: 430, command: 430, shell: 430 };
  const verify = { hook: policy, command: policy, shell: policy };
  const recorded = { timeouts: { retryPause: 10, deadline, verify, status: policy } };
  const silent: Fault['do'] = { kind: 'hang' };
  const dripping: Fault['do'] = { kind: 'slow', bytesPerSecond: 5 };
  for (const [name, fault, args, code] of [
    ['a silent Heroku does not hold the hook', silent, ['--hook'], 0],
    ['a dripping Heroku does not hold the hook', dripping, ['--hook'], 0],
    ['a silent Heroku does not hold a login', silent, [], 5],
    ['a silent Heroku does not hold a new shell', silent, ['--shell'], 0],
    ['a silent Heroku does not hold status', silent, ['status'], 5],
  ] as const) {
    test(name, async () => {
      rig.fail(fault);
      const started = performance.now();
      await rig.ends(code, /did not answer in time/, { args, recorded });
      const took = performance.now() - started;
      // The real limits are 10 s and more, except a shell's of 3 s: what is left is for a busy machine.
      assert.ok(took < (args[0] === '--shell' ? 2900 : 8000), `${took} ms`);
    });
  }
});

// One clock for all of it: several tokens and a list share the time of the trigger.
const timeouts = mergeTimeouts({ deadline: { hook: 1000 }, retryPause: 10 });

/** Milliseconds that a hook takes with three tokens while Heroku is slow, and how it ends. */
async function hook(fault: Fault) {
  rig.heroku.set({ faults: [fault] });
  const env = { HEROKU_API_KEY: makeToken('unknown') };
  const context = rig.context({ env, timeouts, trigger: 'hook' });
  const secrets = JSON.stringify({ HEROKU_API_KEY: makeToken('2nd') });
  for (const folder of [context.codespacesShared, context.runSecrets]) mkdirSync(folder);
  writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), secrets);
  writeFileSync(join(context.runSecrets, 'HEROKU_API_KEY'), token);
  const began = performance.now();
  const { outcome } = await login(context);
  return { outcome, took: performance.now() - began };
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
