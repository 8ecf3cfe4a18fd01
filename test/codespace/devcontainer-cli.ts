// The real @devcontainers/cli as a child process.
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { attempt, type Result } from '../support/command.ts';

const PROGRAM = createRequire(import.meta.url).resolve('@devcontainers/cli/devcontainer.js');

/**
 * Runs `devcontainer ARGS` to its end.
 *
 * @param temporary folder for the CLI's own files, apart from those of other runs.
 * @param variables what its environment has beside this process's.
 */
export async function devcontainer(
  args: readonly string[],
  temporary: string,
  onOutput?: (text: string) => void,
  variables: Readonly<Record<string, string>> = {},
): Promise<Result> {
  await avoidDownload(temporary);
  const env = { ...process.env, ...variables, TMPDIR: temporary };
  return attempt(process.execPath, [PROGRAM, ...args], { env, ...(onOutput && { onOutput }) });
}

/** As {@link devcontainer}, for a call that must succeed. */
export async function runDevcontainer(args: readonly string[], temporary: string): Promise<string> {
  const { code, stdout, output } = await devcontainer(args, temporary);
  if (code !== 0) throw new Error(`devcontainer ${args.slice(0, 2).join(' ')}:\n${output}`);
  return stdout;
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
