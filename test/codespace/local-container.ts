// A dev container outside Codespaces: on a user's own computer, or on a machine that builds.
import { basename, dirname, join } from 'node:path';
import { attempt, type Result } from '../support/command.ts';
import { CreationLog } from './creation-log.ts';
import { DevContainer } from './dev-container.ts';
import { devcontainer } from './devcontainer-cli.ts';

/** Environment of the caller, such as a user's own. */
type Variables = Readonly<Record<string, string>>;

export class LocalContainer extends DevContainer {
  /** The repository on this machine. */
  readonly workspace: string;
  readonly #temporary: string;

  constructor(workspace: string) {
    // One of the two labels that the CLI itself gives, if it is told none.
    const labels = [`devcontainer.local_folder=${workspace}`];
    super({ labels, user: 'vscode', folder: basename(workspace) });
    this.workspace = workspace;
    // Beside that folder, which a configuration with Compose may mount.
    this.#temporary = `${dirname(workspace)}-devcontainer-cli`;
  }

  /**
   * The calls of the extension Dev Containers of VS Code. The first is in public logs
   * (microsoft/vscode-remote-release#9656); that the hooks are run by the second is inferred from what
   * that call has for it.
   */
  async openInVsCode(variables: Variables): Promise<CreationLog> {
    const config = join(this.workspace, '.devcontainer/devcontainer.json');
    const where = [
      ...['--workspace-folder', this.workspace, '--config', config],
      ...[...this.idLabels, '--id-label', `devcontainer.config_file=${config}`],
      ...['--log-level', 'debug', '--log-format', 'json'],
      ...['--default-user-env-probe', 'loginInteractiveShell'],
    ];
    const up = ['up', ...where, '--workspace-mount-consistency', 'cached', '--skip-post-create'];
    const userId = ['--update-remote-user-uid-default', 'on', '--mount-workspace-git-root'];
    const log = await this.call([...up, ...userId], variables);
    log.add((await this.call(['run-user-commands', ...where], variables)).raw);
    return log;
  }

  /** One call of the dev container CLI, which must succeed. */
  async call(args: readonly string[], variables: Variables = {}): Promise<CreationLog> {
    const log = new CreationLog();
    const onOutput = (text: string) => log.add(text);
    const { code } = await devcontainer(args, this.#temporary, { onOutput, variables });
    if (code !== 0) throw new Error(`devcontainer ${args[0]}:\n${log.text.slice(-4000)}`);
    return log;
  }

  /** Runs a command as another process of the container's user does: with no variable of the caller's. */
  async exec(command: string): Promise<Result> {
    return attempt('docker', ['exec', ...(await this.execArguments()), 'bash', '-c', command]);
  }
}
