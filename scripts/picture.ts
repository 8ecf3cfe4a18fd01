// `npm run picture`: opens a simulated codespace, types what a user types first, and draws what the
// terminal shows into docs/terminal.svg, the picture of the README.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Codespace } from '../test/codespace/codespace.ts';
import { openSimulator } from '../test/codespace/simulator.ts';
import { run } from '../test/support/command.ts';
import { COLUMNS, terminalSvg } from './terminal-svg.ts';

const token = `HRKU-AA${'onlyTheFakeKnowsItThisOne'.padEnd(58, '0')}`;
const day = 24 * 60 * 60;

const commands = ['heroku apps', 'heroku-login status', 'git push heroku main'];

const simulator = await openSimulator({ say: (line) => console.error(`... ${line}`) });
try {
  await simulator.heroku?.set({
    accounts: [{ email: 'dev@example.com', token, expiresIn: 29 * day + 60 }],
  });
  const codespace = await simulator.codespace({ featureOptions: { app: 'my-app' } });
  const log = await codespace.create({ HEROKU_API_KEY: token });
  // The CLI's note about Heroku's terms of service comes once, with the first command that asks Heroku.
  await codespace.terminal('heroku whoami');
  // With its details, which are indented.
  const lines = log.text.match(/^Heroku: .*(\r?\n {2}\S.*)*/gm) ?? [];
  let screen = `\x1b[2mcreation log of the codespace:\x1b[0m\n${lines.join('\n')}\n`;
  for (const command of commands) {
    screen += `\n\x1b[1;32m$\x1b[0m \x1b[1m${command}\x1b[0m\n${await typed(codespace, command)}`;
  }
  for (const secret of [token, token.slice(7, 30)]) {
    if (screen.includes(secret)) throw new Error('the token is on the screen');
  }
  const file = join(dirname(import.meta.dirname), 'docs/terminal.svg');
  const label = `A terminal in a new codespace: ${commands.join(', ')} work at once`;
  await writeFile(file, terminalSvg(screen, 'my-app: a new codespace', label));
  console.log(screen);
} finally {
  await simulator.close();
}

/** What a real terminal shows of a command. */
async function typed(codespace: Codespace, command: string): Promise<string> {
  const args = await codespace.shellArguments();
  // Docker makes the terminal; nobody types into it.
  const options = args.slice(0, -2).filter((option) => option !== '--interactive');
  return run('docker', [...options, 'bash', '-lc', `stty columns ${COLUMNS} rows 40; ${command}`]);
}
