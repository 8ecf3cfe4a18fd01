// `npm run matrix`: the jobs that .github/workflows/images.yml makes of test/container/images.yaml. In a workflow
// they become the output `matrix`, on a terminal they are printed.
import { setOutput } from '@actions/core';
import { type BaseImage, readImages } from '../test/codespace/images.ts';

const RUNNERS: Readonly<Record<string, string>> = {
  x64: 'ubuntu-24.04',
  arm64: 'ubuntu-24.04-arm',
};

export interface Job {
  /** The entry's name. */
  readonly name: string;
  readonly arch: string;
  readonly runner: string;
}

/** One job for each public image and architecture, in the form of a workflow's `strategy.matrix`. */
export function matrix(images: readonly BaseImage[]): { readonly include: readonly Job[] } {
  const include = images
    .filter(({ image }) => image !== undefined)
    .flatMap(({ name, arch }) =>
      arch.map((one) => {
        const runner = RUNNERS[one];
        if (runner === undefined) throw new Error(`${name}: GitHub has no runner for ${one}`);
        return { name, arch: one, runner };
      }),
    );
  return { include };
}

if (process.argv[1] === import.meta.filename) {
  const jobs = matrix(await readImages());
  if (process.env['GITHUB_OUTPUT']) setOutput('matrix', jobs);
  else console.log(JSON.stringify(jobs, null, 2));
}
