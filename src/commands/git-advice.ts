// What a login says of git, beside how it ended.

import type { Context } from '../context.ts';
import type { StoreResult } from '../credentials/store.ts';
import * as messages from '../messages/git.ts';
import { gitUse } from '../tools/git-settings.ts';

/**
 * Sentences for the user, each said once. Git is not even started at a login that changes nothing, as that of
 * most starts; `status` always tells.
 */
export function gitAdvice(context: Context, result: StoreResult): string[] {
  const { told } = context.state;
  const { kind, what } = (result.kind === 'stored' ? result.tracking : undefined) ?? {};
  if (result.kind === 'stored' && !kind) return [];
  const sentences = [
    ...(kind === 'exposed' ? [messages.netrcNotIgnored(`${what}`)] : []),
    ...(kind === 'unknown' ? [messages.trackingUnknown(`${what}`)] : []),
    ...gitUse(context).problems,
  ];
  return sentences.filter((sentence) => !told.has(sentence) && told.add(sentence));
}
