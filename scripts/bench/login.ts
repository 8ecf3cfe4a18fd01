// What a login costs in time and in memory, beside the bare start of the same Node and beside what people
// do without the Feature.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakeHeroku } from '../../test/fake-heroku/fake-heroku.ts';
import type { Installed } from './container.ts';
import type { Inside } from './inside.ts';
import { rounds } from './measure.ts';
import type { Group } from './model.ts';

const token = `HRKU-AA${'b'.repeat(58)}`;
const node = '/usr/local/lib/heroku/bin/node';
const program = '/usr/local/lib/heroku-login/heroku-login.cjs';
const state = '~/.local/state/heroku-login/last.json';

/** The least that logs in: whose token it is, and the file that the CLI and git read. */
const naive = `email=$(curl -sf -H 'Accept: application/vnd.heroku+json; version=3' \\
  -H "Authorization: Bearer $HEROKU_API_KEY" "$HEROKU_HOST/account" |
  sed -n 's/.*"email": *"\\([^"]*\\)".*/\\1/p')
[ -n "$email" ] && umask 077 && for host in api.heroku.com git.heroku.com; do
  printf 'machine %s\\n  login %s\\n  password %s\\n' "$host" "$email" "$HEROKU_API_KEY"
done >~/.netrc
`;

/** Loaded into every process that is measured for memory, the bare one included. */
const reporter =
  "process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS / 1024)));\n";

export async function benchLogin(
  container: Installed,
  folder: string,
  heroku: FakeHeroku,
): Promise<Group[]> {
  heroku.set({ accounts: [{ email: 'dev@example.com', token, expiresIn: 2_500_000 }] });
  await writeFile(join(folder, 'naive.sh'), naive);
  await writeFile(join(folder, 'reporter.cjs'), reporter);
  // Each in a home of its own, so that they do not help each other.
  const env = (name: string) => ({
    HOME: `/bench/home-${name}`,
    HEROKU_API_KEY: token,
    HEROKU_HOST: heroku.url,
    HEROKU_PARTICLEBOARD_URL: heroku.url,
    DISABLE_TELEMETRY: 'true',
  });
  const newHome = 'rm -rf ~ && mkdir ~';
  // Where the last login belongs to another start of the container, Heroku is asked again.
  const newStart = `[ -e ${state} ] || { mkdir -p ~ && heroku-login --hook >&2; }; sed -i 's/"start":"[^"]*"/"start":"an earlier one"/' ${state}`;
  const hookBefore = 'mkdir -p ~ && heroku-login --hook >&2';
  const time = await container.measure(
    [
      { name: 'node -e 0', command: [node, '-e', '0'], value: 'time' },
      {
        name: 'first login',
        command: ['heroku-login'],
        env: env('first'),
        prepare: newHome,
        value: 'time',
        most: 1.6,
      },
      {
        name: 'hook, later in the same start: nothing changed',
        command: ['heroku-login', '--hook'],
        env: env('hook'),
        prepare: hookBefore,
        value: 'time',
        most: 1.3,
      },
      {
        name: 'hook at a later start: Heroku is asked, nothing changed',
        command: ['heroku-login', '--hook'],
        env: env('start'),
        prepare: newStart,
        value: 'time',
      },
      {
        name: 'sh, curl and sed instead: GET /account, write ~/.netrc',
        command: ['sh', '/bench/naive.sh'],
        env: env('naive'),
        prepare: newHome,
        value: 'time',
      },
      {
        name: 'heroku whoami',
        command: ['heroku', 'whoami'],
        env: env('whoami'),
        prepare: 'mkdir -p ~',
        value: 'time',
      },
    ],
    rounds(25),
  );
  const withReporter = (name: string, args: string[], rest: Partial<Inside> = {}): Inside => ({
    name,
    command: [node, '-r', '/bench/reporter.cjs', ...args],
    value: 'printed',
    ...rest,
  });
  const memory = await container.measure(
    [
      withReporter('node -e 0', ['-e', '0']),
      withReporter('first login', [program], { env: env('first'), prepare: newHome, most: 1.25 }),
      withReporter('hook, nothing changed', [program, '--hook'], {
        env: env('hook'),
        prepare: hookBefore,
      }),
      withReporter('heroku whoami', ['/usr/local/lib/heroku/bin/run.js', 'whoami'], {
        env: { ...env('whoami'), HEROKU_DISABLE_AUTOUPDATE: '1' },
      }),
    ],
    rounds(9),
  );
  return [
    { title: 'A login', unit: 'ms', compare: 'ratio', figures: time },
    { title: 'Largest memory of a login', unit: 'MB', compare: 'ratio', figures: memory },
  ];
}
