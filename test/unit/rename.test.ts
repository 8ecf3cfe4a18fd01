// `npm run rename`: a fork, or the first owner, gives everything that people read its own name.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { repositoryOf } from '../../scripts/repository.ts';
import { attempt, run } from '../support/command.ts';
import { temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

/** This working tree as it is, as a repository of its own. */
async function copyOfTree(): Promise<string> {
  const copy = join(temporaryFolder(), 'copy');
  const list = 'ls-files -z --cached --others --exclude-standard'.split(' ');
  const listed = await run('git', list, { cwd: root });
  for (const file of listed.split('\0').filter((path) => path !== '')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  await run('git', ['init', '--quiet', copy]);
  await run('git', ['-C', copy, 'add', '--all']);
  return copy;
}

const rename = (cwd: string, name: string) =>
  attempt('node', ['--import', 'tsx', join(cwd, 'scripts/rename.ts'), name], { cwd });

test('a new name takes the place of the old one wherever people read it, and again', async () => {
  const copy = await copyOfTree();
  const text = (path: string) => readFileSync(join(copy, path), 'utf8');
  const before = await repositoryOf(copy);
  for (const name of ['Octo-Cat/heroku.feature', 'other/name']) {
    assert.match((await rename(copy, name)).stdout, /^README\.md$/m);
    assert.equal(await repositoryOf(copy), name);
    assert.ok(text('README.md').includes(`"ghcr.io/${name.toLowerCase()}/heroku-cli:1"`));
    const { documentationURL } = JSON.parse(text('devcontainer-feature.json'));
    assert.equal(documentationURL, `https://github.com/${name}`);
    assert.ok(text('SECURITY.md').includes(`https://github.com/${name}/security/`));
    assert.match(text('.github/CODEOWNERS'), new RegExp(`^\\* @${name.split('/')[0]}$`, 'm'));
  }
  const search = ['grep', '-il', '-e', 'octo-cat/heroku', '-e', before, '--'];
  const where = ['*.md', '*.json', '*.yml', '.github/CODEOWNERS'];
  const { stdout } = await attempt('git', [...search, ...where], { cwd: copy });
  assert.equal(stdout, '', 'an old name is left');
});

test('what is no name changes nothing', async () => {
  const copy = await copyOfTree();
  assert.equal((await rename(copy, 'x y')).code, 2);
  assert.equal(await run('git', ['-C', copy, 'diff', '--name-only']), '');
});
