// Real git pushes to the fake Heroku over TLS.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Account } from '../fake-heroku/fake-heroku.ts';
import { dev, devToken, otherToken, useFakeHeroku } from '../support/fake-heroku.ts';
import { temporaryFolder } from '../support/program.ts';

const heroku = useFakeHeroku();

describe('git', () => {
  test('pushes over TLS with a token, and reads back what it pushed', async () => {
    const { git, work } = await gitRig(devToken);
    // More than git's http.postBuffer, so that the push comes in chunks, too.
    writeFileSync(
      join(work, 'noise'),
      Buffer.from(Array.from({ length: 2_500_000 }, () => Math.random() * 256)),
    );
    for (const args of [
      ['add', '.'],
      ['commit', '--quiet', '--message', 'first'],
    ]) {
      assert.equal((await git(...args)).code, 0, args.join(' '));
    }
    const pushed = await git('push', 'heroku', 'main');
    assert.equal(pushed.code, 0, pushed.stderr);
    const head = (await git('rev-parse', 'HEAD')).stdout.trim();
    assert.match(
      (await git('ls-remote', 'heroku', 'main')).stdout,
      new RegExp(`^${head}\trefs/heads/main`),
    );
    const cloned = await git(
      'clone',
      '--quiet',
      `https://git.heroku.com:${heroku.tlsPort}/my-app.git`,
      'copy',
    );
    assert.equal(cloned.code, 0, cloned.stderr);
    assert.deepEqual(readFileSync(join(work, 'copy/noise')), readFileSync(join(work, 'noise')));
    const push = heroku.seen().find(({ path }) => path === '/my-app.git/git-receive-pack');
    assert.equal(push?.status, 200);
    const chunked = heroku.seen().some(({ headers }) => headers['transfer-encoding'] === 'chunked');
    assert.ok(chunked, 'a chunked request was among them');
    const basic = `Basic ${Buffer.from(`dev@example.com:${devToken}`).toString('base64')}`;
    assert.equal(push?.headers['authorization'], basic);
    assert.match(push?.host ?? '', /^git\.heroku\.com:\d+$/);
  });

  // Of which nothing but these tests makes a repository.
  const app = 'refused-app';
  const refused: [name: string, password: string, account: Partial<Account>][] = [
    ['a wrong token', otherToken, {}],
    ['a revoked token', devToken, { state: 'revoked' }],
    ['an expired token', devToken, { expiresIn: 0 }],
    ['a token of an account without this app', devToken, { apps: ['other-app'] }],
    ['a suspended account', devToken, { state: 'suspended' }],
  ];
  for (const [name, password, account] of refused) {
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

  test('asks for Basic authentication', async () => {
    const response = await fetch(`${heroku.url}/my-app.git/info/refs?service=git-upload-pack`);
    assert.equal(response.status, 401);
    assert.match(response.headers.get('WWW-Authenticate') ?? '', /^Basic realm=/);
  });

  test('may compress what it sends', async () => {
    heroku.set({ accounts: [{ ...dev, apps: ['empty-app'] }] });
    const response = await fetch(`${heroku.url}/empty-app.git/git-upload-pack`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`x:${devToken}`).toString('base64')}`,
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

/** A work tree with a remote `heroku`, and a git that knows nothing of this machine's settings. */
async function gitRig(password: string, app = 'my-app') {
  const dir = temporaryFolder();
  const home = join(dir, 'home');
  const work = join(dir, 'work');
  await mkdir(home);
  await mkdir(work);
  writeFileSync(
    join(home, '.netrc'),
    `machine git.heroku.com\n  login dev@example.com\n  password ${password}\n`,
    { mode: 0o600 },
  );
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  const settings = [
    'user.name=Dev',
    'user.email=dev@example.com',
    `http.curloptResolve=git.heroku.com:${heroku.tlsPort}:127.0.0.1`,
    `http.sslCAInfo=${heroku.certificates.ca}`,
  ].flatMap((setting) => ['-c', setting]);
  const git = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        'git',
        [...settings, ...args],
        { cwd: work, env },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'heroku', `https://git.heroku.com:${heroku.tlsPort}/${app}.git`);
  return { work, git };
}
