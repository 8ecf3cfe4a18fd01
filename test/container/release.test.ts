// A release, rehearsed from its tag to what a user's dev container finds, against a registry on
// this machine.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { stageInto } from '../../scripts/build.ts';
import { notesOf } from '../../scripts/changelog.ts';
import { listTags, readBlob, readManifest } from '../../scripts/oci.ts';
import { runDevcontainer } from '../codespace/devcontainer-cli.ts';
import { type Registry, startRegistry } from '../codespace/registry.ts';
import { attempt, type Result } from '../support/command.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const template = 'heroku-app/devcontainer-template.json';
const versioned = ['package.json', 'devcontainer-feature.json', `templates/${template}`] as const;

let registry: Registry;
let project: string;
let count = 0;
let namespace: string;

/** Another one than the `dist` that other tests use at the same time. */
const dist = join(temporaryFolder(), 'dist');

before(async () => {
  registry = await startRegistry(join(temporaryFolder(), 'registry'));
  await stageInto(dist);
});
after(() => registry?.close());

beforeEach(() => {
  // Each test has a place of its own in the registry, and a repository of its own to release from.
  count += 1;
  namespace = `octocat/feature-${count}`;
  project = join(temporaryFolder(), 'project');
  mkdirSync(project);
  for (const file of versioned) cpSync(join(root, file), join(project, file));
  nameIt(namespace);
  copyStaged();
  writeFileSync(join(project, '.gitignore'), '/dist/\n');
  git('init', '-q');
  setVersion('1.0.0');
});

