// The option `containerRegistry`: one key in docker's settings lets docker ask heroku-login for the token
// when it needs one (commands/docker-credential.ts). No token is written to docker's folder, which in
// Codespaces outlives the container.

import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Context } from '../context.ts';
import * as files from '../credentials/atomic-file.ts';
import * as messages from '../messages/docker.ts';
import { places } from '../messages/status.ts';
import * as settings from './docker-settings.ts';
import type { Use } from './heroku-cli.ts';

/** What became of docker at a login. */
export interface DockerSetup {
  /** Sentences for the user. */
  readonly details: readonly string[];
  /** The registry that docker asks heroku-login about; null for none, absent without the option. */
  readonly registry?: string | null;
}

/** Does what the option asks for at a login, and nothing if that is done already. */
export function setUpDocker(context: Context): DockerSetup {
  const { registry } = context.hosts;
  if (!context.options.containerRegistry) return { details: removeCredentialHelper(context) };
  if (registry === undefined) return { details: [messages.noRegistry()], registry: null };
  const file = settingsFile(context);
  try {
    const use = settings.registryUse(readIfThere(file), registry);
    if (use?.helper === settings.ownHelper) return { details: [], registry };
    if (use) {
      const sentence = messages.dockerHasOwn(registry, placeOf(use, file), file);
      return { details: [sentence], registry: null };
    }
    files.changeSettingsFile(file, (text) =>
      settings.registryUse(text, registry) ? (text ?? '') : settings.addHelper(text, registry),
    );
    return { details: [messages.dockerAdded(registry)], registry };
  } catch (error) {
    if (!(error instanceof files.CredentialFileError)) throw error;
    return { details: [messages.dockerNotChanged(file, error.message)], registry: null };
  }
}

/** Takes back what {@link setUpDocker} did, for whatever registry, and returns sentences for the user. */
export function removeCredentialHelper(context: Context): string[] {
  const file = settingsFile(context);
  let wasRead = false;
  try {
    const text = readIfThere(file);
    wasRead = true;
    if (text === null || settings.removeHelper(text) === text) return [];
    files.changeSettingsFile(file, (now) => now && settings.removeHelper(now));
    return [messages.dockerRemoved()];
  } catch (error) {
    if (!(error instanceof files.CredentialFileError)) throw error;
    // Without the option, a file that cannot be read is no concern of ours.
    const isOurs = wasRead || context.options.containerRegistry;
    return isOurs ? [messages.dockerNotRemoved(file, error.message)] : [];
  }
}

/**
 * What docker would use for the registry, for `status`.
 *
 * @param answer the token that our credential helper gives docker; undefined for none.
 */
export function dockerUses(context: Context, answer: string | undefined): Use {
  const { registry } = context.hosts;
  if (registry === undefined) return { uses: null };
  const file = settingsFile(context);
  try {
    const use = settings.registryUse(readIfThere(file), registry);
    const token = use?.helper === settings.ownHelper ? answer : use?.password;
    const isNothing = !use || (use.helper === settings.ownHelper && !answer);
    return isNothing ? { uses: null } : { uses: placeOf(use, file), token };
  } catch (error) {
    if (error instanceof files.CredentialFileError) return { uses: null };
    throw error;
  }
}

/** Where docker has its login, in words. */
const placeOf = ({ helper }: settings.RegistryUse, file: string) =>
  helper === undefined ? file : places.credentialHelper(helper);

/** A relative DOCKER_CONFIG would be a file of whatever repository docker is called in. */
function settingsFile({ env, home }: Context): string {
  const { DOCKER_CONFIG: folder = '' } = env;
  return join(isAbsolute(folder) ? folder : join(home, '.docker'), 'config.json');
}

function readIfThere(file: string): string | null {
  // Asked first, because an exception costs more and most containers have no such file.
  return existsSync(file) ? files.readCredentialFile(file) : null;
}
