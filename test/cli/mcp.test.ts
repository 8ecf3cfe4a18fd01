// `heroku mcp:start`: which programs it starts, and what a user sees. No MCP server that this CLI asks for
// starts (docs/troubleshooting.md), so one is corrected here.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { linkTree } from '../fake-heroku/cli-release.ts';
import { release } from '../support/cli-release.ts';
import { attempt } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { mcpAnswers } from '../support/mcp.ts';
import { pathWithout } from '../support/path-without.ts';
import { temporaryFolder } from '../support/program.ts';
import { dev, token, useProgram } from '../support/rig.ts';
import { root } from '../support/root.ts';

const rig = useProgram();
let unchanged: string;
let corrected: string;
/** The programs of this machine, without those of Node and npm. */
let withoutNode: string;
/** Programs that must not be run: each leaves a mark. */
let others: string;
const mark = () => join(others, 'was-run');

before(async () => {
  const { tree } = await release();
  unchanged = await installed({}, tree);
  const copy = join(temporaryFolder(), 'heroku');
  await linkTree(tree, copy);
  const server = join(copy, 'node_modules/@heroku/mcp-server/dist/index.js');
  const text = readFileSync(server, 'utf8');
  const fixed = text.replace(/(?<=\/sdk\/server\/(mcp|stdio))(?=')/g, '.js');
  assert.notEqual(fixed, text);
  // Not into the file, which is a link to that of the release.
  rmSync(server);
  writeFileSync(server, fixed);
  corrected = await installed({}, copy);

  withoutNode = pathWithout('node', 'nodejs', 'npm', 'npx', 'heroku');
  others = temporaryFolder();
  mkdirSync(join(others, 'bin'));
  for (const name of ['node', 'npx', 'npm', 'heroku']) {
    const script = `#!/bin/sh\necho ${name} "$@" >>${mark()}\necho heroku/99.0.0\n`;
    writeFileSync(join(others, 'bin', name), script, { mode: 0o755 });
  }
});

const surroundings = (path: string) => ({
  HOME: rig.home,
  PATH: path,
  HEROKU_HOST: rig.heroku.url,
  HEROKU_PARTICLEBOARD_URL: rig.heroku.url,
  HEROKU_API_KEY: token,
  DISABLE_TELEMETRY: 'true',
});

describe('the MCP server that the pinned CLI brings', () => {
  const paths: Record<string, () => string> = {
    'without Node': () => withoutNode,
    'with another node, npx and heroku first': () => `${others}/bin:${withoutNode}`,
  };
  for (const [name, path] of Object.entries(paths)) {
    test(`answers ${name}`, async () => {
      rig.heroku.set({ accounts: [{ ...dev, apps: ['my-app'] }] });
      const requests = [
        ['tools/list'],
        ['tools/call', { name: 'list_apps', arguments: {} }],
      ] as const;
      const how = { env: surroundings(path()), cwd: rig.home };
      const { results } = await mcpAnswers([`${corrected}/bin/heroku`, 'mcp:start'], requests, how);
      const [hello, list, apps] = results as [
        { serverInfo: { name: string } },
        { tools: { name: string }[] },
        { content: { text: string }[] },
      ];
      assert.equal(hello.serverInfo.name, 'Heroku MCP Server');
      assert.ok(list.tools.some((tool) => tool.name === 'list_apps'));
      // By the CLI that it started.
      assert.match(apps.content[0]?.text ?? '', /my-app/);
      assert.ok(!existsSync(mark()), existsSync(mark()) ? readFileSync(mark(), 'utf8') : '');
    });
  }
});

test('every other command gets the PATH as it is', async () => {
  const tree = temporaryFolder();
  mkdirSync(join(tree, 'bin'));
  symlinkSync(process.execPath, join(tree, 'bin/node'));
  writeFileSync(join(tree, 'bin/run'), 'process.stdout.write(process.env.PATH)');
  const folder = await installed({}, tree);
  const pathOf = async (...args: string[]) =>
    (await attempt(join(folder, 'bin/heroku'), args, { env: surroundings('/a:/b') })).stdout;
  for (const command of ['mcp', 'repl', 'local', 'mcp:stop'])
    assert.equal(await pathOf(command), '/a:/b', command);
  assert.equal(await pathOf('mcp:start'), `${folder}/lib/heroku-login/mcp:/a:/b`);
});

test('the server of CLI 11.10.0 ends as docs/troubleshooting.md says', async () => {
  const { code, stdout, stderr } = await attempt(`${unchanged}/bin/heroku`, ['mcp:start'], {
    env: surroundings(withoutNode),
    cwd: rig.home,
  });
  assert.deepEqual([code, stdout], [0, '']);
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  const [, quoted = ''] = /^### heroku mcp:start: "(.*)"$/m.exec(page) ?? [];
  const parts = quoted.split('…').filter((part) => part !== '');
  assert.ok(parts.length > 1 && parts.every((part) => stderr.includes(part)), stderr);
});
