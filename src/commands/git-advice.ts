// What a login says of git, beside how it ended.

import type { Context } from '../context.ts';
import type { StoreResult } from '../credentials/store.ts';
import * as messages from '../messages/git.ts';
import { gitUse } from '../tools/git-settings.ts';

/**
 * Sentences for the user; by hooks and new shells, each is said once. Git is not even started at a start that
 * changes nothing, unless somebody waits for the answer.
 */
export function gitAdvice(context: Context, result: StoreResult): string[] {
  const { trigger, options, state } = context;
  const isStored = result.kind === 'stored';
  const tracking = isStored ? result.tracking : undefined;
  if (isStored && !tracking && trigger !== 'command') return [];
  const { problems, passwords, others } = gitUse(context);
  const sentences = [
    ...(tracking?.kind === 'exposed' ? [messages.netrcNotIgnored(tracking.place)] : []),
    ...(tracking?.kind === 'unknown' ? [messages.trackingUnknown(tracking.reason)] : []),
    ...problems,
    // With the option, the remotes are looked at in any case.
    ...(options.app === '' ? passwords : []),
    // Git lets them save what heroku-login gives it, which it does if ~/.netrc has no login.
    ...(isStored ? [] : others),
  ];
  if (trigger === 'command') return sentences;
  const fresh = sentences.filter((sentence) => !state.told.has(sentence));
  for (const sentence of fresh) state.told.add(sentence);
  return fresh;
}
