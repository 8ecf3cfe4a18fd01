// `npm run play -- status`: runs heroku-login from its sources against the fake Heroku, in a new temporary home, and
// shows what a user would see. Needs no Docker and takes about a second.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { codespacesVariables } from '../test/codespace/host.ts';
import { type Account, type Fault, startFakeHeroku } from '../test/fake-heroku/fake-heroku.ts';
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

const flag = { type: 'boolean', default: false } as const;
const options = {
  token: { type: 'string', default: 'good' },
  heroku: { type: 'string', default: 'ok' },
  option: { type: 'string', multiple: true, default: [] as string[] },
  ...{ 'logged-in': flag, codespace: flag, prebuild: flag },
  ...{ requests: flag, netrc: flag, help: flag },
} as const;

const given = process.argv.slice(2);
const { values, tokens } = parseArgs({ args: given, options, strict: false, tokens: true });
if (values.help) {
  console.log(usage);
  process.exit();
}

/** What one of several choices stands for. */
function chosen<T>(name: 'token' | 'heroku', choices: Readonly<Record<string, T>>): T {
  const choice = Object.entries(choices).find(([key]) => key === values[name]);
  if (choice) return choice[1];
  console.error(`--${name} must be one of: ${Object.keys(choices).join(', ')}`);
  process.exit(1);
}

const { secret, account } = chosen('token', TOKENS);
const fault = chosen('heroku', HEROKUS);
/** What install.sh would record. */
const recorded = (values.option as string[]).map((option) => {
  const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(option) ?? [];
  return [name, /^(true|false)$/.test(value) ? value === 'true' : value];
});
const args = tokens.flatMap((token) =>
  token.kind === 'option' && token.name in options ? [] : [given[token.index] ?? ''],
);

const home = newHome();
const fake = await startFakeHeroku({ dir: temporaryFolder() });
try {
  const program = await buildProgram(Object.fromEntries(recorded));
  await bundle(program.file, undefined, 'inline');
  const dev: Account = { email: 'dev@example.com', token: good, expiresIn: 29 * day + 60 };
  const env = {
    ...((values.codespace || values.prebuild) &&
      codespacesVariables('play', Boolean(values.prebuild))),
    HEROKU_HOST: fake.url,
  };
  if (values['logged-in']) {
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
      HEROKU_API_KEY: secret,
    },
  });
  const [code] = await once(child, 'close');
  console.log(`exit code ${code}`);
  if (values.requests) {
    const seen = fake.seen();
    console.log(seen.length === 0 ? 'nothing was sent to Heroku' : 'sent to Heroku:');
    for (const { method, path, status } of seen) {
      console.log(`  ${method} ${path} -> ${status ?? 'no answer'}`);
    }
  }
  if (values.netrc) {
    const netrc = join(home, '.netrc');
    console.log(existsSync(netrc) ? `~/.netrc:\n${readFileSync(netrc, 'utf8')}` : 'no ~/.netrc');
  }
} finally {
  await fake.close();
}
