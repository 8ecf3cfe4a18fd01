// The real Heroku CLI on this machine, made once for all tests.

import { join } from 'node:path';
import { cliRelease } from '../fake-heroku/cli-release.ts';
import { root } from './root.ts';

/** Kept between runs and ignored by git. */
export const cacheDir = join(root, '.cache');

export const release = () => cliRelease({ cacheDir });

/** Path of the Node that runs heroku-login in a container: the CLI's own. */
export const cliNode = async () => join((await release()).tree, 'bin/node');
