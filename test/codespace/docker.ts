// What several parts of the codespace simulator ask of Docker.
import { attempt, run } from '../support/command.ts';

/** The lines that a call of `docker`, which must succeed, prints. */
export async function dockerLines(...args: string[]): Promise<string[]> {
  return (await run('docker', args)).match(/.+/g) ?? [];
}

const CURL = ['--silent', '--show-error', '--fail-with-body', '--noproxy', '*', '--max-time', '10'];

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
 * @returns its address for other containers, its URL for this machine, how to ask it, and how to remove it.
 */
export async function startServer({ name, port, hostPort, path, args }: Server) {
  const close = () => run('docker', ['rm', '--force', '--volumes', name]);
  try {
    const publish = ['--publish', `127.0.0.1:${hostPort}:${port}`];
    await run('docker', ['run', '--detach', '--init', '--name', name, ...publish, ...args]);
    const format = '{{.NetworkSettings.IPAddress}}';
    const [address = ''] = await dockerLines('inspect', '--format', format, name);
    const [mapped = ''] = await dockerLines('port', name, `${port}/tcp`);
    const url = `http://${mapped}`;
    /** What it answers; throws if it is not a success. */
    const ask = (method: string, path: string, input = '', options: readonly string[] = []) => {
      const request = ['--request', method, '--data-binary', '@-', `${url}${path}`];
      return run('curl', [...CURL, ...options, ...request], { input });
    };
    // Docker itself accepts connections before the server does.
    await ask('GET', path, '', ['--retry', '20', '--retry-delay', '1', '--retry-all-errors']);
    return { address, url, ask, close };
  } catch (error) {
    const { output } = await attempt('docker', ['logs', name]);
    await attempt('docker', ['rm', '--force', '--volumes', name]);
    throw new Error(`${name} does not answer: ${String(error)}\n${output}`);
  }
}
