// What new shells say about the login, see shell/notice.sh: nobody sees a hook that failed.

import type { Memory } from './memory.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import type { World } from './world.ts';

/** A session is renewed at each start, so it comes that near its end only in a container that runs on. */
const lastDay = 24 * 60 * 60 * 1000;

/** A line, and from when it is to be said, in milliseconds since 1970. */
interface Notice {
  readonly from: number;
  readonly line: string;
}

/** Leaves the line for new shells, or takes it away where all is well. Never fails. */
export function tellShells(world: World, memory: Memory, report: Report): void {
  const [first] = notices(world, report).sort((one, other) => one.from - other.from);
  memory.rememberNotice(first && `${Math.max(0, Math.ceil(first.from / 1000))}\n${first.line}\n`);
}

/** A token may come near its end later than now, and so may a session. */
function notices(world: World, report: Report): Notice[] {
  const { code, expiresAt, sessionExpiresAt: until } = report;
  const line = sentences.notice(world, report);
  const soon = code === exitCodes.loggedIn && typeof expiresAt === 'number';
  const from = soon ? expiresAt - sentences.soon : 0;
  return [
    ...(line === undefined ? [] : [{ from, line }]),
    ...(until === undefined
      ? []
      : [{ from: until - lastDay, line: sentences.noticeSession(world, until) }]),
  ];
}
