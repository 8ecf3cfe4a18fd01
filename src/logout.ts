// The logout: undo what the login wrote. Asks nobody, needs no token, and revokes nothing: the token
// is the secret that other codespaces share.

import { FileProblem } from './credential-file.ts';
import { Memory } from './memory.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import { removeLogin } from './store.ts';
import { findTokens } from './token.ts';
import type { World } from './world.ts';

export function logout(world: World): Report {
  const memory = new Memory(world.home);
  let removed: boolean;
  try {
    removed = removeLogin(world, memory);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return {
      code: exitCodes.notStored,
      outcome: 'not_stored',
      sentence: sentences.notRemoved(error.message),
    };
  }
  memory.forget();
  const remaining = findTokens(world).candidates[0]?.source;
  return {
    code: exitCodes.loggedIn,
    outcome: 'logged_out',
    sentence: sentences.loggedOut(removed),
    details: remaining === undefined ? [] : [sentences.stillThere(remaining)],
  };
}