/** Lets package.json say which repository this is, as `npm run rename` does. */
function nameIt(name: string): void {
  const file = join(project, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const repository = { type: 'git', url: `git+https://github.com/${name}.git` };
  writeFileSync(file, `${JSON.stringify({ ...manifest, repository }, null, 2)}\n`);
}

function copyStaged(): void {
  for (const staged of ['src', 'templates']) {
    cpSync(join(dist, staged), join(project, 'dist', staged), { recursive: true });
  }
}

function git(...args: string[]): string {
  const author = ['-c', 'user.name=x', '-c', 'user.email=x@example.com'];
  return output('git', ['-C', project, ...author, ...args]);
}

const commit = () => {
  git('add', '--all');
  git('commit', '-q', '--allow-empty', '--no-gpg-sign', '-m', 'x');
};

/** Sets it in every file that states it, the staged one included, and commits. */
function setVersion(version: string): void {
  const staged = ['dist/src/heroku-cli/devcontainer-feature.json', `dist/templates/${template}`];
  for (const file of [...versioned, ...staged]) {
    writeFileSync(join(project, file), withVersion(join(project, file), version));
  }
  const changelog = `# Changelog\n\n## ${version}\n\n- What is new in ${version}.\n\n## 0.1.0\n\n- Old.\n`;
  writeFileSync(join(project, 'CHANGELOG.md'), changelog);
  commit();
}

const withVersion = (file: string, version: string) =>
  readFileSync(file, 'utf8').replace(/"version": "[^"]*"/, `"version": "${version}"`);

function release(
  command: 'check' | 'publish' | 'notes',
  tag: string,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const script = join(root, 'scripts/release.ts');
  const where = ['--root', project, '--registry', registry.host, '--namespace', namespace];
  const args = ['--import', 'tsx', script, command, '--tag', tag, ...where, ...more];
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
  assert.match(output, /^not released: /m);
  assert.match(output, reason);
}

const repository = (below = 'heroku-cli') =>
  ({ registry: registry.host, name: `${namespace}/${below}` }) as const;
const tags = async (below?: string) => (await listTags(repository(below))).sort();
const digestOf = async (tag: string, below?: string) =>
  (await readManifest(repository(below), tag)).digest;
/** The first blob of what a place in the registry has as its latest. */
async function latestBlob(place: Parameters<typeof readBlob>[0]) {
  const { layers } = await readManifest(place, 'latest');
  return readBlob(place, layers[0]?.digest ?? '');
}
const TEMPLATE = 'templates/heroku-app';

test('a version is published under its four tags, and a second run publishes nothing', async () => {
  const checked = await succeed('check', 'v1.0.0');
  assert.match(checked, /1\.0\.0 can be released; it is new/);
  assert.deepEqual(await tags(), [], 'check publishes nothing');
  const [, sum = ''] = /sum: (\w{64})/.exec(checked) ?? [];

  const first = await succeed('publish', 'v1.0.0', ['--sum', sum]);
  assert.match(first, /published: yes/);
  assert.deepEqual(await tags(), ['1', '1.0', '1.0.0', 'latest']);
  const digest = await digestOf('1.0.0');
  assert.match(first, new RegExp(`digest: ${digest}`));

  const second = await succeed('publish', 'v1.0.0', ['--sum', sum]);
  assert.match(second, /was published already, nothing was done/);
  assert.match(second, /published: no/);
  assert.match(second, new RegExp(`digest: ${digest}`), 'what follows has the same digest');
  assert.equal(await digestOf('1.0.0'), digest);
});

test('what is published is what the dev container CLI finds, byte for byte', async () => {
  await succeed('publish', 'v1.0.0');
  const reference = `${registry.host}/${namespace}/heroku-cli:1`;
  const args = ['features', 'info', 'manifest', reference, '--output-format', 'json'];
  const info = await runDevcontainer(args, temporaryFolder());
  assert.ok(info.includes(await digestOf('latest')), info);
  const archive = join(temporaryFolder(), 'feature.tar');
  writeFileSync(archive, await latestBlob(repository()));
  const unpacked = temporaryFolder();
  output('tar', ['-xf', archive, '-C', unpacked]);
  output('diff', ['-r', join(project, 'dist/src/heroku-cli'), unpacked]);
});

test('the template is published once as well, in a list of its own', async () => {
  const first = await succeed('publish', 'v1.0.0');
  const digest = await digestOf('1.0.0', TEMPLATE);
  assert.match(first, new RegExp(`template-digest: ${digest}`));
  assert.deepEqual(await tags(TEMPLATE), ['1', '1.0', '1.0.0', 'latest']);

  const second = await succeed('publish', 'v1.0.0');
  assert.match(second, /template-published: no/);
  assert.equal(await digestOf('1.0.0', TEMPLATE), digest);

  // Tools that list what a namespace has read this.
  for (const [below, kind, id] of [
    ['', 'features', 'heroku-cli'],
    ['/templates', 'templates', 'heroku-app'],
  ] as const) {
    const place = { registry: registry.host, name: `${namespace}${below}` };
    const list = JSON.parse((await latestBlob(place)).toString());
    const ids = list[kind].map((one: { id: string }) => one.id);
    assert.deepEqual(ids, [id]);
  }
});

test('a run that ended between the two is finished by the next', async () => {
  const where = ['-r', registry.host, '-n', namespace];
  const args = ['features', 'publish', join(project, 'dist/src'), ...where];
  await runDevcontainer(args, temporaryFolder());
  const finished = await succeed('publish', 'v1.0.0');
  assert.match(finished, /^ {2}published: no/m);
  assert.match(finished, /^ {2}template-published: yes/m);
});

test('the next version moves the tags that are to move', async () => {
  await succeed('publish', 'v1.0.0');
  const old = await digestOf('1.0.0');
  setVersion('1.1.0');
  assert.match(await succeed('publish', 'v1.1.0'), /published: yes/);
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
    await refuse(/1\.9\.0 is not newer than 1\.10\.0/, 'publish', 'v1.9.0');
    assert.ok(!(await tags()).includes('1.9.0'));
  });

  test('another content under a version that is published', async () => {
    await succeed('publish', 'v1.0.0');
    const digest = await digestOf('1.0.0');
    writeFileSync(join(project, 'dist/src/heroku-cli/install.sh'), '#!/bin/sh\n');
    await refuse(/1\.0\.0 is published already, with another content/, 'publish', 'v1.0.0');
    assert.equal(await digestOf('1.0.0'), digest);
  });

  const changelog = '# Changelog\n\n## 1.0.0\n\n## 0.1.0\n\n- x\n';
  const noNotes = /CHANGELOG\.md has nothing under a heading "## 1\.0\.0"/;
  const write = (file: string, text: string) => () => writeFileSync(join(project, file), text);
  const none = () => {};
  const lagBehind = (file: string) => () =>
    writeFileSync(join(project, file), withVersion(join(project, file), '0.9.0'));
  const prepared: [name: string, prepare: () => void, tag: string, reason: RegExp][] = [
    ['a version without notes', write('CHANGELOG.md', changelog), 'v1.0.0', noNotes],
    ['a tag of another version', none, 'v1.0.1', /says 1\.0\.0/],
    ['a tag without a v', none, '1.0.0', /not of the form v1\.2\.3/],
    ['a tag of a candidate', none, 'v1.0.0-rc.1', /not of the form v1\.2\.3/],
    ['no tag', none, '', /the tag \(none\)/],
  ];
  for (const name of versioned) {
    const reason = new RegExp(`the tag is v1\\.0\\.0, but ${name} says 0\\.9\\.0`);
    prepared.push([`a ${name} that lags behind`, lagBehind(name), 'v1.0.0', reason]);
  }
  for (const [name, prepare, tag, reason] of prepared) {
    test(name, async () => {
      prepare();
      commit();
      await refuse(reason, 'publish', tag);
      assert.deepEqual(await tags(), []);
    });
  }

  test('documents that name another repository', async () => {
    nameIt('OWNER/REPO');
    commit();
    const other = /name OWNER\/REPO, and not octocat\/feature-\d+\. First: npm run rename/;
    await refuse(other, 'check', 'v1.0.0');
    nameIt(namespace.toUpperCase());
    commit();
    await succeed('check', 'v1.0.0');
  });

  test('what is not committed', async () => {
    writeFileSync(join(project, 'install.sh'), 'echo not committed\n');
    await refuse(/must be what is committed.*\n.*install\.sh/, 'publish', 'v1.0.0');
  });

  test('another build than the one that was tested', async () => {
    await refuse(/but what was tested has 0{64}/, 'publish', 'v1.0.0', ['--sum', '0'.repeat(64)]);
    assert.deepEqual(await tags(), []);
  });

  test('nothing at all', async () => {
    rmSync(join(project, 'dist'), { recursive: true });
    const { code, output } = await release('check', 'v1.0.0');
    assert.equal(code, 1);
    assert.match(output, /there is nothing in .*npm run build/);
  });

  test('another template under a version that is published', async () => {
    await succeed('publish', 'v1.0.0');
    writeFileSync(join(project, 'dist/templates/heroku-app/Procfile'), 'web: other\n');
    await refuse(/heroku-app 1\.0\.0 is published already, with another/, 'publish', 'v1.0.0');
  });
});

