// What tests need of the machine: one table of the things, one of the test files that need them.
// scripts/test.ts installs what it may, and leaves out the files that lack something.
import { engineAnswers } from '../codespace/engine.ts';
import { aptInstall, canInstall } from '../codespace/packages.ts';
import { release } from './cli-release.ts';
import { attempt, hasCommand } from './command.ts';

export interface Requirement {
  /** How it is called in a sentence. */
  readonly name: string;
  /** Whether it is there; an error says why not. */
  check(): Promise<boolean>;
  /** The Debian package that brings it; undefined if none does. */
  readonly package?: string;
  /** One sentence on how to get it, for whoever is not root on Debian or Ubuntu. */
  readonly howTo: string;
}

const inPath = (program: string, name: string = program): Requirement => ({
  name: program,
  check: () => hasCommand(program),
  package: name,
  howTo: `Install the package that contains ${program} (on Debian and Ubuntu: ${name}).`,
});

/** Git has read its settings from GIT_CONFIG_COUNT since this version, and has `git init -b` since 2.28. */
const GIT = '2.31';

const requirements = {
  root: {
    name: 'root',
    check: async () => process.getuid?.() === 0,
    howTo: 'Run the tests as root, for example in a container.',
  },
  engine: {
    name: 'a Docker Engine',
    check: engineAnswers,
    howTo: 'Install Docker Engine, start it, and let this user talk to it (docker info tells).',
  },
  git: {
    name: `git ${GIT} or newer`,
    check: async () => {
      if (!(await hasCommand('git'))) return false;
      const { output } = await attempt('git', ['--version']);
      const [version = ''] = /\d+\.\d+/.exec(output) ?? [];
      return version.localeCompare(GIT, undefined, { numeric: true }) >= 0;
    },
    package: 'git',
    howTo: `Install git ${GIT} or newer.`,
  },
  'heroku-cli': {
    name: 'the real Heroku CLI',
    check: () => release().then(() => true),
    howTo:
      "It is packaged with npm, once, which needs tar, gzip, flock and a connection to npm's registry.",
  },
  busybox: inPath('busybox'),
  curl: inPath('curl'),
  dash: inPath('dash'),
  docker: inPath('docker', 'docker.io'),
  'docker-compose': inPath('docker-compose'),
  flock: inPath('flock', 'util-linux'),
  mmdebstrap: inPath('mmdebstrap'),
  openssl: inPath('openssl'),
  script: inPath('script', 'bsdutils'),
  shellcheck: inPath('shellcheck'),
  strace: inPath('strace'),
  zsh: inPath('zsh'),
} satisfies Record<string, Requirement>;

export type RequirementName = keyof typeof requirements;

/** In the order in which missing things are reported. */
export const REQUIREMENTS: Readonly<Record<RequirementName, Requirement>> = requirements;

/** By path below test/, or by how it starts: `container/` is every file in there. All that match a file count. */
export const NEEDS: Readonly<Record<string, readonly RequirementName[]>> = {
  'unit/atomic-file-root.test.ts': ['root'],
  'unit/docs.test.ts': ['heroku-cli'],
  'unit/install-node.test.ts': ['dash', 'busybox'],
  'unit/install-packages.test.ts': ['dash', 'busybox'],
  'unit/install-place.test.ts': ['dash', 'busybox'],
  'unit/repository.test.ts': ['git'],
  'unit/shell-scripts.test.ts': ['dash', 'busybox', 'shellcheck'],
  'program/': ['git', 'openssl'],
  'program/git-remotes-root.test.ts': ['root'],
  'program/hook-launcher.test.ts': ['strace'],
  'program/home-root.test.ts': ['root'],
  'program/login-terminal.test.ts': ['script'],
  'program/proxy.test.ts': ['heroku-cli'],
  'cli/': ['flock', 'git', 'heroku-cli', 'openssl'],
  'cli/cli-cache-root.test.ts': ['root'],
  'cli/container-token.test.ts': ['script'],
  'cli/docker.test.ts': ['docker'],
  'cli/heroku-logout.test.ts': ['script'],
  'cli/launcher.test.ts': ['dash', 'busybox', 'strace'],
  'cli/netrc.test.ts': ['curl'],
  'cli/processes.test.ts': ['strace'],
  'cli/proxy.test.ts': ['curl'],
  'cli/shell-notice.test.ts': ['script', 'strace', 'zsh'],
  'cli/token-kinds.test.ts': ['docker'],
  'stress/': ['flock', 'git', 'heroku-cli', 'openssl'],
  'stress/container-token-kills.test.ts': ['strace'],
  'stress/failing-calls.test.ts': ['strace'],
  'stress/hostile.test.ts': ['root', 'strace'],
  'stress/random-environments.test.ts': ['root'],
  'stress/kill.test.ts': ['strace'],
  'container/': ['engine', 'flock', 'git', 'heroku-cli', 'openssl', 'curl'],
  'container/docker.test.ts': ['docker-compose'],
  'container/examples.test.ts': ['docker-compose'],
  'container/images.test.ts': ['root', 'mmdebstrap'],
};

/** @param file path below test/. */
export function needsOf(file: string): RequirementName[] {
  const matching = Object.keys(NEEDS).filter(
    (key) => key === file || (key.endsWith('/') && file.startsWith(key)),
  );
  return [...new Set(matching.flatMap((key) => NEEDS[key] ?? []))];
}

/**
 * Installs the packages of those that are missing, if this is root on Debian or Ubuntu, and says what. Never
 * installs anything otherwise.
 *
 * @returns what is still missing.
 */
export async function installMissing(
  names: readonly RequirementName[],
  say: (line: string) => void,
): Promise<RequirementName[]> {
  const missing = await missingOf(names);
  const packages = missing.flatMap((name) => REQUIREMENTS[name].package ?? []);
  if (packages.length === 0 || !(await canInstall())) return missing;
  say(`installing ${packages.join(', ')}`);
  await aptInstall(packages).catch((error: unknown) => say(String(error)));
  return missingOf(missing);
}

async function missingOf(names: readonly RequirementName[]): Promise<RequirementName[]> {
  const there = await Promise.all(names.map((name) => REQUIREMENTS[name].check()));
  return names.filter((_, index) => !there[index]);
}
