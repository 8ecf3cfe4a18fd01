// The launchers, the real CLI and heroku-login as install.sh puts them in place, below a folder of their own
// instead of /usr/local. What is tested is what is published, but for that one path.

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../scripts/build.ts';
import type { RecordedOptions } from '../../src/options.ts';
import { release } from './cli-release.ts';
import { attempt } from './command.ts';
import { type Program, temporaryFolder } from './program.ts';
import { root } from './root.ts';

const image = join(root, 'src/image');

/**
 * @param tree of the CLI; the real one by default.
 * @returns the folder in the place of /usr/local; `bin/heroku` and `bin/heroku-login` are in there.
 */
export async function installed(options: RecordedOptions = {}, tree?: string): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'lib/heroku-login'), { recursive: true });
  symlinkSync(tree ?? (await release()).tree, join(folder, 'lib/heroku'));
  await bundle(join(folder, 'lib/heroku-login/heroku-login.cjs'));
  writeFileSync(join(folder, 'lib/heroku-login/options.json'), JSON.stringify(options));
  for (const name of ['bin/heroku', 'bin/heroku-login', 'bin/docker-credential-heroku-login']) {
    const text = readFileSync(join(image, name), 'utf8').replaceAll('/usr/local', folder);
    writeFileSync(join(folder, name), text, { mode: 0o755 });
  }
  cpSync(join(image, 'shell-notice.sh'), join(folder, 'lib/heroku-login/shell-notice.sh'));
  return folder;
}

/** The same as a program; its `folder` is the folder in the place of /usr/local. */
export async function installedProgram(options?: RecordedOptions): Promise<Program> {
  const folder = await installed(options);
  const file = join(folder, 'bin/heroku-login');
  return {
    file,
    folder,
    run: async (home, args, { env = {}, ...rest } = {}) => {
      const { code, stdout, stderr } = await attempt(file, args, {
        ...rest,
        env: { HOME: home, PATH: process.env['PATH'] ?? '', ...env },
      });
      return { code, stdout, stderr };
    },
  };
}
