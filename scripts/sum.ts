// One sum for a folder: tells whether what was tested, what is staged and what is published are one.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

/** What `devcontainer templates publish` adds to a template's metadata, from the other files. */
const ADDED = new Set(['type', 'files', 'fileCount', 'featureIds']);

/**
 * SHA-256 over every file's path, its content, and whether it can be executed. Times do not count, nor
 * what packaging does to a template's metadata. Throws where there is no file.
 */
export async function sumOf(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new Error(`there is nothing in ${dir}. First: npm run build`);
  const total = createHash('sha256');
  for (const file of files) {
    const content = createHash('sha256')
      .update(await contentOf(file))
      .digest('hex');
    const kind = ((await stat(file)).mode & 0o100) === 0 ? 'file' : 'program';
    total.update(`${relative(dir, file)} ${kind} ${content}\n`);
  }
  return total.digest('hex');
}

async function contentOf(file: string): Promise<Buffer | string> {
  if (basename(file) !== 'devcontainer-template.json') return readFile(file);
  const metadata = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  return JSON.stringify(Object.entries(metadata).filter(([name]) => !ADDED.has(name)));
}
