// The path of a new user with nothing but README.md: from an empty folder to a push, each step as it is
// written there.

import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import { type Local, localize, parseConfiguration } from '../codespace/examples.ts';
import { makeRepository, REPOSITORY } from '../codespace/host.ts';
import { simulatorToken } from '../codespace/leaks.ts';
import type { LocalContainer } from '../codespace/local-container.ts';
import { useSimulator } from '../codespace/use-simulator.ts';
import { attempt, run } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { newHome } from '../support/program.ts';
import { root } from '../support/root.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');

/** The code of README.md, in its order. */
const blocks = [...readme.matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```/gm)].map(
  ([, language, code = '']) => ({
    language,
    code: code.replace(/^ {2}/gm, (blanks, at) => (at === 0 ? '' : blanks)).trim(),
  }),
);

/** A line of it that begins so. */
function line(beginning: string): string {
  const found = blocks
    .flatMap(({ code }) => code.split('\n'))
    .find((one) => one.trim().startsWith(beginning));
  assert.ok(found, `README.md has no line that begins with ${beginning}`);
  return found.trim();
}

const OWN = simulatorToken('ofHerOwnComputer');

let local: Local;
/** What the user's `gh secret set` was given. */
let secret: { readonly name: string; readonly token: string };
let codespace: Codespace;

const { simulator, heroku } = useSimulator(async (heroku) => {
  const { addHosts } = heroku;
  local = { image: simulator.image, feature: simulator.reference, addHosts };
  const apps = ['your-app', 'new-app', 'local-app'];
  await heroku.set({ accounts: [{ email: 'dev@example.com', token: OWN, apps }] });
});
/** A folder in which nothing is but what step 1 says, and what `change` makes of it. */
async function pasted(name: string, change = (text: string) => text): Promise<string> {
  const empty = join(simulator.dir, name, 'written');
  await mkdir(join(empty, '.devcontainer'), { recursive: true });
  const [first] = blocks;
  assert.equal(first?.language, 'jsonc');
  await writeFile(join(empty, '.devcontainer/devcontainer.json'), change(first.code));
  const copy = join(simulator.dir, name, REPOSITORY);
  await localize(empty, copy, local);
  return copy;
}

describe('step by step', () => {
  it('1. what is to be pasted is a whole devcontainer.json', async () => {
    const { features, secrets } = parseConfiguration(blocks[0]?.code ?? '');
    assert.equal(Object.keys(features ?? {}).length, 1);
    assert.deepEqual(Object.keys(secrets ?? {}), ['HEROKU_API_KEY']);
  });

  it('2. the one line makes a token for 90 days and hands it to gh, which shows it to nobody', async () => {
    const { url } = heroku;
    const home = newHome();
    const folder = await installed();
    // Only gh is not here: it keeps what it is told.
    const gh = join(folder, 'bin/gh');
    await writeFile(gh, `#!/bin/sh\necho "$*" >'${home}/arguments'; cat >'${home}/input'\n`);
    await chmod(gh, 0o755);
    const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`;
    const hosts = { HEROKU_HOST: url, HEROKU_PARTICLEBOARD_URL: url, DISABLE_TELEMETRY: 'true' };
    const { code, output } = await attempt('bash', ['-c', line('heroku authorizations:create')], {
      env: { HOME: home, PATH, HEROKU_API_KEY: OWN, ...hosts },
    });
    assert.equal(code, 0, output);
    const token = (await readFile(join(home, 'input'), 'utf8')).trim();
    assert.match(token, /^HRKU-AA[\w-]{58}$/);
    assert.ok(!output.includes(token));
    const said = (await readFile(join(home, 'arguments'), 'utf8')).trim();
    const [, name = ''] = /^secret set (\w+) --user --repos [\w-]+\/[\w-]+$/.exec(said) ?? [];
    assert.equal(name, 'HEROKU_API_KEY');
    secret = { name, token };
  });

  it('3. the codespace opens logged in, and heroku and git push heroku main work at once', async () => {
    codespace = await simulator.codespace({ repository: await pasted('codespace') });
    const log = await codespace.create({ [secret.name]: secret.token });
    const sentence = 'Heroku: logged in as dev@example.com (token expires in 90 days)';
    assert.deepEqual(log.heroku, [sentence]);
    assert.match(readme, /can now use `heroku`, and `git push heroku main` deploys your app\./);
    const [, check = ''] =
      /run `(heroku whoami)`\. It prints your email address/.exec(readme) ?? [];
    assert.match((await codespace.terminal(check)).output, /^dev@example\.com$/m);
    for (const command of ['heroku apps', 'git push heroku main']) {
      const { code, output } = await codespace.terminal(command);
      assert.equal(code, 0, output);
      // As cron and SSH run it.
      await codespace.succeeds(command);
    }
  });

  it('3. without the option app, the command that adds the remote comes first', async () => {
    const without = (text: string) => text.replace(/(heroku-cli:1": )\{.*\}/, '$1{}');
    const repository = await pasted('without-app', without);
    const config = await readFile(join(repository, '.devcontainer/devcontainer.json'), 'utf8');
    assert.match(config, /heroku-cli:1": \{\}/);
    const other = await simulator.codespace({ repository });
    await other.create({ [secret.name]: secret.token });
    assert.notEqual((await other.exec('git push heroku main')).code, 0);
    const [, add = ''] = /left out `app`, [^.]*`(heroku git:remote [^`]+)`/.exec(readme) ?? [];
    // Its history is another one than that of the first codespace.
    await other.succeeds(`${add.replace('your-app', 'new-app')} && git push heroku main`);
  });

  it('it does not work: both commands say why, in words that are in the table', async () => {
    const { output } = await codespace.terminal('heroku-login && heroku-login status');
    assert.match(output, /^Heroku: logged in as dev@example\.com[\s\S]*heroku CLI: [\s\S]*git: /m);
    await codespace.stop();
    await codespace.resume({});
    const [, said = ''] = /^\| `(not logged in: this codespace[^`]*)`/m.exec(readme) ?? [];
    assert.ok(said !== '');
    for (const command of ['heroku-login', 'heroku-login status']) {
      const { code, output } = await codespace.terminal(command);
      assert.equal(code, 3);
      assert.ok(output.startsWith(`Heroku: ${said}`), output);
    }
  });
});

describe('outside Codespaces', () => {
  let container: LocalContainer;

  it('the variable of the own computer reaches the container', async () => {
    const block = line('"remoteEnv"');
    const workspace = await pasted('local', (text) => text.replace(/\n\}$/, `,\n  ${block}\n}`));
    await makeRepository(workspace, 'vscode');
    if (process.getuid?.() === 0) await run('chown', ['--recursive', '1000:1000', workspace]);
    container = simulator.locally(workspace);
    const log = await container.openInVsCode({ [secret.name]: secret.token });
    assert.equal(log.heroku.length, 1);
    assert.match(log.heroku[0] ?? '', /^Heroku: logged in as dev@example\.com/);
    const push = 'git push https://git.heroku.com/local-app.git main';
    const { code, output } = await container.exec(push);
    assert.equal(code, 0, output);
  });

  it('a login by hand takes the token from a file', async () => {
    assert.match(readme, /`heroku-login --with-token < file`/);
    await container.stop();
    const without = await container.openInVsCode({});
    assert.match(without.heroku[0] ?? '', /not logged in: HEROKU_API_KEY is not set/);
    const file = join(container.workspace, 'file');
    await writeFile(file, `${secret.token}\n`, { mode: 0o600 });
    if (process.getuid?.() === 0) await run('chown', ['1000:1000', file]);
    const { code, output } = await container.exec(
      'heroku-login logout && heroku-login --with-token < file && rm file && heroku whoami',
    );
    assert.equal(code, 0, output);
    assert.match(output, /logged in as dev@example\.com[\s\S]*^dev@example\.com$/m);
  });
});
