// What several parts of the codespace simulator ask of Docker.
import { attempt, run } from '../support/command.ts';

/** The lines that a call of `docker`, which must succeed, prints. */
export async function dockerLines(...args: string[]): Promise<string[]> {
  return (await run('docker', args)).match(/.+/g) ?? [];
}

/** What {@link startServer} is to start. */
interface Server {
  /** The container's name. */
  readonly name: string;
  /** Where it listens inside the container. */
  readonly port: number;
  /** The port of this machine that leads there; 0 for any free one. */
  readonly hostPort: number;
  /** What it answers with success as soon as it is up. */
  readonly path: string;
  /** Further options of `docker run`, the image, and the command. */
  readonly args: readonly string[];
}

/**
 * Starts a container with a server on Docker's default bridge, and resolves when it answers.
 *
 * @returns its address for other containers, its URL for this machine, and how to remove it.
 */
export async function startServer({ name, port, hostPort, path, args }: Server) {
  const close = () => run('docker', ['rm', '--force', '--volumes', name]);
  try {
    const publish = `127.0.0.1:${hostPort === 0 ? '' : hostPort}:${port}`;
    const start = ['run', '--detach', '--init', '--name', name, '--publish', publish];
    await run('docker', [...start, ...args]);
    const [address = ''] = await dockerLines(
      ...['inspect', '--format', '{{.NetworkSettings.IPAddress}}', name],
    );
    const url = `http://${(await dockerLines('port', name, `${port}/tcp`))[0]}`;
    // Docker itself accepts connections before the server does.
    const retry = ['--retry', '20', '--retry-delay', '1', '--retry-all-errors'];
    await run('curl', ['--silent', '--show-error', '--fail', ...retry, `${url}${path}`]);
    return { address, url, close };
  } catch (error) {
    const { output } = await attempt('docker', ['logs', name]);
    await attempt('docker', ['rm', '--force', '--volumes', name]);
    throw new Error(`${name} does not answer:\n${output}`, { cause: error });
  }
}
