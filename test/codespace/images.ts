// The base images of test/container/images.yaml: read, made on this machine, and tried.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cliRelease } from '../fake-heroku/cli-release.ts';
import { run } from '../support/command.ts';
import { root } from '../support/root.ts';
import { debianImage, type Recipe } from './debian-image.ts';

/** One entry of test/container/images.yaml, which says what its members mean. */
export interface BaseImage {
  readonly name: string;
  readonly image?: string;
  readonly arch: readonly string[];
  readonly recipe?: ImageRecipe;
  readonly user: string;
  readonly options: Readonly<Record<string, string>>;
}

interface ImageRecipe {
  readonly suite: string;
  /** Debian packages beside the smallest set. */
  readonly include?: readonly string[];
  /** Programs that are removed from /bin. */
  readonly without?: readonly string[];
  /** BusyBox instead of everything but the C library. */
  readonly busybox?: boolean;
  /** The C library's loader has another name, and there is a Node that was built for it. */
  readonly foreignLoader?: boolean;
}

/** Reads test/container/images.yaml. Throws if a name comes twice or an entry names no image at all. */
export async function readImages(): Promise<readonly BaseImage[]> {
  const text = await readFile(join(root, 'test/container/images.yaml'), 'utf8');
  const entries = (parse(text) as Partial<BaseImage>[]).map((entry, index) => {
    const { name = '', image, recipe } = entry;
    if (name === '' || (image === undefined && recipe === undefined)) {
      throw new Error(
        `test/container/images.yaml: entry ${index + 1} lacks a name, or both image and recipe`,
      );
    }
    return { arch: ['x64', 'arm64'], user: 'root', options: {}, ...entry, name };
  });
  const names = new Set(entries.map(({ name }) => name));
  if (names.size < entries.length)
    throw new Error('test/container/images.yaml: a name comes twice');
  return entries;
}

/** Makes the image of an entry's recipe and returns its name. */
export async function makeImage({ name, recipe }: BaseImage): Promise<string> {
  if (!recipe) throw new Error(`${name} has no recipe`);
  return debianImage(name, recipe.busybox ? await busyBox(recipe) : minimal(recipe));
}

function minimal({ suite, include = [], without = [] }: ImageRecipe): Recipe {
  const steps = [
    'chroot "$1" useradd --create-home --shell /bin/sh vscode',
    ...without.map((program) => `rm "$1/bin/${program}"`),
  ];
  return { suite, variant: 'minbase', include, steps };
}

async function busyBox({ suite, foreignLoader }: ImageRecipe): Promise<Recipe> {
  const steps = [
    'cd "$1" && mkdir -p etc home/vscode root tmp usr/bin && chmod 1777 tmp',
    'cd "$1" && for applet in $(bin/busybox --list); do ln -sf busybox "bin/$applet"; done',
    'cd "$1" && printf "root:x:0:0::/root:/bin/sh\\nvscode:x:1000:1000::/home/vscode:/bin/sh\\n" >etc/passwd',
    'cd "$1" && printf "root:x:0:\\nvscode:x:1000:\\n" >etc/group && chown 1000:1000 home/vscode',
  ];
  if (foreignLoader) {
    const { tree } = await cliRelease();
    steps.push(
      `cp '${tree}/bin/node' "$1/usr/bin/node"`,
      // As many letters as before, so nothing in the files moves.
      'cd "$1" && sed -i "s#\\(/lib[64]*/ld-\\)linux#\\1other#" bin/busybox usr/bin/node',
      'cd "$1" && for loader in lib*/ld-linux-*; do mv "$loader" "$(echo "$loader" | sed s/linux/other/)"; done',
    );
  }
  const include = ['base-files', 'busybox', 'libc6', 'libgcc-s1', 'libstdc++6'];
  return { suite, variant: 'extract', include, steps };
}

/**
 * Installs the staged Feature on an image as the image build would, with the entry's options, and checks
 * that its user has both commands and that nothing was left lying about. Throws if that is not so.
 *
 * @param local.dist what the Feature is staged in; default the repository's `dist`.
 * @param local.assetsUrl where the CLI's downloads are, as this machine reaches it; default Heroku's own.
 * @returns what `heroku --version` says.
 */
export async function checkImage(
  { user, options }: BaseImage,
  image: string,
  { dist = join(root, 'dist'), assetsUrl }: { dist?: string; assetsUrl?: string } = {},
): Promise<string> {
  const feature = join(dist, 'src/heroku-cli');
  const container = await run('docker', [
    ...['run', '--detach', '--init', '--network', 'host', '--volume', `${feature}:/feature:ro`],
    ...['--entrypoint', 'sleep', '--user', 'root', image, '100000'],
  ]);
  const id = container.trim();
  const exec = (who: string, ...command: string[]) =>
    run('docker', ['exec', '--user', who, id, ...command]);
  try {
    const all = Object.entries({ ...options, ...(assetsUrl && { assetsUrl }) });
    const env = all.map(([name, value]) => `${name.toUpperCase()}=${value}`);
    const before = await exec('root', 'ls', '-A', '/tmp');
    const said = await exec('root', 'env', ...env, '/feature/install.sh');
    const version = await exec(user, 'sh', '-c', 'cd / && heroku --version');
    const { version: wanted = 'latest' } = options;
    const pinned = /^[0-9]/.test(wanted) ? wanted : '[0-9]';
    assert.match(version, new RegExp(`^heroku/${pinned.replaceAll('.', '\\.')}`));
    assert.match(said, /heroku-login runs when the container is created and started/);
    // Git is the user's business, and it says so.
    const noGit = await exec('root', 'sh', '-c', 'command -v git || echo none');
    assert.equal(/git is not installed\. If you add it later/.test(said), noGit.trim() === 'none');
    // 3: there is no token, and the program runs.
    await exec(user, 'sh', '-c', 'cd / && { heroku-login; [ $? -eq 3 ]; }');
    assert.equal(await exec('root', 'ls', '-A', '/tmp'), before);
    assert.doesNotMatch(
      await exec('root', 'ls', '-A', '/usr/local/lib', '/root'),
      /\.heroku|\.wget/,
    );
    return version.trim();
  } finally {
    await run('docker', ['rm', '--force', '--volumes', id]);
  }
}