test('two builds of the same source have the same sum', async () => {
  const first = /sum: (\w+)/.exec(await succeed('check', 'v1.0.0'))?.[1];
  await stageInto(dist);
  rmSync(join(project, 'dist'), { recursive: true });
  copyStaged();
  setVersion('1.0.0');
  assert.equal(/sum: (\w+)/.exec(await succeed('check', 'v1.0.0'))?.[1], first);
});

test('the notes are those of the version, and of no other', async () => {
  const file = join(temporaryFolder(), 'notes.md');
  await succeed('notes', 'v1.0.0', ['--file', file]);
  assert.equal(readFileSync(file, 'utf8'), '- What is new in 1.0.0.\n');
  const changelog = '# C\n\n## 1.0.10\n\n- ten\n\n## 1.0.1\n\n- one\n### more\n- two\n';
  assert.equal(notesOf(changelog, '1.0.1'), '- one\n### more\n- two');
  assert.equal(notesOf(changelog, '1.0'), undefined);
});

test('this repository is of one version, for which the changelog has notes', () => {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const [version, ...others] = versioned.map((file) => String(JSON.parse(read(file)).version));
  for (const other of others) assert.equal(other, version);
  assert.ok(notesOf(read('CHANGELOG.md'), version ?? ''));
});

test('in GitHub Actions it speaks as a workflow is spoken to', async () => {
  const dir = temporaryFolder();
  const [outputs, page] = [join(dir, 'outputs'), join(dir, 'summary')];
  for (const file of [outputs, page]) writeFileSync(file, '');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: page };
  const printed = await succeed('publish', 'v1.0.0', [], env);
  assert.match(printed, /^::notice::.*is published/m);
  assert.match(readFileSync(outputs, 'utf8'), /digest<<.*\nsha256:\w{64}\n/);
  const summary = /heroku-cli:1\.0\.0` is published[\s\S]*What is new in 1\.0\.0/;
  assert.match(readFileSync(page, 'utf8'), summary);
  const { code, output } = await release('publish', 'v9.9.9', [], env);
  assert.equal(code, 1);
  assert.match(output, /^::error::not released: /m);
});

test('a registry that wants a token gets it from where it says, but not from elsewhere', async () => {
  const seen: string[] = [];
  let realm = '';
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    seen.push(`${request.url} ${authorization.split(' ')[0]}`);
    if (request.url?.startsWith('/token')) return response.end('{"token":"theirs"}');
    if (authorization === 'Bearer theirs') {
      if (request.url?.endsWith('last=1')) return response.end('{"tags":["2"]}');
      const link = '</v2/a/b/tags/list?n=1000&last=1>; rel="next"';
      return response.writeHead(200, { link }).end('{"tags":["1"]}');
    }
    const challenge = `Bearer realm="${realm}/token",service="x",scope="repository:a/b:pull"`;
    return response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const guarded = { registry: `localhost:${port}`, name: 'a/b', token: 'ghs_x' };
    realm = `http://localhost:${port}`;
    assert.deepEqual(await listTags(guarded), ['1', '2'], 'both pages');
    assert.deepEqual(seen, [
      '/v2/a/b/tags/list?n=1000 ',
      '/token?service=x&scope=repository%3Aa%2Fb%3Apull Basic',
      '/v2/a/b/tags/list?n=1000 Bearer',
      '/v2/a/b/tags/list?n=1000&last=1 ',
      '/token?service=x&scope=repository%3Aa%2Fb%3Apull Basic',
      '/v2/a/b/tags/list?n=1000&last=1 Bearer',
    ]);
    realm = 'http://127.0.0.1:9';
    await assert.rejects(listTags(guarded), /sends its readers to 127\.0\.0\.1:9/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
