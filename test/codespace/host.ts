// The host side of a simulated codespace: the folders of its virtual machine, the secret files, the
// repository and the merged configuration (docs/facts/codespaces.md parts 1, 3 and 7).
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { attempt, run } from '../support/command.ts';
import { type Configuration, parseConfiguration } from './examples.ts';

export const REPOSITORY = 'my-app';

/** Stands for the token that Codespaces gives everybody. It must never reach Heroku. */
export const GITHUB_TOKEN = 'ghu_notARealTokenButOneThatMustNotLeak00';

/** Where the codespace's processes find Codespaces' own files. */
const SHARED = '/workspaces/.codespaces/shared';

/** Content of a user's own hooks: one word a run, in the order in which they ran. */
export const OWN_HOOKS = '/workspaces/.own-hooks';

/** A user's secrets by name. */
export type Secrets = Readonly<Record<string, string>>;

export interface HostOptions {
  /** Folder that stands for the virtual machine's root. The codespace is called like it. */
  readonly root: string;
  /** Start of the user's Dockerfile. */
  readonly image: string;
  /** The Feature, as the user writes it; null for a repository without it. */
  readonly feature: string | null;
  readonly featureOptions?: Readonly<Record<string, string | boolean>>;
  readonly remoteUser: string;
  /** `--add-host=...`, for the container. */
  readonly addHosts: readonly string[];
  /** The property of devcontainer.json; default unset, as most repositories have it. */
  readonly waitFor?: string;
  /** Folder of a ready-made repository, which brings its own configuration; default: one that has no more. */
  readonly repository?: string;
}

/** Paths on the host. */
export type Host = ReturnType<typeof hostPaths>;

function hostPaths(root: string) {
  const mount = join(root, 'var/lib/docker/codespacemount');
  const workspace = join(mount, 'workspace', REPOSITORY);
  const shared = join(root, 'root/.codespaces/shared');
  return {
    root,
    /** The codespace's, which tells those on this machine apart. */
    name: basename(root).toLowerCase(),
    workspaces: join(mount, 'workspace'),
    workspace,
    config: join(workspace, '.devcontainer/devcontainer.json'),
    persistedShare: join(mount, '.persistedshare'),
    /** Docker's settings, which every container finds as `~/.docker`. */
    docker: join(mount, '.persistedshare/.docker'),
    /** Codespaces' own part of a configuration with Compose; that it is here is known from public logs. */
    compose: join(mount, '.persistedshare/docker-compose.codespaces.yml'),
    cache: join(root, '.codespaces/agent/mount/cache'),
    bin: join(root, '.codespaces/bin'),
    tmp: join(mount, 'tmp'),
    shared,
    merged: join(shared, 'merged_devcontainer.json'),
    secrets: join(shared, 'user-secrets-envs.json'),
    encodedSecrets: join(shared, '.env-secrets'),
    /** What new terminals have in their environment, as docker's `--env-file`; not a part of the codespace. */
    terminal: join(root, 'terminal.env'),
    /** For the dev container CLI; not a part of the codespace either. */
    temporary: join(root, 'devcontainer-cli'),
  };
}

/** Makes the folders, the repository with one commit, and Codespaces' configuration. */
export async function makeHost(options: HostOptions): Promise<Host> {
  const host = hostPaths(options.root);
  for (const dir of [host.workspace, host.docker, host.cache, host.bin, host.shared, host.tmp]) {
    await mkdir(dir, { recursive: true });
  }
  // Processes of the remote user write into these, such as the cache of the shell's variables.
  for (const dir of [host.workspaces, host.persistedShare, host.docker]) await chmod(dir, 0o777);
  await chmod(host.tmp, 0o1777);
  await writeDockerSettings(host);
  if (options.repository === undefined) await writeConfiguration(host, options);
  else await cp(options.repository, host.workspace, { recursive: true });
  await makeRepository(host.workspace, options.remoteUser);
  const own = parseConfiguration(await readFile(host.config, 'utf8'));
  await writeFile(host.merged, JSON.stringify(await merged(host, own), null, 2));
  await writeCredentialHelper(host);
  return host;
}

/** `/tmp` is emptied when a codespace stops. */
export async function emptyTmp({ tmp }: Host): Promise<void> {
  for (const name of await readdir(tmp)) await rm(join(tmp, name), { recursive: true });
}

/**
 * Gives the codespace the user's secrets, beside Codespaces' own variables: in the environment of the terminals that
 * are opened from now on, and in the two files that programs read (docs/facts/codespaces.md part 3). The first of
 * these is also the CLI's `--secrets-file`.
 *
 * @param options.prebuild whether this is the job that prepares a prebuild.
 * @param options.files whether the files have them too.
 */
export async function writeSecrets(
  host: Host,
  secrets: Secrets,
  { prebuild = false, files = true } = {},
): Promise<void> {
  const all = { ...codespacesVariables(host.name, prebuild), ...secrets };
  const plain = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(host.terminal, plain, { mode: 0o600 });
  if (!files) return;
  await writeFile(host.secrets, JSON.stringify(all));
  const encoded = Object.entries(all).map(
    ([name, value]) => `${name}=${Buffer.from(value).toString('base64')}\n`,
  );
  await writeFile(host.encodedSecrets, encoded);
}

