// What a command costs every day: the launcher with its compile cache, beside the CLI's own launcher.
import { type Bench, inContainer, measure } from './container.ts';
import type { Group } from './measure.ts';

const cache = '~/.cache/heroku-login';
/** Nothing is measured while the cache of the last round is being filled. */
const quiet = 'while ls -d /home/*/.cache/heroku-login/draft; do sleep 0.1; done';

/** Each has a home of its own. */
const version = (home: string, heroku: string, prepare: string) => ({
  command: [heroku, '--version'] as const,
  env: {
    HOME: `/home/${home}`,
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
  },
  prepare: `mkdir -p ~; ${prepare}; ${quiet}`,
});

export async function benchEveryday({ install }: Bench): Promise<Group[]> {
  return inContainer(async (container) => {
    await container.sh(install);
    const figures = await measure(container, 41, [
      {
        name: "the CLI's own launcher",
        ...version('official', '/usr/local/lib/heroku/bin/heroku', ':'),
      },
      {
        name: 'heroku, with a filled cache',
        ...version('filled', 'heroku', `[ -e ${cache} ] || heroku --version`),
        // 1.12 times as fast.
        most: 0.89,
      },
      {
        name: 'heroku, with an empty cache',
        ...version('empty', 'heroku', `rm -rf ${cache}`),
        most: 1.1,
      },
    ]);
    return [{ title: 'heroku --version', unit: 'ms', compare: 'ratio', figures }];
  });
}
