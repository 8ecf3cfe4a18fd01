// What several messages share: the next steps, dates, and where this is.
//
// Codespaces blanks every word of a hook's output that equals the value of a secret, and counts the
// word `true` and GitHub's own address among them (docs/facts/codespaces.md part 6): no message uses either.

import { inCodespace } from '../codespace.ts';
import type { Context } from '../context.ts';

export const tokenPage = 'https://dashboard.heroku.com/account/applications';

/** Without https://, because Codespaces blanks GitHub's address. */
const secretsPage = 'github.com/settings/codespaces';

export const day = 24 * 60 * 60 * 1000;

/** A token that ends within this time, in milliseconds, is one to renew. */
export const soon = 7 * day;

/** `(token expires in 29 days)`, with a blank before it; nothing if it is not known. */
export function expiry(what: string, expiresAt: number | null | undefined, now: number): string {
  if (expiresAt === undefined) return '';
  if (expiresAt === null) return ` (${what} does not expire)`;
  const left = expiresAt - now;
  if (left < 60 * 60 * 1000) return ` (${what} expires in less than an hour)`;
  if (left < 2 * day) return ` (${what} expires in ${count(left / (60 * 60 * 1000), 'hour')})`;
  return ` (${what} expires in ${count(left / day, 'day')})`;
}

export function count(amount: number, unit: string): string {
  // A token made for 30 days has a little less left when it is first used: round, do not cut.
  const whole = Math.round(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

export const place = (context: Context) => (inCodespace(context) ? 'codespace' : 'container');

export const date = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Paths, variables and settings of git cannot hold it, so no text from outside can forge a step. */
const separator = '\0';

/** What happened in one line, then what to do, step by step. */
export const withSteps = (what: string, steps: readonly string[]) =>
  [what, ...steps].join(separator);

/** The opposite of {@link withSteps}; a message may have no steps. */
export function splitSteps(text: string): { message: string; steps: string[] } {
  const [message = '', ...steps] = text.split(separator);
  return { message, steps };
}

/** The lines of a message: the steps are numbered. */
export function linesOf(text: string): string[] {
  const { message, steps } = splitSteps(text);
  return [message, ...steps.map((step, at) => `  ${at + 1}. ${step}`)];
}

/**
 * Steps that give this place another token.
 *
 * @param how.isMissing if it has none: it may have another name, or may not get here.
 */
export function replaceToken(context: Context, { isMissing = false } = {}): string[] {
  const { secretName: name } = context.options;
  const create = `Create a token with an expiration${isMissing ? ', if you have none yet' : ''}: ${tokenPage}`;
  if (inCodespace(context)) {
    const save = isMissing
      ? `Save it as a secret with exactly the name ${name}, and give this repository access to it`
      : `Save it as the secret ${name}`;
    return [create, `${save}: ${secretsPage}`, 'Stop and start this codespace.'];
  }
  const pass = isMissing ? ', pass it on with remoteEnv in devcontainer.json,' : '';
  return [
    create,
    `Set ${name} to it on your own computer${pass} and rebuild the container, or run: heroku-login`,
  ];
}

/** What the option `perContainerToken` makes. */
export const ownToken = (context: Context) => `this ${place(context)}'s own token`;
