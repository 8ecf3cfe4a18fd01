// What a command costs every day: the launcher with its compile cache, beside the CLI's own launcher.
import type { Installed } from './container.ts';
import type { Inside } from './inside.ts';
import { rounds } from './measure.ts';
import type { Group } from './model.ts';

const cache = '.cache/heroku-login';
/** Nothing is measured while the cache of the last round is being filled. */
const quiet = `while [ -e /home/empty/${cache}/draft ] || [ -e ~/${cache}/draft ]; do sleep 0.1; done`;

/** Each has a home of its own, inside the container. */
const start = (home: string, program: string, rest: Partial<Inside>): Inside => ({
  name: home,
  command: [program, '--version'],
  env: {
    HOME: `/home/${home}`,
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
  },
  value: 'time',
  ...rest,
});

export async function benchEveryday(container: Installed): Promise<Group[]> {
  const subjects = [
    start('official', '/usr/local/lib/heroku/bin/heroku', {
      name: "the CLI's own launcher",
      prepare: `mkdir -p ~; ${quiet}`,
    }),
    start('filled', 'heroku', {
      name: 'heroku, with a filled cache',
      prepare: `mkdir -p ~; [ -e ~/${cache} ] || heroku --version >&2; ${quiet}`,
      // 1.12 times as fast.
      most: 0.89,
    }),
    start('empty', 'heroku', {
      name: 'heroku, with an empty cache',
      prepare: `mkdir -p ~; rm -rf ~/${cache}; ${quiet}`,
      most: 1.1,
    }),
  ];
  const figures = await container.measure(subjects, rounds(41));
  return [{ title: 'heroku --version', unit: 'ms', compare: 'ratio', figures }];
}
