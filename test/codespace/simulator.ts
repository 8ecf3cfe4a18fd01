// All that a replay stands on: an engine, the stand-in for Heroku, a registry with the Feature under
// test, and an image to start from.

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stage } from '../../scripts/build.ts';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { cliRelease } from '../fake-heroku/cli-release.ts';
import { installMissing, REQUIREMENTS } from '../support/requirements.ts';
import { root } from '../support/root.ts';
import { baseImage, removeSimulatorImages, simulatorImage } from './base-image.ts';
import { Codespace, type CodespaceOptions } from './codespace.ts';
import { CACHE, dockerEngine } from './engine.ts';
import { type HerokuContainer, startHeroku } from './heroku.ts';
import { publish, type Registry, startRegistry } from './registry.ts';

export interface Simulator {
  readonly dir: string;
  /** Null where codespaces use the real Heroku. */
  readonly heroku: HerokuContainer | null;
  /** The image that a person's Dockerfile starts from, in the replay. */
  readonly image: string;
  /** What a person writes under `features`. */
  readonly reference: string;
  readonly registry: Registry;
  /** A codespace whose repository uses the Feature; no container yet. */
  codespace(own?: Partial<CodespaceOptions>): Promise<Codespace>;
  /** Removes every container, image and folder of this replay. Safe to call twice. */
  close(): Promise<void>;
}

export interface SimulatorOptions {
  /** Gets one line before each step. */
  readonly say: (line: string) => void;
  /** Let codespaces use the real Heroku: no stand-in, no added hosts, no private authority. */
  readonly real?: boolean;
  /** Give codespaces a Docker Engine of their own, as the docker-in-docker Feature does. */
  readonly engine?: boolean;
}

/** Sets everything up. What it had made is removed again where a step fails. */
export async function openSimulator({
  say,
  real = false,
  engine = false,
}: SimulatorOptions): Promise<Simulator> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    const problems: unknown[] = [];
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      await step().catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new Error(`something was left behind:\n${problems.join('\n')}`);
  };
  try {
    const missing = await installMissing(['git', 'openssl', 'curl'], say);
    if (missing.length > 0)
      throw new Error(missing.map((name) => REQUIREMENTS[name].howTo).join(' '));
    // If these two cannot be installed, images from a registry take their place.
    await installMissing(['mmdebstrap', 'docker-registry'], say);
    await dockerEngine(say);
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'heroku-replay-')));
    undo.push(() => rm(dir, { recursive: true, force: true }));
    const name = basename(dir).toLowerCase();

    say('base image');
    const base = await baseImage();
    const heroku = real ? null : await standIn(dir, name, base, say, undo);
    undo.push(() => removeSimulatorImages(name));
    const image = await simulatorImage(heroku?.ca ?? null, name, engine);

    say('building and publishing the Feature to a local registry');
    await stage();
    const registry: Registry = await startRegistry(join(dir, 'registry'));
    undo.push(() => registry.close());
    const place = await publish('features', join(root, 'dist/src'), registry, join(dir, 'publish'));
    const reference = `${place}/heroku-cli:1`;

    let count = 0;
    return {
      dir,
      heroku: heroku?.container ?? null,
      image,
      reference,
      registry,
      close,
      codespace: async (own = {}) => {
        count += 1;
        const codespace = await Codespace.prepare({
          name: `${name}-${count}`,
          root: join(dir, `codespace-${count}`),
          image,
          feature: reference,
          remoteUser: 'vscode',
          addHosts: heroku?.container.addHosts ?? [],
          ...own,
        });
        undo.push(() => codespace.remove());
        return codespace;
      },
    };
  } catch (error) {
    // What went wrong first is the news.
    await close().catch(() => {});
    throw error;
  }
}

async function standIn(
  dir: string,
  name: string,
  base: string,
  say: (line: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<{ container: HerokuContainer; ca: string }> {
  say('the real Heroku CLI, packaged as Heroku packages it');
  const release = await cliRelease({ cacheDir: CACHE });
  say("Heroku's stand-in");
  const certificates = makeCertificates(join(dir, 'certificates'));
  const container = await startHeroku({
    dir: join(dir, 'stand-in'),
    image: base,
    release,
    certificates,
    name,
  });
  undo.push(() => container.close());
  return { container, ca: certificates.ca };
}
