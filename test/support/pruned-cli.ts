// The real Heroku CLI as install.sh leaves it with the option lean.
import { join } from 'node:path';
import { bundle } from '../../scripts/build.ts';
import { releasePaths } from '../fake-heroku/cli-release.ts';
import { release } from './cli-release.ts';
import { run } from './command.ts';
import { temporaryFolder } from './program.ts';
import { root } from './root.ts';

/** Path of the list of what is left out. */
export const pruneList = join(root, 'src/install/prune-list.txt');
/** Path of the built prune.cjs, after {@link buildPrune}. */
export const pruneProgram = join(temporaryFolder(), 'prune.cjs');

export const buildPrune = () => bundle(pruneProgram, 'src/install/prune.ts');

/** Unpacks the CLI's archive as install.sh does, with GNU tar's `options`, and returns its folder. */
export async function unpack(...options: string[]): Promise<string> {
  const folder = temporaryFolder();
  const { dir, version, sha7 } = await release();
  const { tarball } = releasePaths(process.arch === 'arm64' ? 'arm64' : 'x64', version, sha7);
  await run('tar', ['-xzf', join(dir, tarball), '-C', folder, ...options]);
  return join(folder, 'heroku');
}

/** Prunes a tree, with the CLI's own Node. */
export const prune = async (tree: string) =>
  run(join((await release()).tree, 'bin/node'), [pruneProgram, tree, pruneList]);

/** The folder of a CLI that is pruned as install.sh does it, {@link buildPrune} included. */
export async function prunedCli(): Promise<string> {
  await buildPrune();
  const tree = await unpack('--exclude-from', pruneList);
  await prune(tree);
  return tree;
}

/** Runs a script in a tree of the CLI, on that tree's Node, and returns its standard output. */
export const inTree = (tree: string, home: string, script: string, ...args: string[]) =>
  run(join(tree, 'bin/node'), [script, ...args], {
    env: { HOME: home, DISABLE_TELEMETRY: 'true', HEROKU_DISABLE_AUTOUPDATE: '1' },
  });
