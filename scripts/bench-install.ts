// What an installation costs, beside `curl URL | tar xz` of the same file from the same server.
import { dirname, join } from 'node:path';
import { baseImage } from '../test/replay/base-image.ts';
import { dockerEngine } from '../test/replay/engine.ts';
import { type CliRelease, releasePaths } from '../test/stand-in/cli-release.ts';
import { run } from '../test/support/command.ts';
import { stage } from './build.ts';

const rounds = 5;

export interface InstallCost {
  readonly name: string;
  /** Seconds, the median. */
  readonly time: number;
  /** Megabytes that the image grows by, as the engine counts them. */
  readonly growth: number;
}

/** @param url where the release is served, as this machine reaches it. */
export async function benchInstall(url: string, release: CliRelease): Promise<InstallCost[]> {
  await dockerEngine(() => {});
  await stage();
  const feature = join(dirname(import.meta.dirname), 'dist/src/heroku-cli');
  const { channelTarball } = releasePaths(
    process.arch === 'arm64' ? 'arm64' : 'x64',
    release.version,
    release.sha7,
  );
  const naive = `curl -s ${url}/${channelTarball} | tar -xz -C /usr/local/lib`;
  const ways = new Map([
    ['curl | tar xz', naive],
    ['install.sh', `ASSETSURL=${url} /feature/install.sh`],
    ['install.sh, lean: false', `LEAN=false ASSETSURL=${url} /feature/install.sh`],
  ]);
  const costs = new Map<string, { time: number; growth: number }[]>();
  // One of each in turn, so that a slow moment of the machine meets all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, script] of ways) {
      const cost = await measure(feature, script);
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost]);
    }
  }
  return [...costs].map(([name, all]) => ({
    name,
    time: median(all.map(({ time }) => time)),
    growth: median(all.map(({ growth }) => growth)),
  }));
}

async function measure(feature: string, script: string): Promise<{ time: number; growth: number }> {
  const started = await run('docker', [
    ...['run', '--detach', '--init', '--network', 'host', '--volume', `${feature}:/feature:ro`],
    ...[await baseImage(), 'sleep', '1000'],
  ]);
  const id = started.trim();
  try {
    const began = performance.now();
    await run('docker', ['exec', id, 'sh', '-c', script]);
    const time = (performance.now() - began) / 1000;
    const size = await run('docker', ['inspect', '--size', '--format', '{{.SizeRw}}', id]);
    return { time, growth: Number(size) / 1e6 };
  } finally {
    await run('docker', ['rm', '--force', '--volumes', id]);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
