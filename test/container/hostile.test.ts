// The hook of one codespace in the three hostile surroundings of test/support/hostile.ts.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import { REPOSITORY } from '../codespace/host.ts';
import { leaksInFiles, simulatorToken } from '../codespace/leaks.ts';
import { useSimulator } from '../codespace/use-simulator.ts';
import { attempt, type Result, run } from '../support/command.ts';
import {
  calledPrograms,
  hostileBin,
  hostileDump,
  hostileProgram,
  randomStateScript,
} from '../support/hostile.ts';

const TOKEN = simulatorToken('ofTheHostileCodespace');
const HOME = '/home/vscode';
const STATE = `${HOME}/.local/state/heroku-login`;
/** The user's own, without an end of line. */
const THEIRS = '# mine\nmachine example.com\n  login a\n  password b';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const { simulator } = useSimulator(async (heroku) => {
  await heroku.set({ accounts: [{ email: 'dev@example.com', token: TOKEN, apps: ['my-app'] }] });
});

describe('the hook of a codespace', () => {
  let codespace: Codespace;
  let container: string;
  /** The same image and folders, with a home on a tmpfs. */
  let small = '';

  before(async () => {
    codespace = await simulator.codespace({ featureOptions: { app: 'my-app' } });
    await codespace.create({ HEROKU_API_KEY: TOKEN });
    container = await codespace.containerId();
    const image = (await run('docker', ['inspect', '--format', '{{.Image}}', container])).trim();
    const hosts = simulator.heroku?.addHosts ?? [];
    const tmpfs = ['--tmpfs', `${HOME}:size=64m,mode=755,exec`];
    const detached = ['run', '--detach', '--rm', '--init', '--user', 'root', ...tmpfs, ...hosts];
    const volumes = ['--volumes-from', container];
    small = (
      await run('docker', [...detached, ...volumes, '--entrypoint', 'sleep', image, '3600'])
    ).trim();
    await shell(small, `cp -a /etc/skel/. ${HOME} && chown -R vscode: ${HOME}`, 'root');
    const programs = calledPrograms.map(
      (name) => `cp ${hostileBin}/../program ${hostileBin}/${name}`,
    );
    await shell(
      container,
      [
        `mkdir -p ${hostileBin} ${hostileDump} && chmod 1777 ${hostileDump}`,
        `cat >${hostileBin}/../program && chmod 755 ${hostileBin}/../program`,
        ...programs,
      ].join('\n'),
      'root',
      hostileProgram,
    );
  });
  after(async () => {
    if (small !== '') await attempt('docker', ['rm', '--force', '--volumes=false', small]);
  });

  it('with 16 kB left in the home', async () => {
    const room = `df -k --output=avail ${HOME} | tail -n 1`;
    const fill = `dd if=/dev/zero of=${HOME}/fill bs=1k count=$(($(${room}) - 16)) 2>/dev/null`;
    await keepsItsPromises(small, fill);
    assert.ok(Number(await shell(small, room)) <= 16);
  });

  it('with a hostile first folder in the PATH', async () => {
    const { output } = await keepsItsPromises(container, 'true', `${hostileBin}:${PATH}`);
    assert.match(output, /^Heroku: logged in as dev@example\.com/m);
    assert.notEqual(
      await shell(container, `ls ${hostileDump}`),
      '',
      'no hostile program was started',
    );
  });

  for (const round of [1, 2, 3]) {
    it(`with a random state, number ${round}`, async () => {
      const script = randomStateScript(HOME);
      await keepsItsPromises(container, `mkdir -p ${STATE} && cd ${STATE} && ${script}`);
    });
  }
});

/** Runs the hook as `vscode`, with a `~/.netrc` of the user's and after a preparation, and checks what it did. */
async function keepsItsPromises(container: string, prepare: string, path = PATH): Promise<Result> {
  await shell(container, `rm -rf ${STATE} && cat >${HOME}/.netrc`, 'vscode', THEIRS);
  await shell(container, prepare);
  const others = `find ${HOME} -type f ! -path ${HOME}/.netrc ! -path '${STATE}/*' -exec cksum {} + | sort`;
  const before = await shell(container, others);
  const ended = await attempt(
    'docker',
    [
      ...['exec', '--user', 'vscode', '--workdir', `/workspaces/${REPOSITORY}`],
      ...['--env', 'HEROKU_API_KEY', '--env', 'CODESPACES=true', '--env', `HOME=${HOME}`],
      ...['--env', `PATH=${path}`],
      ...[container, '/bin/sh', '/usr/local/bin/heroku-login', '--hook'],
    ],
    { env: { ...process.env, HEROKU_API_KEY: TOKEN } },
  );
  assert.equal(ended.code, 0, ended.output);
  assert.doesNotMatch(ended.output, /^ +at .*[:(]|node:internal/m);
  assert.match(ended.output, /^Heroku: /m);
  assert.ok(!ended.output.includes(TOKEN), 'the token was printed');
  assert.equal(await shell(container, others), before);
  const netrc = await shell(container, `cat ${HOME}/.netrc`);
  assert.ok(netrc.endsWith(THEIRS), netrc);
  const places = [HOME, '/tmp', `/workspaces/${REPOSITORY}`, hostileDump];
  const holders = await leaksInFiles(container, TOKEN, places);
  assert.deepEqual(holders, netrc.includes(TOKEN) ? [`${HOME}/.netrc`] : []);
  return ended;
}

/** Output of a line of shell in the container that must succeed. */
const shell = (container: string, command: string, user = 'vscode', input = '') =>
  run('docker', ['exec', '--interactive', '--user', user, container, 'sh', '-c', command], {
    input,
  });
