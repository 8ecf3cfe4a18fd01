// Two codespaces with one secret, as their users use them: tokens of their own, logouts, a newer secret,
// dotfiles. On the same real parts as codespace.test.ts.
import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { otherToken } from '../../src/messages/shell-notice.ts';
import type { Codespace } from '../codespace/codespace.ts';
import { leaksInFiles, simulatorToken } from '../codespace/leaks.ts';
import { useSimulator } from '../codespace/use-simulator.ts';
import type { Seen } from '../fake-heroku/fake-heroku.ts';
import { run } from '../support/command.ts';
import { Terminal } from '../support/terminal.ts';

const DAY = 24 * 60 * 60;
const EMAIL = 'dev@example.com';
const SECRET = simulatorToken('theOneOfAllCodespaces');
const NEWER = simulatorToken('theNewerOne');
const LOGGED_IN = `Heroku: logged in as ${EMAIL} (token expires in 29 days)`;
const WITH_SESSION = `Heroku: logged in as ${EMAIL} with this codespace's own token (secret expires in 29 days)`;
const QUESTION = 'Type "here" or "everywhere", or press Enter to cancel: ';

const { simulator, heroku } = useSimulator(async (heroku) => {
  // Each codespace's repository has a history of its own, so each has an app of its own.
  const apps = ['my-app', 'first-app', 'second-app', 'plain-app'];
  await heroku.set({
    accounts: [SECRET, NEWER].map((token) => ({
      ...{ email: EMAIL, token, expiresIn: 29 * DAY + 60, apps },
    })),
  });
});

const push = (app: string) =>
  `git commit --allow-empty -qm next && git push https://git.heroku.com/${app}.git HEAD:main`;

describe('two codespaces with the option perContainerToken', () => {
  let first: Codespace;
  let second: Codespace;

  before(async () => {
    // The options of the example heroku-vscode-extension: one installation serves both files.
    const featureOptions = { app: 'my-app', perContainerToken: true };
    first = await simulator.codespace({ featureOptions });
    second = await simulator.codespace({ featureOptions });
    for (const codespace of [first, second]) {
      const log = await codespace.create({ HEROKU_API_KEY: SECRET });
      assert.deepEqual(log.heroku, [WITH_SESSION]);
    }
  });

  it('hold no secret, and heroku and git work in every process', async () => {
    for (const [codespace, app] of [
      [first, 'first-app'],
      [second, 'second-app'],
    ] as const) {
      const id = await codespace.containerId();
      assert.deepEqual(await leaksInFiles(id, SECRET, ['/etc', '/home', '/root', '/var']), []);
      assert.equal(await whoami(codespace), EMAIL);
      const { code, output } = await codespace.terminal(`heroku whoami && ${push(app)}`);
      assert.equal(code, 0, output);
      assert.doesNotMatch(output, /HEROKU_API_KEY/);
    }
    await heroku.clearSeen();
    await first.succeeds(push('first-app'));
    assert.deepEqual(await pushedWith(SECRET), false);
  });

  it('a typed heroku logout in one logs out that one alone, and asks nothing', async () => {
    const terminal = await open(first);
    terminal.type('heroku logout; echo "ended with $?"\r');
    await terminal.until('ended with 0');
    terminal.type('heroku whoami; heroku-login status; exit\r');
    const { screen } = await terminal.end();
    assert.ok(!screen.includes(QUESTION), screen);
    assert.match(screen, /not logged in/i);
    assert.match(screen, /logged out of this codespace\. To log in again, run: heroku-login/);
    assert.notEqual((await first.terminal(push('first-app'))).code, 0);

    assert.equal(await whoami(second), EMAIL);
    await second.succeeds(push('second-app'));
    assert.equal(await heroku.accepts(SECRET), true);
  });

  it('the next start logs in again', async () => {
    await first.stop();
    const log = await first.resume({ HEROKU_API_KEY: SECRET });
    assert.deepEqual(log.heroku, [WITH_SESSION]);
    assert.equal(await whoami(first), EMAIL);
  });

  it('the next start without the secret ends the session at Heroku', async () => {
    const session = await second.succeeds("sed -n 's/^  password //p' ~/.netrc | head -n 1");
    assert.equal(await heroku.accepts(session.trim()), true);
    await second.stop();
    const [sentence = ''] = (await second.resume({})).heroku;
    assert.match(sentence, /HEROKU_API_KEY was removed from this codespace/);
    assert.equal(await heroku.accepts(session.trim()), false);
    assert.equal(await heroku.accepts(SECRET), true);
  });
});

