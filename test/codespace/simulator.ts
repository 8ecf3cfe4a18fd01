// The codespace simulator: a fake Heroku, a registry with the Feature under test, and an image to start from.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatorImage } from './base-image.ts';
import { Codespace } from './codespace.ts';
import { startHeroku } from './heroku.ts';
import type { HostOptions } from './host.ts';
import { LocalContainer } from './local-container.ts';
import { Cleanup, type SharedOptions, useShared } from './shared.ts';

export type Simulator = Awaited<ReturnType<typeof openSimulator>>;

export interface SimulatorOptions extends SharedOptions {
  /** Give codespaces a Docker Engine of their own, as the docker-in-docker Feature does. */
  readonly engine?: boolean;
  /** Folder of other releases of the CLI for the Feature to install. */
  readonly releases?: string;
}

/** Sets everything up. What it had made is removed again if a step fails. */
export async function openSimulator(options: SimulatorOptions) {
  const { say = () => {}, real, engine, releases } = options;
  const cleanup = new Cleanup();
  return cleanup.guard(async () => {
    const { key, downloads, ...shared } = await useShared(options, cleanup);
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'heroku-simulator-')));
    cleanup.add(() => rm(dir, { recursive: true, force: true }));
    if (!real) say('the fake Heroku');
    const started = real ? null : await startHeroku(join(dir, 'heroku'), releases);
    const heroku = started?.heroku ?? null;
    cleanup.add(async () => heroku?.close());
    const trust = started && {
      ca: started.ca,
      downloads: (releases === undefined && downloads) || started.heroku.address,
    };
    say('the image that dev containers start from');
    const image = await simulatorImage(trust, key, engine);

    /** A codespace whose repository uses the Feature; no container yet. */
    const codespace = async (own: Partial<HostOptions> = {}) => {
      const prepared = await Codespace.prepare({
        root: await mkdtemp(join(dir, 'codespace-')),
        ...{ image, feature: shared.reference, remoteUser: 'vscode' },
        addHosts: heroku?.addHosts ?? [],
        ...own,
      });
      cleanup.add(() => prepared.remove());
      return prepared;
    };
    /** A dev container outside Codespaces for this folder; no container yet. */
    const locally = (workspace: string) => {
      const container = new LocalContainer(workspace);
      cleanup.add(() => container.remove());
      return container;
    };
    return {
      ...shared,
      /** Folder for a test's own files. */
      dir,
      /** Null if codespaces use the real Heroku. */
      heroku,
      /** The image that a user's configuration starts from. */
      image,
      codespace,
      locally,
      /** Removes every container, image and folder of this simulator. Safe to call twice. */
      close: () => cleanup.run(),
    };
  });
}
