// Builds heroku-login and stages what is published, the Feature and the template, and the Feature's
// container tests into dist/.
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { attempt } from '../test/support/command.ts';
import { featureReadme } from './readme.ts';

const root = dirname(import.meta.dirname);

/** The published Feature: these files and folders, and what is made from the sources below. */
const FEATURE = ['devcontainer-feature.json', 'install.sh', 'LICENSE'];

/** Folders of `src/` that are published as they are, without their TypeScript. */
const FOLDERS = ['install', 'image'];

/** The bundled programs by their entries. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'heroku-login.cjs': 'src/main.ts',
  'image/start-cli.cjs': 'src/image/start-cli.ts',
  'image/start-login.cjs': 'src/image/start-login.ts',
  'install/compile.cjs': 'src/install/compile.ts',
  'install/prune.cjs': 'src/install/prune.ts',
};

/**
 * Stages `dist/src/heroku-cli/` (for `devcontainer features package dist/src`), `dist/test/heroku-cli/`
 * (for `devcontainer features test -p dist`) and `dist/templates/heroku-app/` from nothing. If they are there
 * already and are the same, they are left as they are: several tests stage at once, while others read.
 */
export async function stage(): Promise<void> {
  const dist = join(root, 'dist');
  const draft = join(root, `output/dist-${process.pid}`);
  try {
    await stageInto(draft);
    const { code } = await attempt('diff', ['--recursive', '--brief', draft, dist]);
    if (code === 0) return;
    await rm(dist, { recursive: true, force: true });
    await rename(draft, dist);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** As {@link stage}, into another folder, whose content is removed. */
export async function stageInto(dist: string): Promise<void> {
  const feature = join(dist, 'src/heroku-cli');
  await rm(dist, { recursive: true, force: true });
  await mkdir(feature, { recursive: true });
  for (const file of FEATURE) await cp(join(root, file), join(feature, file));
  for (const folder of FOLDERS) {
    await cp(join(root, 'src', folder), join(feature, folder), {
      recursive: true,
      filter: (file) => !file.endsWith('.ts'),
    });
  }
  await writeFile(join(feature, 'README.md'), await featureReadme(root, await featureVersion()));
  const tests = join(dist, 'test/heroku-cli');
  await cp(join(root, 'test/container/scenarios'), tests, { recursive: true });
  await cp(join(root, 'templates'), join(dist, 'templates'), { recursive: true });
  for (const [staged, entry] of Object.entries(PROGRAMS)) {
    await bundle(join(feature, staged), entry);
  }
}

/**
 * Bundles a program, heroku-login unless `entry` names another one, into one executable file.
 *
 * @param sourcemap `external`: also writes `<outfile>.map`, and the program itself stays the same. `inline`: the
 * program contains it, for debuggers.
 */
export async function bundle(
  outfile: string,
  entry = 'src/main.ts',
  sourcemap?: 'external' | 'inline',
): Promise<void> {
  const version = await featureVersion();
  // CommonJS, because Node loads it measurably faster than an ES module, and `.cjs`, so that no
  // package.json of the place it is installed to decides how it is read.
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: sourcemap ?? false,
    // Node has had process.getBuiltinModule since 20.16, and Alpine 3.20 an older one.
    banner: { js: '#!/usr/bin/env node\nprocess.getBuiltinModule ??= require;' },
    define: { __VERSION__: JSON.stringify(version), 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
  await chmod(outfile, 0o755);
}

async function featureVersion(): Promise<string> {
  const metadata = await readFile(join(root, 'devcontainer-feature.json'), 'utf8');
  return (JSON.parse(metadata) as { version: string }).version;
}

if (process.argv[1] === import.meta.filename) await stage();
