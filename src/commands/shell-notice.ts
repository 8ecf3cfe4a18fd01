// What new shells say about the login, see image/shell-notice.sh: nobody sees a hook that failed.

import type { Context } from '../context.ts';
import type { State } from '../credentials/state.ts';
import * as messages from '../messages.ts';
import { exitCodes, type Report } from '../report.ts';

/** A session is renewed at each start, so it comes that near its end only in a container that runs on. */
const lastDay = 24 * 60 * 60 * 1000;

/** A line, and from when it is to be said, in milliseconds since 1970. */
interface Notice {
  readonly from: number;
  readonly line: string;
}

/** Leaves the line for new shells, or takes it away where all is well. Never fails. */
export function writeShellNotice(context: Context, state: State, report: Report): void {
  const [first] = notices(context, report).sort((one, other) => one.from - other.from);
  state.recordShellNotice(first && `${Math.max(0, Math.ceil(first.from / 1000))}\n${first.line}\n`);
}

/** A token may come near its end later than now, and so may a session. */
function notices(context: Context, report: Report): Notice[] {
  const { code, expiresAt, sessionExpiresAt: until } = report;
  const line = messages.notice(context, report);
  const soon = code === exitCodes.loggedIn && typeof expiresAt === 'number';
  const from = soon ? expiresAt - messages.soon : 0;
  return [
    ...(line === undefined ? [] : [{ from, line }]),
    ...(until === undefined
      ? []
      : [{ from: until - lastDay, line: messages.noticeSession(context, until) }]),
  ];
}
