// Which Node the CLI gets, in an image in which its own may not run, in dash and in BusyBox's ash.
import assert from 'node:assert/strict';
import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '../support/command.ts';
import { runParts, shells } from '../support/install-parts.ts';
import { temporaryFolder } from '../support/program.ts';

const script = (text: string) => `#!/bin/sh\n${text}\n`;
const real = script(`exec '${process.execPath}' "$@"`);
const says = (text: string, code = 127) => script(`echo "${text}" >&2; exit ${code}`);
/** As programs of Node 18 see it. */
const old = script(`[ "$1" != -e ] || exit 1\nexec '${process.execPath}' "$@"`);
const lacksLibrary = 'libstdc++.so.6: cannot open shared object file: No such file or directory';
const gcompat = 'Error loading shared library libstdc++.so.6: No such file or directory';

/** An image. */
interface Image {
  /** The Node of the CLI: the text of a script, or the bytes of a program. */
  readonly own: string | Buffer;
  /** The image's own Node. */
  readonly node?: string;
  readonly manager?: 'apt-get' | 'apk';
  /** What the package nodejs brings. */
  readonly packaged?: string;
}

/** @returns what `choose_node` did: which Node the CLI has, which packages were asked for, and what was said. */
async function choose(shell: string, image: Image) {
  const root = temporaryFolder();
  const [bin, own] = [join(root, 'image'), join(root, 'cli/bin/node')];
  for (const folder of [bin, join(root, 'cli/bin')]) mkdirSync(folder, { recursive: true });
  for (const name of ['ln', 'readlink', 'sh', 'uname', 'cat', 'grep']) {
    const path = await run('sh', ['-c', `command -v ${name}`]);
    symlinkSync(path.trim(), join(bin, name));
  }
  const executable = { mode: 0o755 };
  writeFileSync(own, image.own, executable);
  if (image.node !== undefined) writeFileSync(join(bin, 'node'), image.node, executable);
  if (image.packaged !== undefined)
    writeFileSync(join(root, 'packaged'), image.packaged, executable);
  const calls = `PATH='${bin}' image_node='' version=11.10.0 cli='${root}/cli' scratch='${root}'
    find_manager() { manager='${image.manager ?? ''}'; }
    install_packages() {
      [ -n "$manager" ] || fail "this image is missing: $*" "It has no package manager."
      echo "installed $*" >&2
      case $* in
        nodejs) cat '${root}/packaged' >'${bin}/node' && '${process.execPath}' -e "fs.chmodSync('${bin}/node', 0o755)" ;;
        libstdc++) echo >'${root}/library' ;;
      esac
    }
    choose_node`;
  const { code, stderr } = await runParts(shell, calls);
  const link = (() => {
    try {
      return readlinkSync(own) === join(bin, 'node') ? 'of the image' : 'odd';
    } catch {
      return 'of the CLI';
    }
  })();
  return { code, node: link, stderr };
}

/** Runs only once the library is there, which lies beside the CLI. */
const needsLibrary = script(
  `[ -e "\${0%/cli/bin/node}/library" ] || { echo "${lacksLibrary}" >&2; exit 127; }\n${real}`,
);
const [itself, images] = ['of the CLI', 'of the image'];
const nowhere = /does not run in this image, which has no Node 20 or newer either/;

const rows: [name: string, image: Image, node: string, said?: RegExp][] = [
  ['one that runs', { own: real, node: real }, itself],
  ['one that runs, beside an old one', { own: real, node: old }, itself],
];
/** Why a program does not start. */
const broken: [reason: string, own: Image['own'], said: RegExp][] = [
  ['glibc is too old', says("libc.so.6: version 'GLIBC_2.28' not found"), /GLIBC_2\.28/],
  ['libstdc++ is too old', says("version 'CXXABI_1.3.11' not found"), /CXXABI/],
  ['the loader is missing', script('exit 127').replace('/bin/sh', '/nowhere/ld.so'), /not found/],
  ['it crashes', script('kill -SEGV $$'), /fault/],
  [
    'it answers --version and crashes later',
    script('[ "$1" = --version ] || kill -SEGV $$'),
    /fault/,
  ],
  ['a system call is forbidden', script('kill -SYS $$'), /system call/i],
  [
    'it is for another processor',
    Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0', 'latin1'),
    /./,
  ],
  [
    'another library is missing',
    says('libatomic.so.1: cannot open shared object file'),
    /libatomic/,
  ],
];
for (const [reason, own, said] of broken) {
  rows.push([`${reason}, and the image has one`, { own, node: real }, images]);
  rows.push([`${reason}, and the image has none`, { own }, itself, said]);
  rows.push([`${reason}, and the image's is old`, { own, node: old }, itself, said]);
}
const installed = (what: string) => new RegExp(`^installed ${what}$`, 'm');
rows.push(
  [
    'a library can be installed',
    { own: needsLibrary, manager: 'apt-get' },
    itself,
    installed('libstdc\\+\\+'),
  ],
  [
    'a library is missing, and nothing can be installed',
    { own: says(lacksLibrary) },
    itself,
    /this image is missing: libstdc\+\+/,
  ],
  [
    "gcompat's loader, and the package",
    { own: says(gcompat), manager: 'apk', packaged: real },
    images,
    installed('nodejs'),
  ],
  [
    "gcompat's loader, and an old Node",
    { own: says(gcompat), node: old, manager: 'apk', packaged: real },
    images,
    installed('nodejs'),
  ],
  [
    "gcompat's loader, and an old package",
    { own: says(gcompat), manager: 'apk', packaged: old },
    itself,
    /neither glibc /,
  ],
);

for (const shell of shells.keys()) {
  describe(`${shell}: the Node of the CLI,`, { concurrency: 4 }, () => {
    for (const [name, image, node, said = /^$/] of rows) {
      test(name, async () => {
        const chosen = await choose(shell, image);
        assert.match(chosen.stderr, said);
        assert.equal(chosen.node, node);
        const fails =
          node === itself && said.source !== '^$' && !said.source.startsWith('^installed');
        assert.equal(chosen.code, fails ? 1 : 0, chosen.stderr);
        if (fails && !/missing|neither/.test(said.source)) assert.match(chosen.stderr, nowhere);
      });
    }
  });
}
