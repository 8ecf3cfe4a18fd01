// A release of the Heroku CLI that is quick to serve and unpack, for tests of where install.sh puts things.
// Its Node is the real one; of the CLI there is as much as install.sh looks at.
import { hash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { arch } from 'node:process';
import { temporaryFolder } from '../support/program.ts';
import { type CliRelease, cliRelease, linkTree, makeOnce, makeRelease } from './cli-release.ts';

/** Answers what install.sh asks a CLI, in the words of the real one, and nothing else. */
const program = `#!/usr/bin/env -S node --no-deprecation
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [command, ...args] = process.argv.slice(2);
if (command === '--version') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  console.log(\`heroku/\${version} \${process.platform}-\${process.arch} node-\${process.version}\`);
} else if (command === 'autocomplete:create') {
  const folder = process.env.HOME + '/.cache/heroku/autocomplete';
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + '/commands', \`apps --prompt --all --json --personal --space --team
ps:scale --prompt --app --remote\`);
  writeFileSync(folder + '/commands_setters', \`
_set_all_commands_list () {
_all_commands_list=(
"apps":"list your apps"
"ps\\\\:scale":"scale dyno quantity up or down"
)
}
\`);
} else {
  console.error('This small release of the Heroku CLI cannot run:', command, ...args);
  process.exitCode = 127;
}
`;

/** What is the real CLI's. */
const ofReal = ['bin/node', 'bin/heroku', 'autocomplete-scripts', 'LICENSE', 'package.json'];

/** What is not: the program, and one package, half of which the option lean leaves out. */
const made = {
  'bin/run.js': program,
  'node_modules/tiny/package.json': '{ "name": "tiny", "version": "1.0.0", "main": "index.js" }\n',
  'node_modules/tiny/index.js': 'module.exports = 1;\n',
  'node_modules/tiny/index.js.map': '{}\n',
  'node_modules/tiny/index.d.ts': 'export = 1;\n',
  'node_modules/tiny/README.md': '# tiny\n',
  'node_modules/tiny/LICENSE': 'MIT\n',
};

/**
 * Makes the small release once, in `.cache`, or in a temporary folder one that differs from it in `files`. Needs
 * what {@link cliRelease} needs.
 *
 * @param files content by path below the CLI's folder, such as `bin/run.js`; `null` leaves the file out.
 */
export async function smallRelease(
  files?: Readonly<Record<string, string | null>>,
): Promise<CliRelease> {
  const real = await cliRelease();
  const all = { ...made, ...files };
  const sha7 = hash('sha256', real.sha7 + JSON.stringify(all)).slice(0, 7);
  const fill = async (tree: string) => {
    await mkdir(join(tree, 'bin'), { recursive: true });
    for (const name of ofReal) {
      await linkTree(join(real.tree, name), join(tree, name));
    }
    for (const [path, text] of Object.entries(all)) {
      const file = join(tree, path);
      await rm(file, { force: true });
      if (text === null) continue;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode: path.startsWith('bin/') ? 0o755 : 0o644 });
    }
  };
  return files
    ? makeRelease(temporaryFolder(), sha7, fill)
    : makeOnce(`small-release-${arch}-${sha7}`, sha7, fill);
}
