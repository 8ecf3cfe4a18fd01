// `npm run release`: checks a version, publishes the Feature and the template once, and writes down what
// is new in it. The workflow release.yml calls this; it runs on any machine, against any registry, in the
// same way.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import * as core from '@actions/core';
import { runDevcontainer } from '../test/codespace/devcontainer-cli.ts';
import { run } from '../test/support/command.ts';
import { notesOf } from './changelog.ts';
import { listTags, type Repository, readBlob, readManifest } from './oci.ts';
import { repositoryOf } from './repository.ts';
import { sumOf } from './sum.ts';
import { compareVersions, parseVersion, tagsOf, type Version } from './version.ts';

const usage = `usage: npm run release -- check | publish | notes [options]

  check      refuse what must not be released; tell the sum of what is staged in dist
  publish    check, publish what is not published yet in that version, and read it back
  notes      write what CHANGELOG.md says of the version to --file

  --tag v1.2.3          default: GITHUB_REF_NAME
  --namespace OWNER/REPO  default: GITHUB_REPOSITORY
  --registry HOST       default: ghcr.io
  --sum SUM             publish nothing but what check told this sum of
  --file PATH           where notes writes to
  --root FOLDER         of the repository; default: this one
`;

const inActions = process.env['GITHUB_ACTIONS'] === 'true';

/** Something that must not be released. The message says why, and what to do. */
class Refused extends Error {
  override readonly name = 'Refused';
}

interface Settings {
  readonly root: string;
  readonly tag: string;
  readonly registry: string;
  readonly namespace: string;
  readonly sum: string | undefined;
  readonly file: string | undefined;
}

/** What a release publishes, in the order in which it does. */
const parts = [
  { kind: 'features', id: 'heroku-cli', staged: 'dist/src', below: '', outputs: '' },
  {
    kind: 'templates',
    id: 'heroku-app',
    staged: 'dist/templates',
    // Not in the Feature's own place: publishing there would overwrite the list of what is in it.
    below: '/templates',
    outputs: 'template-',
  },
] as const;

type Part = (typeof parts)[number];

interface Checked {
  readonly version: string;
  readonly parsed: Version;
  readonly notes: string;
  readonly parts: readonly CheckedPart[];
}

interface CheckedPart {
  readonly part: Part;
  readonly repository: Repository;
  /** Of what is staged. */
  readonly sum: string;
  /** Whether this very version is in the registry already, with the same content. */
  readonly isPublished: boolean;
}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tag: { type: 'string', default: process.env['GITHUB_REF_NAME'] ?? '' },
      namespace: { type: 'string', default: process.env['GITHUB_REPOSITORY'] ?? '' },
      registry: { type: 'string', default: 'ghcr.io' },
      sum: { type: 'string' },
      file: { type: 'string' },
      root: { type: 'string', default: dirname(import.meta.dirname) },
      help: { type: 'boolean', default: false },
    },
  });
  const [command] = positionals;
  const known = command === 'check' || command === 'publish' || command === 'notes';
  if (values.help || !known) {
    console.log(usage);
    if (!values.help) process.exitCode = 2;
    return;
  }
  // The registry's names are in small letters, GitHub's need not be.
  const namespace = values.namespace.toLowerCase();
  const { root, tag, registry, sum, file } = values;
  const settings: Settings = { root, tag, registry, namespace, sum, file };
  if (command === 'notes') return writeNotes(settings);
  const checked = await check(settings);
  if (command === 'check') return;
  await publish(settings, checked);
}

/** @throws Refused */
async function check(settings: Settings): Promise<Checked> {
  const { root, tag, namespace } = settings;
  const { version, parsed, notes } = await readVersion(root, tag);
  if (!/^[\w.-]+\/[\w.-]+$/.test(namespace)) {
    throw new Refused(`--namespace ${namespace} is not of the form OWNER/REPO`);
  }
  const named = await repositoryOf(root);
  if (named.toLowerCase() !== namespace) {
    throw new Refused(
      `the documents, the examples and the template name ${named}, and not ${namespace}. First: npm run rename -- ${namespace}`,
    );
  }
  const changes = await run('git', ['-C', root, 'status', '--porcelain']);
  if (changes !== '') {
    throw new Refused(`what is released must be what is committed; these are not:\n${changes}`);
  }
  const sums = await Promise.all(parts.map(({ staged, id }) => sumOf(join(root, staged, id))));
  const sum = createHash('sha256').update(sums.join()).digest('hex');
  if (settings.sum !== undefined && settings.sum !== sum) {
    throw new Refused(`dist has the sum ${sum}, but what was tested has ${settings.sum}`);
  }
  const checked: CheckedPart[] = [];
  for (const [index, part] of parts.entries()) {
    checked.push(await checkPart(settings, part, sums[index] ?? '', { version, parsed }));
  }
  const isPublished = checked.every((part) => part.isPublished);
  say(`${version} can be released; ${isPublished ? 'it is published already' : 'it is new'}`);
  output('version', version);
  output('sum', sum);
  return { version, parsed, notes, parts: checked };
}

