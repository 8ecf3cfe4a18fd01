// CHANGELOG.md, as far as a release needs it.

/**
 * What the changelog says of a version: the text below its heading `## 1.2.3`, up to the next one.
 * Undefined where there is no such heading or nothing below it.
 */
export function notesOf(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.split('\n', 1)[0]?.trim() === version);
  return section?.slice(section.indexOf('\n')).trim() || undefined;
}
