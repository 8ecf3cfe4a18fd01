// A release of the real Heroku CLI, packaged from npm as Heroku packages it, and laid out as
// cli-assets.heroku.com is (docs/facts/heroku.md part 8).
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../support/command.ts';
import { cacheDir } from '../support/root.ts';
import { fileHash, installCli, packageOf, packagesOf, textHash } from './cli-install.ts';
import { withLock } from './lock.ts';

/** The host in every address of an official manifest and index, whatever host serves them. */
const HOST = 'https://cli-assets.heroku.com';

/** Raised by hand when this file starts to make something else from the same packages. */
const RECIPE = 1;

export type Arch = 'x64' | 'arm64';

/** The architecture of this machine. */
export const hostArch: Arch = process.arch === 'arm64' ? 'arm64' : 'x64';

export interface CliRelease {
  /** The folder to serve: the fake Heroku's `releases`. */
  dir: string;
  version: string;
  /** In the place of the seven digits of the release's commit. */
  sha7: string;
  /** The unpacked CLI on this machine: `<tree>/bin/heroku`, `<tree>/bin/node`. */
  tree: string;
}

/** What a build manifest holds; the official one also has `xz` and `sha256xz`, which are not made here. */
export interface BuildManifest {
  baseDir: string;
  version: string;
  sha: string;
  gz: string;
  sha256gz: string;
  node: { compatible: string; recommended: string };
}

/**
 * Makes the release once, in `.cache`, and finds it there afterwards until the pinned packages
 * change. It may be called by several processes at once, and interrupted: a release that is there is
 * complete. Needs npm, its registry, tar and gzip; takes about a minute.
 *
 * @param version one of the folders in test/cli-versions; default the newest version.
 */
export async function cliRelease(version?: string): Promise<CliRelease> {
  const pinned = packagesOf(version);
  const key = await packagesHash(pinned);
  const final = join(cacheDir, `cli-release-${hostArch}-${key.slice(0, 12)}`);
  const sha7 = key.slice(0, 7);
  await makeOnce(final, (draft) => build({ draft, sha7, pinned }));
  return releaseIn(final, sha7);
}

/**
 * Makes a folder of a cache, unless it is there. `build` gets the path of a draft, which is moved into
 * place when it is complete; so an interrupted or a concurrent call never leaves half a folder.
 */
export async function makeOnce(
  final: string,
  build: (draft: string) => Promise<void>,
): Promise<void> {
  if (existsSync(final)) return;
  await mkdir(cacheDir, { recursive: true });
  await withLock(join(cacheDir, 'cli-release.lock'), async () => {
    // Another process may have made it while this one waited.
    if (existsSync(final)) return;
    await removeDrafts();
    // A name of its own: an npm that outlived an interrupted attempt may still write into the old one.
    const draft = `${final}.${process.pid}.draft`;
    await build(draft);
    await rename(draft, final);
  });
}

/** The release below `folder`, which holds `releases/` and `tree/heroku/`. */
export async function releaseIn(folder: string, sha7: string): Promise<CliRelease> {
  const tree = join(folder, 'tree/heroku');
  return { dir: join(folder, 'releases'), version: (await packageOf(tree)).version, sha7, tree };
}

/** Ways in which a copy made by {@link brokenRelease} differs from the good release. */
export type Defect = 'wrong-sum' | 'cut-tarball';

/** Copies a release's served folder to `dir` with one defect in every file concerned. */
export async function brokenRelease(
  release: CliRelease,
  dir: string,
  defect: Defect,
): Promise<string> {
  await linkTree(release.dir, dir);
  const paths = releasePaths(hostArch, release.version, release.sha7);
  for (const name of [paths.tarball, paths.channelTarball]) {
    const file = join(dir, name);
    if (defect === 'cut-tarball')
      await replaceFile(file, (await readFile(file)).subarray(0, 1_000_000));
  }
  for (const name of [paths.manifest, paths.channelManifest]) {
    const file = join(dir, name);
    const facts = JSON.parse(await readFile(file, 'utf8')) as BuildManifest;
    const sha256gz = textHash('not this tarball');
    if (defect === 'wrong-sum') await writeJson(file, { ...facts, sha256gz });
  }
  return dir;
}

/**
 * Copies a release's served folder to `dir` as one among `versions`, which the index names in this order
 * and which are not there, and as the newest of the channel `beta` as well.
 */
export async function crowdedRelease(
  release: CliRelease,
  dir: string,
  versions: readonly string[],
): Promise<string> {
  await linkTree(release.dir, dir);
  const index = versions.map((version): [string, string] => {
    const sha7 = version === release.version ? release.sha7 : '0000000';
    return [version, `${HOST}/${releasePaths(hostArch, version, sha7).tarball}`];
  });
  const paths = releasePaths(hostArch, release.version, release.sha7);
  await writeJson(join(dir, paths.index), Object.fromEntries(index));
  const manifest = join(dir, paths.channelManifest.replace('/stable/', '/beta/'));
  await mkdir(dirname(manifest), { recursive: true });
  await copyFile(join(dir, paths.manifest), manifest);
  return dir;
}

