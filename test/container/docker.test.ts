// The option `containerRegistry` in a codespace with an engine of its own: what docker keeps outlives the
// container there, and must be right all the same.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import type { HerokuContainer } from '../codespace/heroku.ts';
import { ArgumentWatch, holds } from '../codespace/leaks.ts';
import { openSimulator, type Simulator } from '../codespace/simulator.ts';
import { makeToken } from '../support/program.ts';

const FIRST = makeToken('firstTokenOfTheReplay');
const ROTATED = makeToken('rotatedTokenOfTheReplay');
const LOGGED_IN = 'docker is logged in to registry.heroku.com';
const LOGGED_OUT = 'docker was logged out of registry.heroku.com.';
const IMAGE = 'registry.heroku.com/my-app/web';

let simulator: Simulator;
let heroku: HerokuContainer;
let codespace: Codespace;
let watch: ArgumentWatch;
const logs: CreationLog[] = [];

before(async () => {
  simulator = await openSimulator({ say: () => {}, engine: true });
  assert.ok(simulator.heroku);
  heroku = simulator.heroku;
  codespace = await simulator.codespace({ featureOptions: { containerRegistry: true } });
  watch = new ArgumentWatch();
});
after(async () => {
  watch?.stop();
  await simulator?.close();
});

describe("docker's login to Heroku's registry", () => {
  it('is there when the codespace is created, and the log says so', async () => {
    await accounts({ token: FIRST });
    const said = await opens(() => codespace.create({ HEROKU_API_KEY: FIRST }));
    assert.deepEqual(said, [LOGGED_IN]);
    assert.equal(await dockers(), FIRST);
    assert.equal(logs.at(-1)?.hookTimes.length, 2);
    assert.deepEqual(await asked(), ['401', '200']);
  });

  it('lets docker push and pull, in processes without the variable', async () => {
    const agents = await pushAndPull();
    // It is the engine that asks, not the docker command.
    assert.ok(
      agents.every((agent) => agent.startsWith('docker/')),
      agents.join('\n'),
    );
  });

  it('costs nothing at a start that changes nothing', async () => {
    await codespace.stop();
    const said = await opens(() => codespace.resume({ HEROKU_API_KEY: FIRST }));
    assert.deepEqual(said, []);
    assert.deepEqual(await asked(), []);
    assert.equal(await dockers(), FIRST);
  });

  it('is replaced when the secret is', async () => {
    await codespace.stop();
    await accounts({ token: FIRST, state: 'revoked' }, { token: ROTATED });
    const said = await opens(() => codespace.resume({ HEROKU_API_KEY: ROTATED }));
    assert.deepEqual(said, [LOGGED_IN]);
    assert.equal(await dockers(), ROTATED);
    await pushAndPull();
  });

  it('is still right after a rebuild, without another one', async () => {
    const said = await opens(() => codespace.rebuild({ HEROKU_API_KEY: ROTATED }));
    assert.deepEqual(said, []);
    assert.deepEqual(await asked(), []);
    assert.equal(await dockers(), ROTATED);
    await pushAndPull();
  });

  it('goes with the secret', async () => {
    await codespace.stop();
    assert.deepEqual(await opens(() => codespace.resume({})), [LOGGED_OUT]);
    assert.equal(await dockers(), undefined);
    const { code, output } = await codespace.exec(`${ENGINE_IS_UP}; docker pull ${IMAGE}`);
    assert.notEqual(code, 0);
    assert.match(output, /authentication required|no basic auth credentials/);
  });

  it('goes with the secret also in a rebuild, where docker alone still has it', async () => {
    await codespace.stop();
    await opens(() => codespace.resume({ HEROKU_API_KEY: ROTATED }));
    assert.equal(await dockers(), ROTATED);
    assert.deepEqual(await opens(() => codespace.rebuild({})), [LOGGED_OUT]);
    assert.equal(await dockers(), undefined);
  });

  it('goes with heroku-login logout', async () => {
    await codespace.stop();
    await opens(() => codespace.resume({ HEROKU_API_KEY: ROTATED }));
    assert.equal(await dockers(), ROTATED);
    const { output } = await codespace.exec('heroku-login status && heroku-login logout');
    assert.match(
      output,
      /^ {2}docker: {5}uses this token, from \/home\/vscode\/\.docker\/config\.json for registry\./m,
    );
    assert.ok(output.includes(LOGGED_OUT), output);
    assert.equal(await dockers(), undefined);
  });

  it('is what heroku container:login makes', async () => {
    const config = join(codespace.host.docker, 'config.json');
    assert.equal((await codespace.terminal('heroku-login')).code, 0);
    const ours = await readFile(config, 'utf8');
    const again = 'docker logout registry.heroku.com && heroku container:login';
    const { code, output } = await codespace.terminal(again);
    assert.equal(code, 0, output);
    assert.equal(await dockers(), ROTATED);
    assert.equal(await readFile(config, 'utf8'), ours);
  });

  it('showed no token in any log or in the arguments of any process', () => {
    watch.stop();
    const lines = [...watch.seen];
    const login = 'docker\0login\0--username=_\0--password-stdin\0registry.heroku.com';
    assert.ok(
      lines.some((line) => line.includes(login)),
      'the watch did not see docker log in',
    );
    for (const token of [FIRST, ROTATED]) {
      for (const log of logs) assert.ok(!holds(log.raw, token), 'a token is in the creation log');
      assert.ok(!lines.some((line) => holds(line, token)), 'a token is in process arguments');
    }
  });
});

