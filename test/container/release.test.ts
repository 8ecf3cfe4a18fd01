// A release, rehearsed from its tag to what a user's dev container finds, against a registry on
// this machine.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { stageInto } from '../../scripts/build.ts';
import { runDevcontainer } from '../codespace/devcontainer-cli.ts';
import { startRegistry } from '../codespace/registry.ts';
import { attempt, type Result } from '../support/command.ts';
import { commitIn, output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const feature = 'dist/src/heroku-cli';
const template = 'dist/templates/heroku-app';
const staged = [
  `${feature}/devcontainer-feature.json`,
  `${template}/devcontainer-template.json`,
] as const;

let registry: Awaited<ReturnType<typeof startRegistry>>;
let project: string;
let count = 0;
let namespace: string;

/** Another one than the `dist` that other tests use at the same time. */
const dist = join(temporaryFolder(), 'dist');

before(async () => {
  registry = await startRegistry();
  await stageInto(dist);
});
after(() => registry?.close());

beforeEach(() => {
  // Each test has a place of its own in the registry, and a repository of its own to release from.
  count += 1;
  namespace = `octocat/feature-${count}`;
  project = join(temporaryFolder(), 'project');
  mkdirSync(project);
  cpSync(dist, join(project, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(project, 'package.json'));
  write('.gitignore', '/dist/\n');
  nameIt(namespace);
  setVersion('1.0.0');
});

const read = (file: string) => readFileSync(join(project, file), 'utf8');
const write = (file: string, text: string) => writeFileSync(join(project, file), text);
const replace = (file: string, from: RegExp, to: string) =>
  write(file, read(file).replace(from, to));

function commit(): void {
  output('git', ['init', '-q', project]);
  output('git', ['-C', project, 'add', '--all']);
  commitIn(project);
}

/** Lets what is staged say which repository this is. */
function nameIt(name: string): void {
  const address = `$1https://github.com/${name}$2`;
  const place = /("documentationURL": ")https:\/\/github\.com\/[^/"]+\/[^/"]+(["/])/;
  for (const file of staged) replace(file, place, address);
}

/** Sets it in every file that states it, and commits. */
function setVersion(version: string): void {
  for (const file of ['package.json', ...staged]) stateVersion(file, version);
  write(
    'CHANGELOG.md',
    `# Changelog\n\n## ${version}\n\n- New in ${version}.\n\n## 0.1.0\n\n- Old.\n`,
  );
  commit();
}

const stateVersion = (file: string, version: string) =>
  replace(file, /"version": "[^"]*"/, `"version": "${version}"`);

function release(
  command: 'check' | 'publish',
  tag: string,
  env: Readonly<Record<string, string>> = {},
  host = registry.host,
): Promise<Result> {
  const script = join(root, 'scripts/release.ts');
  const where = ['--root', project, '--registry', host, '--namespace', namespace];
  const args = ['--import', 'tsx', script, command, '--tag', tag, ...where];
  const clean = { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder(), ...env };
  return attempt(process.execPath, args, { cwd: root, env: clean });
}

async function succeed(...args: Parameters<typeof release>): Promise<string> {
  const { code, output } = await release(...args);
  assert.equal(code, 0, output);
  return output;
}

async function refuse(reason: RegExp, ...args: Parameters<typeof release>): Promise<void> {
  const { code, output } = await release(...args);
  assert.equal(code, 1, output);
  assert.match(output, /^::error::not released: /m);
  assert.match(output, reason);
}

/** What the registry itself answers. */
async function get(path: string, place = 'heroku-cli') {
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const address = `http://${registry.host}/v2/${namespace}/${place}/${path}`;
  const response = await fetch(address, { headers: { accept } });
  return { digest: response.headers.get('docker-content-digest'), response };
}
const tags = async (place?: string): Promise<string[]> => {
  const { response } = await get('tags/list', place);
  return response.ok ? ((await response.json()) as { tags: string[] }).tags.sort() : [];
};
const digestOf = async (tag: string, place?: string) =>
  (await get(`manifests/${tag}`, place)).digest;
/** The first blob of what a place in the registry has as its latest. */
async function latestBlob(place: string) {
  const { response } = await get('manifests/latest', place);
  const { layers } = (await response.json()) as { layers: { digest: string }[] };
  return (await get(`blobs/${layers[0]?.digest}`, place)).response;
}
const TEMPLATE = 'templates/heroku-app';

test('a version is published under its four tags, and a second run publishes nothing', async () => {
  await succeed('check', 'v1.0.0');
  assert.deepEqual(await tags(), [], 'check publishes nothing');
  for (const said of ['is', 'was already']) {
    const printed = await succeed('publish', 'v1.0.0');
    for (const [kind, place] of [
      ['features', 'heroku-cli'],
      ['templates', TEMPLATE],
    ] as const) {
      const name = `${registry.host}/${namespace}/${place}`;
      const digest = await digestOf('1.0.0', place);
      assert.deepEqual(await tags(place), ['1', '1.0', '1.0.0', 'latest']);
      assert.ok(printed.includes(`::notice::${name}:1.0.0 ${said} published (${digest})`), printed);
      assert.ok(printed.includes(`name=${kind}-digest::${digest}\n`), printed);
      assert.ok(printed.includes(`name=${kind}-name::${name}\n`), printed);
    }
    assert.match(printed, /name=notes::- New in 1\.0\.0\.\n/);
  }
});

test('what is published is what the dev container CLI finds, byte for byte', async () => {
  await succeed('publish', 'v1.0.0');
  const reference = `${registry.host}/${namespace}/heroku-cli:1`;
  const args = ['features', 'info', 'manifest', reference, '--output-format', 'json'];
  const info = await runDevcontainer(args, temporaryFolder());
  assert.ok(info.includes(String(await digestOf('latest'))), info);
  const archive = join(temporaryFolder(), 'feature.tar');
  writeFileSync(archive, Buffer.from(await (await latestBlob('heroku-cli')).arrayBuffer()));
  const unpacked = temporaryFolder();
  output('tar', ['-xf', archive, '-C', unpacked]);
  output('diff', ['-r', join(project, feature), unpacked]);
  output('test', ['-x', join(unpacked, 'install.sh')]);
});

test('the Feature and the template are in lists of their own', async () => {
  await succeed('publish', 'v1.0.0');
  // Tools that list what a namespace has read this.
  for (const [place, kind, id] of [
    ['', 'features', 'heroku-cli'],
    ['templates', 'templates', 'heroku-app'],
  ] as const) {
    const list = JSON.parse(await (await latestBlob(place)).text());
    assert.deepEqual(
      list[kind].map((one: { id: string }) => one.id),
      [id],
    );
  }
});

test('a run that ended between the two is finished by the next', async () => {
  const where = ['-r', registry.host, '-n', namespace];
  const args = ['features', 'publish', join(project, 'dist/src'), ...where];
  await runDevcontainer(args, temporaryFolder());
  const finished = await succeed('publish', 'v1.0.0');
  assert.match(finished, /heroku-cli:1\.0\.0 was already published/);
  assert.match(finished, /heroku-app:1\.0\.0 is published/);
});

test('the next version moves the tags that are to move', async () => {
  await succeed('publish', 'v1.0.0');
  const old = await digestOf('1.0.0');
  setVersion('1.1.0');
  await succeed('publish', 'v1.1.0');
  assert.deepEqual(await tags(), ['1', '1.0', '1.0.0', '1.1', '1.1.0', 'latest']);
  const newer = await digestOf('1.1.0');
  assert.notEqual(newer, old);
  for (const tag of ['1', '1.1', 'latest']) assert.equal(await digestOf(tag), newer, tag);
  for (const tag of ['1.0', '1.0.0']) assert.equal(await digestOf(tag), old, tag);
});

describe('refused is', () => {
  test('a version that is not newer than what is published', async () => {
    setVersion('1.10.0');
    await succeed('publish', 'v1.10.0');
    setVersion('1.9.0');
    await refuse(/heroku-cli:1\.10\.0 is published, and is newer/, 'publish', 'v1.9.0');
    assert.ok(!(await tags()).includes('1.9.0'));
  });

  for (const [name, folder, file] of [
    ['heroku-cli', feature, 'install.sh'],
    ['heroku-app', template, 'Procfile'],
  ] as const) {
    test(`another content of ${name} under a version that is published`, async () => {
      await succeed('publish', 'v1.0.0');
      const digests = [await digestOf('1.0.0'), await digestOf('1.0.0', TEMPLATE)];
      write(`${folder}/${file}`, 'other\n');
      const reason = new RegExp(`${name}:1\\.0\\.0 is published with different content:.*${file}`);
      await refuse(reason, 'publish', 'v1.0.0');
      assert.deepEqual([await digestOf('1.0.0'), await digestOf('1.0.0', TEMPLATE)], digests);
    });
  }

  const none = () => {};
  const refused: [name: string, prepare: () => void, tag: string, reason: RegExp][] = [
    [
      'a version without notes',
      () => write('CHANGELOG.md', '# Changelog\n\n## 1.0.0\n\n## 0.1.0\n\n- x\n'),
      'v1.0.0',
      /CHANGELOG\.md has nothing under a heading "## 1\.0\.0"/,
    ],
    [
      'a version with the notes of another',
      () => write('CHANGELOG.md', '# Changelog\n\n## 1.0.01\n\n- x\n'),
      'v1.0.0',
      /CHANGELOG\.md has nothing/,
    ],
    ['a tag of another version', none, 'v1.0.1', /says 1\.0\.0/],
    ['a tag without a v', none, '1.0.0', /not of the form v1\.2\.3/],
    ['a tag of a candidate', none, 'v1.0.0-rc.1', /not of the form v1\.2\.3/],
    ['no tag', none, '', /the tag "" is not/],
    ['documents that name another repository', () => nameIt('some/fork'), 'v1.0.0', /some\/fork/],
    ...['package.json', ...staged].map((file): (typeof refused)[0] => [
      `a ${file} that lags behind`,
      () => stateVersion(file, '0.9.0'),
      'v1.0.0',
      new RegExp(`the tag is v1\\.0\\.0, but ${file} says 0\\.9\\.0`),
    ]),
  ];
  for (const [name, prepare, tag, reason] of refused) {
    test(name, async () => {
      prepare();
      commit();
      await refuse(reason, 'publish', tag);
      assert.deepEqual(await tags(), []);
    });
  }

  test('what is not committed', async () => {
    write('install.sh', 'echo not committed\n');
    await refuse(/this is not committed.*install\.sh/, 'publish', 'v1.0.0');
  });
});

test('a repository may be written in capitals', async () => {
  nameIt(namespace.toUpperCase());
  await succeed('check', 'v1.0.0');
});

test('without a build, or an answer of the registry, nothing is released', async () => {
  const broken = createServer((_, response) => response.writeHead(503).end('maintenance'));
  await new Promise<void>((resolve) => broken.listen(0, 'localhost', resolve));
  const host = `localhost:${(broken.address() as AddressInfo).port}`;
  const { code, output } = await release('publish', 'v1.0.0', {}, host);
  broken.close();
  assert.equal(code, 1, output);
  assert.match(output, /^::error::Error: devcontainer features publish.*maintenance/m);
  rmSync(join(project, 'dist'), { recursive: true });
  const { output: missing } = await release('check', 'v1.0.0');
  assert.match(missing, /^::error::Error: ENOENT.*devcontainer-feature\.json/m);
});

test('this repository is of one version, for which the changelog has notes', () => {
  const versionOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')).version;
  const [version, ...others] = [
    ...['package.json', 'devcontainer-feature.json'].map((file) => versionOf(join(root, file))),
    versionOf(join(root, 'templates/heroku-app/devcontainer-template.json')),
  ];
  for (const other of others) assert.equal(other, version);
  assert.match(
    readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    new RegExp(`^## ${version}$`, 'm'),
  );
});

test('a workflow gets the outputs in a file', async () => {
  const outputs = join(temporaryFolder(), 'outputs');
  writeFileSync(outputs, '');
  await succeed('check', 'v1.0.0', { GITHUB_OUTPUT: outputs });
  assert.match(readFileSync(outputs, 'utf8'), /^notes<<(\S+)\n- New in 1\.0\.0\.\n\1$/m);
});
