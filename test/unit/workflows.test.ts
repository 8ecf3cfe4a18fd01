// The GitHub workflows, judged by GitHub's own parser and by what keeps a release in our hands.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../support/root.ts';
import { workflowProblems } from '../support/workflow-rules.ts';

const folder = join(root, '.github/workflows');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const files = readdirSync(folder);

for (const file of files) {
  test(`${file} keeps every rule`, async () => {
    assert.deepEqual(await workflowProblems(file, read(file)), []);
  });
}

test('the workflows run only scripts that package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const used = files.flatMap((file) =>
    [...read(file).matchAll(/\bnpm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name),
  );
  assert.ok(used.includes('test:all'), 'nothing runs every test');
  assert.deepEqual(
    used.filter((name) => name !== 'ci' && !(name in scripts)),
    [],
  );
});

describe('the rules notice', () => {
  const good = read('release.yml');
  const cases: [name: string, from: string | RegExp, to: string, problem: RegExp][] = [
    ['a property that does not exist', 'runs-on:', 'run-on:', /run-on/],
    ['a step that does nothing', 'run: npm ci', 'rum: npm ci', /rum/],
    ['an unreadable expression', '{{ github.token }}', '{{ github. }}', /expression|Unexpected/i],
    ['a job that waits for none', 'needs: publish', 'needs: nobody', /nobody/],
    ['rights for every job', 'permissions: {}', 'permissions: read-all', /must be \{\}/],
    ['a job without rights', /permissions:\n {6}contents: write\n {4}/, '', /which permissions/],
    ['a branch for a pin', /checkout@\w{40}/, 'checkout@main', /not pinned/],
    ['a short commit for a pin', /checkout@(\w{7})\w{33}/, 'checkout@$1', /not pinned/],
    ['a pin without its version', ' # v7.0.1', '', /which version/],
    ['a token on the disk', 'persist-credentials: false', 'fetch-depth: 1', /on the disk/],
    ["a stranger's cache", 'package-manager-cache: false', 'cache: npm', /from a cache/],
    ['a script of a stranger', '"$NOTES"', `"\${{ github.head_ref }}"`, /inside a script/],
    [
      'an unverified download',
      'run: npm ci',
      'run: curl -L https://x/y | sh',
      /without a checksum/,
    ],
    ['a job that may run for ever', /timeout-minutes: 15\n/, '\n', /no time limit/],
    ['a trigger for strangers', /push:\n {4}tags: .*\n/, 'pull_request_target:\n', /for strangers/],
  ];
  for (const [name, from, to, problem] of cases) {
    test(name, async () => {
      const bad = good.replace(from, to);
      assert.notEqual(bad, good);
      const problems = await workflowProblems('release.yml', bad);
      assert.match(problems.join('\n'), problem);
    });
  }
});

test('no job but the one that publishes may write packages or sign, and only one writes releases', () => {
  const { jobs } = parse(read('release.yml')) as {
    jobs: Record<string, { permissions: Record<string, string> }>;
  };
  const writes = Object.entries(jobs).flatMap(([id, { permissions }]) =>
    Object.entries(permissions)
      .filter(([, access]) => access === 'write')
      .map(([name]) => `${id}: ${name}`),
  );
  assert.deepEqual(writes.sort(), [
    'announce: contents',
    'publish: attestations',
    'publish: id-token',
    'publish: packages',
  ]);
  for (const file of files.filter((one) => one !== 'release.yml')) {
    assert.doesNotMatch(read(file), /: write$/m);
  }
});

test('what was tested is published as it is, and its attestations are in the registry', () => {
  const { jobs } = parse(read('release.yml')) as {
    jobs: Record<string, { steps: { uses?: string; run?: string; with?: object }[] }>;
  };
  const steps = jobs['publish']?.steps ?? [];
  assert.ok(!steps.some(({ run }) => run?.includes('build')));
  const attests = steps.filter(({ uses }) => uses?.startsWith('actions/attest@'));
  assert.equal(attests.length, 2);
  for (const step of attests) assert.ok(step.with && 'push-to-registry' in step.with);
});
