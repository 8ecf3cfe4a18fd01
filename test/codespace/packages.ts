// Installs Debian packages, for the programs that tests and the demonstration need (support/requirements.ts).
import { readFile } from 'node:fs/promises';
import { hasCommand, run } from '../support/command.ts';

/** Whether packages can be installed here: root on Debian, Ubuntu or a relative of theirs. */
export async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await hasCommand('apt-get'))) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

/** `apt-get install`, after an update where the lists are missing or too old to be of use. */
export async function aptInstall(names: readonly string[]): Promise<void> {
  // dpkg refuses to replace programs without the folders of the administrator in the PATH.
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`,
  };
  const install = () =>
    run('apt-get', ['install', '--yes', '--no-install-recommends', ...names], { env });
  try {
    await install();
  } catch {
    await run('apt-get', ['update'], { env });
    await install();
  }
}
