// `npm run bench`: what the Feature costs, measured on this machine, in one table. Writes it to
// docs/performance.md as well, with charts, and beside that as JSON. `npm run bench -- install` measures only
// the parts with that word in their names, and writes nothing; `--quick` takes a fifth of the rounds.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, release as kernel, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { dockerEngine } from '../test/codespace/engine.ts';
import { cliRelease } from '../test/fake-heroku/cli-release.ts';
import { startFakeHeroku } from '../test/fake-heroku/fake-heroku.ts';
import { run } from '../test/support/command.ts';
import { benchEveryday } from './bench/everyday.ts';
import { benchInstall } from './bench/install.ts';
import { benchLogin } from './bench/login.ts';
import type { Group } from './bench/measure.ts';
import { benchResume } from './bench/resume.ts';
import { benchShells } from './bench/shells.ts';
import { json, type Machine, markdown, table } from './bench/show.ts';
import { stage } from './build.ts';

const parts = {
  login: benchLogin,
  everyday: benchEveryday,
  shells: benchShells,
  resume: benchResume,
  install: benchInstall,
};

const docs = join(dirname(import.meta.dirname), 'docs');
const words = process.argv.slice(2).filter((word) => word !== '--quick');
const say = (line: string) => console.error(`... ${line}`);

await dockerEngine(say);
await stage();
const folder = await mkdtemp(join(tmpdir(), 'heroku-bench-'));
const release = await cliRelease();
const heroku = await startFakeHeroku({ dir: folder, releases: release.dir });
try {
  const install = `ASSETSURL=${heroku.url} /feature/install.sh`;
  const groups: Group[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    say(name);
    groups.push(...(await measure({ heroku, release, install, say })));
  }
  const machine = await describeMachine();
  console.log(table(groups, machine));
  if (words.length === 0) await write(groups, machine);
} finally {
  await heroku.close();
  await rm(folder, { recursive: true, force: true });
}

async function describeMachine(): Promise<Machine> {
  const [cpu] = cpus();
  const engine = await run('docker', ['version', '--format', '{{.Server.Version}}']);
  return {
    Processor: `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${(totalmem() / 1e9).toFixed(0)} GB of memory`,
    Linux: kernel(),
    Docker: engine.trim(),
    Node: (await run(join(release.tree, 'bin/node'), ['--version'])).trim().replace('v', ''),
    'Heroku CLI': release.version,
  };
}

async function write(groups: readonly Group[], machine: Machine): Promise<void> {
  await writeFile(join(docs, 'performance.json'), json(groups, machine));
  const page = join(docs, 'performance.md');
  const text = await readFile(page, 'utf8');
  const made = /(?<=<!-- made by npm run bench -->\n).*(?=<!-- end -->)/s;
  if (!made.test(text)) throw new Error(`${page} lacks the comments around what is made here`);
  await writeFile(
    page,
    text.replace(made, () => `\n${markdown(groups, machine)}\n\n`),
  );
}
