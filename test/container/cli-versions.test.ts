// The oldest and the newest versions of the Heroku CLI 10 and 11, each with the Node that its package names,
// from the installation to `heroku whoami` in a codespace.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import { simulatorToken } from '../codespace/leaks.ts';
import { openSimulator, type Simulator } from '../codespace/simulator.ts';
import { cliRelease, manyReleases } from '../fake-heroku/cli-release.ts';
import { temporaryFolder } from '../support/program.ts';

const TOKEN = simulatorToken('ofManyVersions');

/** The versions and their Nodes; of two of these, npm has no package for arm64. */
const versions = [
  ['10.0.0', '20.17.0'],
  ['10.17.0', '20.20.0'],
  ['11.0.2', '22.22.2'],
  ['11.10.0', '22.23.2'],
].filter(([version = '']) => process.arch === 'x64' || !['10.0.0', '11.0.2'].includes(version));

const simulator = {} as Simulator;
before(async () => {
  const releases = [];
  // The last one is that of all other tests.
  for (const [version] of versions.slice(0, -1)) {
    releases.push(await cliRelease(version));
  }
  releases.push(await cliRelease());
  const dir = await manyReleases(releases, temporaryFolder());
  Object.assign(simulator, await openSimulator({ releases: dir }));
  await simulator.heroku?.set({ accounts: [{ email: 'dev@example.com', token: TOKEN }] });
});
after(() => simulator.close?.());

for (const [version = '', node = ''] of versions) {
  describe(`the Heroku CLI ${version}`, () => {
    let codespace: Codespace;
    let log: CreationLog;
    before(async () => {
      codespace = await simulator.codespace({ featureOptions: { version } });
      log = await codespace.create({ HEROKU_API_KEY: TOKEN });
    });
    after(() => codespace?.remove());

    test(`is installed, on Node ${node}`, async () => {
      const said = await codespace.succeeds('heroku --version');
      assert.match(
        said,
        new RegExp(`^heroku/${version} linux-${process.arch} node-v${node}$`, 'm'),
      );
    });

    test('is made smaller, or the log says that this version cannot be', async () => {
      const find = "find /usr/local/lib/heroku/node_modules -name '*.d.ts' -o -name '*.map'";
      const isWhole = /this CLI version cannot be slimmed down/.test(log.text);
      assert.equal((await codespace.succeeds(find)) !== '', isWhole, log.text.slice(-4000));
    });

    test('is logged in, and so is git', async () => {
      const sentence = 'Heroku: logged in as dev@example.com (token does not expire)';
      assert.deepEqual(log.heroku, [sentence], log.text.slice(-4000));
      assert.match(await codespace.succeeds('heroku whoami'), /^dev@example\.com$/m);
      const helper = 'echo url=https://git.heroku.com | git credential fill';
      assert.ok((await codespace.succeeds(helper)).includes(`password=${TOKEN}\n`));
    });

    test('works as cron starts it, by its path, and trusts what the image trusts', async () => {
      const bare = 'env -i HOME=$HOME PATH=/usr/bin:/bin /usr/local/bin';
      await codespace.succeeds(`${bare}/heroku-login status`);
      assert.match(await codespace.succeeds(`${bare}/heroku whoami`), /^dev@example\.com$/m);
    });
  });
}
