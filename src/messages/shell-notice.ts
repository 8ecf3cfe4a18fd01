// The line that new shells print.

import { inCodespace } from '../codespace.ts';
import type { Context } from '../context.ts';
import type { Report } from '../report.ts';
import { date, place } from './steps.ts';

/** What new shells print after the hook crashed. */
export const noticeUnexpected = () => 'the last login crashed. To try again, run: heroku-login';

/** What new shells print if the container runs longer than its own token is valid. */
export const noticeContainerToken = (context: Context, until: number) =>
  `this ${place(context)}'s token expires on ${date(until)}. To renew it, run: heroku-login`;

/**
 * The line for new shells after a login that ended so; undefined if there is nothing to say. The
 * command at its end tells the rest.
 *
 * @param canBeHidden whether it names the variable that hides it, see image/shell-notice.sh.
 */
export function notice(context: Context, report: Report, canBeHidden = false): string | undefined {
  const { secretName } = context.options;
  const source = report.source ?? 'standard input';
  switch (report.outcome) {
    case 'logged_in':
      // A date, because nobody counts the days again while the container runs.
      return typeof report.expiresAt === 'number'
        ? `your Heroku token expires on ${date(report.expiresAt)}. To see how to replace it, run: heroku-login`
        : undefined;
    case 'no_token':
      if (report.facts?.['ownLogin'] === true) return undefined;
      return [
        inCodespace(context)
          ? `not logged in: this codespace has no secret ${secretName}.`
          : `not logged in: ${secretName} is not set.`,
        ...(canBeHidden ? ['To hide this line, set HEROKU_LOGIN_QUIET=yes.'] : []),
        'To log in, run: heroku-login',
      ].join(' ');
    case 'unusable_token':
      if (report.facts?.unusableFile) return noticeUnusableFile(source);
      return `not logged in: the value in ${source} is not a Heroku token. To see what to do, run: heroku-login`;
    case 'rejected':
      return report.facts?.stillLoggedIn
        ? noticeStillLoggedIn(source)
        : `Heroku rejected the token from ${source}. To log in again, run: heroku-login`;
    case 'unreachable':
      return 'the last login did not reach Heroku. To try again, run: heroku-login';
    case 'not_stored':
      return 'the token could not be saved to ~/.netrc. To see why, run: heroku-login';
    default:
      return undefined;
  }
}

/** The line for new shells if Heroku rejected the secret, and the login before it stays in use. */
export const noticeStillLoggedIn = (source: string) =>
  `Heroku rejected the token from ${source}; still logged in with the previous one. To see how to replace it, run: heroku-login`;

/** The line for new shells if the secret's file cannot be used. */
export const noticeUnusableFile = (source: string) =>
  `not logged in: ${source} is there, but cannot be used. To see why, run: heroku-login`;

/** Said by a new shell whose variable holds another token than the secret. */
export const otherToken = (source: string) =>
  `this shell uses another token, from ${source}. To store it for the whole container, run: heroku-login`;
