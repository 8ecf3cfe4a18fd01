// cli-assets.heroku.com: the files of one folder.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { text } from './answers.ts';
import type { Answer } from './model.ts';

export const ASSETS_PATH = /^\/(channels|versions)\//;

/** Serves `<releases><path>` unchanged; 404 for everything that is no regular file in there. */
export async function answerAssets(
  method: string,
  target: string,
  releases: string | undefined,
): Promise<Answer> {
  const missing = text(404, 'Not Found\n');
  if (releases === undefined || (method !== 'GET' && method !== 'HEAD')) return missing;
  const path = normalize(decodeURIComponent(new URL(target, 'http://assets').pathname));
  if (!ASSETS_PATH.test(path)) return missing;
  const file = join(releases, path);
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true) return missing;
  return {
    status: 200,
    headers: { 'Content-Length': String(facts.size), 'Content-Type': typeOf(path) },
    body: method === 'HEAD' ? Buffer.alloc(0) : createReadStream(file),
  };
}

function typeOf(path: string): string {
  if (path.endsWith('.gz')) return 'application/gzip';
  return path.endsWith('.json') || path.endsWith('-buildmanifest')
    ? 'application/json'
    : 'application/octet-stream';
}
