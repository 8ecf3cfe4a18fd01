// `heroku-login` typed in a terminal: if there is no token it asks for one, logs in with it as
// --with-token does, and offers to make it the secret of the user's codespaces.

import { repositoryName } from '../codespace.ts';
import { type Context, restarted } from '../context.ts';
import { cleanToken } from '../credentials/token.ts';
import * as messages from '../messages/login.ts';
import { exitCodes, type Report } from '../report.ts';
import { findProgram, runProgram } from '../run-program.ts';
import { askHidden, askYes, hasPerson, say } from '../terminal.ts';
import { login } from './login.ts';

/**
 * A login that a user typed. Without a terminal, a login like any other.
 *
 * @param tell prints how a login ended and returns the exit code.
 */
export async function loginInteractively(
  context: Context,
  { fromInput }: { readonly fromInput: boolean },
  tell: (report: Report) => number,
): Promise<number> {
  // At a terminal --with-token would show what is typed.
  const report = fromInput && hasPerson() ? undefined : await login(context, { fromInput });
  if (report && (report.outcome !== 'no_token' || !hasPerson())) return tell(report);
  const typed = await askHidden(messages.askToken(), context.timeouts.question);
  if (typed === undefined && report) return tell(report);
  const readInput = () => typed ?? '';
  const asked = await login(restarted({ ...context, readInput }), { fromInput: true });
  const code = tell(asked);
  if (typed !== undefined && exitCodes[asked.outcome] === 0) await offerSecret(context, typed);
  return code;
}

/** With gh, if that is there and the repository is known. Failures are reported, not fatal. */
async function offerSecret(context: Context, typed: string): Promise<void> {
  const gh = findProgram(context, 'gh');
  const repository = repositoryName(context);
  const cleaned = cleanToken(typed);
  if (!gh || !repository || !cleaned || !('token' in cleaned)) return;
  const { options, timeouts } = context;
  const { secretName } = options;
  if (!(await askYes(messages.askSecret(secretName, repository), timeouts.question))) return;
  const command = [gh, 'secret', 'set', secretName, '--user', '--repos', repository] as const;
  const { ok, said } = runProgram(context, command, { token: cleaned.token, limit: timeouts.gh });
  say(
    ok
      ? messages.secretSet(secretName, repository)
      : messages.secretNotSet(secretName, repository, said),
  );
}
