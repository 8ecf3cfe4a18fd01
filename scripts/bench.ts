// npm run bench: what a login costs, as ratios to the bare start of the same Node, in one run.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cliRelease } from '../test/stand-in/cli-release.ts';
import { startStandIn } from '../test/stand-in/stand-in.ts';
import { benchInstall, type InstallCost, median } from './bench-install.ts';
import { bundle } from './build.ts';

const rounds = 15;

interface Subject {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before each measured run, outside the clock. */
  readonly prepare?: () => void;
  /** The most that the first subject's figures may be multiplied by. */
  readonly most?: { readonly time: number; readonly memory: number };
}

interface Run {
  /** Milliseconds from the start of the process to its end. */
  readonly time: number;
  /** Largest resident set, in KiB. */
  readonly memory: number;
}

const folder = mkdtempSync(join(tmpdir(), 'heroku-login-bench-'));
const home = join(folder, 'home');
const program = join(folder, 'heroku-login.cjs');
const reporter = join(folder, 'memory.cjs');
const token = `HRKU-AA${'b'.repeat(58)}`;
const release = await cliRelease({ cacheDir: join(dirname(import.meta.dirname), '.cache') });
const heroku = await startStandIn({ dir: join(folder, 'repositories'), releases: release.dir });

try {
  const { tree } = release;
  await bundle(program);
  // Loaded into every process that is measured for memory, the bare one included.
  writeFileSync(
    reporter,
    "process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS)));",
  );
  heroku.set({ accounts: [{ email: 'dev@example.com', token, expiresIn: 2_500_000 }] });
  const env = { HOME: home, PATH: process.env['PATH'] ?? '', HEROKU_HOST: heroku.url };
  const newHome = () => {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home);
  };
  const withToken = { ...env, HEROKU_API_KEY: token };
  const subjects: Subject[] = [
    { name: 'node -e 0', args: ['-e', '0'] },
    {
      name: 'heroku-login, first login',
      args: [program],
      env: withToken,
      prepare: newHome,
      most: { time: 1.6, memory: 1.25 },
    },
    { name: 'heroku-login, second login', args: [program], env: withToken },
    { name: 'start hook, nothing changed', args: [program, '--hook'], env: withToken },
    {
      name: 'heroku whoami',
      args: ['--no-deprecation', join(tree, 'bin/run.js'), 'whoami'],
      env: {
        ...withToken,
        HEROKU_PARTICLEBOARD_URL: heroku.url,
        DISABLE_TELEMETRY: 'true',
        HEROKU_DISABLE_AUTOUPDATE: '1',
        HEROKU_SKIP_NEW_VERSION_CHECK: '1',
      },
    },
  ];
  const node = join(tree, 'bin/node');
  newHome();
  const runs = new Map(subjects.map((subject): [Subject, Run[]] => [subject, []]));
  // One of each in turn, so that a slow moment of the machine meets all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const [subject, measured] of runs) {
      const run = await measure(node, subject);
      // The first round fills the file system's cache.
      if (round > 0) measured.push(run);
    }
  }
  print(runs);
  printInstall(await benchInstall(heroku.url, release));
} finally {
  await heroku.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(node: string, subject: Subject): Promise<Run> {
  subject.prepare?.();
  const { time } = await start(node, subject.args, subject.env);
  subject.prepare?.();
  const { printed } = await start(node, ['-r', reporter, ...subject.args], subject.env);
  return { time, memory: Number(printed) };
}

function start(
  node: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ time: number; printed: string }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(node, args, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    let printed = '';
    let problems = '';
    child.stdio[3]?.on('data', (text: Buffer) => {
      printed += text;
    });
    child.stderr?.on('data', (text: Buffer) => {
      problems += text;
    });
    let time = 0;
    child.on('exit', () => {
      time = performance.now() - started;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ time, printed });
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${problems}`));
    });
  });
}

function print(runs: ReadonlyMap<Subject, readonly Run[]>): void {
  const [cpu] = cpus();
  console.log(
    `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, medians of ${rounds}\n`,
  );
  const rows = [...runs].map(([subject, measured]) => ({
    subject,
    time: median(measured.map((run) => run.time)),
    memory: median(measured.map((run) => run.memory)),
  }));
  const base = rows[0];
  if (!base) return;
  console.log(
    `${'what'.padEnd(30)}${'time'.padStart(10)}${'ratio'.padStart(8)}${'memory'.padStart(10)}${'ratio'.padStart(8)}`,
  );
  for (const { subject, time, memory } of rows) {
    const [slower, larger] = [time / base.time, memory / base.memory];
    const { most } = subject;
    const verdict = most
      ? `  ${slower <= most.time && larger <= most.memory ? 'within' : 'ABOVE'} ${most.time} and ${most.memory}`
      : '';
    console.log(
      `${subject.name.padEnd(30)}${`${time.toFixed(1)} ms`.padStart(10)}${slower.toFixed(2).padStart(8)}` +
        `${`${(memory / 1024).toFixed(1)} MB`.padStart(10)}${larger.toFixed(2).padStart(8)}${verdict}`,
    );
  }
}

function printInstall(costs: readonly InstallCost[]): void {
  console.log('\ninstallation, medians of 5');
  const [base] = costs;
  if (!base) return;
  for (const { name, time, growth } of costs) {
    const [slower, larger] = [time / base.time, growth / base.growth];
    console.log(
      `${name.padEnd(30)}${`${time.toFixed(2)} s`.padStart(10)}${slower.toFixed(2).padStart(8)}` +
        `${`${growth.toFixed(1)} MB`.padStart(10)}${larger.toFixed(2).padStart(8)}`,
    );
  }
}
