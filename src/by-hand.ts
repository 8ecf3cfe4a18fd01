// `heroku-login` typed in a terminal: where there is no token it asks for one, logs in with it as
// --with-token does, and offers to make it the secret of the person's codespaces.

import { repositoryName } from './codespace.ts';
import { login } from './login.ts';
import { findProgram, runProgram } from './programs.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import { askHidden, askYes, hasPerson, say } from './terminal.ts';
import { cleanToken } from './token.ts';
import type { World } from './world.ts';

/**
 * A login that a person typed. Where there is no terminal, a login like any other.
 *
 * @param tell prints how a login ended and returns the exit code.
 */
export async function loginByHand(
  world: World,
  way: 'command' | 'with-token',
  tell: (report: Report) => number,
): Promise<number> {
  // At a terminal --with-token would show what is typed.
  const report = way === 'with-token' && hasPerson() ? undefined : await login(world, way);
  if (report && (report.outcome !== 'no_token' || !hasPerson())) return tell(report);
  const typed = await askHidden(sentences.askToken());
  if (typed === undefined && report) return tell(report);
  const asked = await login({ ...world, readInput: () => typed ?? '' }, 'with-token');
  const code = tell(asked);
  if (typed !== undefined && asked.code === exitCodes.loggedIn) await offerSecret(world, typed);
  return code;
}

/** With gh, where that is there and the repository is known. Whatever comes of it is only told. */
async function offerSecret(world: World, typed: string): Promise<void> {
  const gh = findProgram(world, 'gh');
  const repository = repositoryName(world);
  const cleaned = cleanToken(typed);
  if (!gh || !repository || !cleaned || !('token' in cleaned)) return;
  const { secretName } = world.options;
  if (!(await askYes(sentences.askSecret(secretName, repository)))) return;
  const args = ['secret', 'set', secretName, '--user', '--repos', repository];
  const { ok, said } = runProgram(world, gh, args, { token: cleaned.token, limit: 30_000 });
  say(
    ok
      ? sentences.secretSet(secretName, repository)
      : sentences.secretNotSet(secretName, repository, said),
  );
}
