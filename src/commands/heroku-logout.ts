// `heroku logout`, before the CLI gets it: there it deletes the token at Heroku, without a question, also
// when that is the secret of all codespaces and CI jobs (heroku.md part 5).

import type { Context } from '../context.ts';
import { readCredentialFile } from '../credentials/atomic-file.ts';
import { fingerprint, State } from '../credentials/state.ts';
import { netrcPath, storedLogin } from '../credentials/store.ts';
import { findTokens } from '../credentials/token.ts';
import { herokuHosts } from '../heroku/hosts.ts';
import * as messages from '../messages.ts';
import type { Report } from '../report.ts';
import { askLine, hasPerson, say } from '../terminal.ts';
import { removeCredentialHelper } from '../tools/docker.ts';
import { cliUses, runCli } from '../tools/heroku-cli.ts';
import { logout } from './logout.ts';

/**
 * Lets the CLI log out. Where that would delete a token that others may use, a person at a terminal is
 * asked first; a script is not, it means what it says. A login of the person's own, and a session of the
 * container's own, are no business of others.
 *
 * @param args the CLI's, `logout` first.
 * @param tell prints how our own logout ended and returns the exit code.
 */
export async function herokuLogout(
  context: Context,
  args: readonly string[],
  tell: (report: Report) => number,
): Promise<number> {
  const state = new State(context.home);
  if (args.some((arg) => arg === '--help' || arg === '-h')) return runCli(context, state, args);
  const netrc = readCredentialFile(netrcPath(context)) ?? '';
  const { uses, token } = cliUses(context, state, herokuHosts(context.env), netrc);
  const found = findTokens(context).candidates.map((candidate) => candidate.token);
  const ours = storedLogin(context, state)?.password;
  const session = token === undefined ? undefined : state.session(token);
  const isSecret =
    token !== undefined &&
    !session &&
    [...found, context.env['HEROKU_API_KEY'], ours].includes(token);
  if (isSecret && hasPerson()) {
    const answer = await askLine(messages.askLogout(context, uses ?? ''));
    if (answer === 'here') return tell(await logout(context));
    if (answer !== 'everywhere') {
      say(messages.notLoggedOut());
      return 1;
    }
  }
  const code = runCli(context, state, args);
  // Logged out means logged out, also where the secret is still in the environment.
  if (code === 0 && (isSecret || session)) {
    state.forget();
    state.recordLoggedOut([...found, ...(token ? [token] : [])].map(fingerprint));
    if (session) state.recordLoggedOut([session.of]);
    for (const sentence of removeCredentialHelper(context)) say(sentence);
  }
  return code;
}
