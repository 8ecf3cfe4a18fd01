// The text of docker's settings: our key is added where docker reads it, and taken out without a trace.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { addHelper, registryUse, removeHelper } from '../../src/tools/docker-settings.ts';
import { output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const REGISTRY = 'registry.heroku.com';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const texts: Record<string, string> = {
  'an empty object': '{}',
  'an empty object with white space': ' {\n\t}\n',
  'one line': '{"auths":{"ghcr.io":{"auth":"bWU6Z2hwX3g="}}}',
  "docker's own form": '{\n\t"auths": {},\n\t"HttpHeaders": {\n\t\t"X": "y"\n\t}\n}',
  'another helper': '{\n  "credHelpers": {\n    "gcr.io": "gcloud"\n  },\n  "auths": {}\n}\n',
  'an empty object of helpers': '{"credHelpers": {}, "psFormat": "{{.ID}}"}',
  'the same with white space': '{"credHelpers": {\n}}',
  'odd names and white space':
    '{"x": ["credHelpers"], "credHelpers" :{"a,}]":"\\"registry.a\\": \\"heroku-login\\"" , "b":[]} }',
  'bytes that are not UTF-8': '{"x": "\xff\xfe", "credsStore": "dev-containers-1"}',
};

describe('our key', () => {
  for (const [name, text] of Object.entries(texts)) {
    test(`is one more setting, and gone it leaves every byte as it was: ${name}`, () => {
      const added = addHelper(text, REGISTRY);
      const before = JSON.parse(text);
      const credHelpers = { ...before.credHelpers, [REGISTRY]: 'heroku-login' };
      assert.deepEqual(JSON.parse(added), { ...before, credHelpers });
      assert.deepEqual(registryUse(added, REGISTRY), { helper: 'heroku-login' });
      assert.equal(removeHelper(added), text);
      assert.equal(removeHelper(text), text);
    });
  }

  test('goes too if docker has written the file in its own form since', () => {
    for (const text of Object.values(texts)) {
      // Docker always writes `auths`.
      const settings = { auths: {}, ...JSON.parse(addHelper(text, REGISTRY)) };
      const rewritten = JSON.stringify(settings, null, '\t');
      const { credHelpers, ...others } = { auths: {}, ...JSON.parse(text) };
      const kept =
        Object.keys(credHelpers ?? {}).length === 0 ? others : { ...others, credHelpers };
      assert.deepEqual(JSON.parse(removeHelper(rewritten) ?? ''), kept);
    }
  });

  test('goes for every registry', () => {
    const [one, other] = ['"registry.a": "heroku-login"', '"registry.b": "heroku-login"'];
    const text = `{"credHelpers": {${one}, "gcr.io": "gcloud", ${other}}}`;
    assert.equal(removeHelper(text), '{"credHelpers": {"gcr.io": "gcloud"}}');
  });

  test('is not added to an object of another level', () => {
    const text = '{"x": {"credHelpers": {}}, "credHelpers": {}}';
    assert.throws(() => addHelper(text, REGISTRY), { message: 'it has an unexpected form' });
  });

  test('in a file that was not there, the file goes', () => {
    const added = addHelper(null, REGISTRY);
    assert.deepEqual(JSON.parse(added), { credHelpers: { [REGISTRY]: 'heroku-login' } });
    assert.equal(removeHelper(added), null);
  });
});

test('the command of docs/troubleshooting.md removes the key as well', () => {
  const text = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  const [line = ''] = /^sed .*config\.json$/m.exec(text) ?? [];
  const file = join(temporaryFolder(), 'config.json');
  for (const [name, settings] of Object.entries(texts)) {
    const added = addHelper(settings, REGISTRY);
    for (const form of [added, JSON.stringify(JSON.parse(added), null, '\t')]) {
      writeFileSync(file, form, 'latin1');
      output('sh', ['-c', line.replace('~/.docker/config.json', file)]);
      const full = (json: string) => ({ credHelpers: {}, ...JSON.parse(json) });
      assert.deepEqual(full(readFileSync(file, 'latin1')), full(settings), name);
    }
  }
});

describe('what docker uses for the registry', () => {
  const password = 'pass:word';
  const auth = base64(`_:${password}`);
  for (const [settings, use] of [
    [{ credHelpers: { [REGISTRY]: 'pass' } }, { helper: 'pass' }],
    [{ auths: { [REGISTRY]: { auth } } }, { password }],
    [{ auths: { [`https://${REGISTRY}/v1/`]: { auth } } }, { password }],
    [{ auths: { [REGISTRY]: { auth: 'Xzo=', identitytoken: 'x' } } }, { password: undefined }],
    // What docker leaves of a login that a helper has.
    [{ auths: { [REGISTRY]: {} } }, undefined],
    [{ auths: { 'ghcr.io': { auth: base64('me:x') } }, credsStore: 'desktop' }, undefined],
  ] as const) {
    test(JSON.stringify(settings), () => {
      assert.deepEqual(registryUse(JSON.stringify(settings), REGISTRY), use);
    });
  }

  const odd = ['', '[]', 'null', '{"auths": {', '{"credHelpers": []}', '{"credHelpers": 1}'];
  for (const text of odd) {
    test(`is not guessed from ${text || 'an empty file'}, which is not changed either`, () => {
      const problem = { message: 'it is not valid JSON' };
      assert.throws(() => registryUse(text, REGISTRY), problem);
      assert.throws(() => addHelper(text, REGISTRY), problem);
      assert.equal(removeHelper(text), text);
      assert.throws(() => removeHelper(`${text} "registry.a": "heroku-login"`), problem);
    });
  }
});
