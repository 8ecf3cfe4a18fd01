// `heroku logout`, before the CLI gets it: there it deletes the token at Heroku, without a question, also
// when that is the secret of all codespaces and CI jobs (heroku.md part 5).

import { readCredentialFile } from './credential-file.ts';
import { cliUses, runCli } from './heroku-cli.ts';
import { herokuHosts } from './hosts.ts';
import { logout } from './logout.ts';
import { fingerprint, Memory } from './memory.ts';
import { dockerLogout } from './registry.ts';
import type { Report } from './report.ts';
import * as sentences from './sentences.ts';
import { netrcPath, storedLogin } from './store.ts';
import { askLine, hasPerson, say } from './terminal.ts';
import { findTokens } from './token.ts';
import type { World } from './world.ts';

/**
 * Lets the CLI log out. Where that would delete a token that others may use, a person at a terminal is
 * asked first; a script is not, it means what it says. A login of the person's own, and a session of the
 * container's own, are no business of others.
 *
 * @param args the CLI's, `logout` first.
 * @param tell prints how our own logout ended and returns the exit code.
 */
export async function herokuLogout(
  world: World,
  args: readonly string[],
  tell: (report: Report) => number,
): Promise<number> {
  const memory = new Memory(world.home);
  if (args.some((arg) => arg === '--help' || arg === '-h')) return runCli(world, memory, args);
  const netrc = readCredentialFile(netrcPath(world)) ?? '';
  const { uses, token } = cliUses(world, memory, herokuHosts(world.env), netrc);
  const found = findTokens(world).candidates.map((candidate) => candidate.token);
  const ours = storedLogin(world, memory)?.password;
  const session = token === undefined ? undefined : memory.session(token);
  const isSecret =
    token !== undefined &&
    !session &&
    [...found, world.env['HEROKU_API_KEY'], ours].includes(token);
  if (isSecret && hasPerson()) {
    const answer = await askLine(sentences.askLogout(world, uses ?? ''));
    if (answer === 'here') return tell(await logout(world));
    if (answer !== 'everywhere') {
      say(sentences.notLoggedOut());
      return 1;
    }
  }
  const code = runCli(world, memory, args);
  // Logged out means logged out, also where the secret is still in the environment.
  if (code === 0 && (isSecret || session)) {
    memory.forget();
    memory.rememberLoggedOut([...found, ...(token ? [token] : [])].map(fingerprint));
    if (session) memory.rememberLoggedOut([session.of]);
    for (const sentence of dockerLogout(world)) say(sentence);
  }
  return code;
}
