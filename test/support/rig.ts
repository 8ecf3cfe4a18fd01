// What most tests start from: a fake Heroku, the built program, and an empty home for each test.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import type { RecordedOptions } from '../../src/options.ts';
import { type Account, type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  newHome,
  type Program,
  type RunOptions,
  temporaryFolder,
} from './program.ts';

/** Seconds. */
export const day = 24 * 60 * 60;
export const token = makeToken('first');
/** Another token, which Heroku does not know until a test says so. */
export const rotated = makeToken('second');
export const dev: Account = { email: 'dev@example.com', token, expiresIn: 29 * day };

/** A fake Heroku, and what leads programs to it. */
export interface Reachable {
  heroku: FakeHeroku;
  env: Record<string, string>;
  close(): Promise<void>;
}

/** What a rig is made of, if not of the program alone and a fake Heroku on a port of this machine. */
interface Parts {
  start(): Promise<Reachable>;
  build(options?: RecordedOptions): Promise<Program>;
}

/** Filled before each test; see {@link useProgram}. */
export interface Rig {
  heroku: FakeHeroku;
  program: Program;
  home: string;
  /** What leads programs to the fake Heroku. */
  env: Record<string, string>;
  /** Path of the home's `.netrc`. */
  netrc(): string;
  /** The entries that a login of {@link dev} with this token writes. */
  entry(password: string): string;
  /** `GET /account` and the like: what Heroku was asked, oldest first. */
  requests(): string[];
  /**
   * Runs the program against the fake Heroku, with {@link token} in the environment unless `env` says
   * otherwise. Fails if a token is printed.
   */
  run(args?: readonly string[], options?: RunOptions): Promise<Ended>;
}

/**
 * Sets up a rig for the tests of the file, or of the `describe` that it is called in: Heroku knows {@link dev}
 * and has no faults, and the home is empty.
 *
 * @param options what install.sh would record.
 */
export function useProgram(
  options?: RecordedOptions,
  { start = startOnPort, build = buildProgram }: Partial<Parts> = {},
): Rig {
  const host = () => new URL(rig.heroku.url).host;
  const rig = {
    home: '',
    netrc: () => join(rig.home, '.netrc'),
    entry: (password) => `machine ${host()}\n  login ${dev.email}\n  password ${password}\n`,
    requests: () => rig.heroku.seen().map(({ method, path }) => `${method} ${path}`),
    run: async (args = [], given = {}) => {
      const env = { ...rig.env, HEROKU_API_KEY: token, ...given.env };
      const ended = await rig.program.run(rig.home, args, { ...given, env });
      for (const secret of [token, rotated]) {
        assert.ok(!(ended.stdout + ended.stderr).includes(secret), 'a token was printed');
      }
      return ended;
    },
  } as Rig;
  let close: Reachable['close'] | undefined;
  before(async () => {
    const started = await start();
    ({ heroku: rig.heroku, env: rig.env, close } = started);
    rig.program = await build(options);
  });
  after(() => close?.());
  beforeEach(() => {
    rig.home = newHome();
    rig.heroku.set({ accounts: [dev], faults: [] });
    rig.heroku.clearSeen();
  });
  return rig;
}

async function startOnPort(): Promise<Reachable> {
  const heroku = await startFakeHeroku({ dir: temporaryFolder() });
  return { heroku, env: { HEROKU_HOST: heroku.url }, close: () => heroku.close() };
}
