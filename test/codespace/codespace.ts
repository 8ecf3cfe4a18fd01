// A codespace as GitHub creates, stops, resumes and rebuilds it: the exact calls of the dev container
// CLI that docs/facts/codespaces.md part 1 lists, on this machine instead of a virtual one.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, type Result, run } from '../support/command.ts';
import { CA_FILE } from './base-image.ts';
import { CreationLog } from './creation-log.ts';
import { DevContainer } from './dev-container.ts';
import { devcontainer } from './devcontainer-cli.ts';
import {
  emptyTmp,
  type Host,
  type HostOptions,
  makeHost,
  REPOSITORY,
  removeHost,
  type Secrets,
  writeSecrets,
} from './host.ts';

/** Arguments of every call, beside those that name a path of the host. */
const EVERY_CALL = [
  ...['--container-data-folder', '.vscode-remote/data/Machine'],
  ...['--container-system-data-folder', '/var/vscode-remote'],
  ...['--log-level', 'trace', '--log-format', 'json'],
  ...['--update-remote-user-uid-default', 'never', '--mount-workspace-git-root', 'false'],
  ...['--default-user-env-probe', 'loginInteractiveShell'],
];

const SESSION_DATA = '/workspaces/.codespaces/.persistedshare/devcontainers-cli/cache';

type Existing = '--expect-existing-container' | '--remove-existing-container' | undefined;

export class Codespace extends DevContainer {
  readonly host: Host;
  readonly #options: HostOptions;

  private constructor(host: Host, options: HostOptions) {
    // Codespaces has only the first: there, no other codespace is on the machine.
    const labels = ['Type=codespaces', `heroku-feature.codespace=${host.name}`];
    super({ labels, user: options.remoteUser, folder: REPOSITORY });
    this.host = host;
    this.#options = options;
  }

  /** Makes the repository and Codespaces' folders; no container yet. */
  static async prepare(options: HostOptions): Promise<Codespace> {
    return new Codespace(await makeHost(options), options);
  }

  /** Opens it for the first time. */
  create(secrets: Secrets): Promise<CreationLog> {
    return this.#open(secrets);
  }

  /** The job that prepares a prebuild: no codespace and no user yet, only shared secrets. */
  async createPrebuild(secrets: Secrets): Promise<CreationLog> {
    const log = await this.#createContainer(secrets, undefined, true);
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

  /** Stops it; `/tmp` is emptied as well. */
  override async stop(): Promise<void> {
    await super.stop();
    await emptyTmp(this.host);
  }

  /**
   * Starts it again with what the user's secrets are by then. That Codespaces makes the last call
   * here is inferred, not seen (docs/facts/codespaces.md part 1).
   */
  async resume(secrets: Secrets): Promise<CreationLog> {
    return this.#runRest(await this.#createContainer(secrets, '--expect-existing-container'));
  }

  /** Makes a new container; only what is in `/workspaces` (and `/tmp`) stays. */
  rebuild(secrets: Secrets): Promise<CreationLog> {
    return this.#open(secrets, '--remove-existing-container');
  }

  async #open(secrets: Secrets, existing?: Existing): Promise<CreationLog> {
    const log = await this.#createContainer(secrets, existing);
    await this.#runBlocking(log);
    await this.#configure(log);
    return this.#runRest(log);
  }

  /**
   * "Reload to Apply": terminals that are opened from now on have these secrets, and nothing was started
   * again (docs/facts/codespaces.md part 4). When Codespaces refreshes its files is not known.
   *
   * @param refreshesFiles whether the files have them too.
   */
  reload(secrets: Secrets, refreshesFiles: boolean): Promise<void> {
    return writeSecrets(this.host, secrets, { files: refreshesFiles });
  }

