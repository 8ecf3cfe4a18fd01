// A container that the dev container CLI makes and finds again by labels.
import { run } from '../support/command.ts';

export class LabeledContainer {
  readonly #labels: readonly string[];

  /** @param labels which no other container on this machine has together, as `NAME=VALUE`. */
  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  /** The CLI's arguments for them. */
  get idLabels(): string[] {
    return this.#labels.flatMap((label) => ['--id-label', label]);
  }

  /** Throws if there is none. */
  async containerId(): Promise<string> {
    const [id] = await this.#containers();
    if (id === undefined) throw new Error(`there is no container with ${this.#labels.join()}`);
    return id;
  }

  /** Safe at any point, and to call twice. */
  async remove(): Promise<void> {
    for (const id of await this.#containers()) {
      await run('docker', ['rm', '--force', '--volumes', id]);
    }
  }

  async #containers(): Promise<string[]> {
    const filters = this.#labels.flatMap((label) => ['--filter', `label=${label}`]);
    const ids = await run('docker', ['ps', '--all', '--quiet', '--no-trunc', ...filters]);
    return ids.split('\n').filter((id) => id !== '');
  }
}
