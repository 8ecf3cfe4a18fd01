// What an installation costs, beside `curl URL | tar xz` of the same file from the same server, and beside
// the public Feature heroku-cli (devcontainers-extra, 1.0.5), which is curl | tar after what it needs.
import { releasePaths } from '../../test/fake-heroku/cli-release.ts';
import { run } from '../../test/support/command.ts';
import { type Bench, inContainer } from './container.ts';
import { type Figure, type Group, inTurn, kept, timed } from './measure.ts';

export async function benchInstall({ heroku, release, install }: Bench): Promise<Group[]> {
  const { channelTarball } = releasePaths(release);
  const naive = `curl -sSL ${heroku.url}/${channelTarball} | tar -xz -C /usr/local/lib`;
  // Its steps, not its words: the lists of packages, jq, no check of anything, a link.
  const publicWay = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates curl jq
    ${naive} && ln -s /usr/local/lib/heroku/bin/heroku /usr/local/bin/heroku && rm -rf /var/lib/apt/lists/*`;
  const growths: Figure[] = [];
  const subject = (name: string, script: string, most?: { time: number; growth: number }) => {
    const values: number[] = [];
    growths.push({ name, ...(most && { most: most.growth }), values });
    const once = () =>
      inContainer(async ({ id, sh }) => {
        const seconds = await timed(() => sh(script));
        // What the container's layer holds, as the engine counts it: what an image grows by.
        const size = await run('docker', ['inspect', '--size', '--format', '{{.SizeRw}}', id]);
        values.push(kept(Number(size) / 1e6));
        return seconds;
      });
    return { name, ...(most && { most: most.time }), once };
  };
  const times = await inTurn(5, [
    subject('curl | tar xz', naive),
    subject('this Feature', install, { time: 0.8, growth: 0.55 }),
    subject('this Feature, lean: false', `LEAN=false ${install}`),
    subject('the public Feature: apt-get, curl | tar xz', publicWay),
  ]);
  return [
    { title: 'An installation', unit: 's', compare: 'ratio', figures: times },
    { title: 'What the image grows by', unit: 'MB', compare: 'ratio', figures: growths },
  ];
}
