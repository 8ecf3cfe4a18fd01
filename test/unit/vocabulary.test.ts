// The vocabulary finds what it is there for: sentences of version 1.0.0, before they were rewritten.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { attempt } from '../support/command.ts';
import { temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

const old = [
  'not logged in, because Heroku refused the token from HEROKU_API_KEY',
  'Nothing was stored; the next start of the container tries again, or now: heroku-login',
  'When that is mended, run: heroku-login',
  'heroku-login failed in a way that it should not. Please report this:',
  'little is left of what Heroku lets this account ask in an hour',
  'What is missing is installed with the package manager where there is one.',
  'something else than Heroku seems to answer for api.heroku.com',
  'the CLI will not see this login where HEROKU_API_KEY is not set.',
  'Whose app it is can give it: heroku access:add --app X',
  'it expires by itself; a session of this codespace alone was stored',
  'git.heroku.com turned the token down',
  'Only Heroku is a double; the stand-in answers as Heroku does.',
];

test('each of these old sentences is found', async () => {
  const file = join(temporaryFolder(), 'old.md');
  writeFileSync(file, `${old.join('\n\n')}\n`);
  const { stdout } = await attempt(join(root, 'node_modules/.bin/textlint'), ['-f', 'json', file], {
    cwd: root,
  });
  const [{ messages = [] } = {}] = JSON.parse(stdout) as { messages?: { line: number }[] }[];
  const lines = new Set(messages.map(({ line }) => line));
  assert.deepEqual(
    old.filter((_, index) => !lines.has(index * 2 + 1)),
    [],
  );
});
