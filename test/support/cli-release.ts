// The releases of the Heroku CLI on this machine, made once for all tests.
import { join } from 'node:path';
import { cliRelease as release } from '../fake-heroku/cli-release.ts';

/** The real CLI's Node, and a CLI that answers `--version` and `autocomplete:create` alone. */
export { smallRelease } from '../fake-heroku/small-release.ts';
/** The real CLI: 94 MB to download, 20,000 files. */
export { release };

/** Path of the Node that runs heroku-login in a container: the CLI's own. */
export const cliNode = async () => join((await release()).tree, 'bin/node');
