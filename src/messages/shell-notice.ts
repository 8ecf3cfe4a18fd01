// The line that new shells print.

import { inCodespace } from '../codespace.ts';
import type { Context } from '../context.ts';
import type { Report } from '../report.ts';
import { date, place } from './steps.ts';

/** The line for new shells after a hook that nobody thought could end so. */
export const noticeUnexpected = () =>
  'the last login stopped unexpectedly. To try again: heroku-login';

/** The line for new shells where the container runs longer than its session. */
export const noticeSession = (context: Context, until: number) =>
  `the session of this ${place(context)} is good until ${date(until)}. To renew it: heroku-login`;

/**
 * The line for new shells after a login that ended so; undefined where there is nothing to say. The
 * command at its end tells the rest.
 */
export function notice(context: Context, report: Report): string | undefined {
  const { secretName } = context.options;
  const source = report.source ?? 'standard input';
  switch (report.outcome) {
    case 'logged_in':
      // A date, because nobody counts the days again while the container runs.
      return typeof report.expiresAt === 'number'
        ? `the token is good until ${date(report.expiresAt)}. To see how to renew it: heroku-login`
        : undefined;
    case 'no_token':
      if (report.facts?.['ownLogin'] === true) return undefined;
      return inCodespace(context)
        ? `not logged in, because this codespace has no secret ${secretName}. To log in: heroku-login`
        : `not logged in, because ${secretName} is not set. To log in: heroku-login`;
    case 'unusable_token':
      if (report.facts?.unusableFile) return noticeUnusableFile(source);
      return `not logged in, because what is in ${source} is not a Heroku token. To see what to do: heroku-login`;
    case 'refused':
      return `Heroku refused the token from ${source}. To see what to do: heroku-login`;
    case 'unreachable':
      return 'the last login did not reach Heroku. To try again: heroku-login';
    case 'not_stored':
      return 'the token could not be stored in ~/.netrc. To see what to do: heroku-login';
    default:
      return undefined;
  }
}

/** The line for new shells if the secret's file cannot be used. */
export const noticeUnusableFile = (source: string) =>
  `not logged in: ${source} is there, but cannot be used. To see why, run: heroku-login`;

/** Said by a new shell whose variable holds another token than the secret. */
export const otherToken = (source: string) =>
  `this shell uses another token, from ${source}. To store it for the whole container, run: heroku-login`;