/** @throws Refused */
async function checkPart(
  { registry, namespace }: Settings,
  part: Part,
  sum: string,
  { version, parsed }: Pick<Checked, 'version' | 'parsed'>,
): Promise<CheckedPart> {
  const name = `${namespace}${part.below}/${part.id}`;
  const repository: Repository = { registry, name, token: process.env['GITHUB_TOKEN'] };
  const published = await listTags(repository);
  const isPublished = published.includes(version);
  if (isPublished) {
    if ((await publishedSum(repository, version)) !== sum) {
      throw new Refused(
        `${part.id} ${version} is published already, with another content. Raise the version in ${FILES.join(', ')} and CHANGELOG.md`,
      );
    }
  } else {
    const versions = published.map(parseVersion).filter((one) => one !== undefined);
    const newest = versions.sort(compareVersions).at(-1);
    if (newest && compareVersions(parsed, newest) <= 0) {
      throw new Refused(`${version} is not newer than ${newest.join('.')}, which is published`);
    }
  }
  return { part, repository, sum, isPublished };
}

/** Where the version is stated. */
const FILES = [
  'package.json',
  'devcontainer-feature.json',
  'templates/heroku-app/devcontainer-template.json',
] as const;

/** The version that the tag names, where every file agrees on it. */
async function readVersion(root: string, tag: string) {
  const version = tag.replace(/^v/, '');
  const parsed = parseVersion(version);
  if (parsed === undefined || tag === version) {
    throw new Refused(`the tag ${tag || '(none)'} is not of the form v1.2.3`);
  }
  for (const file of FILES) {
    const stated = (JSON.parse(await readFile(join(root, file), 'utf8')) as { version: string })
      .version;
    if (stated !== version) throw new Refused(`the tag is ${tag}, but ${file} says ${stated}`);
  }
  const notes = notesOf(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version);
  if (notes === undefined) {
    throw new Refused(`CHANGELOG.md has nothing under a heading "## ${version}"`);
  }
  return { version, parsed, notes };
}

async function publish(settings: Settings, checked: Checked): Promise<void> {
  const told: string[] = [];
  for (const one of checked.parts) told.push(await publishPart(settings, checked, one));
  await summary(`${told.join('\n\n')}\n\n${checked.notes}`);
}

/** Returns what the summary says of it. */
async function publishPart(
  { root, namespace }: Settings,
  { version, parsed }: Checked,
  { part, repository, sum, isPublished }: CheckedPart,
): Promise<string> {
  if (!isPublished) {
    const temporary = await mkdtemp(join(tmpdir(), 'heroku-release-'));
    try {
      const target = ['-r', repository.registry, '-n', `${namespace}${part.below}`];
      await runDevcontainer([part.kind, 'publish', join(root, part.staged), ...target], temporary);
    } finally {
      await rm(temporary, { recursive: true });
    }
  }
  // Read back, because a registry that took only a part of it must not pass for a release.
  const { digest } = await readManifest(repository, version);
  for (const tag of tagsOf(parsed)) {
    const found = await readManifest(repository, tag);
    if (found.digest !== digest)
      throw new Error(`the tag ${tag} leads to ${found.digest}, not to ${digest}`);
  }
  if ((await publishedSum(repository, version)) !== sum) {
    throw new Error(`what is published is not what is in ${part.staged}`);
  }
  const name = `${repository.registry}/${repository.name}`;
  const what = isPublished ? 'was published already, nothing was done' : 'is published';
  say(`${name}:${version} ${what} (${digest}; tags ${tagsOf(parsed).join(', ')})`);
  output(`${part.outputs}name`, name);
  output(`${part.outputs}digest`, digest);
  output(`${part.outputs}published`, isPublished ? 'no' : 'yes');
  return `\`${name}:${version}\` ${what}.\n\n\`${digest}\``;
}

async function writeNotes({ root, tag, file }: Settings): Promise<void> {
  if (file === undefined) throw new Refused('notes needs --file');
  const { version, notes } = await readVersion(root, tag);
  await writeFile(file, `${notes}\n`);
  say(`the notes of ${version} are in ${file}`);
}

/** The sum of the archive that a tag leads to. */
async function publishedSum(repository: Repository, tag: string): Promise<string> {
  const { layers } = await readManifest(repository, tag);
  const [layer] = layers;
  if (layer === undefined || layers.length !== 1) {
    throw new Error(`${repository.name}:${tag} has ${layers.length} layers, and should have one`);
  }
  const dir = await mkdtemp(join(tmpdir(), 'heroku-published-'));
  try {
    const archive = join(dir, 'archive.tar');
    await writeFile(archive, await readBlob(repository, layer.digest));
    const content = join(dir, 'content');
    await mkdir(content);
    await run('tar', [
      '--extract',
      '--preserve-permissions',
      '--file',
      archive,
      '--directory',
      content,
    ]);
    return await sumOf(content);
  } finally {
    await rm(dir, { recursive: true });
  }
}

function say(text: string): void {
  if (inActions) core.notice(text);
  else console.log(text);
}

function output(name: string, value: string): void {
  if (inActions) core.setOutput(name, value);
  else console.log(`  ${name}: ${value}`);
}

async function summary(markdown: string): Promise<void> {
  if (inActions) await core.summary.addRaw(markdown, true).write();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const text = error instanceof Refused ? `not released: ${error.message}` : String(error);
  if (inActions) core.error(text);
  else console.error(text);
  process.exitCode = 1;
});
