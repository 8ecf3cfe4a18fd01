// `heroku logout`, before the CLI gets it: there it deletes the token at Heroku, without a question, also
// when that is the secret of all codespaces and CI jobs (docs/facts/heroku.md part 5).

import { type Context, restarted } from '../context.ts';
import { fingerprint } from '../credentials/fingerprint.ts';
import { hideLoggedOut, resolve } from '../credentials/resolve.ts';
import * as messages from '../messages/logout.ts';
import type { Tell } from '../report.ts';
import { askLine, hasPerson, say } from '../terminal.ts';
import { removeCredentialHelper } from '../tools/docker.ts';
import { cliUses, runCli } from '../tools/heroku-cli.ts';
import { logout } from './logout.ts';

/**
 * Lets the CLI log out. If that would delete a token that others may use, a user at a terminal is asked
 * first; a script is not, it means what it says. A login of the user's own, and the container's own
 * token, are no business of others.
 *
 * @param args the CLI's, `logout` first.
 * @param tell prints how our own logout ended and returns the exit code.
 */
export async function herokuLogout(context: Context, args: readonly string[], tell: Tell) {
  if (args.some((arg) => arg === '--help' || arg === '-h')) return runCli(context, args);
  const { state, env, timeouts } = context;
  const { netrc, search } = resolve(context);
  const { uses, token } = cliUses(context, netrc);
  const found = search.candidates.map((candidate) => candidate.token);
  const own = token === undefined ? undefined : state.containerToken(fingerprint(token)).read();
  const known = [...found, env['HEROKU_API_KEY'], netrc.stored?.password];
  const isSecret = token !== undefined && !own && known.includes(token);
  if (isSecret && hasPerson()) {
    const answer = await askLine(messages.askLogout(context, uses ?? ''), timeouts.question);
    if (answer === 'here') return tell(await logout(restarted(context)));
    if (answer !== 'everywhere') {
      say(messages.notLoggedOut());
      return 1;
    }
  }
  const code = runCli(context, args);
  // Logged out means logged out, also if the secret is still in the environment.
  if (code === 0 && (isSecret || own)) {
    state.forget();
    const gone = [...found, ...(token ? [token] : [])].map(fingerprint);
    hideLoggedOut(context, [...gone, ...(own ? [own.of] : [])]);
    for (const sentence of removeCredentialHelper(context)) say(sentence);
  }
  return code;
}
