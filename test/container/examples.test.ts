// Every example and the template, as users would use them: on the real dev container CLI, the Feature
// from a registry, the real Heroku CLI and git. What is local instead of public is in localize() alone.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse as parseYaml } from 'yaml';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import { runDevcontainer } from '../codespace/devcontainer-cli.ts';
import {
  FEATURE,
  type Local,
  localize,
  POSTGRES,
  parseConfiguration,
} from '../codespace/examples.ts';
import { makeRepository, REPOSITORY } from '../codespace/host.ts';
import {
  holds,
  imageOf,
  leaksInFiles,
  MARK,
  searchDescriptions,
  searchLayers,
  simulatorToken,
} from '../codespace/leaks.ts';
import type { LocalContainer } from '../codespace/local-container.ts';
import { publish } from '../codespace/registry.ts';
import { useSimulator } from '../codespace/use-simulator.ts';
import { run } from '../support/command.ts';
import { root } from '../support/root.ts';
import { workflowProblems } from '../support/workflow-rules.ts';

const TEMPLATE = join(root, 'templates/heroku-app');

const EMAIL = 'dev@example.com';
const TOKEN = simulatorToken('ofTheExamples');
const SHARED_IN_PREBUILD = simulatorToken('ofTheOrganization');
const SECRETS = { HEROKU_API_KEY: TOKEN };
const LOGGED_IN = `Heroku: logged in as ${EMAIL} (token expires in 29 days)`;
const OWN_TOKEN = LOGGED_IN.replace(' (token', " with this codespace's own token (secret");
const AUTHOR = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com'];
const NOT_LOGGED_IN = /^Heroku: not logged in: .*HEROKU_API_KEY/;

/** What is done with each example. The name is that of the folder, and of the app that it pushes to. */
const trials: Readonly<Record<string, (example: string) => Promise<void>>> = {
  image: inCodespace,
  dockerfile: inCodespace,
  compose: async (example) => {
    await inCodespace(example);
    await composeLocally(example);
  },
  prebuild: inPrebuild,
  'vscode-local': inVsCode,
  'devcontainers-ci': inActions,
  'heroku-vscode-extension': besideTheExtension,
  psql: withPsql,
  mcp: withAgent,
};

let local: Local;
/** Images with the Feature, by what they were made for. */
const images = new Map<string, string>();
const logs: CreationLog[] = [];

