// A container that the dev container CLI makes and finds again by labels.
import { run } from '../support/command.ts';
import { dockerLines } from './docker.ts';

interface DevContainerOptions {
  /** Which no other container on this machine has together, as `NAME=VALUE`. */
  readonly labels: readonly string[];
  /** The user of its terminals and hooks. */
  readonly user: string;
  /** Name of the repository's folder. */
  readonly folder: string;
}

export class DevContainer {
  readonly #options: DevContainerOptions;

  constructor(options: DevContainerOptions) {
    this.#options = options;
  }

  /** The CLI's arguments for its labels. */
  get idLabels(): string[] {
    return this.#options.labels.flatMap((label) => ['--id-label', label]);
  }

  /** Throws if there is none. */
  async containerId(): Promise<string> {
    const [id] = await this.#containers();
    if (id === undefined) throw new Error(`there is no container with ${this.idLabels.join(' ')}`);
    return id;
  }

  /** Stops it: its processes end, its disk stays. */
  async stop(): Promise<void> {
    // The first process of a dev container ignores SIGTERM for as long as it has children.
    await run('docker', ['stop', '--time', '1', await this.containerId()]);
  }

  /** Safe at any point, and to call twice. */
  async remove(): Promise<void> {
    for (const id of await this.#containers()) {
      await run('docker', ['rm', '--force', '--volumes', id]);
    }
  }

  /** Arguments of `docker exec` before the command, which its user then runs in the repository. */
  protected async execArguments(...options: string[]): Promise<string[]> {
    const { user, folder } = this.#options;
    const where = ['--user', user, '--workdir', `/workspaces/${folder}`];
    return [...where, ...options, await this.containerId()];
  }

  #containers(): Promise<string[]> {
    const filters = this.#options.labels.flatMap((label) => ['--filter', `label=${label}`]);
    return dockerLines('ps', '--all', '--quiet', '--no-trunc', ...filters);
  }
}
