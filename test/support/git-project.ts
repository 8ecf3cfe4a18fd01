// The rig for the option `app`: a login in a project folder, with real git.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'node:test';
import { output, type RunOptions } from './program.ts';
import { dev, useProgram } from './rig.ts';

/** `app`: the option; `remotes`: milliseconds that the remotes may take, instead of the usual. */
type Start = RunOptions & { app?: string; args?: string[]; remotes?: number };

export function useProject() {
  const rig = useProgram({ app: 'my-app' });
  /** The environment of a git that knows nothing of this machine's settings. */
  const gitEnv = () => ({ HOME: rig.home, PATH: process.env['PATH'] ?? '' });
  const project = Object.assign(rig, {
    /** The project folder, which a test makes. */
    project: '',
    /** A login, by the container's hook unless `args` says otherwise; the lines below the first. */
    start: async (how: Start = {}): Promise<string[]> => {
      const { app = 'my-app', args = ['--hook'], remotes, ...more } = how;
      // As another start of the container: the hook that follows in the same one does nothing.
      rmSync(rig.statePath('last.json'), { force: true });
      const timeouts = { retryPause: 10, ...(remotes !== undefined && { remotes }) };
      const options = { cwd: project.project, recorded: { app, timeouts }, ...more };
      const { code, stdout, stderr } = await rig.run(args, options);
      assert.equal(code, 0, stderr);
      const [first = '', ...lines] = stdout.trimEnd().split('\n');
      assert.match(first, /^Heroku: logged in as dev@example\.com/, stderr);
      return lines.map((line) => line.trim());
    },
    gitEnv,
    /** Runs git in the project. */
    git: (...args: string[]): string =>
      output('git', args, { cwd: project.project, env: gitEnv() }),
    /** Makes the project a repository. */
    init: (...args: string[]): string =>
      output('git', ['init', '-q', '-b', 'main', ...args, project.project], { env: gitEnv() }),
    /** The address of an app for git. */
    address: (app: string) => `https://${new URL(rig.heroku.url).host}/${app}.git`,
    /** The apps that Heroku was asked for. */
    askedApps: () =>
      rig.requests().flatMap((one) => (one.startsWith('GET /apps/') ? [one.slice(10)] : [])),
  });
  beforeEach(() => {
    project.project = join(rig.home, '../project');
    rig.heroku.set({ accounts: [{ ...dev, apps: ['my-app', 'my-app-staging'] }] });
  });
  return project;
}

export { remoteAdded as added } from '../../src/messages/git.ts';
