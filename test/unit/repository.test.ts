// What GitHub and editors read of this repository: its name, its dev container, its updates, its issue forms.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type ParseError, parse as parseJsonc } from 'jsonc-parser';
import { parse } from 'yaml';
import { feature, repository } from '../../scripts/repository.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the name of the repository', () => {
  /** Fails unless every file of a checkout says this name. */
  function assertNamed(folder: string, name: string): void {
    const text = (path: string) => readFileSync(join(folder, path), 'utf8');
    const lower = name === 'OWNER/REPO' ? name : name.toLowerCase();
    const grep = ['-rhoE', '--exclude-dir=facts', 'ghcr.io/[^/ ]+/[^/ ]+/heroku-cli'];
    const places = [
      'README.md',
      'docs',
      'examples',
      'templates',
      'scripts',
      'renovate-preset.json',
    ];
    const found = output('grep', [...grep, ...places], { cwd: folder });
    assert.deepEqual([...new Set(found.trim().split('\n'))], [`ghcr.io/${lower}/heroku-cli`]);
    for (const path of [
      'devcontainer-feature.json',
      'templates/heroku-app/devcontainer-template.json',
    ]) {
      assert.match(JSON.parse(text(path)).documentationURL, new RegExp(`github.com/${name}(/|$)`));
    }
    assert.ok(text('SECURITY.md').includes(`https://github.com/${name}/security/`));
    assert.match(text('.github/CODEOWNERS'), new RegExp(`^\\* @${name.split('/')[0]}$`, 'm'));
    const [, entries = ''] = /```yaml\n(.*?)```/s.exec(text('CONTRIBUTING.md')) ?? [];
    assert.deepEqual(
      parse(entries).map((entry: { ociReference: string }) => entry.ociReference),
      [`ghcr.io/${lower}`, `ghcr.io/${lower}/templates`],
    );
  }

  test('is the same everywhere', () => {
    assertNamed(root, repository);
    assert.match(feature, new RegExp(`^ghcr\\.io/${repository}/heroku-cli$`, 'i'));
  });

  test('is changed everywhere by the command in CONTRIBUTING.md, and again', () => {
    const copy = temporaryFolder();
    const files = 'git ls-files -z --cached --others --exclude-standard';
    const script = `${files} | tar -c --null -T - --ignore-failed-read | tar -x -C "$0"`;
    output('sh', ['-c', script, copy], { cwd: root });
    output('git', ['init', '-q', copy]);
    output('git', ['-C', copy, 'add', '--all']);
    for (const name of ['Octocat/feature', 'Other/name']) {
      const page = readFileSync(join(copy, 'CONTRIBUTING.md'), 'utf8');
      const [, command = ''] = /^export TO=.*\n([^`]+)```/m.exec(page) ?? [];
      output('sh', ['-c', `export TO=${name}\n${command}`], { cwd: copy });
      assertNamed(copy, name);
    }
  });
});

test('the preset for Renovate finds the version of the CLI, and no other', () => {
  const [manager] = JSON.parse(read('renovate-preset.json')).customManagers;
  const [pattern, ...others] = manager.matchStrings;
  assert.deepEqual(others, []);
  const versionIn = (features: object, indent?: number) =>
    new RegExp(pattern).exec(JSON.stringify({ features }, null, indent))?.groups?.['currentValue'];
  const pinned = { app: 'my-app', version: '11.10.0', lean: true };
  assert.equal(versionIn({ [`${feature}:1`]: pinned }), '11.10.0');
  assert.equal(
    versionIn({ 'ghcr.io/x/y/node:1': { version: '1.2.3' }, [`${feature}:1`]: pinned }, 2),
    '11.10.0',
  );
  assert.equal(versionIn({ [`${feature}:1`]: { version: '11' } }), undefined);
  assert.equal(
    versionIn({ [`${feature}:1`]: {}, 'ghcr.io/x/y/node:1': { version: '1.2.3' } }),
    undefined,
  );
});

test('the dev container has the Node of .nvmrc, Docker, and the packages', () => {
  const errors: ParseError[] = [];
  const configuration = parseJsonc(read('.devcontainer/devcontainer.json'), errors);
  assert.deepEqual(errors, []);
  const features = Object.entries<{ version?: string }>(configuration.features);
  const [, node] = features.find(([id]) => id.includes('/node:')) ?? [];
  assert.equal(node?.version, read('.nvmrc').trim());
  assert.ok(features.some(([id]) => id.includes('/docker-in-docker:')));
  assert.equal(configuration.remoteUser, 'root');
  assert.match(configuration.postCreateCommand, /&& npm ci$/);
});

test('Dependabot looks wherever there is something to update, and waits a week', () => {
  interface Update {
    'package-ecosystem': string;
    directory?: string;
    directories?: string[];
    cooldown: { 'default-days': number };
  }
  const { updates } = parse(read('.github/dependabot.yml')) as { updates: Update[] };
  const places = updates.flatMap(({ directory, directories = [], cooldown, ...update }) => {
    assert.ok(cooldown['default-days'] >= 7);
    const all = directory === undefined ? directories : [...directories, directory];
    return all.map((place) => `${update['package-ecosystem']} ${place}`);
  });
  const locks = readdirSync(join(root, 'test/cli-package')).filter((name) =>
    existsSync(join(root, 'test/cli-package', name, 'package-lock.json')),
  );
  assert.ok(locks.length > 0);
  const expected = ['devcontainers /', 'github-actions /', 'npm /', 'npm /test/cli-package/*'];
  assert.deepEqual(places.sort(), expected);
});

describe('the issue forms', () => {
  interface Field {
    type: string;
    id?: string;
    attributes: Record<string, unknown>;
    validations?: { required: boolean };
  }
  const folder = '.github/ISSUE_TEMPLATE';
  const forms = readdirSync(join(root, folder)).filter((name) => name !== 'config.yml');

  for (const name of forms) {
    test(`${name} is a form, and warns never to paste a token`, () => {
      const text = read(`${folder}/${name}`);
      const form = parse(text) as { name: string; description: string; body: Field[] };
      assert.ok(form.name && form.description);
      assert.match(text, /never paste a token/i);
      for (const { type, id, attributes } of form.body) {
        // https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
        assert.match(type, /^(markdown|textarea|input|dropdown|checkboxes)$/);
        assert.ok(type === 'markdown' ? attributes['value'] : id && attributes['label']);
      }
    });
  }

  test('a bug report has the status of the login', () => {
    const { body } = parse(read(`${folder}/bug.yml`)) as { body: Field[] };
    const status = body.find(({ id }) => id === 'status');
    assert.match(String(status?.attributes['label']), /`heroku-login status --json`/);
    assert.equal(status?.validations?.required, true);
  });

  test('vulnerabilities are not reported in public', () => {
    const config = parse(read(`${folder}/config.yml`));
    const urls: string[] = config.contact_links.map(({ url }: { url: string }) => url);
    assert.equal(config.blank_issues_enabled, false);
    const [, address = ''] =
      /\((https:\S+\/security\/advisories\/new)\)/.exec(read('SECURITY.md')) ?? [];
    assert.ok(urls.includes(address), `${address} is not in config.yml`);
  });
});
