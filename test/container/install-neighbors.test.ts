// install.sh in images that have a heroku already, or a Node.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CliRelease } from '../fake-heroku/cli-release.ts';
import type { FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release } from '../support/cli-release.ts';
import {
  container,
  installed,
  nodeVolume,
  PATH,
  serve,
  tinyRelease,
  useInstallRig,
} from '../support/install-rig.ts';

useInstallRig();

let cli: CliRelease;
let heroku: FakeHeroku;

before(async () => {
  cli = await release();
  heroku = await serve(await tinyRelease());
});

describe('another heroku that is there:', { concurrency: 2 }, () => {
  /** A program that says `old`, in a folder of its own, as npm, apt and Heroku's installer lay it out. */
  const old = 'printf "#!/bin/sh\\necho old\\n"';
  const standalone = `mkdir -p /usr/local/lib/heroku/bin && cd /usr/local/lib/heroku &&
    ${old} >bin/heroku && chmod +x bin/heroku && echo standalone >README.md &&
    ln -s /usr/local/lib/heroku/bin/heroku /usr/local/bin/heroku`;
  /** With the npm and the Node of the CLI itself, and no network. */
  const npm = (prefix: string, ...args: string[]) =>
    `cd / && PATH="/cli/bin:$PATH" node /cli/node_modules/npm/bin/npm-cli.js ${args.join(' ')} --global --offline --prefix ${prefix}`;
  const ofNpm = (prefix: string) => `mkdir -p /npm-package && cd /npm-package &&
    ${old} >run.js && chmod +x run.js &&
    echo '{"name":"heroku","version":"1.0.0","bin":{"heroku":"run.js"}}' >package.json &&
    tar -czf /npm-package.tgz -C / --transform s/npm-package/package/ npm-package &&
    ${npm(prefix, 'install', '/npm-package.tgz')}`;
  const ofApt = `mkdir -p /deb/DEBIAN /deb/usr/lib/heroku/bin /deb/usr/bin && cd /deb &&
    ${old} >usr/lib/heroku/bin/heroku && chmod +x usr/lib/heroku/bin/heroku &&
    ln -s ../lib/heroku/bin/heroku usr/bin/heroku &&
    printf 'Package: heroku\nVersion: 1.0.0\nArchitecture: all\nMaintainer: me\nDescription: CLI\n' >DEBIAN/control &&
    dpkg-deb --build /deb /heroku.deb && dpkg --install /heroku.deb`;
  const replaced = /replaced another heroku at \/usr\/local\/bin\/heroku/;
  const ours = /^heroku\/11\.10\.0 /;

  const unused = (file: string) => new RegExp(`${file} is still there, but \\S+ takes precedence`);
  const first = /\/opt\/npm\/bin\/heroku comes before .* npm uninstall --global heroku/;
  const ofNpmHere = /replaced npm's heroku at \/usr\/local\/bin\/heroku\. If npm ever uninstalls/;
  const [npmFirst, npmLater] = [`/opt/npm/bin:${PATH}`, `${PATH}:/opt/npm/bin`];
  // What the messages advise helps, and what they say is so.
  const stays = '/opt/npm/bin/heroku | grep -x old';
  const advised = `${npm('/opt/npm', 'uninstall', 'heroku')} && heroku --version | grep '^heroku/11'`;
  const removed = `${npm('/usr/local', 'uninstall', 'heroku')} && [ ! -e /usr/local/bin/heroku ]`;
  const purged = 'dpkg --verify heroku && dpkg --purge heroku && heroku --version';
  const gone = '! grep standalone /usr/local/lib/heroku/README.md';

  for (const [name, prepare, said, runs, after, path = PATH] of [
    [
      "npm's, later in the PATH",
      ofNpm('/opt/npm'),
      unused('/opt/npm/bin/heroku'),
      ours,
      stays,
      npmLater,
    ],
    ["npm's, first in the PATH", ofNpm('/opt/npm'), first, /^old$/m, advised, npmFirst],
    ["npm's, in our place", ofNpm('/usr/local'), ofNpmHere, ours, removed],
    ["apt's", ofApt, unused('/usr/bin/heroku'), ours, purged],
    ["Heroku's own installer's", standalone, replaced, ours, gone],
  ] as const) {
    test(name, async () => {
      const docker = ['--volume', `${cli.tree}:/cli:ro`, ...(await nodeVolume())];
      const box = await container({ docker, prepare, from: heroku });
      const env = { PATH: path };
      const { output } = await installed(box, { env: { ...env, COMPLETION: 'false' } });
      assert.match(output, said);
      assert.match(await box.shell('cd / && heroku --version', { env }), runs);
      await box.shell(after, { env });
      assert.equal(await box.shell('find /usr/local/share -name "*heroku*"'), '');
    });
  }
});
