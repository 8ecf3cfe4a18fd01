// What npm installs for a CLI release: the CLI itself, and what Heroku's packager adds to it.
import { existsSync } from 'node:fs';
import { chmod, cp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { arch } from 'node:process';
import { run } from '../support/command.ts';

const root = dirname(import.meta.dirname);

/**
 * The folder that pins a version of the CLI, by default the one that nearly all tests use: in it are two more,
 * `heroku` and `tools`, each with a package.json and a package-lock.json.
 */
export const packagesOf = (version?: string): string =>
  join(root, version === undefined ? 'cli-package' : `cli-versions/${version}`);

/** What is read of the CLI's package.json. */
interface CliPackage {
  version: string;
  engines: { node: string };
  oclif: {
    bin: string;
    dirname: string;
    update: { node: { version: string; options?: string[] } };
  };
}

export const packageOf = (tree: string) => readJson<CliPackage>(join(tree, 'package.json'));

async function readJson<Value>(file: string): Promise<Value> {
  return JSON.parse(await readFile(file, 'utf8')) as Value;
}

/** Installs the CLI that `pinned` pins, a result of {@link packagesOf}, in the official layout at `tree`. */
export async function installCli(pinned: string, tree: string): Promise<void> {
  // Beside it, from where all can be moved.
  const scratch = join(dirname(tree), 'npm');
  await cp(pinned, scratch, {
    recursive: true,
    filter: (from) => basename(from) !== 'node_modules',
  });
  const modules = await npmCi(join(scratch, 'heroku'));
  const own = join(modules, 'heroku');
  // In the tarball the CLI is the root of its dependencies, so their folder moves one level up.
  if (existsSync(join(own, 'node_modules'))) {
    throw new Error(
      'npm nested packages below heroku: the official layout cannot be made by moving',
    );
  }
  await rename(own, tree);
  await rename(modules, join(tree, 'node_modules'));
  // npm's record of this installation, and a link to where the CLI no longer is.
  await rm(join(tree, 'node_modules/.package-lock.json'), { force: true });
  await rm(join(tree, 'node_modules/.bin/heroku'), { force: true });
  await addBinaries(scratch, tree);
  await rm(scratch, { recursive: true });
}

/** `bin/node`, and `bin/heroku` as oclif's own packager writes it. */
async function addBinaries(scratch: string, tree: string): Promise<void> {
  const node = join(await npmCi(join(scratch, 'tools')), `node-linux-${arch}`);
  const { version: named } = await readJson<{ version: string }>(join(node, 'package.json'));
  // Some of these packages write v20.17.0.
  const version = named.replace(/^v/, '');
  const { oclif } = await packageOf(tree);
  if (oclif.update.node.version !== version) {
    throw new Error(
      `Heroku's package names Node ${oclif.update.node.version}, but ${version} is pinned beside it`,
    );
  }
  await rename(join(node, 'bin/node'), join(tree, 'bin/node'));
  await chmod(join(tree, 'bin/node'), 0o755);
  const { writeBinScripts } = createRequire(import.meta.url)(
    join(await unpackOclif(scratch), 'lib/tarballs/bin.js'),
  ) as { writeBinScripts(options: object): Promise<void> };
  await writeBinScripts({
    baseWorkspace: tree,
    config: {
      bin: oclif.bin,
      dirname: oclif.dirname,
      scopedEnvVarKey: (name: string) => `${oclif.bin.toUpperCase()}_${name}`,
    },
    nodeOptions: oclif.update.node.options ?? [],
    nodeVersion: version,
  });
}

/**
 * Fetches oclif without its dependencies: of its 280 packages, one file is wanted. npm has no lock file
 * for that, so the sum is checked here.
 */
async function unpackOclif(scratch: string): Promise<string> {
  const pinned = join(packagesOf(), 'tools/package.json');
  const { oclif: wanted } = await readJson<{ oclif: Record<'package' | 'integrity', string> }>(
    pinned,
  );
  const listed = await run('npm', ['pack', '--json', '--ignore-scripts', wanted.package], {
    cwd: scratch,
  });
  const [packed] = JSON.parse(listed) as { filename: string; integrity: string }[];
  if (packed?.integrity !== wanted.integrity) {
    throw new Error(`${wanted.package} has the sum ${packed?.integrity}, not ${wanted.integrity}`);
  }
  await run('tar', ['--extract', '--file', packed.filename], { cwd: scratch });
  return join(scratch, 'package');
}

/** Installs what a folder pins, and returns its `node_modules`. */
async function npmCi(folder: string): Promise<string> {
  // No package's own scripts run: nothing in the tarball depends on them.
  await run('npm', ['ci', '--ignore-scripts', '--os=linux', `--cpu=${arch}`], { cwd: folder });
  return join(folder, 'node_modules');
}
