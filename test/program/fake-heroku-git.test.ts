// Real git pushes to the fake Heroku over TLS.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { attempt } from '../support/command.ts';
import { basic, useFakeHeroku } from '../support/fake-heroku.ts';
import { newHome } from '../support/program.ts';
import { dev, token as devToken, rotated as otherToken } from '../support/rig.ts';

const heroku = useFakeHeroku();

/** A work tree with a remote `heroku`, and a git that knows nothing of this machine's settings. */
async function gitRig(password: string, app = 'my-app') {
  const home = newHome();
  const cwd = join(home, '../work');
  mkdirSync(cwd);
  const entry = `machine git.heroku.com\n  login ${dev.email}\n  password ${password}\n`;
  writeFileSync(join(home, '.netrc'), entry, { mode: 0o600 });
  const separate = { GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  const env = { PATH: process.env['PATH'], HOME: home, ...separate };
  const url = `https://git.heroku.com:${heroku.tlsPort}/${app}.git`;
  const settings = [
    ...['user.name=Dev', 'user.email=dev@example.com', `remote.heroku.url=${url}`],
    `http.curloptResolve=git.heroku.com:${heroku.tlsPort}:127.0.0.1`,
    `http.sslCAInfo=${heroku.certificates.ca}`,
  ].flatMap((setting) => ['-c', setting]);
  const git = (...args: string[]) => attempt('git', [...settings, ...args], { cwd, env });
  await git('init', '--quiet', '--initial-branch=main');
  return { work: cwd, url, git };
}

describe('git', () => {
  test('pushes over TLS with a token, and reads back what it pushed', async () => {
    const { git, url, work } = await gitRig(devToken);
    // More than git's http.postBuffer, so that the push comes in chunks, too.
    writeFileSync(join(work, 'noise'), randomBytes(2_500_000));
    for (const command of [
      'add .',
      'commit --quiet --message first',
      'push heroku main',
      `clone --quiet ${url} copy`,
    ]) {
      const { code, output } = await git(...command.split(' '));
      assert.equal(code, 0, `${command}: ${output}`);
    }
    assert.deepEqual(readFileSync(join(work, 'copy/noise')), readFileSync(join(work, 'noise')));
    const seen = heroku.seen();
    const push = seen.find(({ path }) => path === '/my-app.git/git-receive-pack');
    const chunked = seen.some(({ headers }) => headers['transfer-encoding'] === 'chunked');
    assert.ok(chunked, 'a chunked request was among them');
    assert.equal(push?.headers['authorization'], basic(`${dev.email}:${devToken}`));
    assert.match(push?.host ?? '', /^git\.heroku\.com:\d+$/);
  });

  // Of which nothing but these tests makes a repository.
  const app = 'refused-app';
  const refused: [name: string, account: Partial<Account>, password?: string][] = [
    ['a wrong token', {}, otherToken],
    ['a revoked token', { state: 'revoked' }],
    ['an expired token', { expiresIn: 0 }],
    ['a token of an account without this app', { apps: ['other-app'] }],
    ['a suspended account', { state: 'suspended' }],
  ];
  for (const [name, account, password = devToken] of refused) {
    test(`refuses ${name}`, async () => {
      const { git } = await gitRig(password, app);
      heroku.set({ accounts: [{ ...dev, apps: [app], ...account }] });
      const { code, stderr } = await git('ls-remote', 'heroku');
      assert.equal(code, 128);
      // What git says once the netrc entry was refused and nobody can be asked.
      assert.match(stderr, /could not read Username|Authentication failed/);
      assert.ok(heroku.seen().some(({ headers }) => headers['authorization'] !== undefined));
      assert.deepEqual([...new Set(heroku.seen().map(({ status }) => status))], [401]);
      assert.ok(!existsSync(join(heroku.dir, `git/${app}.git`)), 'no repository appears for it');
    });
  }

  test('may compress what it sends', async () => {
    heroku.set({ accounts: [{ ...dev, apps: ['empty-app'] }] });
    const response = await fetch(`${heroku.url}/empty-app.git/git-upload-pack`, {
      method: 'POST',
      headers: {
        Authorization: basic(`x:${devToken}`),
        'Content-Type': 'application/x-git-upload-pack-request',
        'Content-Encoding': 'gzip',
        'Git-Protocol': 'version=2',
      },
      body: gzipSync('0014command=ls-refs\n00010009peel\n0000'),
    });
    // An empty repository has no refs to list: the flush packet is the whole, correct answer.
    assert.deepEqual([response.status, await response.text()], [200, '0000']);
  });
});