  /** Call 5, "Installing dotfiles...", from a git repository that processes in the container can read. */
  installDotfiles(repository: string): Promise<CreationLog> {
    return this.#runRest(new CreationLog(), 'Installing dotfiles...', [
      ...['--dotfiles-repository', repository],
      ...['--dotfiles-target-path', '/workspaces/.codespaces/.persistedshare/dotfiles'],
    ]);
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
  async exec(command: string): Promise<Result> {
    const user = this.#options.remoteUser;
    const home = user === 'root' ? '/root' : `/home/${user}`;
    const env = [
      `HOME=${home}`,
      `USER=${user}`,
      'PATH=/usr/local/bin:/usr/bin:/bin',
      // The simulator's own need: with the real Heroku there is no private authority.
      `NODE_EXTRA_CA_CERTS=${CA_FILE}`,
    ];
    const bare = ['env', '-i', ...env, 'bash', '-c', command];
    return attempt('docker', ['exec', ...(await this.execArguments()), ...bare]);
  }

  /** The output of {@link exec} for a command that must succeed. */
  async succeeds(command: string): Promise<string> {
    const { code, output } = await this.exec(command);
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
    return output;
  }

  /** Runs a command as a terminal of VS Code does: a login shell that has the secrets. */
  async terminal(command: string): Promise<Result> {
    return attempt('docker', ['exec', ...(await this.#terminalArguments()), '-c', command]);
  }

  /** Arguments of `docker` for an interactive {@link terminal}. */
  async shellArguments(): Promise<string[]> {
    return ['exec', '--interactive', '--tty', ...(await this.#terminalArguments())];
  }

  async #terminalArguments(): Promise<string[]> {
    return [...(await this.execArguments('--env-file', this.host.terminal)), 'bash', '-l'];
  }

  /** Call 1, "Creating container...", and what Codespaces' agent does to it before any hook. */
  async #createContainer(
    secrets: Secrets,
    existing: Existing,
    prebuild = false,
  ): Promise<CreationLog> {
    await writeSecrets(this.host, secrets, { prebuild });
    const log = new CreationLog();
    const own = ['--skip-post-create', ...(existing ? [existing] : [])];
    await this.#firstCall(log, 'Creating container...', own);
    // Set again at each start, as an agent that knows nothing of the last one would.
    const settings = [
      'credential.helper /.codespaces/bin/gitcredential_github.sh',
      'user.name "Octo Cat"',
      'user.email octocat@example.com',
    ].map((setting) => `git config --system --replace-all ${setting}`);
    const id = await this.containerId();
    await run('docker', ['exec', '--user', 'root', id, 'sh', '-c', settings.join(' && ')]);
    return log;
  }

  /** Call 2, "Running blocking commands...": the hooks up to `waitFor`. */
  #runBlocking(log: CreationLog): Promise<void> {
    return this.#firstCall(log, 'Running blocking commands...', ['--expect-existing-container']);
  }

  /** Calls 1 and 2 differ in one argument only. */
  async #firstCall(log: CreationLog, title: string, own: string[]): Promise<void> {
    const ok = await this.#up(log, title, [
      ...['--user-data-folder', this.host.persistedShare],
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
    await run('docker', ['exec', ...(await this.execArguments()), 'bash', '-lc', script]);
  }

  /** Call 4, "Running commands...": the other hooks. Its failure is only seen in the log. */
  async #runRest(
    log: CreationLog,
    title = 'Running commands...',
    more: readonly string[] = [],
  ): Promise<CreationLog> {
    await this.#up(log, title, ['--expect-existing-container', '--skip-post-attach', ...more]);
    log.headline('Finished configuring codespace.');
    return log;
  }

  async #up(log: CreationLog, title: string, own: string[]): Promise<boolean> {
    const { host } = this;
    log.headline(title);
    const { code } = await devcontainer(
      [
        ...['up', ...this.idLabels, '--workspace-folder', host.workspace],
        ...['--mount', `type=bind,source=${host.cache},target=/vscode`, ...EVERY_CALL, ...own],
        ...['--config', host.config, '--override-config', host.merged],
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
