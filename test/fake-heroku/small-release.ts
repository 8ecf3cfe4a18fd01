// A release of the Heroku CLI that is quick to serve and unpack, for tests of where install.sh puts things.
// Its Node is the real one; of the CLI there is as much as install.sh looks at.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDir } from '../support/root.ts';
import { textHash } from './cli-install.ts';
import {
  type CliRelease,
  cliRelease,
  hostArch,
  linkTree,
  makeOnce,
  releaseIn,
  writeRelease,
} from './cli-release.ts';

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

/** One package, half of which the option lean leaves out. */
const modules = {
  'node_modules/tiny/package.json': '{ "name": "tiny", "version": "1.0.0", "main": "index.js" }\n',
  'node_modules/tiny/index.js': 'module.exports = 1;\n',
  'node_modules/tiny/index.js.map': '{}\n',
  'node_modules/tiny/index.d.ts': 'export = 1;\n',
  'node_modules/tiny/README.md': '# tiny\n',
  'node_modules/tiny/LICENSE': 'MIT\n',
};

/** Content by path below the CLI's folder, such as `bin/run.js`; `null` leaves the file out. */
export type Files = Readonly<Record<string, string | null>>;

/**
 * Makes the small release once, in `.cache`, or in `variant.dir` one that differs from it in `files`. Needs what
 * {@link cliRelease} needs.
 */
export async function smallRelease(variant?: {
  readonly dir: string;
  readonly files: Files;
}): Promise<CliRelease> {
  const real = await cliRelease();
  const sha7 = textHash(real.sha7 + program + JSON.stringify(modules)).slice(0, 7);
  const base = join(cacheDir, `small-release-${hostArch}-${sha7}`);
  await makeOnce(base, (dir) => build({ real, dir, sha7 }));
  if (!variant) return releaseIn(base, sha7);
  const { dir, files } = variant;
  const own = textHash(sha7 + JSON.stringify(files)).slice(0, 7);
  await build({ real, dir, sha7: own }, files);
  return releaseIn(dir, own);
}

async function build(
  { real, dir, sha7 }: { real: CliRelease; dir: string; sha7: string },
  files: Files = {},
): Promise<void> {
  const tree = join(dir, 'tree/heroku');
  await mkdir(join(tree, 'bin'), { recursive: true });
  for (const name of [
    'bin/node',
    'bin/heroku',
    'autocomplete-scripts',
    'LICENSE',
    'package.json',
  ]) {
    await linkTree(join(real.tree, name), join(tree, name));
  }
  const all = {
    'bin/run.js': program,
    ...modules,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    const file = join(tree, path);
    await rm(file, { force: true });
    if (text === null) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (path.startsWith('bin/')) await chmod(file, 0o755);
  }
  await writeRelease({ tree, dir: join(dir, 'releases'), sha7 });
}
