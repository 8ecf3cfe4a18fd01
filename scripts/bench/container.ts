// A container of the simulator's base image with the staged Feature at /feature, which idles.
import { dirname, join } from 'node:path';
import { baseImage } from '../../test/codespace/base-image.ts';
import { run } from '../../test/support/command.ts';
import { bundle } from '../build.ts';
import type { Asked, Inside } from './inside.ts';
import type { Figure } from './model.ts';

const root = dirname(dirname(import.meta.dirname));

export interface Container {
  readonly id: string;
  /** Runs a line for sh as root and returns what it prints. */
  sh(line: string): Promise<string>;
  close(): Promise<void>;
}

/** @param volumes of docker run, such as `/here:/there:ro`. */
export async function startContainer(...volumes: string[]): Promise<Container> {
  const all = [`${join(root, 'dist/src/heroku-cli')}:/feature:ro`, ...volumes];
  const started = await run('docker', [
    ...['run', '--detach', '--init', '--network', 'host'],
    ...all.flatMap((volume) => ['--volume', volume]),
    ...[await baseImage(), 'sleep', 'infinity'],
  ]);
  const id = started.trim();
  return {
    id,
    sh: (line) => run('docker', ['exec', id, 'sh', '-c', line]),
    close: async () => {
      await run('docker', ['rm', '--force', '--volumes', id]);
    },
  };
}

/** Megabytes that a container's layer holds, as the engine counts them: what an image grows by. */
export async function growth(id: string): Promise<number> {
  return Number(await run('docker', ['inspect', '--size', '--format', '{{.SizeRw}}', id])) / 1e6;
}

/** A container with zsh and then the Feature installed, and `measure`, which runs inside.ts in it. */
export async function installedContainer(url: string, folder: string) {
  await bundle(join(folder, 'inside.cjs'), 'scripts/bench/inside.ts');
  const container = await startContainer(`${folder}:/bench`);
  await container.sh('apt-get update -qq && apt-get install -y -qq --no-install-recommends zsh');
  await container.sh(`ASSETSURL=${url} /feature/install.sh`);
  const measure = async (subjects: readonly Inside[], rounds: number): Promise<Figure[]> => {
    const asked: Asked = { rounds, subjects };
    const node = '/usr/local/lib/heroku/bin/node';
    const printed = await run(
      'docker',
      ['exec', '--interactive', container.id, node, '/bench/inside.cjs'],
      { input: JSON.stringify(asked), timeout: 3_600_000 },
    );
    const values = JSON.parse(printed) as number[][];
    return subjects.map(({ name, most }, index) => ({
      name,
      ...(most !== undefined && { most }),
      values: values[index] ?? [],
    }));
  };
  return { ...container, measure };
}

export type Installed = Awaited<ReturnType<typeof installedContainer>>;
