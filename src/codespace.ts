// What the program needs to know of the place it runs in: GitHub Codespaces or not, a prebuild or
// not, which start of the container this is, which repository.

import { existsSync, readFileSync } from 'node:fs';
import type { Context } from './context.ts';

/** Whether this is a codespace. PID 1 has the variable, so hooks and terminals have it too. */
export const inCodespace = (context: Context): boolean => context.env['CODESPACES'] === 'true';

/**
 * Whether this is the job that prepares a prebuild. Its disk is copied into everybody's codespace,
 * so nothing may be stored on it. Only the last of the signs is documented
 * (docs/facts/codespaces.md part 4): any of them counts, because a login that is missed at creation happens
 * at the start.
 */
export function inPrebuild(context: Context): boolean {
  const { env } = context;
  const isPrebuild = env['CLOUDENV_ENVIRONMENT_ID'] === 'null' || env['CODESPACES_PREBUILD_TOKEN'];
  return inCodespace(context) && Boolean(isPrebuild || env['ACTIONS_ID_TOKEN_REQUEST_URL']);
}

/** `owner/name` of the repository on GitHub; undefined if it is not known. */
export function repositoryName(context: Context): string | undefined {
  const name = context.env['GITHUB_REPOSITORY'] ?? '';
  return /^[\w.-]+\/[\w.-]+$/.test(name) ? name : undefined;
}

/**
 * What a container's own token is called at Heroku, so that a user finds it in the dashboard, and whether
 * only the container before a rebuild can have given that name. In a codespace that is so for one home of one
 * user: a container inside it may be handed CODESPACE_NAME, so it adds its own name, which a rebuild of the
 * codespace itself may change. Only the codespace's own container has Codespaces' folder.
 */
export function containerTokenName(context: Context): { name: string; isUnique: boolean } {
  const { host, user } = context.self();
  const codespace = inCodespace(context) ? context.env['CODESPACE_NAME'] : undefined;
  if (!codespace) return { name: `Dev container ${host}, user ${user}`, isUnique: false };
  const repository = repositoryName(context);
  const of = repository === undefined ? '' : ` of ${repository}`;
  const at = existsSync(context.codespacesShared) ? '' : `@${host}`;
  const name = `Codespace ${codespace}${of}, user ${user}${at}:${context.home}`;
  return { name, isUnique: true };
}

/**
 * Names this start of the container: the kernel's boot and the start time of PID 1 (proc(5): field
 * 22 of `/proc/1/stat`, in clock ticks since boot). Undefined if /proc does not tell.
 */
export function containerStart(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync('/proc/1/stat', 'utf8');
    // The second field, the command in parentheses, may hold spaces and parentheses itself.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? undefined : `${boot}/${ticks}`;
  } catch {
    return undefined;
  }
}
