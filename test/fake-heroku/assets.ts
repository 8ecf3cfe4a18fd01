// cli-assets.heroku.com: the files of one folder.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, normalize } from 'node:path';
import { text } from './answers.ts';
import type { Answer } from './model.ts';

export const ASSETS_PATH = /^\/(channels|versions)\//;

/**
 * Serves `<releases><path>` unchanged, from the byte that the request's `Range` names; 404 for everything that
 * is no regular file in there.
 */
export async function answerAssets(
  { method, url = '/', headers: { range } }: IncomingMessage,
  releases: string | undefined,
): Promise<Answer> {
  const missing = text(404, 'Not Found\n');
  if (releases === undefined || (method !== 'GET' && method !== 'HEAD')) return missing;
  const path = normalize(decodeURIComponent(new URL(url, 'http://assets').pathname));
  if (!ASSETS_PATH.test(path)) return missing;
  const file = join(releases, path);
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true) return missing;
  // The one form that a download which goes on where it stopped asks for (RFC 9110, 14.2).
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (start >= facts.size && start > 0) return text(416, 'Range Not Satisfiable\n');
  const part = `bytes ${start}-${facts.size - 1}/${facts.size}`;
  return {
    status: start > 0 ? 206 : 200,
    headers: {
      'Content-Length': String(facts.size - start),
      ...(start > 0 && { 'Content-Range': part }),
    },
    body: createReadStream(file, { start }),
  };
}
