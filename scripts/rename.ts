// `npm run rename -- owner/repository`: lets everything that people read carry the name of the repository.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../test/support/command.ts';
import { repositoryOf, withName } from './repository.ts';

const root = dirname(import.meta.dirname);

/** What names the repository: documents, metadata, starting points, and what GitHub reads. */
const named = [
  ...['package.json', 'devcontainer-feature.json', '*.md', 'docs/*.md'],
  ...['examples/*', 'templates/*', '.github/*'],
];

const [to = ''] = process.argv.slice(2);
if (!/^[\w.-]+\/[\w.-]+$/.test(to)) {
  console.error('npm run rename -- owner/repository');
  process.exit(2);
}
const from = await repositoryOf(root);
/** Only CODEOWNERS names the owner alone. */
const owners = [from, to].map((name) => `@${name.split('/')[0]}`) as [string, string];
const files = await run('git', ['-C', root, 'ls-files', '-z', '--', ...named]);
for (const file of files.split('\0').filter((path) => path !== '')) {
  const before = await readFile(join(root, file), 'utf8');
  // A fork's reference is written in small letters.
  const renamed = withName(withName(before, from, to), from.toLowerCase(), to);
  const after = file.endsWith('/CODEOWNERS') ? renamed.replaceAll(...owners) : renamed;
  if (after === before) continue;
  await writeFile(join(root, file), after);
  console.log(file);
}
