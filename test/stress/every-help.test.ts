// Every command of the pruned CLI: its module loads, and its help is that of the full CLI.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { release } from '../support/cli-release.ts';
import { newHome } from '../support/program.ts';
import { inTree, prunedCli } from '../support/pruned-cli.ts';
import { root } from '../support/root.ts';

test('the pruned CLI has every command, whose module loads, with the same help', async () => {
  const script = join(root, 'test/support/every-help.mjs');
  const trees = [(await release()).tree, await prunedCli()];
  const [full, left] = await Promise.all(
    trees.map(async (tree) => JSON.parse(await inTree(tree, newHome(), script, tree))),
  );
  // An ordinary one, an alias, a hidden one, and one that is written the other way round.
  for (const id of ['apps:info', 'info', 'autocomplete:create', 'install:plugins']) {
    assert.match(full[id], /USAGE/, id);
  }
  assert.ok(Object.keys(full).length > 430);
  assert.deepEqual(left, full);
});