describe('a codespace without it', () => {
  let codespace: Codespace;

  before(async () => {
    codespace = await simulator.codespace();
    assert.deepEqual((await codespace.create({ HEROKU_API_KEY: SECRET })).heroku, [LOGGED_IN]);
  });

  it('a typed heroku logout does not delete the shared token by accident', async () => {
    const terminal = await open(codespace);
    terminal.type('heroku logout\r');
    await terminal.until(QUESTION);
    terminal.type('\r');
    await terminal.until('canceled; you are still logged in.');
    terminal.type('heroku logout; heroku whoami; exit\r');
    await terminal.until(`${QUESTION}`);
    terminal.type('here\r');
    const { screen } = await terminal.end();
    assert.match(screen, /every other codespace and CI job that uses it/);
    assert.match(screen, /logged out: removed the login[\s\S]*not logged in/i);
    assert.equal(await heroku.accepts(SECRET), true);
    assert.deepEqual((await heroku.seen()).filter(isDelete('/oauth/authorizations')).length, 2);
    await codespace.stop();
    assert.deepEqual((await codespace.resume({ HEROKU_API_KEY: SECRET })).heroku, [LOGGED_IN]);
  });

  it('a terminal with a newer secret logs in with it, before the first git push', async () => {
    await codespace.reload({ HEROKU_API_KEY: NEWER }, false);
    const early = await open(codespace);
    await early.until(otherToken('HEROKU_API_KEY in the environment'));
    early.type('exit\r');
    await early.end();
    assert.match(await codespace.succeeds('cat ~/.netrc'), new RegExp(SECRET));
    await codespace.reload({ HEROKU_API_KEY: NEWER }, true);
    await heroku.clearSeen();
    const terminal = await open(codespace);
    await terminal.until(LOGGED_IN);
    terminal.type(`${push('plain-app')}; echo "ended with $?"; exit\r`);
    const { screen } = await terminal.end();
    assert.match(screen, /ended with 0/);
    assert.equal(await pushedWith(NEWER), true);
    assert.equal(await pushedWith(SECRET), false);
    assert.deepEqual(await leaksInFiles(await codespace.containerId(), SECRET, ['/home']), []);
    // And a further one has nothing to say.
    const again = await open(codespace);
    again.type('exit\r');
    assert.doesNotMatch((await again.end()).screen, /Heroku/);
  });

  it('dotfiles that replace ~/.netrc and ~/.gitconfig are healed by a push, and by a start', async () => {
    await codespace.stop();
    await codespace.resume({ HEROKU_API_KEY: NEWER });
    const repository = await dotfiles(codespace);
    await codespace.installDotfiles(repository);
    assert.match(await codespace.succeeds('cat ~/.netrc'), /^machine example\.com/);
    assert.equal((await codespace.terminal(push('plain-app'))).code, 0);
    const healed =
      /^machine api\.heroku\.com\n[\s\S]*machine git\.heroku\.com\n[\s\S]*machine example\.com/;
    assert.match(await codespace.succeeds('cat ~/.netrc'), healed);
    await codespace.succeeds(push('plain-app'));

    await codespace.succeeds('echo "machine example.com login a password b" >~/.netrc');
    await codespace.stop();
    const log = await codespace.resume({ HEROKU_API_KEY: NEWER });
    assert.deepEqual(log.heroku, [LOGGED_IN]);
    assert.match(await codespace.succeeds('cat ~/.netrc'), healed);
    assert.match(await codespace.succeeds('git config --global user.name'), /^Dotty$/m);
    await codespace.succeeds(push('plain-app'));
  });
});

/** A terminal of VS Code, which shows what a user sees there. */
async function open(codespace: Codespace): Promise<Terminal> {
  const words = ['docker', ...(await codespace.shellArguments())];
  const { PATH = '', DOCKER_HOST } = process.env;
  const env = { PATH, HOME: '/root', TERM: 'dumb', ...(DOCKER_HOST && { DOCKER_HOST }) };
  return new Terminal(words.join(' '), env, [SECRET, NEWER]);
}

/** Where processes in the container can clone it: beside the repository. */
async function dotfiles(codespace: Codespace): Promise<string> {
  const dir = join(codespace.host.workspaces, 'dotfiles');
  await mkdir(dir);
  await writeFile(join(dir, 'netrc'), 'machine example.com login a password b\n');
  await writeFile(join(dir, 'gitconfig'), '[user]\n\tname = Dotty\n\temail = dotty@example.com\n');
  await writeFile(
    join(dir, 'install.sh'),
    '#!/bin/sh\ncp netrc ~/.netrc; cp gitconfig ~/.gitconfig\n',
  );
  await chmod(join(dir, 'install.sh'), 0o755);
  const git = (...args: string[]) => run('git', ['-C', dir, ...args]);
  await git('init', '--quiet');
  await git('add', '--all');
  await git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '--message', 'x');
  await run('chown', ['--recursive', '1000:1000', dir]);
  return '/workspaces/dotfiles';
}

const whoami = async (codespace: Codespace) =>
  /^\S+@\S+$/m.exec(await codespace.succeeds('heroku whoami'))?.[0];

/** Whether a push since the last `clearSeen` used this token. */
async function pushedWith(token: string): Promise<boolean> {
  return (await heroku.seen()).some(({ path, headers }) => {
    const [, encoded = ''] = (headers['authorization'] ?? '').split(' ');
    const password = Buffer.from(encoded, 'base64').toString().split(':')[1];
    return path.endsWith('/git-receive-pack') && password === token;
  });
}

const isDelete =
  (prefix: string) =>
  ({ method, path }: Seen) =>
    method === 'DELETE' && path.startsWith(prefix);
