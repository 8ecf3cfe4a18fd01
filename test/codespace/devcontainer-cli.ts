// The real @devcontainers/cli as a child process.
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { holdLock } from '../fake-heroku/lock.ts';
import { attempt, type Result, run } from '../support/command.ts';

const PROGRAM = createRequire(import.meta.url).resolve('@devcontainers/cli/devcontainer.js');

/** Every image built on that of a codespace simulator inherits this label. */
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
  return builds && !args.includes('--expect-existing-container') ? alone(call) : call();
}

/** As {@link devcontainer}, for a call that must succeed. */
export async function runDevcontainer(args: readonly string[], temporary: string): Promise<string> {
  const { code, stdout, output } = await devcontainer(args, temporary);
  if (code !== 0) throw new Error(`devcontainer ${args.slice(0, 2).join(' ')}:\n${output}`);
  return stdout;
}

/** Names of the images that calls of this process built. */
const built = new Set<string>();

/** Runs a call while no other process builds, and notes what it builds. */
async function alone(call: () => Promise<Result>): Promise<Result> {
  return withBuildLock(async () => {
    const before = new Set(await imageNames());
    const result = await call();
    for (const name of await imageNames()) if (!before.has(name)) built.add(name);
    await removeContentImages();
    if (result.code !== 0) await removeStepContainers();
    return result;
  });
}

/** Does something while no dev container is built on this machine. */
export async function withBuildLock<T>(action: () => Promise<T>): Promise<T> {
  const release = await holdLock(LOCK);
  try {
    return await action();
  } finally {
    await release();
  }
}

/** Takes away the names of what was built; the layers stay for the next build. */
export async function removeBuiltImages(): Promise<void> {
  const names = [...built];
  built.clear();
  if (names.length > 0) await attempt('docker', ['rmi', '--force', '--no-prune', ...names]);
}

/**
 * Without buildx, each build leaves an image of what it copies, and one on top of it, by which it was an
 * argument: of no use to the next build, and only the last one has a name.
 */
async function removeContentImages(): Promise<void> {
  await attempt('docker', ['rmi', CONTENT_IMAGE]);
  const dangling = ['images', '--quiet', '--no-trunc', '--filter', 'dangling=true'];
  const ids = (await run('docker', dangling)).split('\n').filter((id) => id !== '');
  const format = '{{.Id}} {{json .Config.Labels}} {{.ContainerConfig.Cmd}}';
  const described = await attempt('docker', ['image', 'inspect', '--format', format, ...ids]);
  const content = described.stdout
    .split('\n')
    .filter((line) =>
      /^\S+ null .*(ARG _DEV_CONTAINERS_|COPY dir:\S+ in \/tmp\/build-features)/.test(line),
    )
    .map((line) => line.split(' ')[0] ?? '');
  if (content.length > 0) await attempt('docker', ['rmi', ...content]);
}

async function imageNames(): Promise<string[]> {
  const format = '{{.Repository}}:{{.Tag}}';
  const listed = await run('docker', ['images', '--filter', `label=${LABEL}`, '--format', format]);
  // Without the images that dev containers start from, which are made outside the lock.
  return listed.split('\n').filter((name) => !/^$|<none>|^heroku-feature\//.test(name));
}

/** The container of a build step that failed or was interrupted stays, with the image's labels alone. */
async function removeStepContainers(): Promise<void> {
  const filter = ['--all', '--no-trunc', '--filter', `label=${LABEL}`];
  const listed = await run('docker', ['ps', ...filter, '--format', '{{.ID}} {{.Labels}}']);
  const others = /devcontainer\.(local_folder|is_test_run)=|Type=codespaces|heroku-feature\.fake=/;
  const ids = listed.split('\n').filter((line) => line !== '' && !others.test(line));
  // The engine may be removing one of them itself at this moment.
  const remove = ['rm', '--force', '--volumes'];
  if (ids.length > 0) {
    await attempt('docker', [...remove, ...ids.map((line) => line.slice(0, 64))]);
  }
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
