// Answers docker, as a credential helper (github.com/docker/docker-credential-helpers): docker starts
// `docker-credential-heroku-login OPERATION`, writes to its standard input and reads its standard output.
// With code 1 the output is the problem; docker shows it, but for the one that it knows as "no login".

import type { DockerOperation } from '../arguments.ts';
import type { Context } from '../context.ts';
import { candidates } from '../credentials/resolve.ts';
import { asRecord, parseJson } from '../json.ts';
import * as messages from '../messages/docker.ts';
import { hostOf } from '../tools/docker-settings.ts';

/** What goes to docker: standard output, and the exit code. */
export type DockerAnswer = { readonly output: string; readonly code: 0 | 1 };

/** Every client compares these words: docker, podman, and docker-compose 1, which else ends the build. */
const notFound: DockerAnswer = { output: 'credentials not found in native keychain\n', code: 1 };

const done: DockerAnswer = { output: '', code: 0 };

/**
 * Does one operation of docker's. Never uses the network, and tells nobody anything: docker asks at each
 * build, whether or not it needs Heroku's registry.
 *
 * - `get` gives the first token that Heroku has not rejected, for Heroku's registry alone.
 * - `store` is what `docker login` ends with, and with it `heroku container:login`. Another token than
 *   that of `get` would never be used, so it is rejected.
 * - `erase` is what `docker logout` does, and what docker does to a login that a registry rejected. It is
 *   heroku's and git's login too, so it stays.
 * - `list` gives the registry if there is a token for it.
 */
export function dockerCredential(context: Context, operation: DockerOperation): DockerAnswer {
  if (operation === 'erase') return done;
  const { registry } = context.hosts;
  const token = dockerToken(context);
  const isKnown = registry !== undefined && token !== undefined;
  if (operation === 'list') return answer(isKnown ? { [registry]: '_' } : {});
  const input = context.readInput();
  if (operation === 'get') {
    const server = input.trim();
    if (!isKnown || hostOf(server) !== registry) return notFound;
    return answer({ ServerURL: server, Username: '_', Secret: token });
  }
  const { ServerURL, Secret } = asRecord(parseJson(input));
  if (isKnown && hostOf(String(ServerURL)) === registry && Secret === token) return done;
  return { output: `${messages.dockerLoginRejected()}\n`, code: 1 };
}

/** The token that docker gets: the one that counts for git; undefined for none. */
export const dockerToken = (context: Context): string | undefined =>
  candidates(context).find(({ token }) => !context.state.rejected.has(token))?.token;

const answer = (value: object): DockerAnswer => ({ output: `${JSON.stringify(value)}\n`, code: 0 });
