// What is published: its metadata, its files, and nothing else.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { stage } from '../../scripts/build.ts';
import { repository } from '../../scripts/repository.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
interface Metadata {
  version: string;
  options: Record<string, { default: unknown }>;
  [hook: `${string}Command`]: Record<string, string>;
}
const metadata = JSON.parse(read('devcontainer-feature.json')) as Metadata;
const within = (folder: string, ...names: string[]) => names.map((name) => `${folder}/${name}`);
const steps = ['download', 'login', 'options', 'packages', 'place', 'release', 'system'];
const published = [
  ...['LICENSE', 'README.md', 'devcontainer-feature.json', 'heroku-login.cjs', 'install.sh'],
  ...within('image/bin', 'docker-credential-heroku-login', 'heroku', 'heroku-login'),
  ...within('image/mcp', 'heroku', 'node', 'npx'),
  ...within('image', 'completion.bash', 'completion.zsh', 'shell-notice.sh'),
  ...within('image', 'start-cli.cjs', 'start-login.cjs'),
  ...within(
    'install',
    'compile.cjs',
    'prune-list.txt',
    'prune.cjs',
    ...steps.map((name) => `${name}.sh`),
  ),
].sort();

before(stage);

describe('devcontainer-feature.json', () => {
  test('is valid by the published schema, which can also say no', () => {
    const schema = JSON.parse(read('test/schema/devContainerFeature.schema.json'));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    assert.ok(validate(metadata), JSON.stringify(validate.errors));
    assert.equal(validate({ ...metadata, secrets: {} }), false);
    assert.equal(validate({ ...metadata, version: undefined }), false);
  });

  test('has the version of package.json', () => {
    assert.equal(metadata.version, JSON.parse(read('package.json')).version);
  });

  test('runs in no hook but the two where secrets are and prebuilds are not', () => {
    const hooks = Object.keys(metadata).filter((key) => /Command$|^entrypoint$/.test(key));
    assert.deepEqual(hooks, ['postCreateCommand', 'postStartCommand']);
    for (const hook of hooks) {
      const entries = metadata[hook as `${string}Command`] ?? {};
      assert.deepEqual(Object.keys(entries), ['heroku-login']);
      const command = entries['heroku-login'] ?? '';
      // Runs as it stands, without the program too: an image may be changed after this Feature.
      output('sh', ['-c', command.replaceAll('/usr/local/bin/', '/nowhere/')]);
      assert.match(command, / \/usr\/local\/bin\/heroku-login --hook$/);
    }
  });

  test('holds nothing that the dev container CLI would replace', () => {
    assert.doesNotMatch(JSON.stringify(metadata), /\$\{/);
  });

  test("has install.sh's options with its defaults", () => {
    const defaults = Object.fromEntries(
      Object.entries(metadata.options).map(([name, option]) => [name, option.default]),
    );
    assert.deepEqual(defaults, {
      ...{ version: 'latest', secretName: 'HEROKU_API_KEY', required: false, app: '' },
      ...{ perContainerToken: false, containerRegistry: false, lean: true, completion: true },
      assetsUrl: 'https://cli-assets.heroku.com',
    });
    const script = read('src/install/options.sh');
    for (const name of Object.keys(defaults))
      assert.match(script, new RegExp(`\\$\\{${name.toUpperCase()}:-`));
    const [, section = ''] = /^## Options$([\s\S]*?)^## /m.exec(read('README.md')) ?? [];
    const rows = [...section.matchAll(/^\| `(\w+)` +\| *(?:`(.*?)`|none) *\|/gm)];
    const stated = rows.map(([, name, value = '']) => [name, value]).sort();
    assert.deepEqual(
      stated,
      Object.entries(defaults)
        .map(([n, value]) => [n, `${value}`])
        .sort(),
    );
  });
});

test('both schemas in test/schema are the bytes that were published', () => {
  const rows = [...read('test/schema/README.md').matchAll(/^\| `(\S+)` .* `([0-9a-f]{64})` \|$/gm)];
  const stated = rows.map(([, file, sha256]) => [file, sha256]).sort();
  const files = readdirSync(join(root, 'test/schema')).filter((file) => file !== 'README.md');
  assert.equal(files.length, 2);
  const sum = (text: string) => createHash('sha256').update(text).digest('hex');
  assert.deepEqual(
    stated,
    files.sort().map((file) => [file, sum(read(`test/schema/${file}`))]),
  );
});

describe('the published archive', () => {
  test('holds exactly the files that are meant to be published', () => {
    const out = join(temporaryFolder(), 'out');
    const cli = join(root, 'node_modules/.bin/devcontainer');
    output(cli, ['features', 'package', join(root, 'dist/src'), '-o', out]);
    const archive = 'devcontainer-feature-heroku-cli.tgz';
    assert.deepEqual(readdirSync(out).sort(), ['devcontainer-collection.json', archive]);
    const listing = output('tar', ['-tf', join(out, archive)]);
    const files = listing.split('\n').map((line) => line.replace(/^\.\//, ''));
    // A folder's name ends with a slash.
    assert.deepEqual(files.filter((file) => /[^/]$/.test(file)).sort(), published.sort());
  });

  test('has a read-me of the same text as this repository, whose links lead out', () => {
    const staged = readFileSync(join(root, 'dist/src/heroku-cli/README.md'), 'utf8');
    const source = read('README.md').split(/^---$/m)[0] ?? '';
    const plain = (text: string) => text.replace(/\]\([^)]*\)/g, ']()').trim();
    assert.equal(plain(staged), plain(source));
    for (const [, link] of staged.matchAll(/\]\(([^)]*)\)/g)) assert.match(link ?? '', /^https:/);
    const docs = `https://github.com/${repository}/blob/v${metadata.version}/docs/`;
    assert.ok(staged.includes(docs));
  });

  test('is built from nothing else than dist, which holds the Feature, its tests and the template', () => {
    assert.deepEqual(readdirSync(join(root, 'dist')).sort(), ['src', 'templates', 'test']);
    assert.deepEqual(readdirSync(join(root, 'dist/templates')), ['heroku-app']);
    for (const folder of ['src', 'test']) {
      assert.deepEqual(readdirSync(join(root, 'dist', folder)), ['heroku-cli']);
    }
  });

  test('the program is one file that needs Node alone', () => {
    const program = readFileSync(join(root, 'dist/src/heroku-cli/heroku-login.cjs'), 'utf8');
    const required = [...program.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
    assert.ok(required.length > 3);
    for (const name of required) assert.match(name ?? '', /^node:/);
    assert.doesNotMatch(program, /@actions|setSecret/);
    // One character beyond it, and V8 keeps two bytes for each.
    assert.match(program, /^\p{ASCII}*$/u);
    const { bin } = JSON.parse(read('package.json'));
    assert.match(output(join(root, bin['heroku-login']), ['--version']), /^heroku-login \d/);
  });
});
