// A codespace after its creation (first-codespace.test.ts): what it keeps, and how it is stopped, resumed and
// rebuilt as GitHub does it. On real parts; only Heroku is faked.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import { GITHUB_TOKEN, OWN_HOOKS } from '../codespace/host.ts';
import {
  ArgumentWatch,
  holds,
  imageOf,
  leaksInFiles,
  MARK,
  searchDescriptions,
  searchLayers,
  simulatorToken,
} from '../codespace/leaks.ts';
import { useSimulator } from '../codespace/use-simulator.ts';
import type { Account, Seen } from '../fake-heroku/fake-heroku.ts';
import { Terminal } from '../support/terminal.ts';

const DAY = 24 * 60 * 60;
const EMAIL = 'dev@example.com';
const LOGGED_IN = `Heroku: logged in as ${EMAIL} (token expires in 29 days)`;

const FIRST = simulatorToken('first');
const ROTATED = simulatorToken('rotated');
const MISTYPED = simulatorToken('nobodyHasThisOne');
const SHARED_IN_PREBUILD = simulatorToken('ofTheOrganization');

/** Every codespace's repository has a history of its own, so each has an app of its own. */
const APPS = ['my-app', 'early-prebuild', 'late-prebuild', 'root-app'] as const;

function push(app: (typeof APPS)[number]): string {
  return `git push https://git.heroku.com/${app}.git HEAD:main`;
}

const PUSH = push('my-app');

const { simulator, heroku } = useSimulator();
/** Every request of all tests but those cleared for counting. */
const allSeen: Seen[] = [];

