// `heroku logout`, before the CLI gets it: there it deletes the token at Heroku, without a question, also
// when that is the secret of all codespaces and CI jobs (docs/facts/heroku.md part 5).

import { type Context, restarted } from '../context.ts';
import { clearLogin, revokeAll } from '../credentials/container-token.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { hideLoggedOut, resolve } from '../credentials/resolve.ts';
import { removeLogin } from '../credentials/store.ts';
import * as messages from '../messages/logout.ts';
import { exitCodes, type Tell } from '../report.ts';
import { askLine, hasPerson, say } from '../terminal.ts';
import { removeCredentialHelper } from '../tools/docker.ts';
import { cliUses, runCli } from '../tools/heroku-cli.ts';
import { logout } from './logout.ts';

/**
 * Lets the CLI log out. A token that others may use is revoked only if that is said in so many words: by the
 * variable HEROKU_LOGOUT, or by a user at a terminal, who is asked. Without an answer, as in a script, this
 * container alone is logged out. A login of the user's own, and the container's own token, are no business of
 * others.
 *
 * @param args the CLI's, `logout` first.
 * @param tell prints how our own logout ended and returns the exit code.
 */
export async function herokuLogout(context: Context, args: readonly string[], tell: Tell) {
  if (args.some((arg) => arg === '--help' || arg === '-h')) return runCli(context, args);
  const { state, env, timeouts } = context;
  const { netrc, search } = resolve(context);
  // The CLI would wait for it for ever, or fail when half of its work is done.
  if (netrc.problem !== undefined) return tell(await logout(context));
  const { uses, token } = cliUses(context, netrc);
  const found = search.candidates.map((candidate) => candidate.token);
  const own = token === undefined ? undefined : state.containerToken(fingerprint(token)).read();
  const known = [...found, env['HEROKU_API_KEY'], netrc.stored?.password];
  const isSecret = token !== undefined && !own && known.includes(token);
  if (isSecret && env['HEROKU_LOGOUT'] !== 'everywhere') {
    if (!hasPerson()) return logoutHere(context, tell);
    const answer = await askLine(messages.askLogout(context, uses ?? ''), timeouts.question);
    if (answer === 'here') return tell(await logout(restarted(context)));
    if (answer !== 'everywhere') {
      say(messages.notLoggedOut(answer !== ''));
      return 1;
    }
  }
  if (token === undefined || !(isSecret || own)) return runCli(context, args);
  const tokens = [token, ...found];
  // Before the CLI, which forgets the token that can do it, and says nothing if Heroku does not answer.
  const { secrets, alive } = await revokeAll(restarted(context), tokens);
  const code = runCli(context, args);
  // Logged out means logged out, also if the secret is still in the environment.
  if (code === 0) {
    // What the CLI does not read.
    const { left } = removeLogin(context);
    if (left.length > 0) say(messages.tokenLeft(left));
    clearLogin(context);
    hideLoggedOut(context, [...tokens.map(fingerprint), ...secrets]);
    for (const sentence of removeCredentialHelper(context)) say(sentence);
  }
  if (alive) say(messages.containerTokenNotRevoked(context, alive.reason, alive.expiresAt));
  return code || (alive ? exitCodes.unreachable : 0);
}

/** For whoever cannot be asked, and may read standard output: said on standard error. */
async function logoutHere(context: Context, tell: Tell): Promise<number> {
  const report = await logout(context);
  if (report.outcome !== 'logged_out') return tell(report);
  for (const line of [messages.loggedOutHereAlone(context), ...(report.details ?? [])]) say(line);
  return 0;
}
