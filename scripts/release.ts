// `npm run release`: refuses what must not be released, and lets the dev container CLI publish the Feature and the
// template, once. The workflow release.yml calls it; it runs on any machine, against any registry, in the same way.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import * as core from '@actions/core';
import { devcontainer, runDevcontainer } from '../test/codespace/devcontainer-cli.ts';
import { attempt, run } from '../test/support/command.ts';

const usage = `usage: npm run release -- check | publish [options]

  check     refuse what must not be released
  publish   check, publish what is staged in dist and not published yet, and read it back

  --tag v1.2.3              default: GITHUB_REF_NAME
  --namespace OWNER/NAME    default: GITHUB_REPOSITORY
  --registry HOST           default: ghcr.io
  --root FOLDER             of the repository; default: this one`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tag: { type: 'string', default: process.env['GITHUB_REF_NAME'] ?? '' },
    namespace: { type: 'string', default: process.env['GITHUB_REPOSITORY'] ?? '' },
    registry: { type: 'string', default: 'ghcr.io' },
    root: { type: 'string', default: dirname(import.meta.dirname) },
  },
});
const { tag, registry, root } = values;
// The registry's names are in small letters, GitHub's need not be.
const namespace = values.namespace.toLowerCase();
const [command = ''] = positionals;
const temporary = await mkdtemp(join(tmpdir(), 'heroku-release-'));

/** What a release publishes, and the file of each that states its version. */
const parts = [
  {
    kind: 'features',
    folder: 'dist/src/heroku-cli',
    metadata: 'devcontainer-feature.json',
    name: `${registry}/${namespace}/heroku-cli`,
  },
  {
    kind: 'templates',
    folder: 'dist/templates/heroku-app',
    metadata: 'devcontainer-template.json',
    // Not in the Feature's own namespace: publishing there would overwrite the list of what is in it.
    name: `${registry}/${namespace}/templates/heroku-app`,
  },
] as const;
type Part = (typeof parts)[number];

/** Ends the release of what must not be released. */
function refuse(why: string): never {
  throw Object.assign(new Error(why), { name: 'not released' });
}

const read = (file: string) => readFile(join(root, file), 'utf8');

/** Returns the version, and what is new in it. */
async function check(): Promise<{ version: string; notes: string }> {
  const [, version] = /^v(\d+\.\d+\.\d+)$/.exec(tag) ?? [];
  if (!version) refuse(`the tag "${tag}" is not of the form v1.2.3`);
  const staged = parts.map(({ folder, metadata }) => `${folder}/${metadata}`);
  const address = `https://github.com/${namespace}`;
  for (const file of ['package.json', ...staged]) {
    const { version: stated, documentationURL: url } = JSON.parse(await read(file));
    if (stated !== version) refuse(`the tag is ${tag}, but ${file} says ${stated}`);
    const isHere = `${url}/`.toLowerCase().startsWith(`${address}/`);
    if (staged.includes(file) && !isHere) refuse(`${file} names ${url}, and not ${address}`);
  }
  const sections = (await read('CHANGELOG.md')).split(/^## /m);
  const section = sections.find((text) => text.startsWith(`${version}\n`)) ?? '';
  const notes = section.slice(version.length).trim();
  if (notes === '') refuse(`CHANGELOG.md has nothing under a heading "## ${version}"`);
  const changes = await run('git', ['-C', root, 'status', '--porcelain']);
  if (changes !== '') refuse(`this is not committed:\n${changes}`);
  for (const part of parts) {
    const published = await publishedTags(part);
    const newer = published.find((one) => /\..*\./.test(one) && isNewer(one, version));
    if (newer) refuse(`${part.name}:${newer} is published, and is newer`);
    if (published.includes(version)) await compare(part, version);
  }
  return { version, notes };
}

const isNewer = (one: string, other: string) =>
  one.localeCompare(other, 'en', { numeric: true }) > 0;

/**
 * The tags that a part has in the registry; none if it was never published, or if the registry answers with an
 * error, which ends the publishing that follows.
 */
async function publishedTags({ name }: Part): Promise<string[]> {
  const args = ['features', 'info', 'tags', name, '--output-format', 'json'];
  return JSON.parse((await devcontainer(args, temporary)).stdout).publishedTags ?? [];
}

/** Refuses a version of which something else is published than is staged. */
async function compare({ folder, metadata, name }: Part, version: string): Promise<void> {
  const published = await mkdtemp(join(temporary, 'published-'));
  const { options } = JSON.parse(await read(`${folder}/${metadata}`));
  // Each option of a template stands for itself, so that no file is changed.
  const same = Object.keys(options).map((option) => [option, `\${templateOption:${option}}`]);
  // The CLI's only download, which takes Features as well.
  const args = ['templates', 'apply', '-t', `${name}:${version}`, '-w', published];
  await runDevcontainer([...args, '-a', JSON.stringify(Object.fromEntries(same))], temporary);
  // It leaves these two out.
  const without = ['-x', 'README.md', '-x', 'devcontainer-template.json'];
  const folders = [join(root, folder), published];
  const { code, output } = await attempt('diff', ['-rq', ...without, ...folders]);
  if (code !== 0) refuse(`${name}:${version} is published with different content:\n${output}`);
}

/** Publishes a part if it is not published yet, and reads it back. */
async function publish(part: Part, version: string): Promise<void> {
  const { kind, folder, name } = part;
  const target = ['-r', registry, '-n', dirname(name).slice(registry.length + 1)];
  const args = [kind, 'publish', join(root, dirname(folder)), ...target];
  const isNew = 'digest' in JSON.parse(await runDevcontainer(args, temporary))[basename(name)];
  // Read back, because a registry that took only a part of it must not pass for a release.
  const [major, minor] = version.split('.');
  const manifests = [version, `${major}.${minor}`, `${major}`, 'latest'].map((each) => {
    const ask = ['features', 'info', 'manifest', `${name}:${each}`, '--output-format', 'json'];
    return runDevcontainer(ask, temporary);
  });
  const ids = (await Promise.all(manifests)).map((text) => JSON.parse(text).canonicalId);
  const [digest, ...others] = new Set(ids.map((id) => id.split('@')[1]));
  if (others.length > 0) throw new Error(`the tags of ${name}:${version} lead to different things`);
  await compare(part, version);
  core.notice(`${name}:${version} ${isNew ? 'is' : 'was already'} published (${digest})`);
  core.setOutput(`${kind}-name`, name);
  core.setOutput(`${kind}-digest`, digest);
}

try {
  if (command !== 'check' && command !== 'publish') throw new Error(usage);
  const { version, notes } = await check();
  core.setOutput('notes', notes);
  for (const part of command === 'publish' ? parts : []) await publish(part, version);
} catch (error) {
  core.setFailed(error as Error);
} finally {
  await rm(temporary, { recursive: true });
}
