// Finds a Docker Engine that answers, or brings one up.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, hasCommand, run } from '../support/command.ts';
import { cacheDir } from '../support/root.ts';
import { ADMINISTRATOR, aptInstall, canInstall } from './packages.ts';

const PID_FILE = '/var/run/docker.pid';
const LOG = join(cacheDir, 'dockerd.log');

/**
 * Uses a Docker Engine that answers. Otherwise, as root on Debian or Ubuntu, installs one and starts
 * it without systemd; it keeps running afterwards.
 *
 * @throws what to install, if that is not possible; the end of the engine's log, if it ends
 * or does not answer within a minute.
 */
export async function dockerEngine(say: (line: string) => void): Promise<void> {
  if (await engineAnswers()) return;
  if (!(await canInstall())) {
    throw new Error(
      'no Docker Engine answers (docker info). Install Docker Engine and start it, let this user talk to it, or run this as root on Debian or Ubuntu, where it is done for you',
    );
  }
  // A docker client may be there without an engine, and the other way round.
  if (!(await hasCommand('dockerd')) || !(await hasCommand('docker'))) {
    say('installing a Docker Engine');
    await aptInstall(['docker.io']);
  }
  // The package starts it if an init system runs; a second one would stop at the first's pid file.
  if (!(await isRunning())) {
    say('starting the Docker Engine');
    await mountControlGroups();
    await start();
  }
  await waitForAnswer();
}

/** Whether a Docker Engine answers to this user. */
export async function engineAnswers(): Promise<boolean> {
  if (!(await hasCommand('docker'))) return false;
  return (await attempt('docker', ['info'], { timeout: 20_000 })).code === 0;
}

async function isRunning(): Promise<boolean> {
  return (await attempt('pidof', ['dockerd'])).code === 0;
}

/** systemd mounts them; without it nobody has. */
async function mountControlGroups(): Promise<void> {
  if (/ \/sys\/fs\/cgroup/.test(await readFile('/proc/mounts', 'utf8'))) return;
  await aptInstall(['cgroupfs-mount']);
  await run('cgroupfs-mount', []);
}

async function start(): Promise<void> {
  // Left by an engine that was killed: its number may belong to another process by now.
  await rm(PID_FILE, { force: true });
  await mkdir(cacheDir, { recursive: true });
  // A session of its own, so that a Ctrl-C in this terminal does not reach it.
  const script = 'exec dockerd </dev/null >>"$0" 2>&1';
  await run('setsid', ['--fork', 'sh', '-c', script, LOG], { env: ADMINISTRATOR });
}

async function waitForAnswer(): Promise<void> {
  const end = Date.now() + 60_000;
  do {
    await sleep(500);
    if (await engineAnswers()) return;
  } while (Date.now() < end && (await isRunning()));
  const log = await readFile(LOG, 'utf8').catch(() => '');
  throw new Error(`the Docker Engine does not answer. The end of ${LOG}:\n${log.slice(-3000)}`);
}
