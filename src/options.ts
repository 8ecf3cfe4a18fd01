// The Feature's options, as install.sh recorded them beside the program.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unless } from './report.ts';
import { mergeTimeouts, type PartialTimeouts } from './timeouts.ts';

export interface Options {
  /** Name of the secret or environment variable that holds the token. */
  readonly secretName: string;
  /** Whether a login that did not succeed may fail the container's hook. */
  readonly required: boolean;
  /** Apps to add git remotes for, see remotes.ts; empty for none. */
  readonly app: string;
  /** Whether a token of the container's own is stored instead of the secret, see container-token.ts. */
  readonly perContainerToken: boolean;
  /** Whether docker asks heroku-login for the token of Heroku's container registry, see tools/docker.ts. */
  readonly containerRegistry: boolean;
  /** Which of git, bash and zsh were missing when install.sh set up the others; separated by spaces. */
  readonly lacks: string;
}

/** What `options.json` may hold. */
export type RecordedOptions = Partial<Options> & { readonly timeouts?: PartialTimeouts };

export const defaults: Options = {
  secretName: 'HEROKU_API_KEY',
  required: false,
  app: '',
  perContainerToken: false,
  containerRegistry: false,
  lacks: '',
};

/**
 * Reads `options.json` in `folder`; if there is none (the program runs from a checkout), the
 * defaults. Throws if the file is there and cannot be understood.
 */
export function readOptions(folder: string) {
  const text = unless(['ENOENT'], () => readFileSync(join(folder, 'options.json'), 'utf8')) ?? '{}';
  const { timeouts, ...recorded } = JSON.parse(text) as RecordedOptions;
  const options: Options = { ...defaults, ...recorded };
  return { options, timeouts: mergeTimeouts(timeouts) };
}