const { simulator, heroku } = useSimulator(async (heroku) => {
  const { addHosts } = heroku;
  local = { image: simulator.image, feature: simulator.reference, addHosts };
  const apps = [...Object.keys(trials), 'my-app', 'my-app-staging', 'your-app', 'compose-locally'];
  await heroku.set({
    accounts: [TOKEN, SHARED_IN_PREBUILD].map((token) => ({
      ...{ email: EMAIL, token, expiresIn: 29 * 24 * 60 * 60 + 60, apps },
    })),
  });
});
describe('every example', async () => {
  const examples = await readdir(join(root, 'examples'), { withFileTypes: true });
  const names = examples.filter((entry) => entry.isDirectory()).map(({ name }) => name);

  it('has a trial, and a chapter in examples/README.md', async () => {
    assert.deepEqual(names.sort(), Object.keys(trials).sort());
    const text = await readFile(join(root, 'examples/README.md'), 'utf8');
    const chapters = [...text.matchAll(/^## `(.*)`/gm)].map(([, name]) => name);
    assert.deepEqual(chapters.sort(), names);
  });

  for (const folder of [...names.map((name) => join(root, 'examples', name)), TEMPLATE]) {
    it(`is JSON with comments, and names the Feature: ${folder.slice(root.length + 1)}`, async () => {
      const text = await readFile(join(folder, '.devcontainer/devcontainer.json'), 'utf8');
      const { features } = parseConfiguration(text);
      const others = folder.endsWith('/psql') ? [POSTGRES] : [];
      assert.deepEqual(Object.keys(features ?? {}), [FEATURE, ...others]);
    });
  }
});

for (const [name, trial] of Object.entries(trials)) {
  it(`the example ${name} passes the simulator`, () => trial(name));
}

describe('the template', () => {
  let reference: string;

  before(async () => {
    const folder = join(simulator.staged, 'templates');
    const place = await publish('templates', folder, simulator.registry, simulator.dir);
    reference = `${place}/heroku-app:1`;
  });

  async function apply(name: string, ...more: string[]): Promise<string> {
    const folder = join(simulator.dir, name);
    await mkdir(folder);
    const where = ['--workspace-folder', folder, '--template-id', reference];
    const all = ['templates', 'apply', ...where, '--tmp-dir', simulator.dir, ...more];
    await runDevcontainer(all, simulator.dir);
    return folder;
  }

  it('applied with its options makes an app that runs, in a codespace that can deploy it', async () => {
    // The app of README.md: one installation serves the tests of both.
    const applied = await apply('applied', '--template-args', '{"app":"your-app"}');
    const folder = join(simulator.dir, 'template');
    await localize(applied, folder, local);
    const codespace = await simulator.codespace({ repository: folder });
    const log = await codespace.create(SECRETS);
    await check('template', codespace, log, { remote: 'heroku' });
    assert.match(log.text, /added the git remote heroku: "git push heroku main" deploys/);

    // The image has no Node of its own; the CLI's is the same program.
    const serve =
      'PATH=$PATH:/usr/local/lib/heroku/bin heroku local --port 5100 & trap "kill $!" EXIT';
    const ask =
      'curl --silent --retry 40 --retry-delay 1 --retry-connrefused http://127.0.0.1:5100';
    const { code, stdout, output } = await codespace.terminal(`{ ${serve}; } >&2; ${ask}`);
    assert.equal(stdout, 'It runs.\n', `${code}: ${output}`);
  });

  it('applied without a word leaves no gap', async () => {
    const folder = await apply('defaults');
    const config = await readFile(join(folder, '.devcontainer/devcontainer.json'), 'utf8');
    assert.match(config, /javascript-node:4-24-bookworm"/);
    assert.deepEqual(parseConfiguration(config).features?.[FEATURE], { app: '' });
    const { engines } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    assert.deepEqual(engines, { node: '24.x' });
    for (const file of await files(folder)) {
      assert.doesNotMatch(await readFile(join(folder, file), 'utf8'), /templateOption/, file);
    }
  });

  it('leaves an app that is there alone, where the sample is left out', async () => {
    const metadata = await readFile(join(TEMPLATE, 'devcontainer-template.json'), 'utf8');
    const { optionalPaths } = JSON.parse(metadata) as { optionalPaths: string[] };
    const folder = await apply('own-app', '--omit-paths', JSON.stringify(optionalPaths));
    assert.deepEqual(await files(folder), ['.devcontainer/devcontainer.json']);
  });
});

describe('the token', () => {
  it('is in no layer of any of the images', async () => {
    const [there, found] = await searchLayers([...images.values()], ['heroku-login', MARK]);
    // A text that is there shows that the search looks there.
    assert.notDeepEqual(there, []);
    assert.deepEqual(found, []);
    const expected = [...Object.keys(trials), 'compose-locally', 'template'];
    assert.deepEqual([...images.keys()].sort(), expected.sort());
  });

  it('is in no log', () => {
    for (const log of logs)
      assert.ok(!holds(log.raw, TOKEN) && !holds(log.raw, SHARED_IN_PREBUILD));
  });
});

/** A copy of an example that works on this machine, in a folder of its own. */
async function ready(example: string, name = example): Promise<string> {
  const folder = join(simulator.dir, 'ready', name, REPOSITORY);
  await localize(join(root, 'examples', example), folder, local);
  return folder;
}

async function inCodespace(example: string): Promise<void> {
  const codespace = await simulator.codespace({ repository: await ready(example) });
  const log = await codespace.create(SECRETS);
  await check(example, codespace, log);
  // Two configurations with Compose and the same folder's name would share one container.
  if (example === 'compose') await run('docker', ['rm', '--force', await codespace.containerId()]);
}

async function composeLocally(example: string): Promise<void> {
  const container = await locally(await ready(example, 'compose-locally'));
  const file = join(simulator.dir, 'heroku-token');
  await writeFile(file, `${TOKEN}\n`, { mode: 0o600 });
  await readableInContainer(file);
  const log = await container.openInVsCode({ HEROKU_API_KEY_FILE: file });
  await check('compose-locally', container, log);
}

async function inPrebuild(example: string): Promise<void> {
  const codespace = await simulator.codespace({ repository: await ready(example) });
  await heroku.clearSeen();
  const prebuild = await codespace.createPrebuild({ HEROKU_API_KEY: SHARED_IN_PREBUILD });
  logs.push(prebuild);
  const slow = /^your slow set-up, such as npm ci\r?$/m;
  assert.match(prebuild.text, slow);
  assert.deepEqual(prebuild.heroku, []);
  assert.deepEqual(await heroku.seen(), [], 'a prebuild asks Heroku nothing');
  const log = await codespace.createFromPrebuild(SECRETS);
  assert.doesNotMatch(log.text, slow);
  assert.match(log.text, /=== dev@example\.com Apps/);
  await check(example, codespace, log);
  const id = await codespace.containerId();
  const where = ['/etc', '/home', '/var', '/workspaces'];
  assert.deepEqual(await leaksInFiles(id, SHARED_IN_PREBUILD, where), []);
}

async function inVsCode(example: string): Promise<void> {
  const container = await locally(await ready(example));
  await check(example, container, await container.openInVsCode(SECRETS));
  await container.stop();
  const without = await container.openInVsCode({});
  assert.equal(without.heroku.length, 1, without.text);
  assert.match(without.heroku[0] ?? '', NOT_LOGGED_IN);
}

/** What actions/checkout and devcontainers/ci do with what the workflow tells them (its source, v0.3). */
async function inActions(example: string): Promise<void> {
  const origin = await ready(example, 'origin');
  const text = await readFile(join(origin, '.github/workflows/deploy.yml'), 'utf8');
  assert.deepEqual(await workflowProblems('deploy.yml', text), []);
  const { jobs } = parseYaml(text) as { jobs: { deploy: { steps: Step[] } } };
  const [checkout, action] = jobs.deploy.steps;
  assert.match(checkout?.uses ?? '', /^actions\/checkout@/);
  assert.match(action?.uses ?? '', /^devcontainers\/ci@/);
  assert.equal(action?.with['push'], 'never');
  assert.equal(action?.env?.['HEROKU_API_KEY'], `\${{ secrets.HEROKU_API_KEY }}`);

  await makeRepository(origin, 'root');
  await run('git', ['-C', origin, ...AUTHOR, 'commit', '--quiet', '--allow-empty', '-m', 'Second']);
  const workspace = join(simulator.dir, 'ready', example, REPOSITORY);
  const depth = Number(checkout?.with['fetch-depth'] ?? 1);
  const shallow = depth === 0 ? [] : ['--depth', String(depth)];
  await run('git', ['clone', '--quiet', ...shallow, `file://${origin}`, workspace]);
  await readableInContainer(workspace);

  const container = await locally(workspace);
  const names = String(action?.with['env']).trim().split('\n');
  const variables = names.map((name) => `${name}=${SECRETS[name as keyof typeof SECRETS]}`);
  const remoteEnv = variables.flatMap((variable) => ['--remote-env', variable]);
  const where = ['--workspace-folder', workspace];
  // The runner's files for outputs and the like. The action also asks for BuildKit, which is not here.
  const mounts = ['output', 'env', 'path', 'step-summary'].map((name) => join(simulator.dir, name));
  for (const file of mounts) await writeFile(file, '');
  const mount = mounts.flatMap((source) => [
    ...['--mount', `type=bind,source=${source},target=/mnt/github/${basename(source)}`],
  ]);
  await container.call(['build', ...where]);
  const up = await container.call(['up', ...where, ...remoteEnv, ...mount]);
  const runCmd = ['bash', '-c', String(action?.with['runCmd'])];
  const ran = await container.call(['exec', ...where, ...remoteEnv, ...runCmd]);
  assert.match(ran.text, /^dev@example\.com\r?$/m);
  assert.match(ran.text, /HEAD -> main/);
  logs.push(ran);
  await check(example, container, up);
}

async function besideTheExtension(example: string): Promise<void> {
  const folder = await ready(example);
  const config = await readFile(join(folder, '.devcontainer/devcontainer.json'), 'utf8');
  const { extensions } = parseConfiguration(config).customizations?.vscode ?? {};
  assert.deepEqual(extensions, ['Heroku-Dev-Tools.heroku']);
  const codespace = await simulator.codespace({ repository: folder });
  const log = await codespace.create(SECRETS);
  await check(example, codespace, log, { sentence: OWN_TOKEN, remote: 'heroku' });

  const script = join(root, 'test/support/heroku-vscode.mjs');
  await cp(script, join(codespace.host.tmp, 'heroku-vscode.mjs'));
  const { stdout, output } = await codespace.terminal(
    '/usr/local/lib/heroku/bin/node /tmp/heroku-vscode.mjs',
  );
  assert.equal(stdout, '{"email":"dev@example.com","apps":["my-app"],"isSecret":false}\n', output);

  // Its "Sign out", in a process without a terminal: nobody is asked there.
  const { code, output: said } = await codespace.terminal("sh -c 'heroku auth:logout'");
  assert.equal(code, 0, said);
  const deleted = (await heroku.seen()).filter(
    ({ method, status }) => method === 'DELETE' && status === 200,
  );
  assert.equal(deleted.length, 1);
  assert.ok(await heroku.accepts(TOKEN), 'the secret is as good as before');
}

async function withPsql(example: string): Promise<void> {
  const codespace = await simulator.codespace({ repository: await ready(example) });
  await check(example, codespace, await codespace.create(SECRETS));
  const chosen = await codespace.exec('cat /usr/local/share/postgres-client-version');
  assert.equal(chosen.output.trim(), '17');

  // As far as the database, which is not there.
  const [app, config_vars] = [{ id: 'app', name: 'my-app' }, ['DATABASE_URL']];
  const addon = { name: 'db-1', app, plan: { name: 'heroku-postgresql:x' }, config_vars };
  const attachment = { name: 'DATABASE', app, addon, config_vars, namespace: null };
  const answers = {
    '/actions/addon-attachments/resolve': [attachment],
    '/apps/my-app/config-vars': { DATABASE_URL: 'postgres://u:p@127.0.0.1:5/data' },
  };
  const faults = Object.entries(answers).map(([path, body]) => ({
    ...{ path, do: { kind: 'status', status: 200, body: JSON.stringify(body) } as const },
  }));
  await heroku.set({ faults });
  const { output } = await codespace.exec('heroku pg:psql -a my-app -c "select 1"');
  await heroku.set({ faults: [] });
  assert.match(output, /psql: error: connection to server at "127\.0\.0\.1", port 5 failed/);
}

async function withAgent(example: string): Promise<void> {
  const folder = await ready(example);
  const config = await readFile(join(folder, '.devcontainer/devcontainer.json'), 'utf8');
  const { servers = {} } = parseConfiguration(config).customizations?.vscode?.mcp ?? {};
  const codespace = await simulator.codespace({ repository: folder });
  const log = await codespace.create(SECRETS);
  await check(example, codespace, log, { sentence: OWN_TOKEN });
  const { type, command = '', args = [] } = servers['heroku'] ?? {};
  assert.equal(type, 'stdio');
  // No server that this CLI asks for starts; test/container/mcp.test.ts shakes hands with another one.
  const { output } = await codespace.exec([command, ...args].join(' '));
  assert.match(output, /Fatal error in main\(\): Cannot find module .*mcp-server/s);
}

/** The members of a workflow's step that its trial uses. */
interface Step {
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function locally(workspace: string): Promise<LocalContainer> {
  if (!existsSync(join(workspace, '.git'))) await makeRepository(workspace, 'vscode');
  return simulator.locally(workspace);
}

/** If this is root, as no user is, the dev container CLI gives the container's user another number. */
async function readableInContainer(path: string): Promise<void> {
  if (process.getuid?.() === 0) await run('chown', ['--recursive', '1000:1000', path]);
}

/**
 * What each must show: the hook's line, a push before any heroku command and the CLI's answer, both in
 * processes without the variable, and no token in what Docker knows of the container and its image.
 */
async function check(
  name: string,
  opened: Codespace | LocalContainer,
  log: CreationLog,
  { sentence = LOGGED_IN, remote = `https://git.heroku.com/${name}.git` } = {},
): Promise<void> {
  logs.push(log);
  assert.deepEqual(log.heroku, [sentence], log.text.slice(-6000));
  for (const [command, expected] of [
    ['env', /^(?![\s\S]*HRKU-)/],
    [`git push ${remote} HEAD:main`, /HEAD -> main|up-to-date/],
    ['heroku whoami', /^dev@example\.com$/m],
  ] as const) {
    const { code, output } = await opened.exec(command);
    assert.equal(code, 0, `${command}\n${output}`);
    assert.match(output, expected);
  }
  const id = await opened.containerId();
  assert.deepEqual(await searchDescriptions(id, [TOKEN, SHARED_IN_PREBUILD]), [[], []]);
  images.set(name, await imageOf(id));
}

/** Every file below a folder. */
async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
