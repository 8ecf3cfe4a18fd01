// A codespace as GitHub creates, stops, resumes and rebuilds it: the exact calls of the dev container
// CLI that docs/facts/codespaces.md part 1 lists, on this machine instead of a virtual one.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, type Result, run } from '../support/command.ts';
import { CA_FILE } from './base-image.ts';
import { CreationLog } from './creation-log.ts';
import { devcontainer } from './devcontainer-cli.ts';
import {
  codespacesVariables,
  emptyTmp,
  type Host,
  type HostOptions,
  makeHost,
  REPOSITORY,
  removeHost,
  writeSecrets,
} from './host.ts';
import { LabeledContainer } from './labeled-container.ts';

/** A user's secrets by name. */
export type Secrets = Readonly<Record<string, string>>;

export interface CodespaceOptions extends HostOptions {
  /** The codespace's name, which tells those on this machine apart. */
  readonly name: string;
}

/** Arguments of every call, in Codespaces' order. */
const AFTER_LABEL = [
  ...['--container-data-folder', '.vscode-remote/data/Machine'],
  ...['--container-system-data-folder', '/var/vscode-remote'],
  ...['--log-level', 'trace', '--log-format', 'json'],
  ...['--update-remote-user-uid-default', 'never', '--mount-workspace-git-root', 'false'],
];

const SESSION_DATA = '/workspaces/.codespaces/.persistedshare/devcontainers-cli/cache';

type Existing = '--expect-existing-container' | '--remove-existing-container' | undefined;

export class Codespace extends LabeledContainer {
  readonly host: Host;
  readonly #options: CodespaceOptions;
  #secrets: Secrets = {};

  private constructor(host: Host, options: CodespaceOptions) {
    // Codespaces has only the first: there, no other codespace is on the machine.
    super(['Type=codespaces', `heroku-feature.codespace=${options.name}`]);
    this.host = host;
    this.#options = options;
  }

  /** Makes the repository and Codespaces' folders; no container yet. */
  static async prepare(options: CodespaceOptions): Promise<Codespace> {
    return new Codespace(await makeHost(options), options);
  }

  /** Opens it for the first time. */
  create(secrets: Secrets): Promise<CreationLog> {
    return this.#open(secrets);
  }

  /** The job that prepares a prebuild: no codespace and no user yet, only shared secrets. */
  async createPrebuild(secrets: Secrets): Promise<CreationLog> {
    await this.#setSecrets(secrets, true);
    const log = new CreationLog();
    await this.#createContainer(log, undefined);
    await this.#runBlocking(log);
    await this.stop();
    return log;
  }

  /**
   * Opens a codespace from the prebuild: a new machine with the prebuild's disk, so the same
   * container is started, with other secrets.
   */
  createFromPrebuild(secrets: Secrets): Promise<CreationLog> {
    return this.#open(secrets, '--expect-existing-container');
  }

  /** Stops it: processes end, `/tmp` is emptied, the container's disk stays. */
  async stop(): Promise<void> {
    // The first process of a dev container ignores SIGTERM for as long as it has children.
    await run('docker', ['stop', '--time', '1', await this.containerId()]);
    await emptyTmp(this.host);
  }

  /**
   * Starts it again with what the user's secrets are by then. That Codespaces makes the last call
   * here is inferred, not seen (docs/facts/codespaces.md part 1).
   */
  async resume(secrets: Secrets): Promise<CreationLog> {
    await this.#setSecrets(secrets, false);
    const log = new CreationLog();
    await this.#createContainer(log, '--expect-existing-container');
    await this.#runRest(log);
    return log;
  }

  /** Makes a new container; only what is in `/workspaces` (and `/tmp`) stays. */
  rebuild(secrets: Secrets): Promise<CreationLog> {
    return this.#open(secrets, '--remove-existing-container');
  }

