// The real @devcontainers/cli as a child process.
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../fake-heroku/lock.ts';
import { attempt, type Result } from '../support/command.ts';
import { dockerLines } from './docker.ts';

const PROGRAM = createRequire(import.meta.url).resolve('@devcontainers/cli/devcontainer.js');

/** Every image built on that of a codespace simulator inherits this label, and every container of it. */
export const LABEL = 'heroku-feature.simulator';

const LOCK = join(tmpdir(), `heroku-feature-build-${userInfo().uid}.lock`);

/** The name that all builds on an engine without buildx share (docs/facts/devcontainers.md part 5). */
const CONTENT_IMAGE = 'dev_container_feature_content_temp';

/** What every call has in its environment, for the sake of {@link reachPublic}. */
let publicVariables: Readonly<Record<string, string>> = {};

/** From now on the CLI finds the public registry by these variables (registry.ts). */
export function reachPublic(variables: Readonly<Record<string, string>>): void {
  publicVariables = variables;
}

export interface DevcontainerOptions {
  /** Gets the output piece by piece, both streams, while the CLI runs. */
  readonly onOutput?: (text: string) => void;
  /** What its environment has besides this process's. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Runs `devcontainer ARGS` to its end. Calls that build wait for each other, also across processes.
 *
 * @param temporary folder for the CLI's own files, apart from those of other runs.
 */
export async function devcontainer(
  args: readonly string[],
  temporary: string,
  { onOutput, variables = {} }: DevcontainerOptions = {},
): Promise<Result> {
  await avoidDownload(temporary);
  const env = { ...process.env, ...publicVariables, ...variables, TMPDIR: temporary };
  const call = () =>
    attempt(process.execPath, [PROGRAM, ...args], { env, ...(onOutput && { onOutput }) });
  const builds = /^(up|build|features test)\b/.test(args.slice(0, 2).join(' '));
  return builds && !args.includes('--expect-existing-container') ? withBuildLock(call) : call();
}

/** As {@link devcontainer}, for a call that must succeed. */
export async function runDevcontainer(args: readonly string[], temporary: string): Promise<string> {
  const { code, stdout, output } = await devcontainer(args, temporary);
  if (code !== 0) throw new Error(`devcontainer ${args.slice(0, 2).join(' ')}:\n${output}`);
  return stdout;
}

/** Does something while no dev container is built on this machine. */
export const withBuildLock = <T>(action: () => Promise<T>) => withLock(LOCK, action);

/**
 * Takes away all that was made of the images with a key: every container, also that of a build step that was
 * interrupted, and the names of the images. Their layers stay for the next build.
 */
export async function removeBuilt(key: string): Promise<void> {
  const filter = ['--filter', `label=${LABEL}=${key}`];
  await withBuildLock(async () => {
    const containers = await dockerLines('ps', '--all', '--quiet', ...filter);
    // After an interruption, the engine may be removing one of them itself at this moment.
    await attempt('docker', ['rm', '--force', '--volumes', ...containers]);
    const format = ['--filter', 'dangling=false', '--format', '{{.Repository}}:{{.Tag}}'];
    const names = await dockerLines('images', ...filter, ...format);
    await attempt('docker', ['rmi', '--force', '--no-prune', ...names]);
    await removeContentImages();
  });
}

/**
 * Without buildx, each build leaves an image of what it copies, and one on top of it, by which it was an
 * argument: of no use to the next build, and only the last one has a name.
 */
async function removeContentImages(): Promise<void> {
  await attempt('docker', ['rmi', CONTENT_IMAGE]);
  const ids = await dockerLines('images', '--quiet', '--no-trunc', '--filter', 'dangling=true');
  const format = '{{.Id}} {{json .Config.Labels}} {{.ContainerConfig.Cmd}}';
  const { stdout } = await attempt('docker', ['image', 'inspect', '--format', format, ...ids]);
  const content = /^\S+(?= null .*(ARG _DEV_CONTAINERS_|COPY dir:\S+ in \/tmp\/build-features))/gm;
  await attempt('docker', ['rmi', ...(stdout.match(content) ?? [])]);
}

/**
 * The CLI asks containers.dev for a list of withdrawn Features, with no time limit, unless it has a
 * copy younger than 5 minutes (docs/facts/devcontainers.md part 5). This one stays young for the
 * whole run.
 */
async function avoidDownload(temporary: string): Promise<void> {
  const dir = join(temporary, `devcontainercli-${userInfo().username}`);
  const file = join(dir, 'control-manifest.json');
  await mkdir(dir, { recursive: true });
  await writeFile(file, JSON.stringify({ disallowedFeatures: [], featureAdvisories: [] }));
  const later = new Date(Date.now() + 60 * 60 * 1000);
  await utimes(file, later, later);
}
