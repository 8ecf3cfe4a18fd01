// What Heroku's VS Code extension does to find out who is logged in and which apps the folder has, as read
// in heroku/heroku-vscode at version 1.0.7: token.ts, netrc-locator.ts, whoami.ts, validate-heroku-cli.ts,
// git-utils.ts. Runs in the container, where the extension runs. Prints one line of JSON.
import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

// It shows a warning unless this ends with 0.
execSync('heroku --version', { stdio: 'ignore' });

// Where there is an encrypted file it reads that instead. It never looks at HEROKU_API_KEY.
const file = join(homedir(), '.netrc');
if (existsSync(`${file}.gpg`)) throw new Error('it would read ~/.netrc.gpg');
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .map((line) => line.trim());
const entry = lines.slice(lines.indexOf('machine api.heroku.com') + 1);
const end = entry.findIndex((line) => line.startsWith('machine'));
const password = entry.slice(0, end).find((line) => line.startsWith('password'));
const token = password.replace('password', '').trim();

const response = await fetch('https://api.heroku.com/account', {
  headers: {
    Accept: 'application/vnd.heroku+json; version=3.sdk',
    Authorization: `Bearer ${token}`,
    Referer: 'vscode-heroku-extension/1.0.7',
    'User-Agent': `VSCode-Heroku-Extension/1.0.7 (${process.platform}; ${process.arch}) VSCode/1.93.1`,
  },
});
if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
const { email } = await response.json();

// It asks VS Code's git extension for the addresses of the remotes.
const apps = execSync('git remote get-url --all --push heroku', { encoding: 'utf8' })
  .trim()
  .split('\n')
  .map((address) => new URL(address))
  .filter(({ hostname }) => hostname === 'git.heroku.com')
  .map(({ pathname }) => pathname.replace(/^\/|\.git$/g, ''));

console.log(JSON.stringify({ email, apps, isSecret: token === process.env.HEROKU_API_KEY }));
