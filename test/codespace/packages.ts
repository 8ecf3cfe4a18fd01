// Installs the programs that the tests and the demonstration need and a fresh machine lacks.
import { readFile } from 'node:fs/promises';
import { hasCommand, run } from '../support/command.ts';

/** The Debian package of each program besides Node, npm and Docker that tests or the demo call. */
export const TOOLS: Readonly<Record<string, string>> = {
  busybox: 'busybox',
  curl: 'curl',
  dash: 'dash',
  docker: 'docker.io',
  'docker-compose': 'docker-compose',
  'docker-registry': 'docker-registry',
  git: 'git',
  mmdebstrap: 'mmdebstrap',
  openssl: 'openssl',
  script: 'bsdutils',
  shellcheck: 'shellcheck',
  strace: 'strace',
  xz: 'xz-utils',
  zsh: 'zsh',
};

/** Tells what a person without root or without apt has to do. */
export class MissingProgramsError extends Error {
  readonly programs: readonly string[];

  constructor(programs: readonly string[]) {
    const list = programs.join(', ');
    super(
      `missing: ${list}. Install what holds these programs, or run this as root on Debian or Ubuntu, where it is done for you`,
    );
    this.programs = programs;
  }
}

/** Whether packages can be installed here: root on Debian, Ubuntu or a relative of theirs. */
export async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await hasCommand('apt-get'))) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

/**
 * Installs the packages of those programs that are not in the PATH; does nothing where all are.
 *
 * @param packages Debian package by program.
 * @throws MissingProgramsError where packages cannot be installed.
 */
export async function installMissing(
  packages: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<void> {
  const missing: string[] = [];
  for (const program of Object.keys(packages)) {
    if (!(await hasCommand(program))) missing.push(program);
  }
  if (missing.length === 0) return;
  if (!(await canInstall())) throw new MissingProgramsError(missing);
  const names = missing.map((program) => packages[program] ?? program);
  say(`installing ${names.join(', ')}`);
  await aptInstall(names);
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