/** The engine starts beside the hooks. */
const ENGINE_IS_UP =
  'for i in $(seq 100); do docker info >/dev/null 2>&1 && break; sleep 0.2; done';

async function accounts(...known: { token: string; state?: 'revoked' }[]): Promise<void> {
  await heroku.set({ accounts: known.map((own) => ({ email: 'dev@example.com', ...own })) });
}

/** What the log of a creation or start says about docker; Heroku was asked nothing before. */
async function opens(step: () => Promise<CreationLog>): Promise<string[]> {
  await heroku.clearSeen();
  const log = await step();
  logs.push(log);
  assert.equal(log.heroku.length, 1, log.text.slice(-2000));
  for (const time of log.hookTimes) assert.ok(time < 15_000, `a hook took ${time} ms`);
  const lines = log.text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line.startsWith('docker '));
}

/** Statuses of the answers of the registry since the codespace was opened. */
async function asked(): Promise<string[]> {
  const requests = (await heroku.seen()).filter(({ path }) => path.startsWith('/v2/'));
  assert.ok(requests.every(({ host }) => host === 'registry.heroku.com'));
  return requests.map(({ status }) => String(status));
}

/** The token that docker's settings hold for the registry; GitHub's own is there all the time. */
async function dockers(): Promise<string | undefined> {
  const text = await readFile(join(codespace.host.docker, 'config.json'), 'utf8');
  const { auths } = JSON.parse(text) as { auths: Record<string, { auth: string } | undefined> };
  assert.ok(auths['ghcr.io']?.auth);
  const encoded = auths['registry.heroku.com']?.auth;
  return encoded && Buffer.from(encoded, 'base64').toString().replace(/^_:/, '');
}

/** Pushes an image and pulls it again; returns the user agents that Heroku saw. */
async function pushAndPull(): Promise<string[]> {
  await heroku.clearSeen();
  const steps = [
    `tar -C /etc -c hostname | docker import - ${IMAGE}`,
    `docker push ${IMAGE}`,
    `docker rmi ${IMAGE}`,
    `docker pull ${IMAGE}`,
  ];
  const { code, output } = await codespace.exec(`${ENGINE_IS_UP}; ${steps.join(' && ')}`);
  assert.equal(code, 0, output);
  const seen = (await heroku.seen()).filter(({ path }) => path.startsWith('/v2/'));
  const done = seen.map(({ method, path, status }) => `${method} ${path} ${status}`);
  assert.ok(done.includes('PUT /v2/my-app/web/manifests/latest 201'), done.join('\n'));
  assert.ok(
    done.includes('GET /v2/my-app/web/manifests/latest 200') ||
      done.some((one) => /^GET .*manifests\/sha256\S+ 200$/.test(one)),
    done.join('\n'),
  );
  return [...new Set(seen.map(({ headers }) => headers['user-agent'] ?? ''))];
}
