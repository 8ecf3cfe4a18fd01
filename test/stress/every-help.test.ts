// Every command of the lean CLI: its module loads with all that it imports, and says the same help.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { assertSameOutput, inTree, type Pruned, prunedCli } from '../support/pruned-cli.ts';
import { root } from '../support/root.ts';

describe('the lean CLI', () => {
  let cli: Pruned;
  before(async () => {
    cli = await prunedCli();
  });

  test('has every command, whose module loads, with the same help', async () => {
    const script = join(root, 'test/support/every-help.mjs');
    const [full, left] = await Promise.all(
      [cli.full, cli.lean].map(async (tree) => JSON.parse(await inTree(tree, script, tree))),
    );
    // A plain one, an alias, a hidden one, and one that is written the other way round.
    for (const id of ['apps:info', 'info', 'autocomplete:create', 'install:plugins']) {
      assert.match(full[id], /USAGE/, id);
    }
    assert.ok(Object.keys(full).length > 430);
    assert.deepEqual(left, full);
  });

  // Draws a table of 430 lines, which takes the CLI five seconds.
  test('says the same to heroku commands --hidden', () =>
    assertSameOutput(cli, 'commands', '--hidden'));
});
