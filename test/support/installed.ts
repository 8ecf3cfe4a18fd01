// The launchers, the real CLI and heroku-login as install.sh puts them in place, below a folder of their own
// instead of /usr/local. What is tested is what is published, but for that one path.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import { bundle } from '../../scripts/build.ts';
import type { RecordedOptions } from '../../src/options.ts';
import { release } from './cli-release.ts';
import { attempt, type Result } from './command.ts';
import { buildProgram, temporaryFolder } from './program.ts';
import { type Rig, rotated, token, useProgram } from './rig.ts';
import { root } from './root.ts';
import { Terminal } from './terminal.ts';

const image = join(root, 'src/image');

/** The bundle of src/image/start-cli.ts, made once for a test file. */
let startCli: Promise<string> | undefined;

async function bundleStartCli(): Promise<string> {
  const file = join(temporaryFolder(), 'start-cli.cjs');
  await bundle(file, 'src/image/start-cli.ts');
  return file;
}

/**
 * @param options what install.sh would record.
 * @param tree of the CLI; the real one by default.
 * @returns the folder in the place of /usr/local; `bin/heroku` and `bin/heroku-login` are in there.
 */
export async function installed(options: RecordedOptions = {}, tree?: string): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'lib'));
  symlinkSync(tree ?? (await release()).tree, join(folder, 'lib/heroku'));
  symlinkSync((await buildProgram(options)).folder, join(folder, 'lib/heroku-login'));
  startCli ??= bundleStartCli();
  copyFileSync(await startCli, join(folder, 'lib/heroku-login/start-cli.cjs'));
  cpSync(join(image, 'shell-notice.sh'), join(folder, 'lib/heroku-login/shell-notice.sh'));
  for (const [from, to] of [
    ['bin', 'bin'],
    ['mcp', 'lib/heroku-login/mcp'],
  ] as const) {
    mkdirSync(join(folder, to));
    for (const name of readdirSync(join(image, from))) {
      const text = readFileSync(join(image, from, name), 'utf8').replaceAll('/usr/local', folder);
      writeFileSync(join(folder, to, name), text, { mode: 0o755 });
    }
  }
  return folder;
}

/** How a command is run. */
export interface How {
  /** HEROKU_API_KEY in its environment; none by default. */
  readonly key?: string;
  /** Default the rig's. */
  readonly home?: string;
}

export interface InstalledRig extends Rig {
  /** Runs a line of shell as a script does: without a terminal. `heroku` and `heroku-login` are in the PATH. */
  script(command: string, how?: How): Promise<Result>;
  /** Runs a line of shell on a terminal, as a user types it. */
  type(command: string, how?: How): Terminal;
  /** Whom the CLI is logged in as: an address, `nobody`, or its error message. */
  whoami(how?: How): Promise<string>;
  /** Whether Heroku accepts a token. */
  isGood(token: string): Promise<boolean>;
}

/** What {@link useProgram} sets up, and the two commands as they are in an image, in a codespace. */
export function useInstalled(options: RecordedOptions = {}): InstalledRig {
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
    ...(key === undefined ? {} : { HEROKU_API_KEY: key }),
  });
  const script = (command: string, how: How = {}) =>
    attempt('sh', ['-c', command], { env: environment(how), cwd: rig.home });
  return Object.assign(rig, {
    script,
    type: (command: string, how: How = {}) =>
      new Terminal(`cd ${rig.home} && ${command}`, environment(how), [token, rotated]),
    whoami: async (how?: How) => {
      const { code, stdout, stderr } = await script('heroku whoami', how);
      return code === 0 ? stdout.trim() : /not logged in/i.test(stderr) ? 'nobody' : stderr;
    },
    isGood: async (token: string) => (await rig.statusOf(token)) === 200,
  });
}
