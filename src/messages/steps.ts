// What several messages share: the next steps, dates, and where this is.
//
// Codespaces blanks every word of a hook's output that equals the value of a secret, and counts the
// word `true` and GitHub's own address among them (docs/facts/codespaces.md part 6): no message uses either.

import { inCodespace, repository } from '../codespace.ts';
import type { Context } from '../context.ts';

export const tokenPage = 'https://dashboard.heroku.com/account/applications';

export const day = 24 * 60 * 60 * 1000;

/** A token that ends within this time, in milliseconds, is one to renew. */
export const soon = 7 * day;

/** `(token expires in 29 days)`, with a blank before it; nothing where it is not known. */
export function expiry(expiresAt: number | null | undefined, now: number): string {
  if (expiresAt === undefined) return '';
  if (expiresAt === null) return ' (token does not expire)';
  const left = expiresAt - now;
  if (left < 60 * 60 * 1000) return ' (token expires within the hour)';
  if (left < 2 * day) return ` (token expires in ${count(left / (60 * 60 * 1000), 'hour')})`;
  return ` (token expires in ${count(left / day, 'day')})`;
}

export function count(amount: number, unit: string): string {
  // A token made for 30 days has a little less left when it is first used: round, do not cut.
  const whole = Math.round(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

export const place = (context: Context) => (inCodespace(context) ? 'codespace' : 'container');

export const date = (at: number) => new Date(at).toISOString().slice(0, 10);

export function firstSteps(context: Context): string {
  const { secretName } = context.options;
  if (inCodespace(context)) {
    return `Make a token at ${tokenPage} (Authorizations, with an expiry), run: gh secret set ${secretName} --user --repos ${repository(context)}, then stop and start the codespace.`;
  }
  return `Make a token at ${tokenPage} (Authorizations, with an expiry), set it as ${secretName} where the container gets its environment, or run: heroku-login --with-token`;
}

export function renew(context: Context): string {
  const { secretName } = context.options;
  if (inCodespace(context)) {
    return `make a new one at ${tokenPage} (Authorizations, with an expiry), run: gh secret set ${secretName} --user --repos ${repository(context)}, then stop and start the codespace`;
  }
  return `make a new one at ${tokenPage} (Authorizations, with an expiry) and set ${secretName} to it, or run: heroku-login --with-token`;
}

export const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What the option `perContainerToken` makes. */
export const ownSession = (context: Context) => `a session of this ${place(context)} alone`;
