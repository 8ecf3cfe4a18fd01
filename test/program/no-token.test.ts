// No token: none was given, it cannot be one, or the secret was removed from the codespace.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { status } from '../../src/commands/status.ts';
import { notRegular } from '../../src/messages/file.ts';
import { unusableSecret } from '../../src/messages/login.ts';
import { noticeUnusableFile } from '../../src/messages/shell-notice.ts';
import { newHome, output } from '../support/program.ts';
import { token, useProgram, withoutToken } from '../support/rig.ts';

const rig = useProgram();
const { run } = rig;

describe('no token', () => {
  test('outside Codespaces: says how to get one', async () => {
    const told =
      /^Heroku: not logged in: HEROKU_API_KEY is not set in this container\.\n {2}1\. Create a token with an expiration, if you have none yet: /;
    const { stderr } = await rig.ends(3, told, withoutToken);
    assert.match(stderr, /, or run: heroku-login\n$/);
    assert.equal(rig.stored(), undefined);
    assert.deepEqual(rig.requests(), []);
  });

  test('in a codespace: says how to get one, in words that Codespaces does not blank', async () => {
    const env = { HEROKU_API_KEY: '', CODESPACES: 'true', GITHUB_REPOSITORY: 'acme/shop' };
    const { stderr } = await rig.ends(3, /this codespace has no secret HEROKU_API_KEY/, { env });
    assert.match(
      stderr,
      / 2\. Save it as a secret with exactly the name HEROKU_API_KEY, and give this repository access to it: github\.com\/settings\/codespaces\n {2}3\. Stop and start this codespace\.\n$/,
    );
    // Codespaces blanks these in the output of hooks, see docs/facts/codespaces.md part 6.
    rig.home = newHome();
    const hook = await run(['--hook'], { env });
    assert.doesNotMatch(hook.stderr, /\btrue\b|https:\/\/github\.com|acme|shop/);
  });

  test("leaves the user's own login alone and says so", async () => {
    writeFileSync(rig.netrc(), rig.entry('theirs'));
    await rig.ends(3, /\(your existing Heroku login in ~\/\.netrc is unchanged\)/, withoutToken);
    assert.equal(rig.stored(), rig.entry('theirs'));
  });

  test('an unusable one is sent nowhere', async () => {
    const told =
      /HEROKU_API_KEY in the environment is not a Heroku token \(it contains whitespace\)/;
    const { stderr } = await rig.ends(3, told, { env: { HEROKU_API_KEY: 'my secret token' } });
    assert.ok(!stderr.includes('my secret'));
    assert.deepEqual(rig.requests(), []);
  });

  test('a mounted secret that is a folder is named, also in new shells, and removes nothing', async () => {
    await run();
    rig.heroku.clearSeen();
    const source = join(rig.context().runSecrets, 'HEROKU_API_KEY');
    mkdirSync(source, { recursive: true });
    for (const trigger of ['hook', 'shell', 'command'] as const) {
      const context = rig.context({ ...withoutToken, trigger });
      const { outcome, sentence } = await login(context);
      const unusable = { source, reason: notRegular, isFile: true };
      assert.equal(outcome, 'unusable_token');
      assert.equal(sentence, unusableSecret(context, unusable));
      assert.equal(rig.state('notice'), `0\n${noticeUnusableFile(source)}\n`);
      // There is an earlier login, on which status reports.
      assert.equal((await status(context)).outcome, 'logged_in');
    }
    assert.equal(rig.stored(), rig.entry(token));
  });

  test('no FIFO in any of the places is waited for', async () => {
    const context = rig.context({
      env: { HEROKU_API_KEY: '', CODESPACES: 'true' },
      trigger: 'shell',
    });
    for (const folder of [context.codespacesShared, context.runSecrets]) mkdirSync(folder);
    for (const name of ['user-secrets-envs.json', '.env-secrets']) {
      output('mkfifo', [join(context.codespacesShared, name)]);
    }
    for (const name of ['HEROKU_API_KEY', 'heroku_api_key']) {
      output('mkfifo', [join(context.runSecrets, name)]);
    }
    assert.equal((await login(context)).outcome, 'unusable_token');
  });

  test('nothing on standard input', async () => {
    await rig.ends(3, /standard input was empty/, { args: ['--with-token'] });
  });
});

describe('a secret that was removed from the codespace', () => {
  /** The next start, in which Codespaces' file of secrets holds `secrets`. */
  const nextStart = (secrets: string, CODESPACES = 'true') => {
    const env = { HEROKU_API_KEY: '', CODESPACES };
    const context = rig.context({ env, trigger: 'hook' });
    mkdirSync(context.codespacesShared, { recursive: true });
    writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), secrets);
    return login(context);
  };

  test('its login is removed at the next start, and nothing else', async () => {
    writeFileSync(rig.netrc(), 'machine example.com login a password b\n');
    await run(['--hook']);
    const { outcome, sentence } = await nextStart('{"CODESPACES":"true"}');
    assert.equal(outcome, 'no_token');
    assert.match(sentence, /was removed from this codespace, so its login was removed/);
    assert.equal(rig.stored(), 'machine example.com login a password b\n');
  });

  test('a login from standard input stays', async () => {
    await run(['--with-token'], { ...withoutToken, input: token });
    for (const start of ['first', 'second']) {
      await nextStart('{}');
      assert.equal(rig.stored(), rig.entry(token), `${start} start`);
      rmSync(rig.statePath('last.json'));
    }
  });

  test("the user's own login stays", async () => {
    writeFileSync(rig.netrc(), rig.entry('theirs'));
    await nextStart('{}');
    assert.equal(rig.stored(), rig.entry('theirs'));
  });

  test('its login stays outside a codespace, where anybody may have put such a file', async () => {
    await run();
    for (const CODESPACES of ['', 'false', '1']) await nextStart('{}', CODESPACES);
    assert.equal(rig.stored(), rig.entry(token));
  });

  test('a login stays if the file of secrets cannot be understood', async () => {
    await run();
    await nextStart('not JSON');
    assert.equal(rig.stored(), rig.entry(token));
  });
});
