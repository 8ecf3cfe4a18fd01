// What npm installs for a CLI release: the CLI itself, and what Heroku's packager adds to it.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '../support/command.ts';

/** What is needed besides the CLI's own package. */
export interface Tools {
  /** The Node executable, which may be moved away. */
  node: string;
  nodeVersion: string;
  /** oclif's own writer of the wrapper scripts. */
  writeBinScripts(options: {
    baseWorkspace: string;
    config: { bin: string; dirname: string; scopedEnvVarKey(name: string): string };
    nodeOptions: string[];
    nodeVersion: string;
  }): Promise<void>;
}

/** Installs the pinned CLI in `scratch` and turns it into the official layout at `tree`. */
export async function installCli(
  pinned: string,
  scratch: string,
  tree: string,
  arch: string,
): Promise<void> {
  await npmCi(pinned, scratch, arch);
  const modules = join(scratch, 'node_modules');
  const own = join(modules, 'heroku');
  // In the tarball the CLI is the root of its dependencies, so their folder moves one level up.
  if (existsSync(join(own, 'node_modules'))) {
    throw new Error(
      'npm nested packages below heroku: the official layout cannot be made by moving',
    );
  }
  await mkdir(dirname(tree), { recursive: true });
  await rename(own, tree);
  await rename(modules, join(tree, 'node_modules'));
  // npm's record of this installation, and a link to where the CLI no longer is.
  await rm(join(tree, 'node_modules/.package-lock.json'), { force: true });
  await rm(join(tree, 'node_modules/.bin/heroku'), { force: true });
}

/** Installs Node for `arch` and takes the wrapper's writer out of the pinned oclif package. */
export async function installTools(pinned: string, scratch: string, arch: string): Promise<Tools> {
  await npmCi(pinned, scratch, arch);
  const node = join(scratch, `node_modules/node-linux-${arch}`);
  const { version } = JSON.parse(await readFile(join(node, 'package.json'), 'utf8')) as {
    version: string;
  };
  const { oclif } = JSON.parse(await readFile(join(pinned, 'package.json'), 'utf8')) as {
    oclif: { package: string; integrity: string };
  };
  const { writeBinScripts } = createRequire(import.meta.url)(
    join(await unpackAlone(oclif, scratch), 'lib/tarballs/bin.js'),
  ) as Pick<Tools, 'writeBinScripts'>;
  return { node: join(node, 'bin/node'), nodeVersion: version, writeBinScripts };
}

/**
 * Fetches one package without its dependencies: of oclif's 280 packages, one file is wanted. npm has
 * no lock file for that, so the sum is checked here.
 */
async function unpackAlone(
  wanted: { package: string; integrity: string },
  scratch: string,
): Promise<string> {
  const listed = await run('npm', ['pack', '--json', '--ignore-scripts', wanted.package], {
    cwd: scratch,
  });
  const { filename } = (JSON.parse(listed) as { filename: string }[])[0] ?? {};
  if (filename === undefined) throw new Error(`npm pack ${wanted.package} named no file`);
  const sum = `sha512-${await fileHash(join(scratch, filename), 'sha512', 'base64')}`;
  if (sum !== wanted.integrity) {
    throw new Error(`${wanted.package} has the sum ${sum}, not ${wanted.integrity}`);
  }
  await run('tar', ['--extract', '--file', filename], { cwd: scratch });
  return join(scratch, 'package');
}

async function npmCi(pinned: string, scratch: string, arch: string): Promise<void> {
  await cp(pinned, scratch, {
    recursive: true,
    filter: (from) => !from.includes('node_modules', pinned.length),
  });
  // No package's own scripts run: nothing in the tarball depends on them.
  await run('npm', ['ci', '--ignore-scripts', '--os=linux', `--cpu=${arch}`], { cwd: scratch });
}

/** The sum of a file's bytes, read as a stream. */
export async function fileHash(
  file: string,
  algorithm = 'sha256',
  encoding: 'hex' | 'base64' = 'hex',
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest(encoding);
}

export function textHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