  async #open(secrets: Secrets, existing?: Existing): Promise<CreationLog> {
    await this.#setSecrets(secrets, false);
    const log = new CreationLog();
    await this.#createContainer(log, existing);
    await this.#runBlocking(log);
    await this.#configure(log);
    await this.#runRest(log);
    return log;
  }

  /**
   * "Reload to Apply": terminals that are opened from now on have these secrets, and nothing was started
   * again (docs/facts/codespaces.md part 4). When Codespaces refreshes its files is not known.
   *
   * @param refreshesFiles whether the files have them too.
   */
  async reload(secrets: Secrets, refreshesFiles: boolean): Promise<void> {
    if (refreshesFiles) await this.#setSecrets(secrets, false);
    else this.#secrets = { ...codespacesVariables(this.#options.name, false), ...secrets };
  }

  /** Call 5, "Installing dotfiles...", from a git repository that processes in the container can read. */
  async installDotfiles(repository: string): Promise<CreationLog> {
    const log = new CreationLog();
    await this.#runRest(log, 'Installing dotfiles...', [
      ...['--dotfiles-repository', repository],
      ...['--dotfiles-target-path', '/workspaces/.codespaces/.persistedshare/dotfiles'],
    ]);
    return log;
  }

  /** Removes the container and the folders. Safe at any point, and to call twice. */
  override async remove(): Promise<void> {
    await super.remove();
    await removeHost(this.host, this.#options.image);
  }

  /**
   * Runs a command as `ssh HOST command`, cron or a daemon does: no secret and no variable of the
   * container is in its environment.
   */
  exec(command: string): Promise<Result> {
    const user = this.#options.remoteUser;
    const home = user === 'root' ? '/root' : `/home/${user}`;
    const env = [
      `HOME=${home}`,
      `USER=${user}`,
      'PATH=/usr/local/bin:/usr/bin:/bin',
      // The simulator's own need: with the real Heroku there is no private authority.
      `NODE_EXTRA_CA_CERTS=${CA_FILE}`,
    ];
    return this.#dockerExec(user, [], ['env', '-i', ...env, 'bash', '-c', command]);
  }

  /** The output of {@link exec} for a command that must succeed. */
  async succeeds(command: string): Promise<string> {
    const { code, output } = await this.exec(command);
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
    return output;
  }

  /** Runs a command as a terminal of VS Code does: a login shell that has the secrets. */
  async terminal(command: string): Promise<Result> {
    const options = ['--env-file', await this.#environmentFile()];
    return this.#dockerExec(this.#options.remoteUser, options, ['bash', '-lc', command]);
  }

  /** Arguments of `docker` for an interactive {@link terminal}. */
  async shellArguments(): Promise<string[]> {
    return [
      ...['exec', '--interactive', '--tty', '--user', this.#options.remoteUser],
      ...['--workdir', `/workspaces/${REPOSITORY}`, '--env-file', await this.#environmentFile()],
      ...[await this.containerId(), 'bash', '-l'],
    ];
  }

  async #setSecrets(secrets: Secrets, prebuild: boolean): Promise<void> {
    this.#secrets = { ...codespacesVariables(this.#options.name, prebuild), ...secrets };
    await writeSecrets(this.host, this.#secrets);
  }

  async #environmentFile(): Promise<string> {
    const file = join(this.host.temporary, 'terminal.env');
    const lines = Object.entries(this.#secrets).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(file, lines.join(''), { mode: 0o600 });
    return file;
  }

  async #dockerExec(user: string, options: string[], command: string[]): Promise<Result> {
    const workdir = ['--workdir', `/workspaces/${REPOSITORY}`];
    const id = await this.containerId();
    return attempt('docker', ['exec', '--user', user, ...workdir, ...options, id, ...command]);
  }

  /** Call 1, "Creating container...", and what Codespaces' agent does to it before any hook. */
  async #createContainer(log: CreationLog, existing: Existing): Promise<void> {
    await this.#firstCall(log, 'Creating container...', [
      ...['--skip-post-create', ...(existing ? [existing] : [])],
    ]);
    // Set again at each start, as an agent that knows nothing of the last one would.
    for (const [key, value] of [
      ['credential.helper', '/.codespaces/bin/gitcredential_github.sh'],
      ['user.name', 'Octo Cat'],
      ['user.email', 'octocat@example.com'],
    ] as const) {
      const set = ['git', 'config', '--system', '--replace-all', key, value];
      await run('docker', ['exec', '--user', 'root', await this.containerId(), ...set]);
    }
  }

  /** Call 2, "Running blocking commands...": the hooks up to `waitFor`. */
  #runBlocking(log: CreationLog): Promise<void> {
    return this.#firstCall(log, 'Running blocking commands...', ['--expect-existing-container']);
  }

  /** Calls 1 and 2 differ in one argument only. */
  async #firstCall(log: CreationLog, title: string, own: string[]): Promise<void> {
    const { host } = this;
    const ok = await this.#up(log, title, [
      ...['--workspace-folder', host.workspace],
      ...['--mount', `type=bind,source=${host.cache},target=/vscode`],
      ...['--user-data-folder', host.persistedShare],
      ...AFTER_LABEL,
      ...['--omit-config-remote-env-from-metadata', '--skip-non-blocking-commands', ...own],
    ]);
    // Codespaces would now show a recovery container (docs/facts/codespaces.md part 5).
    if (!ok) {
      throw new Error(`the codespace did not open, "${title}" failed:\n${log.text.slice(-4000)}`);
    }
  }

  /** Step 3, "Configuring codespace...", where docker's settings of the container become the machine's. */
  async #configure(log: CreationLog): Promise<void> {
    log.headline('Configuring codespace...');
    const script =
      'rm -rf ~/.docker && ln -s /workspaces/.codespaces/.persistedshare/.docker ~/.docker';
    const user = this.#options.remoteUser;
    await run('docker', ['exec', '--user', user, await this.containerId(), 'bash', '-lc', script]);
  }

  /** Call 4, "Running commands...": the other hooks. Its failure is only seen in the log. */
  async #runRest(
    log: CreationLog,
    title = 'Running commands...',
    more: readonly string[] = [],
  ): Promise<void> {
    const { host } = this;
    await this.#up(log, title, [
      ...['--workspace-folder', host.workspace],
      ...['--expect-existing-container', '--skip-post-attach'],
      ...['--mount', `type=bind,source=${host.cache},target=/vscode`],
      ...[...AFTER_LABEL, ...more],
    ]);
    log.headline('Finished configuring codespace.');
  }

  async #up(log: CreationLog, title: string, args: string[]): Promise<boolean> {
    const { host } = this;
    log.headline(title);
    const { code } = await devcontainer(
      [
        ...['up', ...this.idLabels],
        ...[...args, '--config', host.config, '--override-config', host.merged],
        ...['--default-user-env-probe', 'loginInteractiveShell'],
        ...['--container-session-data-folder', SESSION_DATA, '--secrets-file', host.secrets],
      ],
      host.temporary,
      { onOutput: (text) => log.add(text) },
    );
    return code === 0;
  }

  /** The cache of shell variables that outlives rebuilds (docs/facts/codespaces.md part 2). */
  async probedEnvironment(): Promise<string> {
    const dir = join(this.host.persistedShare, 'devcontainers-cli/cache');
    return readFile(join(dir, 'env-loginInteractiveShell.json'), 'utf8');
  }
}
