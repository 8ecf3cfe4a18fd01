// Containers in which install.sh runs as the image build runs it: as root, in the Feature's folder.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { stage } from '../../scripts/build.ts';
import { baseImage, baseImageWith } from '../codespace/base-image.ts';
import type { CliRelease } from '../fake-heroku/cli-release.ts';
import type { FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { smallRelease } from './cli-release.ts';
import { attempt, type Result, run } from './command.ts';
import { startTlsHeroku, type TlsHeroku } from './fake-heroku.ts';
import { temporaryFolder } from './program.ts';
import { root } from './root.ts';

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface How {
  env?: Record<string, string>;
  user?: string;
  /** Which shell runs install.sh; default `sh`. */
  shell?: string;
  input?: string;
}

const containers: string[] = [];
const servers: FakeHeroku[] = [];

/** Stages the Feature before the tests of a file, and removes what they started after them. */
export function useInstallRig(): void {
  before(stage);
  after(async () => {
    await attempt('docker', ['rm', '--force', '--volumes', ...containers]);
    await Promise.all(servers.map((server) => server.close()));
  });
}

/** A fake Heroku that serves a release, also over TLS, until the tests of the file are over. */
export async function serve(release: CliRelease): Promise<TlsHeroku> {
  const server = await startTlsHeroku(release.dir);
  servers.push(server);
  return server;
}

/**
 * A release of a few kilobytes, which unpacks in no time: its `bin/node` starts the Node of this machine's
 * release, which containers with {@link nodeVolume} have.
 */
export const tinyRelease = (files: Parameters<typeof smallRelease>[0] = {}) =>
  smallRelease({ 'bin/node': '#!/bin/sh\nexec /node "$@"\n', ...files });

/** Docker's options that give a container the real Node. */
export async function nodeVolume(at = '/node'): Promise<string[]> {
  return ['--volume', `${join((await smallRelease()).tree, 'bin/node')}:${at}:ro`];
}

/** Docker's options that replace the waits between attempts by a line each in `/pauses`. */
export function noPauses(): string[] {
  const file = join(temporaryFolder(), 'sleep');
  writeFileSync(file, '#!/bin/sh\necho "$1" >>/pauses\n', { mode: 0o755 });
  return ['--volume', `${file}:/usr/bin/sleep:ro`];
}

/** {@link baseImage} with Node 18, wget and zsh. */
export const toolsImage = () => baseImageWith('nodejs', 'wget', 'zsh');

export interface ContainerOptions {
  /** Default {@link baseImage}. */
  image?: string;
  /** More options of `docker run`; the network is the host's, unless they say otherwise. */
  docker?: readonly string[];
  /** Shell commands that prepare it. */
  prepare?: string;
  /** What install.sh downloads from; default Heroku's own address. */
  from?: FakeHeroku;
}

export type Container = Awaited<ReturnType<typeof container>>;

/** Starts a container that idles, with the staged Feature in `/feature`. */
export async function container({ image, docker = [], prepare, from }: ContainerOptions = {}) {
  const network = docker.includes('--network') ? [] : ['--network', 'host'];
  const feature = join(root, 'dist/src/heroku-cli');
  const output = await run('docker', [
    ...['run', '--detach', '--init', ...network, '--volume', `${feature}:/feature:ro`],
    ...[...docker, image ?? (await baseImage()), 'tail', '-f', '/dev/null'],
  ]);
  const id = output.trim();
  containers.push(id);

  const exec = (command: readonly string[], { env = {}, user = 'root', input = '' }: How = {}) => {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const args = ['exec', '--interactive', '--user', user, ...variables, id, ...command];
    return attempt('docker', args, { input });
  };
  /** Standard output of a script that must succeed. */
  const shell = async (script: string, how?: How): Promise<string> => {
    const { code, stdout, output } = await exec(['sh', '-c', script], how);
    assert.equal(code, 0, `${script}\n${output}`);
    return stdout;
  };
  const install = (how: How = {}): Promise<Result> => {
    const env = { ...(from && { ASSETSURL: from.url }), ...how.env };
    return exec([how.shell ?? 'sh', '/feature/install.sh'], { ...how, env });
  };
  /** Every file that an installation may touch: name, type, size, owner, mode and time. */
  const files = async (): Promise<ReadonlySet<string>> => {
    // A folder's time also tells that something was there for a while, which is no harm.
    const format = "-type d -printf '%p %u %m\\n' -o -printf '%p %y %s %u %m %T@\\n'";
    const listing = await shell(`find /usr /etc /opt /root /home /var -xdev ${format}`);
    return new Set(listing.split('\n'));
  };

  if (prepare !== undefined) await shell(prepare);
  return { id, exec, shell, install, files };
}

/** Fails if an installation succeeded, or did not say what is wrong and, in a line of its own, what to do. */
export function assertFailed({ code, stderr }: Result, sentence: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, sentence);
  const whole =
    /^heroku-cli: ERROR: .+\. (Nothing was installed|Installed .+, but nothing else)\.\nheroku-cli: [A-Z].+\n$/m;
  assert.match(stderr, whole);
}

/** An installation that must fail as {@link assertFailed} says, and leave every file as it was. */
export async function refused(box: Container, sentence: RegExp, how?: How): Promise<Result> {
  const before = await box.files();
  const result = await box.install(how);
  assertFailed(result, sentence);
  const now = await box.files();
  const added = [...now].filter((line) => !before.has(line));
  const lost = [...before].filter((line) => !now.has(line));
  assert.deepEqual({ added, lost }, { added: [], lost: [] });
  return result;
}

/** An installation that must succeed. */
export async function installed({ install }: Container, how?: How): Promise<Result> {
  const result = await install(how);
  assert.equal(result.code, 0, result.output);
  return result;
}
