// The launchers, the real CLI and heroku-login as install.sh puts them in place, below a folder of their own
// instead of /usr/local. What is tested is what is published, but for that one path.

import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { before } from 'node:test';
import { bundle } from '../../scripts/build.ts';
import type { RecordedOptions } from '../../src/options.ts';
import { release } from './cli-release.ts';
import { attempt } from './command.ts';
import { buildProgram, temporaryFolder } from './program.ts';
import { rotated, token, useProgram } from './rig.ts';
import { root } from './root.ts';
import { Terminal } from './terminal.ts';

const image = join(root, 'src/image');

/**
 * @param options what install.sh would record.
 * @param tree of the CLI; the real one by default.
 * @returns the folder in the place of /usr/local; `bin/heroku` and `bin/heroku-login` are in there.
 */
export async function installed(options: RecordedOptions = {}, tree?: string): Promise<string> {
  const folder = temporaryFolder();
  const lib = join(folder, 'lib/heroku-login');
  mkdirSync(dirname(lib));
  symlinkSync(tree ?? (await release()).tree, join(folder, 'lib/heroku'));
  symlinkSync((await buildProgram(options)).folder, lib);
  await bundle(join(lib, 'start-cli.cjs'), 'src/image/start-cli.ts');
  copyFileSync(join(image, 'shell-notice.sh'), join(lib, 'shell-notice.sh'));
  const folders = { bin: join(folder, 'bin'), mcp: join(lib, 'mcp') };
  for (const [from, to] of Object.entries(folders)) {
    mkdirSync(to);
    for (const name of readdirSync(join(image, from))) {
      const text = readFileSync(join(image, from, name), 'utf8').replaceAll('/usr/local', folder);
      writeFileSync(join(to, name), text, { mode: 0o755 });
    }
  }
  return folder;
}

/** How a command is run: HEROKU_API_KEY in its environment, none by default, and its home, by default the rig's. */
export interface How {
  readonly key?: string;
  readonly home?: string;
}

/** What {@link useProgram} sets up, and the two commands as they are in an image, in a codespace. */
export function useInstalled(options: RecordedOptions = {}) {
  const rig = useProgram(options);
  let bin: string;
  before(async () => {
    bin = join(await installed(options), 'bin');
  });
  const environment = ({ home = rig.home, key }: How) => ({
    HOME: home,
    PATH: `${bin}:${process.env['PATH']}`,
    HEROKU_HOST: rig.heroku.url,
    HEROKU_PARTICLEBOARD_URL: rig.heroku.url,
    DISABLE_TELEMETRY: 'true',
    // Every test has a new home, and would fill a cache there.
    NODE_DISABLE_COMPILE_CACHE: '1',
    CODESPACES: 'true',
    ...(key !== undefined && { HEROKU_API_KEY: key }),
  });
  /** Runs a line of shell as a script does: without a terminal. `heroku` and `heroku-login` are in the PATH. */
  const script = (command: string, how: How = {}) =>
    attempt('sh', ['-c', command], { env: environment(how), cwd: rig.home });
  return Object.assign(rig, {
    script,
    /** Runs a line of shell on a terminal, as a user types it. */
    type: (command: string, how: How = {}) =>
      new Terminal(`cd ${rig.home} && ${command}`, environment(how), [token, rotated]),
    /** Whom the CLI is logged in as: an address, `nobody`, or its error message. */
    whoami: async (how?: How) => {
      const { code, stdout, stderr } = await script('heroku whoami', how);
      return code === 0 ? stdout.trim() : /not logged in/i.test(stderr) ? 'nobody' : stderr;
    },
    /** Whether Heroku accepts a token. */
    isGood: async (token: string) => (await rig.statusOf(token)) === 200,
  });
}
