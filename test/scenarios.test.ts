// The standard way to test a Feature, `devcontainer features test -p dist`, on this machine.
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { devcontainer } from './replay/devcontainer-cli.ts';
import { openReplay, type Replay } from './replay/replay.ts';
import { run } from './support/command.ts';

const root = dirname(import.meta.dirname);

let replay: Replay;

before(async () => {
  replay = await openReplay({ say: () => {} });
});
after(() => replay?.close());

test('every scenario passes in its own container', async () => {
  const project = join(replay.dir, 'project');
  await cp(join(root, 'dist'), project, { recursive: true });
  const image = await scenarioImage();
  const file = join(project, 'test/heroku-cli/scenarios.json');
  const scenarios = JSON.parse(await readFile(file, 'utf8')) as Record<string, { image: string }>;
  for (const scenario of Object.values(scenarios)) scenario.image = image;
  await writeFile(file, JSON.stringify(scenarios));

  const args = ['features', 'test', '--project-folder', project, '--base-image', image];
  const { code, output } = await devcontainer([...args, '--log-level', 'info'], replay.dir);
  assert.equal(code, 0, output.slice(-6000));
  for (const name of ['heroku-cli', ...Object.keys(scenarios)]) {
    assert.match(output, new RegExp(`Passed:\\s+'${name}'`));
  }
});

/**
 * The replay's image, in which curl finds the downloads at the stand-in: a scenario that names an
 * image cannot pass hosts to the build (devcontainers.md part 5).
 */
async function scenarioImage(): Promise<string> {
  const added = replay.heroku?.addHosts.find((option) => option.includes('cli-assets.heroku.com'));
  const address = added?.split(':').at(-1);
  const image = `${replay.image}-scenarios`;
  const line = `resolve = "cli-assets.heroku.com:443:${address}"`;
  const input = `FROM ${replay.image}\nRUN echo '${line}' >/root/.curlrc\n`;
  await run('docker', ['build', '--tag', image, '-'], { input });
  return image;
}
