// `npm run bench`: what the Feature costs, measured on this machine, in one table. Writes it to
// docs/performance.md as well, with charts, and beside that as JSON. `npm run bench -- install` measures only
// the parts with that word in their names, and writes nothing; `--quick` takes a fifth of the rounds.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, release as kernel, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { dockerEngine } from '../test/codespace/engine.ts';
import { type CliRelease, cliRelease } from '../test/fake-heroku/cli-release.ts';
import { type FakeHeroku, startFakeHeroku } from '../test/fake-heroku/fake-heroku.ts';
import { run } from '../test/support/command.ts';
import { type Installed, installedContainer } from './bench/container.ts';
import { benchEveryday } from './bench/everyday.ts';
import { benchInstall } from './bench/install.ts';
import { benchLogin } from './bench/login.ts';
import type { Group, Machine } from './bench/model.ts';
import { benchResume } from './bench/resume.ts';
import { benchShells } from './bench/shells.ts';
import { json, markdown, table } from './bench/show.ts';
import { stage } from './build.ts';

const docs = join(dirname(import.meta.dirname), 'docs');

const words = process.argv.slice(2).filter((word) => word !== '--quick');
const wanted = (part: string) => words.length === 0 || words.some((word) => part.includes(word));
const say = (line: string) => console.error(`... ${line}`);

await dockerEngine(say);
await stage();
const folder = await mkdtemp(join(tmpdir(), 'heroku-bench-'));
const release = await cliRelease();
const heroku = await startFakeHeroku({ dir: join(folder, 'repositories'), releases: release.dir });
try {
  const machine = await describeMachine(release);
  const groups = await measure(heroku, release);
  console.log(table(groups, machine));
  if (words.length === 0) await write(groups, machine);
} finally {
  await heroku.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure(heroku: FakeHeroku, release: CliRelease): Promise<Group[]> {
  const groups: Group[] = [];
  if (wanted('login') || wanted('shells') || wanted('everyday')) {
    say('login, everyday and shells');
    const container = await installedContainer(heroku.url, folder);
    try {
      groups.push(...(await measureInside(container, heroku)));
    } finally {
      await container.close();
    }
  }
  if (wanted('resume')) {
    say('resume');
    groups.push(...(await benchResume(say)));
  }
  if (wanted('install')) {
    say('install');
    groups.push(...(await benchInstall(heroku.url, release)));
  }
  return groups;
}

async function measureInside(container: Installed, heroku: FakeHeroku): Promise<Group[]> {
  return [
    ...(wanted('login') ? await benchLogin(container, folder, heroku) : []),
    ...(wanted('everyday') ? await benchEveryday(container) : []),
    ...(wanted('shells') ? await benchShells(container) : []),
  ];
}

async function describeMachine({ version, tree }: CliRelease): Promise<Machine> {
  const [cpu] = cpus();
  const engine = await run('docker', ['version', '--format', '{{.Server.Version}}']);
  return {
    Processor: `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${(totalmem() / 1e9).toFixed(0)} GB of memory`,
    Linux: kernel(),
    Docker: engine.trim(),
    Node: (await run(join(tree, 'bin/node'), ['--version'])).trim().replace('v', ''),
    'Heroku CLI': version,
  };
}

async function write(groups: readonly Group[], machine: Machine): Promise<void> {
  await mkdir(docs, { recursive: true });
  await writeFile(join(docs, 'performance.json'), json(groups, machine));
  const page = join(docs, 'performance.md');
  const [from, to] = ['<!-- made by npm run bench -->', '<!-- end -->'];
  const text = await readFile(page, 'utf8');
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start === -1 || end < start) throw new Error(`${page} lacks ${from} and then ${to}`);
  const made = `${from}\n\n${markdown(groups, machine)}\n\n`;
  await writeFile(page, text.slice(0, start) + made + text.slice(end));
}
