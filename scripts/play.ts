// `npm run play -- status`: runs heroku-login from its sources against the fake Heroku, in a new temporary home, and
// shows what a user would see. Needs no Docker and takes about a second.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codespacesVariables } from '../test/codespace/host.ts';
import {
  type Account,
  type Fault,
  type Seen,
  startFakeHeroku,
} from '../test/fake-heroku/fake-heroku.ts';
import { buildProgram, makeToken, newHome, temporaryFolder } from '../test/support/program.ts';
import { bundle } from './build.ts';

const day = 24 * 60 * 60;
const good = makeToken('play');

/** Each choice of --token: what HEROKU_API_KEY holds, and what Heroku knows about it. */
const TOKENS: Readonly<Record<string, { secret?: string; account?: Partial<Account> }>> = {
  good: { secret: good },
  'expires-soon': { secret: good, account: { expiresIn: 2 * day } },
  'never-expires': { secret: good, account: { expiresIn: null } },
  revoked: { secret: good, account: { state: 'revoked' } },
  suspended: { secret: good, account: { state: 'suspended' } },
  'not-a-token': { secret: 'this is a sentence' },
  none: {},
};

/** Each choice of --heroku: what becomes of every request. */
const HEROKUS: Readonly<Record<string, Fault['do'] | null>> = {
  ok: null,
  down: { kind: 'reset' },
  slow: { kind: 'delay', ms: 2000 },
  silent: { kind: 'hang' },
  failing: { kind: 'status', status: 503 },
  'rate-limited': { kind: 'status', status: 429 },
  'login-page': { kind: 'html' },
};

const usage = `usage: npm run play -- [what heroku-login is to do] [options]

  --token KIND      what HEROKU_API_KEY holds: ${Object.keys(TOKENS).join(', ')}
  --heroku STATE    how Heroku answers: ${Object.keys(HEROKUS).join(', ')}
  --logged-in       an earlier start of the container has logged in already
  --codespace       in a GitHub codespace
  --prebuild        in the job that prepares a prebuild of a codespace
  --option A=B      an option of the Feature, such as app=my-app; may be repeated
  --requests        show what was sent to Heroku
  --netrc           show the ~/.netrc that is left
  --help            print this

Everything else goes to heroku-login: npm run play -- status --json --token revoked
`;

interface Situation {
  readonly args: readonly string[];
  readonly token: string;
  readonly heroku: string;
  readonly options: Readonly<Record<string, string | boolean>>;
  readonly flags: ReadonlySet<string>;
}

const FLAGS = ['--logged-in', '--codespace', '--prebuild', '--requests', '--netrc', '--help'];

/** @throws what is wrong, in words. */
function parse(given: readonly string[]): Situation {
  const chosen: Record<string, string> = { '--token': 'good', '--heroku': 'ok' };
  const options: Record<string, string | boolean> = {};
  const flags = new Set<string>();
  const args: string[] = [];
  const rest = [...given];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = arg, attached] = /^(--\w+)=(.*)$/.exec(arg) ?? [];
    if (FLAGS.includes(arg)) flags.add(arg);
    else if (name in chosen) chosen[name] = attached ?? rest.shift() ?? '';
    else if (name === '--option') {
      const [key = '', ...value] = (attached ?? rest.shift() ?? '').split('=');
      const text = value.join('=');
      options[key] = /^(true|false)$/.test(text) ? text === 'true' : text;
    } else args.push(arg);
  }
  const { '--token': token = '', '--heroku': heroku = '' } = chosen;
  for (const [name, value, known] of [
    ['--token', token, TOKENS],
    ['--heroku', heroku, HEROKUS],
  ] as const) {
    if (!Object.hasOwn(known, value)) {
      throw new Error(`${name} must be one of: ${Object.keys(known).join(', ')}`);
    }
  }
  return { args, token, heroku, options, flags };
}

async function play({ args, token, heroku, options, flags }: Situation): Promise<void> {
  const { secret, account } = TOKENS[token] ?? {};
  const fault = HEROKUS[heroku];
  const home = newHome();
  const fake = await startFakeHeroku({ dir: temporaryFolder() });
  try {
    const program = await buildProgram(options);
    await bundle(program.file, undefined, 'inline');
    const dev: Account = { email: 'dev@example.com', token: good, expiresIn: 29 * day + 60 };
    const place = flags.has('--codespace') || flags.has('--prebuild');
    const env = {
      ...(place ? codespacesVariables('play', flags.has('--prebuild')) : {}),
      HEROKU_HOST: fake.url,
    };
    if (flags.has('--logged-in')) {
      fake.set({ accounts: [dev] });
      await program.run(home, [], { env: { ...env, HEROKU_API_KEY: good } });
      fake.clearSeen();
    }
    fake.set({ accounts: [{ ...dev, ...account }], faults: fault ? [{ do: fault }] : [] });
    console.log(`$ heroku-login ${args.join(' ')}`.trimEnd());
    // The streams of this terminal, so that heroku-login asks for a token and colors as it does for a user.
    const child = spawn(process.execPath, [program.file, ...args], {
      cwd: home,
      stdio: 'inherit',
      env: {
        HOME: home,
        PATH: process.env['PATH'],
        TERM: process.env['TERM'],
        // By these two a debugger follows into the program.
        NODE_OPTIONS: process.env['NODE_OPTIONS'],
        VSCODE_INSPECTOR_OPTIONS: process.env['VSCODE_INSPECTOR_OPTIONS'],
        ...env,
        ...(secret !== undefined && { HEROKU_API_KEY: secret }),
      },
    });
    const [code] = (await once(child, 'close')) as [number | null];
    console.log(`exit code ${code}`);
    if (flags.has('--requests')) showRequests(fake.seen());
    if (flags.has('--netrc')) showFile(join(home, '.netrc'));
  } finally {
    await fake.close();
  }
}

function showRequests(seen: readonly Seen[]): void {
  console.log(seen.length === 0 ? 'nothing was sent to Heroku' : 'sent to Heroku:');
  for (const { method, path, status } of seen) {
    console.log(`  ${method} ${path} -> ${status ?? 'no answer'}`);
  }
}

function showFile(path: string): void {
  console.log(existsSync(path) ? `~/.netrc:\n${readFileSync(path, 'utf8')}` : 'no ~/.netrc');
}

async function main(): Promise<void> {
  const situation = parse(process.argv.slice(2));
  if (situation.flags.has('--help')) console.log(usage);
  else await play(situation);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
