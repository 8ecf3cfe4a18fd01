// install.sh on every base image of test/container/images.yaml that this machine can make.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stageInto } from '../../scripts/build.ts';
import { matrix } from '../../scripts/matrix.ts';
import { canMakeImages } from '../codespace/debian-image.ts';
import { checkImage, makeImage, readImages } from '../codespace/images.ts';
import { type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release, smallRelease } from '../support/cli-release.ts';
import { temporaryFolder } from '../support/program.ts';

const images = await readImages();

test("GitHub's matrix has a job for each public image and architecture", () => {
  const jobs = matrix(images).include;
  assert.ok(jobs.some(({ name, runner }) => name === 'alpine' && runner.includes('arm')));
  assert.ok(!jobs.some(({ name, runner }) => name === 'arch' && runner.includes('arm')));
  assert.deepEqual(
    new Set(jobs.map(({ name }) => name)),
    new Set(images.filter(({ image }) => image).map(({ name }) => name)),
  );
});

// If none can be made, GitHub's runners try the public ones.
describe('install.sh on', { skip: !(await canMakeImages()), concurrency: 2 }, () => {
  /** There the real CLI: BusyBox's tar unpacks every file of it, and lean removes what it leaves out. */
  const whole = ['busybox'];
  assert.ok(whole.every((name) => images.some((image) => image.name === name)));
  // Another one than the `dist` that other tests use at the same time.
  const dist = join(temporaryFolder(), 'dist');
  const servers = new Map<boolean, FakeHeroku>();
  before(async () => {
    await stageInto(dist);
    for (const real of [true, false]) {
      const { dir } = await (real ? release() : smallRelease());
      servers.set(real, await startFakeHeroku({ dir: temporaryFolder(), releases: dir }));
    }
  });
  after(() => Promise.all([...servers.values()].map((server) => server.close())));

  for (const entry of images.filter(({ recipe }) => recipe)) {
    test(entry.name, async () => {
      const { url: assetsUrl } = servers.get(whole.includes(entry.name)) as FakeHeroku;
      await checkImage(entry, await makeImage(entry), { dist, assetsUrl });
    });
  }
});
