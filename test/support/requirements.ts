// What tests need of the machine: one table of the things, one of the test files that need them.
// scripts/test.ts installs what it may, and leaves out the files that lack something.
import { engineAnswers } from '../codespace/engine.ts';
import { aptInstall, canInstall } from '../codespace/packages.ts';
import { release } from './cli-release.ts';
import { attempt, hasCommand } from './command.ts';

export interface Requirement {
  /** How it is called in a sentence. */
  readonly name: string;
  /** Whether it is there. */
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
const GIT = [2, 31] as const;

const [always, never] = [() => true, () => false];

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
    name: `git ${GIT.join('.')} or newer`,
    check: async () => {
      if (!(await hasCommand('git'))) return false;
      const { output } = await attempt('git', ['--version']);
      const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(output) ?? []).map(Number);
      return major > GIT[0] || (major === GIT[0] && minor >= GIT[1]);
    },
    package: 'git',
    howTo: `Install git ${GIT.join('.')} or newer.`,
  },
  'heroku-cli': {
    name: 'the real Heroku CLI',
    check: () => release().then(always, never),
    howTo:
      "It is packaged with npm, once, which needs tar, gzip, flock and a connection to npm's registry.",
  },
  busybox: inPath('busybox'),
  curl: inPath('curl'),
  dash: inPath('dash'),
  docker: inPath('docker', 'docker.io'),
  'docker-compose': inPath('docker-compose'),
  'docker-registry': inPath('docker-registry'),
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

interface Need {
  /** Path below test/, or how it starts: `container/` is every file in there. */
  readonly files: string;
  readonly needs: readonly RequirementName[];
  /** Installed if possible; without it the tests use something else, such as an image from a registry. */
  readonly uses?: readonly RequirementName[];
}

/** All lines that match a file count. */
export const NEEDS: readonly Need[] = [
  { files: 'unit/atomic-file-root.test.ts', needs: ['root'] },
  { files: 'unit/docs.test.ts', needs: ['heroku-cli'] },
  { files: 'unit/install-node.test.ts', needs: ['dash', 'busybox'] },
  { files: 'unit/install-packages.test.ts', needs: ['dash', 'busybox'] },
  { files: 'unit/install-place.test.ts', needs: ['dash', 'busybox'] },
  { files: 'unit/repository.test.ts', needs: ['git'] },
  { files: 'unit/shell-scripts.test.ts', needs: ['dash', 'busybox', 'shellcheck'] },
  { files: 'program/', needs: ['git', 'openssl'] },
  { files: 'program/git-remotes-root.test.ts', needs: ['root'] },
  { files: 'program/hook-launcher.test.ts', needs: ['strace'] },
  { files: 'program/home-root.test.ts', needs: ['root'] },
  { files: 'program/login-terminal.test.ts', needs: ['script'] },
  { files: 'program/proxy.test.ts', needs: ['heroku-cli'] },
  { files: 'cli/', needs: ['flock', 'git', 'heroku-cli', 'openssl'] },
  { files: 'cli/cli-cache-root.test.ts', needs: ['root'] },
  { files: 'cli/container-token.test.ts', needs: ['script'] },
  { files: 'cli/docker.test.ts', needs: ['docker'] },
  { files: 'cli/heroku-logout.test.ts', needs: ['script'] },
  { files: 'cli/launcher.test.ts', needs: ['dash', 'busybox', 'strace'] },
  { files: 'cli/netrc.test.ts', needs: ['curl'] },
  { files: 'cli/processes.test.ts', needs: ['strace'] },
  { files: 'cli/proxy.test.ts', needs: ['curl'] },
  { files: 'cli/shell-notice.test.ts', needs: ['script', 'strace', 'zsh'] },
  { files: 'cli/token-kinds.test.ts', needs: ['docker'] },
  { files: 'stress/', needs: ['flock', 'git', 'heroku-cli', 'openssl'] },
  { files: 'stress/container-token-kills.test.ts', needs: ['strace'] },
  { files: 'stress/failing-calls.test.ts', needs: ['strace'] },
  { files: 'stress/hostile.test.ts', needs: ['root', 'strace'] },
  { files: 'stress/random-environments.test.ts', needs: ['root'] },
  { files: 'stress/kill.test.ts', needs: ['strace'] },
  {
    files: 'container/',
    needs: ['engine', 'flock', 'git', 'heroku-cli', 'openssl', 'curl'],
    uses: ['docker-registry', 'mmdebstrap'],
  },
  { files: 'container/docker.test.ts', needs: ['docker-compose'] },
  { files: 'container/examples.test.ts', needs: ['docker-compose'] },
  { files: 'container/images.test.ts', needs: ['root', 'mmdebstrap'] },
];

const matching = (file: string) =>
  NEEDS.filter(({ files }) => file === files || (files.endsWith('/') && file.startsWith(files)));

/** @param file path below test/. */
export function needsOf(file: string): ReadonlySet<RequirementName> {
  return new Set(matching(file).flatMap(({ needs }) => needs));
}

/** What is worth installing for these files: what they need, and what they would use. */
export function worthHaving(files: readonly string[]): ReadonlySet<RequirementName> {
  return new Set(files.flatMap(matching).flatMap(({ needs, uses = [] }) => [...needs, ...uses]));
}

/** Those of `names` that are not there, in the order of {@link REQUIREMENTS}. */
export async function missingOf(names: ReadonlySet<RequirementName>): Promise<RequirementName[]> {
  const all = (Object.keys(REQUIREMENTS) as RequirementName[]).filter((name) => names.has(name));
  const there = await Promise.all(all.map((name) => REQUIREMENTS[name].check()));
  return all.filter((_, index) => !there[index]);
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
  const missing = await missingOf(new Set(names));
  const packages = missing.flatMap((name) => REQUIREMENTS[name].package ?? []);
  if (packages.length === 0 || !(await canInstall())) return missing;
  say(`installing ${packages.join(', ')}`);
  await aptInstall(packages).catch((error: unknown) => say(String(error)));
  return missingOf(new Set(missing));
}
