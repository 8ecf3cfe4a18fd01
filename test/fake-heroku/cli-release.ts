// A release of the real Heroku CLI, packaged from npm as Heroku packages it, and laid out as
// cli-assets.heroku.com is (docs/facts/heroku.md part 8).
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { arch, pid } from 'node:process';
import { run } from '../support/command.ts';
import { cacheDir } from '../support/root.ts';
import { installCli, packageOf, packagesOf } from './cli-install.ts';
import { withLock } from './lock.ts';

/** The host in every address of an official manifest and index, whatever host serves them. */
const HOST = 'https://cli-assets.heroku.com';

/** Raised by hand when this file starts to make something else from the same packages. */
const RECIPE = 1;

/** What the address of a tarball tells of its release. */
interface Identity {
  version: string;
  /** In the place of the seven digits of the release's commit. */
  sha7: string;
}

export interface CliRelease extends Identity {
  /** The folder to serve: the fake Heroku's `releases`. */
  dir: string;
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
  const name = `cli-release-${arch}-${key.slice(0, 12)}`;
  return makeOnce(name, key.slice(0, 7), (tree) => installCli(pinned, tree));
}

/** Puts a CLI together at `tree`, a path that is not there yet. */
type Fill = (tree: string) => Promise<void>;

/**
 * Makes a release in a folder of the cache, unless it is there. It is made as a draft, which is moved into
 * place when it is complete; so an interrupted or a concurrent call never leaves half a folder.
 */
export async function makeOnce(name: string, sha7: string, fill: Fill): Promise<CliRelease> {
  const final = join(cacheDir, name);
  if (existsSync(final)) return releaseIn(final, sha7);
  await mkdir(cacheDir, { recursive: true });
  await withLock(join(cacheDir, 'cli-release.lock'), async () => {
    // Another process may have made it while this one waited.
    if (existsSync(final)) return;
    await removeDrafts();
    // A name of its own: an npm that outlived an interrupted attempt may still write into the old one.
    const draft = `${final}.${pid}.draft`;
    await makeRelease(draft, sha7, fill);
    await rename(draft, final);
  });
  return releaseIn(final, sha7);
}

/** Makes a release below `folder`. */
export async function makeRelease(folder: string, sha7: string, fill: Fill): Promise<CliRelease> {
  const tree = join(folder, 'tree/heroku');
  await mkdir(dirname(tree), { recursive: true });
  await fill(tree);
  const release = await releaseIn(folder, sha7);
  await pack(release);
  return release;
}

/** The release that {@link makeRelease} made below `folder`. */
async function releaseIn(folder: string, sha7: string): Promise<CliRelease> {
  const tree = join(folder, 'tree/heroku');
  return { dir: join(folder, 'releases'), version: (await packageOf(tree)).version, sha7, tree };
}

/**
 * Makes a release of its own folder one among `versions`, which the index names in this order and which are
 * not there, and the newest of the channel `beta` as well.
 */
export async function crowdedRelease(
  release: CliRelease,
  versions: readonly string[],
): Promise<CliRelease> {
  const all = versions.map((version) => ({ version, sha7: '0000000' }));
  const index = all.map((other) => (other.version === release.version ? release : other));
  await writeIndex(release.dir, index);
  const { channelManifest } = releasePaths(release);
  const beta = join(release.dir, channelManifest.replace('/stable/', '/beta/'));
  await mkdir(dirname(beta));
  await copyFile(join(release.dir, channelManifest), beta);
  return release;
}

/** Lays several releases out at `dir`, each as an exact version; there is no channel. */
export async function manyReleases(releases: readonly CliRelease[], dir: string): Promise<string> {
  await mkdir(join(dir, 'versions'), { recursive: true });
  for (const { dir: from, version } of releases) {
    await linkTree(join(from, 'versions', version), join(dir, 'versions', version));
  }
  await writeIndex(dir, releases);
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

/** Where the index of versions lies below the host, without a leading slash. */
export const INDEX = `versions/heroku-linux-${arch}-tar-gz.json`;

/** Where each file of a release lies below the host, without a leading slash. */
export function releasePaths({ version, sha7 }: Identity) {
  const exact = `versions/${version}/${sha7}/heroku-v${version}-${sha7}-linux-${arch}`;
  const newest = `channels/stable/heroku-linux-${arch}`;
  return {
    tarball: `${exact}.tar.gz`,
    manifest: `${exact}-buildmanifest`,
    channelTarball: `${newest}.tar.gz`,
    channelManifest: `${newest}-buildmanifest`,
  };
}

/** The address of a tarball in manifests and in the index. */
const addressOf = (release: Identity) => `${HOST}/${releasePaths(release).tarball}`;

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

/** Packs the tree of a release and lays it out as cli-assets.heroku.com does. */
async function pack(release: CliRelease): Promise<void> {
  const { dir, tree, version, sha7 } = release;
  const { engines, oclif } = await packageOf(tree);
  const paths = releasePaths(release);
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
    gz: addressOf(release),
    sha256gz: hash('sha256', await readFile(file(paths.tarball))),
    node: { compatible: engines.node, recommended: oclif.update.node.version },
  };
  await writeJson(file(paths.manifest), manifest);
  await writeJson(file(paths.channelManifest), manifest);
  await writeIndex(dir, [release]);
}

async function packagesHash(pinned: string): Promise<string> {
  const names = ['package.json', 'package-lock.json'];
  const files = ['heroku', 'tools'].flatMap((folder) => names.map((name) => join(folder, name)));
  const texts = await Promise.all(files.map((file) => readFile(join(pinned, file), 'utf8')));
  return hash('sha256', `recipe ${RECIPE}\n${texts.join('\n')}`);
}

/** Writes the index of versions, in this order. */
function writeIndex(dir: string, releases: readonly Identity[]): Promise<void> {
  const entries = releases.map((release) => [release.version, addressOf(release)]);
  return writeJson(join(dir, INDEX), Object.fromEntries(entries));
}

const writeJson = (file: string, value: unknown) => writeFile(file, JSON.stringify(value, null, 2));
