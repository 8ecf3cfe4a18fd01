// The real CLI made lean on this machine, beside the whole one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { bundle } from '../../scripts/build.ts';
import { linkTree } from '../fake-heroku/cli-release.ts';
import { release } from './cli-release.ts';
import { run } from './command.ts';
import { newHome, temporaryFolder } from './program.ts';
import { root } from './root.ts';

export const pruneList = join(root, 'src/install/prune-list.txt');

export type Pruned = Awaited<ReturnType<typeof prunedCli>>;

/** Makes a copy of the real CLI lean. Its files are links to the real ones, of which nothing is changed. */
export async function prunedCli() {
  /** Path of prune.cjs. */
  const program = join(temporaryFolder(), 'prune.cjs');
  await bundle(program, 'src/install/prune.ts');
  /** The tree as it is published. */
  const full = (await release()).tree;
  const lean = join(temporaryFolder(), 'heroku');
  await linkTree(full, lean);
  await prune({ full, program }, lean);
  return { full, lean, program };
}

/** Runs prune.cjs as install.sh does, on the Node of the CLI. */
export const prune = ({ full, program }: Pick<Pruned, 'full' | 'program'>, tree: string) =>
  run(join(full, 'bin/node'), [program, tree, pruneList]);

/** Runs a script on a tree's own Node, with a home of its own. */
export const inTree = (tree: string, script: string, ...args: string[]) =>
  run(join(tree, 'bin/node'), [script, ...args], {
    env: { HOME: newHome(), DISABLE_TELEMETRY: 'true', HEROKU_DISABLE_AUTOUPDATE: '1' },
  });

/** Fails unless the whole CLI and the lean one say the same. */
export async function assertSameOutput({ full, lean }: Pruned, ...args: string[]): Promise<void> {
  const [said, left] = await Promise.all(
    [full, lean].map((tree) => inTree(tree, join(tree, 'bin/run.js'), ...args)),
  );
  assert.ok(said && said.split('\n').length > 5, said);
  assert.equal(left, said);
}
