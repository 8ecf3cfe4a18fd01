// What the codespace simulators of a test run share, so that what one builds is in Docker's cache for all:
// a registry with the Feature under test, the server of the CLI's downloads, one certificate authority.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stageInto } from '../../scripts/build.ts';
import { run } from '../support/command.ts';
import { installMissing, REQUIREMENTS } from '../support/requirements.ts';
import { reachPublic, removeBuilt } from './devcontainer-cli.ts';
import { dockerEngine } from './engine.ts';
import { startHeroku } from './heroku.ts';
import { answerAsPublic, publish, startRegistry } from './registry.ts';

/** Facts about it, which {@link VARIABLE} hands to other processes as JSON. */
type Shared = Awaited<ReturnType<typeof openShared>>['shared'];

/** In the environment of a test file, if the runner has opened it for all of them. */
const VARIABLE = 'HEROKU_FEATURE_SHARED';

/** The reference is in the layer that installs the Feature, so the port should be that of the last run. */
const PORT = 15_077;

export interface SharedOptions {
  /** Gets one line before each step; default nobody. */
  readonly say?: (line: string) => void;
  /** Use the real Heroku: no server of downloads. */
  readonly real?: boolean;
}

/** Steps that take back what was set up, the last one first. */
export class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Runs every step, also after one that fails. Safe to call twice. Throws what was left behind. */
  async run(): Promise<void> {
    const problems: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new Error(`something was left behind:\n${problems.join('\n')}`);
  }

  /** Does what may fail halfway: what it had set up by then is taken back. */
  async guard<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      // What went wrong first is the news.
      await this.run().catch(() => {});
      throw error;
    }
  }
}

/** What the runner has opened, or a share for this process alone, which `cleanup` closes. */
export async function useShared(options: SharedOptions, cleanup: Cleanup): Promise<Shared> {
  const given = options.real ? undefined : process.env[VARIABLE];
  if (given !== undefined) {
    const shared = JSON.parse(given) as Shared;
    reachPublic(shared.publicVariables);
    return shared;
  }
  const { shared, close } = await openShared(options);
  cleanup.add(close);
  reachPublic(shared.publicVariables);
  return shared;
}

/**
 * Sets it up; nothing stays of it if a step fails.
 *
 * @returns what it is, the variable under which test files find it, and how to end it.
 */
export async function openShared({ say = () => {}, real = false }: SharedOptions) {
  const cleanup = new Cleanup();
  return cleanup.guard(async () => {
    const missing = await installMissing(['git', 'openssl', 'curl'], say);
    if (missing.length > 0)
      throw new Error(missing.map((name) => REQUIREMENTS[name].howTo).join(' '));
    // If this cannot be installed, images from a registry take the place of those that it makes.
    await installMissing(['mmdebstrap'], say);
    await dockerEngine(say);
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'heroku-shared-')));
    cleanup.add(() => rm(dir, { recursive: true, force: true }));
    say('building and publishing the Feature to a local registry');
    /** Folder that the Feature, its tests and the template are staged in, as `dist` is. */
    const staged = join(dir, 'dist');
    await stageInto(staged);
    const { host: registry, close } = await startRegistry(PORT);
    cleanup.add(close);
    const place = await publish('features', join(staged, 'src'), registry, join(dir, 'publish'));
    /** What a user writes under `features`. */
    const reference = `${place}/heroku-cli:1`;
    const feature = join(staged, 'src/heroku-cli');
    const answers = await answerAsPublic(registry, { dir: join(dir, 'public'), feature });
    cleanup.add(answers.close);
    const list = 'find . -type f | sort | xargs sha256sum';
    const content = await run('sh', ['-c', list], { cwd: join(staged, 'src') });
    const hash = createHash('sha256').update(`${reference}\n${content}`);
    /** Address of the server of the CLI's downloads; null for the real Heroku. */
    let downloads: string | null = null;
    if (!real) {
      say('the real Heroku CLI, packaged as Heroku packages it');
      const { heroku, ca, release } = await startHeroku(join(dir, 'downloads'));
      cleanup.add(() => heroku.close());
      downloads = heroku.address;
      hash.update(`${downloads}\n${release}\n`).update(await readFile(ca));
    }
    /** Stands for the Feature's content and the CLI's release: all that an installation depends on. */
    const key = hash.digest('hex').slice(0, 12);
    cleanup.add(() => removeBuilt(key));
    /** Variables under which the dev container CLI finds what stands for the public registry. */
    const publicVariables: Readonly<Record<string, string>> = answers.variables;
    const shared = { staged, registry, reference, publicVariables, downloads, key };
    return {
      shared,
      variables: { [VARIABLE]: JSON.stringify(shared) },
      close: () => cleanup.run(),
    };
  });
}
