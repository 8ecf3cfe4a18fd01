// `heroku-login` typed in a terminal: where there is no token it asks for one, logs in with it as
// --with-token does, and offers to make it the secret of the person's codespaces.

import { repositoryName } from '../codespace.ts';
import type { Context } from '../context.ts';
import { cleanToken } from '../credentials/token.ts';
import * as messages from '../messages.ts';
import { exitCodes, type Report } from '../report.ts';
import { findProgram, runProgram } from '../run-program.ts';
import { askHidden, askYes, hasPerson, say } from '../terminal.ts';
import { login } from './login.ts';

/**
 * A login that a person typed. Where there is no terminal, a login like any other.
 *
 * @param tell prints how a login ended and returns the exit code.
 */
export async function loginInteractively(
  context: Context,
  way: 'command' | 'with-token',
  tell: (report: Report) => number,
): Promise<number> {
  // At a terminal --with-token would show what is typed.
  const report = way === 'with-token' && hasPerson() ? undefined : await login(context, way);
  if (report && (report.outcome !== 'no_token' || !hasPerson())) return tell(report);
  const typed = await askHidden(messages.askToken(), context.timeouts.question);
  if (typed === undefined && report) return tell(report);
  const asked = await login({ ...context, readInput: () => typed ?? '' }, 'with-token');
  const code = tell(asked);
  if (typed !== undefined && asked.code === exitCodes.loggedIn) await offerSecret(context, typed);
  return code;
}

/** With gh, where that is there and the repository is known. Whatever comes of it is only told. */
async function offerSecret(context: Context, typed: string): Promise<void> {
  const gh = findProgram(context, 'gh');
  const repository = repositoryName(context);
  const cleaned = cleanToken(typed);
  if (!gh || !repository || !cleaned || !('token' in cleaned)) return;
  const { secretName } = context.options;
  if (!(await askYes(messages.askSecret(secretName, repository), context.timeouts.question)))
    return;
  const args = ['secret', 'set', secretName, '--user', '--repos', repository];
  const { ok, said } = runProgram(context, gh, args, {
    token: cleaned.token,
    limit: context.timeouts.gh,
  });
  say(
    ok
      ? messages.secretSet(secretName, repository)
      : messages.secretNotSet(secretName, repository, said),
  );
}
