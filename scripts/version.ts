// Versions of the form 1.2.3, which is all that this Feature has.

export type Version = readonly [number, number, number];

/** Undefined where it is not of that form. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(text) ?? [];
  if (major === undefined) return undefined;
  return [Number(major), Number(minor), Number(patch)];
}

/** Below zero where `one` comes before `other`. */
export function compareVersions(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

/** The tags under which a version is published: its own, and those that move with it. */
export function tagsOf(version: Version): string[] {
  const [major, minor, patch] = version;
  return [`${major}`, `${major}.${minor}`, `${major}.${minor}.${patch}`, 'latest'];
}
