// What an installation costs, beside `curl URL | tar xz` of the same file from the same server, and beside
// the public Feature heroku-cli (devcontainers-extra, 1.0.5), which is curl | tar after what it needs.
import { type CliRelease, releasePaths } from '../../test/fake-heroku/cli-release.ts';
import { growth, startContainer } from './container.ts';
import { inTurn, rounds, timed } from './measure.ts';
import type { Group } from './model.ts';

/** @param url where the release is served, as this machine reaches it. */
export async function benchInstall(url: string, release: CliRelease): Promise<Group[]> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const { channelTarball } = releasePaths(arch, release.version, release.sha7);
  const naive = `curl -sSL ${url}/${channelTarball} | tar -xz -C /usr/local/lib`;
  // Its steps, not its words: the lists of packages, jq, no check of anything, a link.
  const publicWay = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates curl jq
    ${naive} && ln -s /usr/local/lib/heroku/bin/heroku /usr/local/bin/heroku && rm -rf /var/lib/apt/lists/*`;
  const ways: { name: string; script: string; time?: number; size?: number }[] = [
    { name: 'curl | tar xz', script: naive },
    {
      name: 'this Feature',
      script: `ASSETSURL=${url} /feature/install.sh`,
      time: 0.8,
      size: 0.55,
    },
    {
      name: 'this Feature, lean: false',
      script: `LEAN=false ASSETSURL=${url} /feature/install.sh`,
    },
    { name: 'the public Feature: apt-get, curl | tar xz', script: publicWay },
  ];
  const growths = new Map(ways.map(({ name }) => [name, [] as number[]]));
  const times = await inTurn(
    ways.map(({ name, script, time }) => ({
      name,
      ...(time !== undefined && { most: time }),
      once: async () => {
        const container = await startContainer();
        try {
          const seconds = (await timed(() => container.sh(script))) / 1000;
          growths.get(name)?.push(await growth(container.id));
          return seconds;
        } finally {
          await container.close();
        }
      },
    })),
    rounds(5),
  );
  return [
    { title: 'An installation', unit: 's', compare: 'ratio', figures: times },
    {
      title: 'What the image grows by',
      unit: 'MB',
      compare: 'ratio',
      figures: ways.map(({ name, size }) => ({
        name,
        ...(size !== undefined && { most: size }),
        values: growths.get(name) ?? [],
      })),
    },
  ];
}