/** What Codespaces puts beside the user's secrets (docs/facts/codespaces.md part 8). */
export function codespacesVariables(name: string, prebuild: boolean): Record<string, string> {
  return {
    CODESPACES: 'true',
    CODESPACE_NAME: name,
    // The weakest sign of a prebuild: none of the others is set here (docs/facts/codespaces.md part 4).
    CLOUDENV_ENVIRONMENT_ID: prebuild ? 'null' : '00000000-0000-4000-8000-000000000001',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_REPOSITORY: `octocat/${REPOSITORY}`,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_TOKEN,
    GITHUB_USER: 'octocat',
  };
}

/** What Codespaces' own logins left on the virtual machine: GitHub's registry of images, above all. */
async function writeDockerSettings({ docker }: Host): Promise<void> {
  const auth = Buffer.from(`octocat:${GITHUB_TOKEN}`).toString('base64');
  const file = join(docker, 'config.json');
  await writeFile(file, JSON.stringify({ auths: { 'ghcr.io': { auth } } }));
  await chmod(file, 0o666);
}

/** The user's Dockerfile and devcontainer.json. Only the added hosts are there for the simulator's sake. */
async function writeConfiguration({ config }: Host, options: HostOptions): Promise<void> {
  const dir = dirname(config);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'Dockerfile'), `FROM ${options.image}\n`);
  const own = {
    build: { dockerfile: 'Dockerfile' },
    features: options.feature === null ? {} : { [options.feature]: options.featureOptions ?? {} },
    runArgs: options.addHosts,
    remoteUser: options.remoteUser,
    postCreateCommand: `echo created >> ${OWN_HOOKS}`,
    postStartCommand: `echo started >> ${OWN_HOOKS}`,
    ...(options.waitFor !== undefined && { waitFor: options.waitFor }),
  };
  await writeFile(config, JSON.stringify(own, null, 2));
}

/** Makes a folder a git repository with one commit of all that is in it. */
export async function makeRepository(folder: string, remoteUser: string): Promise<void> {
  const git = (...args: string[]) => run('git', ['-C', folder, ...args]);
  const author = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com'];
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git(...author, 'commit', '--quiet', '--no-gpg-sign', '--message', 'First commit');
  // The user `vscode`; if this is not root, it is most likely this very user's number.
  if (process.getuid?.() === 0 && remoteUser !== 'root') {
    await run('chown', ['--recursive', '1000:1000', folder]);
  }
}

/** What Codespaces makes of it: its own mounts and arguments of `docker run`, or of Compose. */
async function merged(host: Host, own: Configuration) {
  const workspaceFolder = `/workspaces/${REPOSITORY}`;
  const mounts = [
    [host.shared, SHARED],
    [host.persistedShare, '/workspaces/.codespaces/.persistedshare'],
    [host.bin, '/.codespaces/bin'],
    [host.tmp, '/tmp'],
  ] as const;
  const environment = ['CODESPACES=true', 'ContainerVersion=13', `RepositoryName=${REPOSITORY}`];
  if (own.dockerComposeFile !== undefined && own.service !== undefined) {
    const volumes = [[host.workspaces, '/workspaces'], ...mounts].map((pair) => pair.join(':'));
    const service = { volumes, environment, cap_add: ['SYS_NICE'] };
    await writeFile(host.compose, stringify({ services: { [own.service]: service } }));
    return { ...own, workspaceFolder, dockerComposeFile: [own.dockerComposeFile, host.compose] };
  }
  return {
    ...own,
    workspaceFolder,
    workspaceMount: `type=bind,source=${host.workspaces},target=/workspaces`,
    mounts: mounts.map(([source, target]) => `type=bind,source=${source},target=${target}`),
    runArgs: [
      ...(own.runArgs ?? []),
      // Not `--network host`: the fake Heroku's names would then have to lead to this machine's ports.
      ...['--cap-add', 'sys_nice', ...environment.flatMap((variable) => ['-e', variable])],
    ],
  };
}

/**
 * The worst of the helpers that codespaces have had (docs/facts/codespaces.md part 7): it hands the
 * GitHub token to any host that asks, and finds it in processes without the variable, too.
 */
async function writeCredentialHelper({ bin }: Host): Promise<void> {
  const file = join(bin, 'gitcredential_github.sh');
  const script = `#!/bin/sh
[ "$1" = get ] || exit 0
token=\${GITHUB_TOKEN:-$(sed -n 's/^GITHUB_TOKEN=//p' ${SHARED}/.env-secrets | base64 -d)}
echo username=PersonalAccessToken
echo "password=$token"
`;
  await writeFile(file, script, { mode: 0o755 });
}

/** Removes the folders. Processes in the container may have left files of other users there. */
export async function removeHost({ root }: Host, image: string): Promise<void> {
  const remove = () => rm(root, { recursive: true, force: true });
  await remove().catch(async () => {
    const inside = ['sh', '-c', 'rm -rf /host/* /host/.[!.]*'];
    await attempt('docker', ['run', '--rm', '--volume', `${root}:/host`, image, ...inside]);
    await remove();
  });
}
