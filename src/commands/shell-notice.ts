// What new shells say about the login, see image/shell-notice.sh: nobody sees a hook that failed.

import type { Context } from '../context.ts';
import * as messages from '../messages/shell-notice.ts';
import { day, soon } from '../messages/steps.ts';
import { printable, type Report } from '../report.ts';

/** A line, and from when it is to be said, in milliseconds since 1970. */
type Notice = { readonly from: number; readonly line: string };

/** Leaves the line for new shells, or takes it away if all is well. Never fails. */
export function writeShellNotice(context: Context, report: Report): void {
  const { notice } = context.state;
  const [first] = notices(context, report).sort((one, other) => one.from - other.from);
  if (!first) notice.delete();
  else notice.write(`${Math.max(0, Math.ceil(first.from / 1000))}\n${printable(first.line)}\n`);
}

/** A token may come near its end later than now, and so may the container's own. */
function notices(context: Context, report: Report): Notice[] {
  const { outcome, expiresAt, sessionExpiresAt: until } = report;
  const line = messages.notice(context, report);
  const from = outcome === 'logged_in' && typeof expiresAt === 'number' ? expiresAt - soon : 0;
  const own = until === undefined ? [] : [messages.noticeSession(context, until)];
  return [
    ...(line === undefined ? [] : [{ from, line }]),
    // It is renewed at each start, so it comes that near its end only in a container that runs on.
    ...own.map((line) => ({ from: (until ?? 0) - day, line })),
  ];
}
