// Installs Debian packages, for the programs that tests and the demonstration need (support/requirements.ts).
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCommand, run } from '../support/command.ts';

/** With the folders of the administrator in the PATH: dpkg refuses to replace programs without them. */
export const ADMINISTRATOR = {
  ...process.env,
  PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`,
};

/** Whether packages can be installed here: root on Debian, Ubuntu or a relative of theirs. */
export async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await hasCommand('apt-get'))) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

/**
 * `apt-get install`, after an update if the lists are missing or too old to be of use. A mirror that does not answer
 * and another apt that runs at the same time are waited for.
 *
 * @throws what apt said last.
 */
export async function aptInstall(names: readonly string[]): Promise<void> {
  const env = { ...ADMINISTRATOR, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args], { env });
  const install = () => apt('install', '--yes', '--no-install-recommends', ...names);
  for (const pause of [0, 5, 20, 60]) {
    try {
      return void (await install());
    } catch {
      await sleep(pause * 1000);
      // What it could not do shows in the next attempt.
      await apt('update').catch(() => {});
    }
  }
  await install();
}
