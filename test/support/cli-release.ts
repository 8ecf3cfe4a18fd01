// The releases of the Heroku CLI on this machine, made once for all tests.

import { join } from 'node:path';
import { cliRelease as release } from '../fake-heroku/cli-release.ts';
import { type Files, smallRelease as makeSmall } from '../fake-heroku/small-release.ts';
import { temporaryFolder } from './program.ts';

/** The real CLI: 94 MB to download, 20,000 files. */
export { release };

/**
 * The real CLI's Node, and a CLI that answers `--version` and `autocomplete:create` alone. A variant is made
 * into a temporary folder.
 */
export const smallRelease = (variant?: { readonly files: Files }) =>
  makeSmall(variant && { ...variant, dir: temporaryFolder() });

/** Path of the Node that runs heroku-login in a container: the CLI's own. */
export const cliNode = async () => join((await release()).tree, 'bin/node');
