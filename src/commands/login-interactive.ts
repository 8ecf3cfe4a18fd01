// `heroku-login` typed in a terminal: if there is no token, or Heroku rejects it, it asks for one, and logs in
// with it as --with-token does.

import { type Context, restarted } from '../context.ts';
import * as messages from '../messages/login.ts';
import type { Tell } from '../report.ts';
import { askHidden, hasPerson } from '../terminal.ts';
import { login } from './login.ts';

/**
 * A login that a user typed. Without a terminal, a login like any other.
 *
 * @param tell prints how a login ended and returns the exit code.
 */
export async function loginInteractively(context: Context, fromInput: boolean, tell: Tell) {
  // At a terminal --with-token would show what is typed.
  const report = fromInput && hasPerson() ? undefined : await login(context, { fromInput });
  const asks = hasPerson() && ['no_token', 'rejected', undefined].includes(report?.outcome);
  if (report && !asks) return tell(report);
  const code = report?.outcome === 'rejected' ? tell(report) : undefined;
  const typed = await askHidden(messages.askToken(), context.timeouts.question);
  if (typed === undefined && report) return code ?? tell(report);
  const readInput = () => typed ?? '';
  return tell(await login(restarted({ ...context, readInput }), { fromInput: true }));
}
