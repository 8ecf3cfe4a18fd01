// What a login costs in time and in memory, beside the bare start of the same Node and beside what people
// do without the Feature.
import { type Bench, inContainer, measure, node } from './container.ts';
import type { Group } from './measure.ts';

const token = `HRKU-AA${'b'.repeat(58)}`;
const program = '/usr/local/lib/heroku-login/start-login.cjs';
const state = '~/.local/state/heroku-login/last.json';

/** The least that logs in: whose token it is, and the file that the CLI and git read. */
const naive = `email=$(curl -sf -H 'Accept: application/vnd.heroku+json; version=3' \\
  -H "Authorization: Bearer $HEROKU_API_KEY" "$HEROKU_HOST/account" |
  sed -n 's/.*"email": *"\\([^"]*\\)".*/\\1/p')
[ -n "$email" ] && umask 077 && for host in api.heroku.com git.heroku.com; do
  printf 'machine %s\\n  login %s\\n  password %s\\n' "$host" "$email" "$HEROKU_API_KEY"
done >~/.netrc
`;

const newHome = 'rm -rf ~ && mkdir ~';
const hookBefore = 'mkdir -p ~ && heroku-login --hook >&2';
/** Heroku is asked again if the last login belongs to another start of the container. */
const newStart = `[ -e ${state} ] || { ${hookBefore}; }; sed -i 's/"start":"[^"]*"/"start":"an earlier one"/' ${state}`;

export async function benchLogin({ heroku, install }: Bench): Promise<Group[]> {
  heroku.set({ accounts: [{ email: 'dev@example.com', token, expiresIn: 2_500_000 }] });
  // Each in a home of its own, so that they do not help each other.
  const env = (home: string) => ({
    HOME: `/home/${home}`,
    HEROKU_API_KEY: token,
    HEROKU_HOST: heroku.url,
    HEROKU_PARTICLEBOARD_URL: heroku.url,
    DISABLE_TELEMETRY: 'true',
  });
  const first = { env: env('first'), prepare: newHome };
  const hook = { env: env('hook'), prepare: hookBefore };
  const whoami = { env: env('whoami'), prepare: 'mkdir -p ~' };
  return inContainer(async (container) => {
    await container.sh(install);
    const time = await measure(container, 25, [
      { name: 'node -e 0', command: [node, '-e', '0'] },
      { name: 'first login', command: ['heroku-login'], ...first, most: 1.6 },
      {
        name: 'hook, later in the same start: nothing changed',
        ...{ command: ['heroku-login', '--hook'], ...hook, most: 1.3 },
      },
      {
        name: 'hook at a later start: Heroku is asked, nothing changed',
        ...{ command: ['heroku-login', '--hook'], env: env('start'), prepare: newStart },
      },
      {
        name: 'sh, curl and sed instead: GET /account, write ~/.netrc',
        ...{ command: ['sh', '-c', naive], env: env('naive'), prepare: newHome },
      },
      { name: 'heroku whoami', command: ['heroku', 'whoami'], ...whoami },
    ]);
    const reported = (...args: string[]) => ({
      command: [node, '-r', '/bench/reporter.cjs', ...args] as const,
      value: 'printed' as const,
    });
    const memory = await measure(container, 9, [
      { name: 'node -e 0', ...reported('-e', '0') },
      { name: 'first login', ...reported(program), ...first, most: 1.25 },
      { name: 'hook, nothing changed', ...reported(program, '--hook'), ...hook },
      {
        name: 'heroku whoami',
        ...reported('/usr/local/lib/heroku/bin/run.js', 'whoami'),
        env: { ...whoami.env, HEROKU_DISABLE_AUTOUPDATE: '1' },
      },
    ]);
    return [
      { title: 'A login', unit: 'ms', compare: 'ratio', figures: time },
      { title: 'Largest memory of a login', unit: 'MB', compare: 'ratio', figures: memory },
    ];
  });
}
