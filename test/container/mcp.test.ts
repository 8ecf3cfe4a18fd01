// `heroku mcp:start` in an image, with a release of the CLI whose MCP server starts: the handshake, without
// Node in the PATH and with an npx there.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { cliRelease } from '../fake-heroku/cli-release.ts';
import {
  type Container,
  container,
  installed,
  PATH,
  serve,
  useInstallRig,
} from '../support/install-rig.ts';
import { mcpAnswers } from '../support/mcp.ts';

useInstallRig();

/** A Node and an npx that would be run in the place of the CLI's own. Each leaves a mark. */
const others = `for name in node npx npm; do
  printf '#!/bin/sh\\necho %s "$@" >>/tmp/was-run\\n' "$name" >"/usr/bin/$name"
  chmod 755 "/usr/bin/$name"
done`;

describe('the MCP server', () => {
  let box: Container;
  before(async () => {
    const heroku = await serve(await cliRelease('11.10.0-mcp'));
    box = await container({ from: heroku });
    await installed(box);
  });

  const images: [name: string, prepare: string, found: RegExp][] = [
    ['in an image without Node', 'true', /^$/],
    ['in an image with node and npx', others, /^\/usr\/bin\/node\n\/usr\/bin\/npx\n$/],
  ];
  for (const [name, prepare, found] of images) {
    test(`shakes hands and lists its tools ${name}`, async () => {
      await box.shell(prepare);
      const where = await box.exec(['sh', '-c', 'command -v node; command -v npx'], {
        env: { PATH },
      });
      assert.match(where.stdout, found);
      const variables = ['--env', 'DISABLE_TELEMETRY=true', '--env', 'HOME=/home/vscode'];
      const exec = ['docker', 'exec', '--interactive', '--user', 'vscode', ...variables, box.id];
      const { results, stderr } = await mcpAnswers(
        [...exec, 'heroku', 'mcp:start'],
        [['tools/list']],
      );
      const [hello, list] = results as [
        { serverInfo: object; protocolVersion: string },
        { tools: { name: string }[] },
      ];
      assert.deepEqual(hello.serverInfo, { name: 'Heroku MCP Server', version: '1.2.0' });
      assert.ok(list.tools.length > 20, JSON.stringify(list));
      assert.match(stderr, /Heroku MCP Server running on stdio/);
      assert.equal(await box.shell('cat /tmp/was-run 2>/dev/null || true'), '');
      assert.equal(await box.shell('find /home/vscode -name .npm -o -name _npx'), '');
    });
  }
});
