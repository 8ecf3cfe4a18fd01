// What GitHub and editors read of this repository: its dev container, its updates, its issue forms.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type ParseError, parse as parseJsonc } from 'jsonc-parser';
import { parse } from 'yaml';
import { root } from '../support/root.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

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
