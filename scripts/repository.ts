// What this repository is called. Documents, examples and metadata repeat it; CONTRIBUTING.md, "Forks", says how to
// change it everywhere, and test/unit/repository.test.ts that it is the same everywhere.

/** On GitHub. */
export const repository = 'OWNER/REPO';

/** The place of the Feature, without a version. A registry's names are in small letters. */
export const feature = 'ghcr.io/OWNER/REPO/heroku-cli';