describe('a codespace of the user vscode', () => {
  let codespace: Codespace;
  let watch: ArgumentWatch;
  let container: string;
  const logs: CreationLog[] = [];

  before(async () => {
    watch = new ArgumentWatch();
    codespace = await simulator.codespace();
    await accounts({ token: FIRST });
    await forget();
    logs.push(await codespace.create({ HEROKU_API_KEY: FIRST }));
    assert.deepEqual(last(logs).heroku, [LOGGED_IN]);
    container = await codespace.containerId();
  });

  after(() => watch?.stop());

  it('needs no second login: status says who, from where, for how long', async () => {
    assert.match(await codespace.succeeds('heroku-login status'), /logged in as dev@example\.com/);
  });

  it('left the token in no image, label, configuration or layer', async () => {
    // A text that is in all of these places shows that the search looks there.
    const texts = [MARK, 'heroku-login'];
    const id = await codespace.containerId();
    const places = ['container', 'image', 'history'];
    assert.deepEqual(await searchDescriptions(id, texts), [[], places]);
    const [token, known] = await searchLayers([await imageOf(id)], texts);
    assert.deepEqual(token, []);
    assert.match(known?.[0] ?? '', /^layer /);
  });

  it("left the token only in the user's ~/.netrc", async () => {
    const id = await codespace.containerId();
    const where = ['/etc', '/home', '/opt', '/root', '/tmp', '/usr/local', '/var'];
    assert.deepEqual(await leaksInFiles(id, FIRST, where), ['/home/vscode/.netrc']);
    assert.equal((await codespace.succeeds('stat -c "%a %U" ~/.netrc')).trim(), '600 vscode');
    assert.ok(!(await codespace.probedEnvironment()).includes(FIRST));
  });

  it('logs in with a rotated secret at the next start', async () => {
    await codespace.stop();
    await accounts({ token: FIRST, state: 'revoked' }, { token: ROTATED });
    logs.push(await codespace.resume({ HEROKU_API_KEY: ROTATED }));
    assert.deepEqual(last(logs).heroku, [LOGGED_IN]);
    assert.match(await codespace.succeeds('heroku whoami'), /^dev@example\.com$/m);
    await codespace.succeeds(`git commit --allow-empty -qm second && ${PUSH}`);
    assert.deepEqual(await leaksInFiles(await codespace.containerId(), FIRST, ['/home']), []);
    assert.equal(await ownHooks(codespace), 'created started started');
  });

  it('opens with a mistyped secret and names the cause', async () => {
    await codespace.stop();
    await accounts({ token: ROTATED, state: 'revoked' });
    logs.push(await codespace.resume({ HEROKU_API_KEY: MISTYPED }));
    assertSays(last(logs), /^Heroku: not logged in: Heroku rejected.*HEROKU_API_KEY/);
    assert.equal(await ownHooks(codespace), 'created started started started');
  });

  it('does not push with a mistyped secret, and lets no other helper answer', async () => {
    await forget();
    const { code, output } = await codespace.exec(PUSH);
    assert.notEqual(code, 0);
    assert.match(output, /Heroku: /);
    assertGitHubTokenAbsent(await heroku.seen());
  });

  it('opens while Heroku hangs, within 15 seconds for each hook', async () => {
    await codespace.stop();
    await accounts({ token: ROTATED });
    await heroku.set({ faults: [{ host: 'api', do: { kind: 'hang' } }] });
    try {
      logs.push(await codespace.resume({ HEROKU_API_KEY: ROTATED }));
    } finally {
      await heroku.set({ faults: [] });
    }
    assertSays(last(logs), /^Heroku: could not log in: .*(did not answer|no answer|in time)/);
    const times = last(logs).hookTimes;
    assert.equal(times.length, 1);
    assert.ok(
      times.every((time) => time < 15_000),
      `hooks took ${times.join(', ')} ms`,
    );
    assert.equal(await ownHooks(codespace), 'created started started started started');
  });

  it('opens without the secret and says so', async () => {
    await codespace.stop();
    logs.push(await codespace.resume({}));
    assertSays(
      last(logs),
      /^Heroku: logged out: the secret HEROKU_API_KEY was removed from this codespace/,
    );
    assert.deepEqual(await leaksInFiles(await codespace.containerId(), ROTATED, ['/home']), []);
    assert.equal(await ownHooks(codespace), 'created started started started started started');
  });

  it('says so in the first terminal of a start only, unless HEROKU_LOGIN_QUIET=yes hides it', async () => {
    const hiding = 'To hide this line, set HEROKU_LOGIN_QUIET=yes.';
    const starts: [secrets: Record<string, string>, before: string, said: boolean][] = [
      [{}, 'true', true],
      [{ HEROKU_LOGIN_QUIET: 'yes' }, 'true', false],
      [{ HEROKU_LOGIN_QUIET: '0' }, 'true', true],
      [{}, "sed -i '$ a export HEROKU_LOGIN_QUIET=yes' ~/.profile", false],
    ];
    for (const [secrets, before, said] of starts) {
      await codespace.succeeds(before);
      await codespace.stop();
      logs.push(await codespace.resume(secrets));
      assertSays(last(logs), /^Heroku: not logged in: this codespace has no secret HEROKU_API_KEY/);
      const screens = [await newTerminal(codespace), await newTerminal(codespace)];
      assert.deepEqual(
        screens.map((screen) => screen.includes(hiding)),
        [said, false],
        screens.join('\n'),
      );
    }
    await codespace.succeeds("sed -i '/HEROKU_LOGIN_QUIET/d' ~/.profile");
  });

  it('is logged in again after a rebuild', async () => {
    await accounts({ token: FIRST });
    logs.push(await codespace.rebuild({ HEROKU_API_KEY: FIRST }));
    assert.deepEqual(last(logs).heroku, [LOGGED_IN]);
    await codespace.succeeds(`git commit --allow-empty -qm third && ${PUSH}`);
    assert.match(await codespace.succeeds('heroku whoami'), /^dev@example\.com$/m);
  });

  it('showed no token in any log or in the arguments of any process', () => {
    watch.stop();
    const lines = [...watch.seen];
    const hook = (line: string) =>
      line.startsWith(container) && /start-login\.cjs\0--hook/.test(line);
    assert.ok(lines.some(hook), 'the watch did not see the hook run');
    for (const token of [FIRST, ROTATED, MISTYPED, GITHUB_TOKEN]) {
      for (const log of logs) assert.ok(!holds(log.raw, token), 'a token is in the creation log');
      assert.ok(!lines.some((line) => holds(line, token)), 'a token is in process arguments');
    }
  });
});

