// The option `containerRegistry` in a codespace with an engine of its own: docker's settings outlive the
// container there, and hold no token. And docker-compose 1, which cannot build if a helper is missing.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import type { HerokuContainer } from '../codespace/heroku.ts';
import { ArgumentWatch, holds } from '../codespace/leaks.ts';
import { openSimulator, type Simulator } from '../codespace/simulator.ts';
import { attempt, run } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { makeToken, newHome } from '../support/program.ts';

const FIRST = makeToken('firstTokenOfTheCodespace');
const ROTATED = makeToken('rotatedTokenOfTheCodespace');
const IMAGE = 'registry.heroku.com/my-app/web';
/** Another client than that of the image, which the codespace's engine serves as well. */
const OTHER_CLIENT = '/usr/local/bin/docker';

describe("docker's login to Heroku's registry in a codespace", () => {
  let simulator: Simulator;
  let heroku: HerokuContainer;
  let codespace: Codespace;
  let watch: ArgumentWatch;
  const logs: CreationLog[] = [];

  before(async () => {
    simulator = await openSimulator({ say: () => {}, engine: true });
    assert.ok(simulator.heroku);
    heroku = simulator.heroku;
    // So that Codespaces replaces ~/.docker between the two hooks.
    const own = { featureOptions: { containerRegistry: true }, waitFor: 'postCreateCommand' };
    codespace = await simulator.codespace(own);
    watch = new ArgumentWatch();
  });
  after(async () => {
    watch?.stop();
    await simulator?.close();
  });

  it('is there when the codespace is created, and the log says so once', async () => {
    await accounts({ token: FIRST });
    assert.deepEqual(await opens(() => codespace.create({ HEROKU_API_KEY: FIRST })), [
      'docker uses this login for registry.heroku.com',
    ]);
    assert.equal(logs.at(-1)?.hookTimes.length, 2);
    assert.equal(await key(), 'heroku-login');
  });

  it('lets docker push and pull, in processes without the variable', async () => {
    await pushAndPull();
    if (existsSync(OTHER_CLIENT)) {
      await run('docker', ['cp', OTHER_CLIENT, `${await codespace.containerId()}:/client`]);
      await pushAndPull('/client');
    }
  });

  it('is accepted by heroku container:login, and container:push uses it', async () => {
    const steps = [
      'export DISABLE_TELEMETRY=true',
      'heroku container:login',
      'mkdir -p /tmp/app && cd /tmp/app',
      'printf "FROM scratch\\nCOPY Dockerfile /\\n" >Dockerfile',
      'heroku container:push web --app my-app',
    ];
    const { code, output } = await codespace.terminal(`${ENGINE_IS_UP}; ${steps.join(' && ')}`);
    assert.equal(code, 0, output);
    assert.match(output, /Login Succeeded[\s\S]*has been successfully pushed/);
    assert.equal(await key(), 'heroku-login');
  });

  it('is the new one as soon as the secret is', async () => {
    await codespace.stop();
    await accounts({ token: FIRST, state: 'revoked' }, { token: ROTATED });
    assert.deepEqual(await opens(() => codespace.resume({ HEROKU_API_KEY: ROTATED })), []);
    await pushAndPull();
  });

  it('goes with the secret, in a new container too', async () => {
    await opens(() => codespace.rebuild({}));
    assert.equal(await key(), undefined);
    const pull = `${ENGINE_IS_UP}; docker pull ${IMAGE}; docker-credential-heroku-login list`;
    const { output } = await codespace.exec(pull);
    assert.match(output, /authentication required|no basic auth credentials/);
    assert.match(output, /^\{\}$/m);
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

  /** The engine starts beside the hooks. */
  const ENGINE_IS_UP =
    'for i in $(seq 100); do docker info >/dev/null 2>&1 && break; sleep 0.2; done';

  async function accounts(...known: { token: string; state?: 'revoked' }[]): Promise<void> {
    const own = { email: 'dev@example.com', stack: 'container' } as const;
    await heroku.set({ accounts: known.map((account) => ({ ...own, ...account })) });
  }

  /** What the log of a creation or start says about docker. */
  async function opens(step: () => Promise<CreationLog>): Promise<string[]> {
    const log = await step();
    logs.push(log);
    assert.equal(log.heroku.length, 1, log.text.slice(-2000));
    for (const time of log.hookTimes) assert.ok(time < 15_000, `a hook took ${time} ms`);
    const lines = log.text.split(/\r?\n/).map((line) => line.trim());
    return lines.filter((line) => line.startsWith('docker '));
  }

  /** Our key in docker's settings, which hold GitHub's login, no token of Heroku's, and are for everybody. */
  async function key(): Promise<string | undefined> {
    const file = join(codespace.host.docker, 'config.json');
    const text = await readFile(file, 'utf8');
    const { auths, credHelpers } = JSON.parse(text);
    assert.ok(auths['ghcr.io'].auth);
    for (const token of [FIRST, ROTATED]) assert.ok(!holds(text, token), 'a token is in there');
    assert.equal((await stat(file)).mode & 0o777, 0o666);
    return credHelpers?.['registry.heroku.com'];
  }

  /** Pushes an image and pulls it again, with any client; it is the engine that asks Heroku. */
  async function pushAndPull(docker = 'docker'): Promise<void> {
    await heroku.clearSeen();
    const steps = [
      `tar -C /etc -c hostname | ${docker} import - ${IMAGE}`,
      `${docker} push ${IMAGE}`,
      `${docker} rmi ${IMAGE}`,
      `${docker} pull ${IMAGE}`,
    ];
    const { code, output } = await codespace.exec(`${ENGINE_IS_UP}; ${steps.join(' && ')}`);
    assert.equal(code, 0, output);
    const seen = (await heroku.seen()).filter(({ path }) => path.startsWith('/v2/'));
    const done = seen.map(({ method, path, status }) => `${method} ${path} ${status}`);
    assert.ok(done.includes('PUT /v2/my-app/web/manifests/latest 201'), done.join('\n'));
    assert.ok(
      done.some((one) => /^GET \/v2\/my-app\/web\/manifests\/(latest|sha256\S+) 200$/.test(one)),
      done.join('\n'),
    );
    assert.ok(seen.every(({ headers }) => headers['user-agent']?.startsWith('docker/')));
  }
});

describe('docker-compose 1, by itself and through the docker command', () => {
  let folder: string;
  let home: string;

  before(async () => {
    folder = await installed({ containerRegistry: true });
    home = newHome();
    await mkdir(join(home, '.docker'));
    const settings = { credHelpers: { 'registry.heroku.com': 'heroku-login' } };
    await writeFile(join(home, '.docker/config.json'), JSON.stringify(settings));
    await writeFile(join(home, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    const image = 'heroku-feature/compose-test';
    await writeFile(
      join(home, 'docker-compose.yml'),
      JSON.stringify({ version: '3', services: { web: { build: '.', image } } }),
    );
  });
  after(() => attempt('docker', ['rmi', '--force', 'heroku-feature/compose-test']));

  const build = (COMPOSE_DOCKER_CLI_BUILD: string, env: NodeJS.ProcessEnv = {}) =>
    attempt('docker-compose', ['build'], {
      cwd: home,
      env: {
        HOME: home,
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        DOCKER_BUILDKIT: '0',
        COMPOSE_DOCKER_CLI_BUILD,
        ...env,
      },
    });

  for (const cli of ['0', '1']) {
    it(`builds with and without a token, COMPOSE_DOCKER_CLI_BUILD=${cli}`, async () => {
      for (const HEROKU_API_KEY of ['', FIRST]) {
        const { code, output } = await build(cli, { HEROKU_API_KEY });
        assert.equal(code, 0, output);
      }
    });
  }

  it('would not build by itself without the helper, which is why every image has it', async () => {
    const { code, output } = await build('0', { PATH: process.env['PATH'] });
    assert.notEqual(code, 0);
    assert.match(output, /docker-credential-heroku-login not installed/);
  });
});
