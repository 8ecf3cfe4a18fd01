// `npm run rename -- owner/repository`: lets everything that people read carry the name of the repository.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../test/support/command.ts';
import { repositoryOf, withName } from './repository.ts';

const root = dirname(import.meta.dirname);

/** What names the repository: documents, metadata, and starting points for people. */
const named = [
  ...['package.json', 'devcontainer-feature.json', '*.md', 'docs/*.md'],
  ...['examples/*', 'templates/*'],
];

const [to = ''] = process.argv.slice(2);
if (!/^[\w.-]+\/[\w.-]+$/.test(to)) {
  console.error('npm run rename -- owner/repository');
  process.exit(2);
}
const from = await repositoryOf(root);
const files = await run('git', ['-C', root, 'ls-files', '-z', '--', ...named]);
for (const file of files.split('\0').filter((path) => path !== '')) {
  const before = await readFile(join(root, file), 'utf8');
  // A fork's reference is written in small letters.
  const after = withName(withName(before, from, to), from.toLowerCase(), to);
  if (after === before) continue;
  await writeFile(join(root, file), after);
  console.log(file);
}