describe('a prebuild', () => {
  for (const [app, waitFor] of [
    ['early-prebuild', undefined],
    ['late-prebuild', 'postStartCommand'],
  ] as const) {
    it(`stores nothing and asks nothing, waitFor ${waitFor ?? 'unset'}`, async () => {
      const codespace = await simulator.codespace(waitFor === undefined ? {} : { waitFor });
      await accounts({ token: SHARED_IN_PREBUILD }, { token: FIRST });
      await forget();
      const prebuild = await codespace.createPrebuild({ HEROKU_API_KEY: SHARED_IN_PREBUILD });
      // Otherwise our hook was not tried at all.
      assert.equal(prebuild.hookTimes.length, waitFor === undefined ? 0 : 2);
      assert.deepEqual(await requestsToApi(), []);

      const opened = await codespace.createFromPrebuild({ HEROKU_API_KEY: FIRST });
      assert.deepEqual(opened.heroku, [LOGGED_IN]);
      await codespace.succeeds(push(app));
      assert.match(await codespace.succeeds('heroku whoami'), /^dev@example\.com$/m);
      const id = await codespace.containerId();
      assert.deepEqual(await leaksInFiles(id, SHARED_IN_PREBUILD, ['/etc', '/home', '/var']), []);
      await codespace.remove();
    });
  }
});

describe('a codespace of the user root', () => {
  it('is logged in', async () => {
    const codespace = await simulator.codespace({ remoteUser: 'root' });
    await accounts({ token: FIRST });
    const log = await codespace.create({ HEROKU_API_KEY: FIRST });
    assert.deepEqual(log.heroku, [LOGGED_IN]);
    await codespace.succeeds(push('root-app'));
    assert.match(await codespace.succeeds('heroku whoami'), /^dev@example\.com$/m);
    assert.equal(await ownHooks(codespace), 'created started');
  });
});

describe('Heroku', () => {
  it('never got the GitHub token', async () => {
    await forget();
    assert.ok(allSeen.some(({ headers }) => headers['authorization']?.startsWith('Basic ')));
    assertGitHubTokenAbsent(allSeen);
  });
});

/** The accounts that Heroku knows from now on; all have one address and 29 days left. */
async function accounts(...known: Omit<Account, 'email'>[]): Promise<void> {
  const expiresIn = 29 * DAY + 60;
  await heroku.set({
    accounts: known.map((own) => ({ email: EMAIL, expiresIn, apps: [...APPS], ...own })),
  });
}

/** Starts the counting of requests anew. */
async function forget(): Promise<void> {
  allSeen.push(...(await heroku.seen()));
  await heroku.clearSeen();
}

async function requestsToApi(): Promise<string[]> {
  return (await heroku.seen())
    .filter(({ host }) => host.startsWith('api.'))
    .map(({ method, path }) => `${method} ${path}`);
}

async function ownHooks(codespace: Codespace): Promise<string> {
  return (await codespace.succeeds(`cat ${OWN_HOOKS}`)).trim().replaceAll('\n', ' ');
}

/** What a user sees who opens a terminal of VS Code, and leaves it. */
async function newTerminal(codespace: Codespace): Promise<string> {
  const words = ['docker', ...(await codespace.shellArguments())];
  const { PATH = '', DOCKER_HOST } = process.env;
  const env = { PATH, HOME: '/root', TERM: 'dumb', ...(DOCKER_HOST && { DOCKER_HOST }) };
  const terminal = new Terminal(words.join(' '), env, []);
  terminal.type('exit\r');
  return (await terminal.end()).screen;
}

/** One sentence, and Codespaces blanks no value of its variables in it (docs/facts/codespaces.md part 6). */
function assertSays({ heroku, text }: CreationLog, expected: RegExp): void {
  const [sentence = ''] = heroku;
  assert.equal(heroku.length, 1);
  assert.match(sentence, expected);
  const steps = text.split(/\r?\n/).filter((line) => /^ {2}\d\. /.test(line));
  for (const line of [sentence, ...steps]) {
    assert.ok(!line.includes('****'), `blanked by Codespaces: ${line}`);
  }
}

function assertGitHubTokenAbsent(seen: readonly Seen[]): void {
  for (const { method, path, headers } of seen) {
    const leaked = holds(JSON.stringify(headers), GITHUB_TOKEN);
    assert.ok(!leaked, `the GitHub token went to Heroku: ${method} ${path}`);
  }
}

function last<T>(list: readonly T[]): T {
  const item = list.at(-1);
  assert.ok(item !== undefined);
  return item;
}
