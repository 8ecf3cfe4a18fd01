// The read-me that is published with the Feature: README.md, as far as it is for its users.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from './repository.ts';

/**
 * The part of README.md above the line that ends it for users, with links that also lead somewhere outside
 * the repository: to the files of the very version.
 */
export async function featureReadme(root: string, version: string): Promise<string> {
  const [text = ''] = (await readFile(join(root, 'README.md'), 'utf8')).split(/^---$/m);
  const base = `https://github.com/${repository}`;
  return `${text
    .replace(/(!\[[^\]]*\]\()(?!https:)([^)]+)\)/g, `$1${base}/raw/v${version}/$2)`)
    .replace(/(\]\()(?!https:)([^)]+)\)/g, `$1${base}/blob/v${version}/$2)`)
    .trimEnd()}\n`;
}
