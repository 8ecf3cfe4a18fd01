// The repository that this is, on GitHub: package.json says it once, and what people read repeats it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `owner/repository`, as package.json has it. Throws where it has none. */
export async function repositoryOf(root: string): Promise<string> {
  const { repository } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    repository?: { url?: string };
  };
  const [, name] = /github\.com\/([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(repository?.url ?? '') ?? [];
  if (name === undefined) throw new Error('package.json names no repository on GitHub');
  return name;
}

/** What package.json says until somebody owns it. It works for nobody, so nothing is released under it. */
export const PLACEHOLDER = 'OWNER/REPO';

/** The place of the Feature as people write it, without a version; a registry's names are small. */
export function referenceOf(repository: string): string {
  const name = repository === PLACEHOLDER ? repository : repository.toLowerCase();
  return `ghcr.io/${name}/heroku-cli`;
}

/** A text with the repository's name in the place of another one's. */
export function withName(text: string, from: string, to: string): string {
  return text.replaceAll(`ghcr.io/${from}`, `ghcr.io/${to.toLowerCase()}`).replaceAll(from, to);
}