/** Lays several releases out at `dir`, each as an exact version; there is no channel. */
export async function manyReleases(releases: readonly CliRelease[], dir: string): Promise<string> {
  await mkdir(join(dir, 'versions'), { recursive: true });
  const index = new Map<string, string>();
  for (const { dir: from, version, sha7 } of releases) {
    await linkTree(join(from, 'versions', version), join(dir, 'versions', version));
    index.set(version, `${HOST}/${releasePaths(hostArch, version, sha7).tarball}`);
  }
  const { index: file } = releasePaths(hostArch, '', '');
  await writeJson(join(dir, file), Object.fromEntries(index));
  return dir;
}

/**
 * Copies a folder, or one file, to a path that is not there yet. The files are hard links if the file
 * system allows it, so they are replaced, never written into.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  const script = 'cp -alT "$1" "$2" 2>/dev/null || cp -aT "$1" "$2"';
  await run('sh', ['-c', script, 'sh', from, to]);
}

/** Where each file of a release lies below the host, without a leading slash. */
export function releasePaths(arch: Arch, version: string, sha7: string) {
  const name = `heroku-v${version}-${sha7}-linux-${arch}`;
  return {
    tarball: `versions/${version}/${sha7}/${name}.tar.gz`,
    manifest: `versions/${version}/${sha7}/${name}-buildmanifest`,
    channelTarball: `channels/stable/heroku-linux-${arch}.tar.gz`,
    channelManifest: `channels/stable/heroku-linux-${arch}-buildmanifest`,
    index: `versions/heroku-linux-${arch}-tar-gz.json`,
  };
}

async function build({
  draft,
  sha7,
  pinned,
}: Record<'draft' | 'sha7' | 'pinned', string>): Promise<void> {
  const tree = join(draft, 'tree/heroku');
  const scratch = join(draft, 'npm');
  await installCli({ pinned, scratch, tree, arch: hostArch });
  await writeRelease({ tree, dir: join(draft, 'releases'), sha7 });
  await rm(scratch, { recursive: true });
}

/** Clears away what interrupted attempts left; what resists goes next time. Only under the lock. */
async function removeDrafts(): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!/^(cli|small)-release-.*\.draft$/.test(name)) continue;
    await rm(join(cacheDir, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** What makes tar pack everything as root's, readable by all, and in the same order each time. */
const packing = [
  ...['--create', '--owner=0', '--group=0', '--numeric-owner'],
  ...['--mode=u+rwX,go+rX,go-w', '--sort=name'],
];

/** Packs `tree` and lays it out at `dir` as cli-assets.heroku.com does. */
export async function writeRelease({
  tree,
  dir,
  sha7,
}: Record<'tree' | 'dir' | 'sha7', string>): Promise<void> {
  const { version, engines, oclif } = await packageOf(tree);
  const paths = releasePaths(hostArch, version, sha7);
  const file = (path: string) => join(dir, path);
  await mkdir(dirname(file(paths.tarball)), { recursive: true });
  await mkdir(dirname(file(paths.channelTarball)), { recursive: true });
  // The fastest level: the tarball is read a few times and thrown away.
  const how = ['--file', file(paths.tarball), '--use-compress-program', 'gzip -1'];
  await run('tar', [...packing, ...how, '-C', dirname(tree), 'heroku']);
  await link(file(paths.tarball), file(paths.channelTarball));
  const manifest: BuildManifest = {
    baseDir: 'heroku',
    version,
    sha: sha7,
    gz: `${HOST}/${paths.tarball}`,
    sha256gz: await fileHash(file(paths.tarball)),
    node: { compatible: engines.node, recommended: oclif.update.node.version },
  };
  await writeJson(file(paths.manifest), manifest);
  await writeJson(file(paths.channelManifest), manifest);
  await writeJson(file(paths.index), { [version]: manifest.gz });
}

async function packagesHash(pinned: string): Promise<string> {
  const names = ['package.json', 'package-lock.json'];
  const files = ['heroku', 'tools'].flatMap((folder) => names.map((name) => join(folder, name)));
  const texts = await Promise.all(files.map((file) => readFile(join(pinned, file), 'utf8')));
  return textHash(`recipe ${RECIPE}\n${texts.join('\n')}`);
}

function writeJson(file: string, value: unknown): Promise<void> {
  return replaceFile(file, JSON.stringify(value, null, 2));
}

/** Writes a new file each time: the old one may be a hard link into the good release. */
async function replaceFile(file: string, content: string | Buffer): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, content);
}
