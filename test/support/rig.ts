// What most tests start from: a fake Heroku, the built program, and an empty home for each test.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import type { Context } from '../../src/context.ts';
import type { RecordedOptions } from '../../src/options.ts';
import {
  type Account,
  type FakeHeroku,
  type Fault,
  startFakeHeroku,
} from '../fake-heroku/fake-heroku.ts';
import type { Ended } from './command.ts';
import { makeContext } from './context.ts';
import {
  buildProgram,
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
/** What a login of {@link dev} prints. */
export const loggedIn = 'Heroku: logged in as dev@example.com (token expires in 29 days)\n';
/** How to run the program without a token in its environment. */
export const withoutToken = { env: { HEROKU_API_KEY: '' } };

/** The text of a file; undefined if there is none. */
export const textOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** How the program is run; `recorded` is what install.sh would record, instead of the rig's. */
type How = RunOptions & { readonly recorded?: RecordedOptions };

/** An answer as a fault; without a body, the one that Heroku documents. */
export const status = (status: number, body?: string): Fault['do'] => ({
  ...{ kind: 'status', status },
  ...(body !== undefined && { body }),
});

/** The headers of a request to the API. */
export const headersWith = (token: string) => ({
  Accept: 'application/vnd.heroku+json; version=3',
  Authorization: `Bearer ${token}`,
});

/** Sends a request to the API; other headers come beside, or instead of, the usual ones. */
export const send = (url: string, token: string, { headers, ...how }: RequestInit = {}) =>
  fetch(url, { ...how, headers: { ...headersWith(token), ...headers } });

/**
 * Sets up a rig for the tests of the file, or of the `describe` that it is called in: Heroku knows {@link dev}
 * and has no faults, and the home is empty.
 *
 * @param recorded what install.sh would record.
 * @param parts `start`: starts Heroku, and whatever is between it and the program; `env`: what the environment of
 *   the program holds beside the token; `node`: path of the Node that runs it.
 */
export function useProgram(
  recorded: RecordedOptions = {},
  {
    start = () => startFakeHeroku({ dir: temporaryFolder() }),
    env: surroundings = ({ url }: FakeHeroku): Record<string, string> => ({ HEROKU_HOST: url }),
    node = async () => process.execPath,
  } = {},
) {
  const environment = (env?: object) => ({
    ...surroundings(rig.heroku),
    HEROKU_API_KEY: token,
    ...env,
  });
  const build = async (options: RecordedOptions) => buildProgram(options, await node());
  const rig = {
    // Filled before the tests.
    heroku: {} as FakeHeroku,
    program: {} as Program,
    home: '',
    /** Path of the home's `.netrc`. */
    netrc: (): string => join(rig.home, '.netrc'),
    /** The text of the home's `.netrc`; undefined if there is none. */
    stored: (): string | undefined => textOf(rig.netrc()),
    /** The entries that a login of {@link dev} with this token writes. */
    entry: (password: string) =>
      `machine ${new URL(rig.heroku.url).host}\n  login ${dev.email}\n  password ${password}\n`,
    /** `GET /account` and the like: what Heroku was asked, oldest first. */
    requests: (): string[] => rig.heroku.seen().map(({ method, path }) => `${method} ${path}`),
    /**
     * Runs the program against the fake Heroku, with {@link token} in the environment unless `env` says
     * otherwise. Fails if a token is printed.
     */
    run: async (
      args: readonly string[] = [],
      { recorded: other = recorded, ...options }: How = {},
    ): Promise<Ended> => {
      const { home } = rig;
      const program = other === recorded ? rig.program : await build(other);
      const ended = await program.run(home, args, { ...options, env: environment(options.env) });
      assert.doesNotMatch(ended.stdout + ended.stderr, /HRKU-AA|s3cret/, 'a secret was printed');
      return ended;
    },
    /**
     * Runs the program (see `run`), which must end with this code and print such a text: to standard error
     * alone if it fails.
     */
    ends: async (
      code: number,
      printed: RegExp,
      { args = [] as readonly string[], ...how }: How & { args?: readonly string[] } = {},
    ): Promise<Ended> => {
      const ended = await rig.run(args, how);
      assert.equal(ended.code, code, ended.stderr);
      if (code !== 0) assert.equal(ended.stdout, '');
      assert.match(ended.stdout + ended.stderr, printed);
      return ended;
    },
    /** What Heroku answers to a token. */
    statusOf: async (token: string): Promise<number> =>
      (await send(`${rig.heroku.url}/account`, token)).status,
    /** Lets requests go wrong so from now on: all of them, or those that fit. */
    fail: (fault: Fault['do'], fitting: Omit<Fault, 'do'> = {}): void =>
      rig.heroku.set({ faults: [{ ...fitting, do: fault }] }),
    /** Path of a file of the program's state. */
    statePath: (name: string): string => join(rig.home, '.local/state/heroku-login', name),
    /** Its text; undefined if there is none. */
    state: (name: string): string | undefined => textOf(rig.statePath(name)),
    /** The same surroundings for a function that a test calls; `env` is added to them. */
    context: ({ env, ...changes }: Partial<Context> = {}): Context =>
      makeContext({ home: rig.home, env: environment(env), ...changes }),
  };
  before(async () => {
    rig.heroku = await start();
    rig.program = await build(recorded);
  });
  after(() => rig.heroku.close());
  beforeEach(() => {
    rig.home = newHome();
    rig.heroku.set({ accounts: [dev], faults: [], settings: {} });
    rig.heroku.clearSeen();
  });
  return rig;
}
