// How install.sh installs packages if one of the image's sources is broken, in dash and in BusyBox's ash. In the
// place of each package manager is a script that behaves as that manager does then.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runParts, shells } from '../support/install-parts.ts';
import { temporaryFolder } from '../support/program.ts';

const source = 'https://gone.example/repository';
const names = `echo "error: ${source} does not answer" >&2`;
const tolerant = `case "$*" in *--setopt='*.skip_if_unavailable=1'*) ;; *) ${names}; exit 1 ;; esac`;

/** What each manager does if a source does not answer, before it installs what it was asked for. */
const broken: Readonly<Record<string, string>> = {
  'apt-get': `[ "$1" != update ] || { ${names}; exit 100; }`,
  apk: names,
  dnf: tolerant,
  microdnf: tolerant,
  yum: tolerant,
  zypper: `${names}; code=106`,
  // All or nothing, by the configuration that pacman-conf tells.
  pacman: `[ "$1" = --config ] && ! grep -q '^.bad]$' "$2" || { ${names}; exit 1; }`,
};
const pacmanConf = `#!/bin/sh
case "$*" in
  --repo-list) printf 'first\\nbad\\nlast\\n' ;;
  --repo*) echo "Server = https://$2.example" ;;
  '') printf '[options]\\nSigLevel = Never\\n[first]\\nServer = x\\n[bad]\\nServer = x\\n[last]\\nServer = x\\n' ;;
esac
`;

for (const shell of shells.keys()) {
  /** Installs two packages, of which there is all but `missing`. */
  const install = async (manager: string, behavior: string, missing = 'nothing') => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'bin'));
    const file = join(root, 'bin', manager);
    const script = `#!/bin/sh
      echo "$*" >>'${root}/calls'
      case "$*" in *clean*) exit 0 ;; esac
      code=0
      ${behavior}
      case " $* " in *' ${missing} '*) echo "error: no package ${missing}" >&2; exit 1 ;; esac
      exit $code\n`;
    writeFileSync(file, script, { mode: 0o755 });
    writeFileSync(join(root, 'bin/pacman-conf'), pacmanConf, { mode: 0o755 });
    const parts = `PATH='${join(root, 'bin')}':/usr/bin:/bin
      find_manager() { manager=${manager}; }
      # Nothing of this machine's own.
      rm() { case "$*" in */var/*) ;; *) command rm "$@" ;; esac; }
      install_packages curl tar && echo "$installed_packages"`;
    const result = await runParts(shell, parts);
    return { ...result, calls: readFileSync(join(root, 'calls'), 'utf8') };
  };

  describe(`${shell}: packages are installed with`, { concurrency: 4 }, () => {
    for (const [manager, behavior] of Object.entries(broken)) {
      test(`${manager}, although a source does not answer, which is named`, async () => {
        const { code, stdout, stderr } = await install(manager, behavior);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^curl tar$/m);
        assert.ok(stderr.includes(source), stderr);
      });

      test(`${manager}: no second attempt if all goes well`, async () => {
        const { code, calls, output } = await install(manager, '');
        assert.equal(code, 0, output);
        assert.doesNotMatch(output, /trying without/);
        assert.doesNotMatch(calls, /skip_if_unavailable/);
      });

      for (const [name, how] of [
        ['no source has it', ''],
        ['a source does not answer and no other one has it', behavior],
      ] as const) {
        test(`${manager} fails if ${name}`, async () => {
          const { code, stderr } = await install(manager, how, 'tar');
          assert.equal(code, 1, stderr);
          assert.match(stderr, /no package tar/);
          assert.match(stderr, new RegExp(`ERROR: ${manager} could not install: curl tar\\.`));
          assert.equal(stderr.includes(source), how !== '', stderr);
        });
      }
    }
  });
}
