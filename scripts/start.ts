// `npm start`: the whole path before your eyes. Opens a simulated codespace and shows it logged in.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Codespace } from '../test/codespace/codespace.ts';
import { simulatorToken } from '../test/codespace/leaks.ts';
import { openSimulator, type Simulator } from '../test/codespace/simulator.ts';

const usage = `usage: npm start -- [--shell] [--real [--app NAME]]

  --shell     leave a shell open in the codespace, as a terminal of VS Code
  --real      use the real Heroku, with the token in HEROKU_API_KEY; default: a fake one
  --app NAME  push the sample repository to this app of yours: its content is replaced
`;

/** What the fake Heroku knows in the demonstration. */
const FAKE_TOKEN = simulatorToken('ofTheDemonstration');
const EXPIRES_IN = 29 * 24 * 60 * 60;

const began = Date.now();

function say(line: string): void {
  console.log(`\x1b[1m[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}\x1b[0m`);
}

const { values } = parseArgs({
  options: {
    shell: { type: 'boolean', default: false },
    real: { type: 'boolean', default: false },
    app: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** @returns whether everything worked. */
async function demonstrate(simulator: Simulator, token: string): Promise<boolean> {
  await simulator.heroku?.set({
    accounts: [{ email: 'dev@example.com', token, expiresIn: EXPIRES_IN + 60 }],
  });
  const codespace = await simulator.codespace();
  say(`opening a codespace with "features": { "${simulator.reference}": {} }`);
  const log = await codespace.create({ HEROKU_API_KEY: token });
  say('open. Its creation log says:');
  console.log(log.heroku.join('\n'));
  let ok = log.heroku.some((line) => line.startsWith('Heroku: logged in as '));
  const app = values.real ? values.app : 'my-app';
  // The push comes first: git must not depend on what a heroku command may have set up.
  const git = `git push https://git.heroku.com/${app}.git HEAD:main`;
  for (const command of [...(app === undefined ? [] : [git]), 'heroku whoami']) {
    ok = (await show(codespace, command)) && ok;
  }
  if (values.shell) {
    say('a shell in the codespace; leave it with exit');
    const child = spawn('docker', await codespace.shellArguments(), { stdio: 'inherit' });
    await once(child, 'close');
  }
  return ok;
}

/** Runs it without a secret in the environment, as over ssh or from cron. */
async function show(codespace: Codespace, command: string): Promise<boolean> {
  say(`$ ${command}    (without HEROKU_API_KEY in the environment)`);
  const { code, output } = await codespace.exec(command);
  console.log(output.trimEnd());
  if (code !== 0) say(`ended with ${code}`);
  return code === 0;
}

async function main(): Promise<boolean> {
  const { real, app } = values;
  if (app !== undefined && !/^[a-z][a-z0-9-]{1,28}[a-z0-9]$/.test(app)) {
    throw new Error(`--app: ${app} is not the name of a Heroku app`);
  }
  const token = real ? process.env['HEROKU_API_KEY'] : FAKE_TOKEN;
  if (!token) throw new Error('--real needs a token in the environment variable HEROKU_API_KEY');
  // Ctrl-C reaches every child process as well, so the step at hand fails and what there is by then is
  // removed on the way out. In the shell it belongs to what runs there: the terminal is in raw mode.
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!interrupted) say('stopping');
      interrupted = true;
    });
  }
  const simulator = await openSimulator({ say, real });
  try {
    return !interrupted && (await demonstrate(simulator, token));
  } finally {
    say('removing the codespace');
    await simulator.close();
    say('done');
  }
}

try {
  if (values.help) console.log(usage);
  else if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
