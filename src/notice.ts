// What new shells say about the login, see shell/notice.sh: nobody sees a hook that failed.

import type { Memory } from './memory.ts';
import { exitCodes, type Report } from './report.ts';
import * as sentences from './sentences.ts';
import type { World } from './world.ts';

/** Leaves the line for new shells, or takes it away where all is well. Never fails. */
export function tellShells(world: World, memory: Memory, report: Report): void {
  const line = sentences.notice(world, report);
  memory.rememberNotice(line === undefined ? undefined : `${from(report)}\n${line}\n`);
}

/** From when the line is to be said, in seconds since 1970: a token may come near its end later. */
function from({ code, expiresAt }: Report): number {
  const soon = code === exitCodes.loggedIn && typeof expiresAt === 'number';
  return soon ? Math.max(0, Math.ceil((expiresAt - sentences.soon) / 1000)) : 0;
}
