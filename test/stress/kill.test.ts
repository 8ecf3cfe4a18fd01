// A login that is killed, at any moment: nothing of the user's is lost, and the next one succeeds as if
// there had been none before it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newHome } from '../support/program.ts';
import { dev, rotated, token } from '../support/rig.ts';
import { type Call, callsBelow, runDisturbed, useTraced } from '../support/trace.ts';

/** How many kills there are, those at every system call included. */
const kills = 1000;
let killed = 0;
const theirs = '# mine\nmachine example.com\n  login a\n  password b\n\n# end without a line end';

// Homes in memory if possible: waiting for a disk two thousand times shows nothing more.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

const rig = useTraced();
const { command, environment } = rig;
const knowBoth = () => rig.heroku.set({ accounts: [dev, { ...dev, token: rotated }] });
beforeEach(knowBoth);

const withLogin = (secret: string, rest: string) => rig.entry(secret) + rest;

async function succeed(home: string, secret: string, args: readonly string[] = []): Promise<void> {
  const { code, stderr } = await rig.program.run(home, args, { env: environment(home, secret) });
  assert.equal(code, 0, stderr);
}

/** A home as users have it, without the file. */
function furnishedHome(): string {
  const home = newHome();
  writeFileSync(join(home, '.netrc.backup'), 'machine backup.example login a password b\n');
  writeFileSync(join(home, '.gitconfig'), '[user]\n  name = Dev\n');
  mkdirSync(join(home, '.local/state/another'), { recursive: true });
  writeFileSync(join(home, '.local/state/another/state'), 'theirs');
  return home;
}

type Files = Readonly<Record<string, string>>;

/** Everything below `home`: the mode and content of each path, without the times in our own files. */
function filesOf(home: string): Files {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const mode = (lstatSync(path).mode & 0o777).toString(8);
    const content = entry.isSymbolicLink()
      ? readlinkSync(path)
      : entry.isFile() && entry.name !== 'last.json'
        ? readFileSync(path, 'latin1').replace(entry.name === 'notice' ? /^\d+$/m : '', '')
        : '';
    return [relative(home, path), `${mode} ${content}`] as const;
  });
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const isOurs = (path: string) =>
  path.startsWith('.local/state/heroku-login') ||
  /(^|\/)\.?netrc(\.heroku-login-[\d-]+)?$/.test(path);
const notOurs = (files: Files) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !isOurs(path)));

interface Case {
  readonly name: string;
  /** Makes the file as it is before, in a home that has other files. */
  readonly prepare?: (home: string) => Promise<unknown> | unknown;
  /** What is killed, and then run again to its end; default a login. */
  readonly args?: readonly string[];
  /** The file before and after; undefined for none. */
  readonly old: () => string | undefined;
  readonly next: () => string | undefined;
  /** Calls that must be among the moments, so that the test cannot miss them. */
  readonly among: readonly string[];
}

const writeTheirs = (home: string, name = '.netrc') =>
  writeFileSync(join(home, name), theirs, { mode: 0o600 });

const cases: readonly Case[] = [
  {
    name: 'the first login of all',
    old: () => undefined,
    next: () => withLogin(rotated, ''),
    among: ['openat', 'write', 'rename', 'mkdir'],
  },
  {
    name: "the first login, beside a user's entries",
    prepare: (home) => writeTheirs(home),
    old: () => theirs,
    next: () => withLogin(rotated, theirs),
    among: ['openat', 'write', 'fsync', 'rename'],
  },
  {
    name: 'a login with a new token',
    prepare: (home) => {
      writeTheirs(home);
      return succeed(home, token);
    },
    old: () => withLogin(token, theirs),
    next: () => withLogin(rotated, theirs),
    among: ['openat', 'write', 'fsync', 'rename'],
  },
  {
    name: 'a login through a symbolic link',
    prepare: (home) => {
      mkdirSync(join(home, 'dotfiles'));
      writeTheirs(home, 'dotfiles/netrc');
      symlinkSync('dotfiles/netrc', join(home, '.netrc'));
    },
    old: () => theirs,
    next: () => withLogin(rotated, theirs),
    among: ['fsync', 'rename'],
  },
  {
    name: 'a logout',
    prepare: (home) => {
      writeTheirs(home);
      return succeed(home, rotated);
    },
    args: ['logout'],
    old: () => withLogin(rotated, theirs),
    next: () => theirs,
    among: ['fsync', 'rename', 'unlink'],
  },
  {
    name: 'a logout that removes the file',
    prepare: (home) => succeed(home, rotated),
    args: ['logout'],
    old: () => withLogin(rotated, ''),
    next: () => undefined,
    among: ['unlink'],
  },
];

function netrcOf(home: string): string | undefined {
  const file = join(home, '.netrc');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

describe('killed before every system call that touches a file', () => {
  for (const { name, prepare, args = [], old, next, among } of cases) {
    test(name, async (t) => {
      const prepared = furnishedHome();
      await prepare?.(prepared);
      const copyTo = (home: string) => {
        rmSync(home, { recursive: true });
        // Without the second option, relative links would become absolute.
        const options = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true };
        cpSync(prepared, home, options);
        return home;
      };
      const copy = () => copyTo(newHome());
      const undisturbed = copy();
      const calls = await callsBelow(undisturbed, command(args), environment(undisturbed, rotated));
      const kinds = new Set(calls.map((call) => call.name.replace(/at2?$/, '')));
      for (const call of among) assert.ok(kinds.has(call.replace(/at$/, '')), `no ${call}`);
      assert.equal(netrcOf(undisturbed), next());

      const seen = new Set<string | undefined>();
      const killAt = async (call: Call) => {
        const home = copy();
        const again = () => copyTo(home);
        await runDisturbed(call, 'signal=KILL', command(args), environment(home, rotated), again);
        killed++;
        const found = netrcOf(home);
        seen.add(found);
        assert.ok(found === old() || found === next(), `${call.line}\n${found}`);
        assert.deepEqual(notOurs(filesOf(home)), notOurs(filesOf(prepared)), call.line);
        await succeed(home, rotated, args);
        assert.deepEqual(filesOf(home), filesOf(undisturbed), `debris after ${call.line}`);
      };
      await inLanes(calls, killAt);
      assert.equal(seen.size, 2, 'both the old and the new file were seen');
      t.diagnostic(`${calls.length} moments`);
    });
  }
});

/** Works on all items, two at a time. */
async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>) {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([lane(), lane()]);
}

/** What a killed login had done. */
type Progress = 'nothing written' | 'half-way' | 'replaced';

test(`at random moments, up to ${kills} kills: nothing is lost`, async (t) => {
  const progress: Record<Progress, number> = { 'nothing written': 0, 'half-way': 0, replaced: 0 };
  let duration = 50;

  /** One login with `next` where `now` is stored, killed, and the next login to its end. */
  const round = async (home: string, now: string, next: string, reference: Files) => {
    const aimed = killed % 2 === 0;
    const [file = '', ...words] = command();
    const child = spawn(file, words, { env: environment(home, next), stdio: 'ignore' });
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    const watcher = watch(home);
    if (aimed) {
      // Its first change to the home is the file with the new content.
      await Promise.race([once(watcher, 'change'), ended]);
      spin(Math.random() * 2);
    } else {
      await Promise.race([sleep(Math.random() * duration), ended]);
    }
    child.kill('SIGKILL');
    const [, signal] = await ended;
    watcher.close();
    const text = netrcOf(home);
    const [before, after] = [withLogin(now, theirs), withLogin(next, theirs)];
    assert.ok(text === before || text === after, text);
    if (signal === 'SIGKILL') {
      killed++;
      const isHalfWay = readdirSync(home).some((name) => name.startsWith('.netrc.heroku-login-'));
      progress[isHalfWay ? 'half-way' : text === after ? 'replaced' : 'nothing written']++;
    }
    const started = performance.now();
    await succeed(home, next);
    // How long one takes depends on what else this machine does.
    duration += (performance.now() - started - duration) / 10;
    assert.equal(netrcOf(home), after);
    assert.deepEqual(
      Object.keys(filesOf(home)).filter((path) => !path.includes('/written-')),
      Object.keys(reference).filter((path) => !path.includes('/written-')),
    );
  };

  const lane = async () => {
    const home = furnishedHome();
    writeTheirs(home);
    await succeed(home, token);
    const reference = filesOf(home);
    for (let turn = 0; killed < kills; turn++) {
      const [now, next] = turn % 2 === 0 ? [token, rotated] : [rotated, token];
      await round(home, now, next, reference);
    }
    assert.deepEqual(notOurs(filesOf(home)), notOurs(reference));
    await succeed(home, token, ['logout']);
    assert.equal(netrcOf(home), theirs);
    rmSync(home, { recursive: true });
  };
  await Promise.all([lane(), lane()]);
  t.diagnostic(`${killed} kills; those at random: ${JSON.stringify(progress)}`);
  // Otherwise the moments were badly chosen, and the test has shown nothing.
  for (const [name, count] of Object.entries(progress)) assert.ok(count >= 20, `${name}: ${count}`);
});

/** Waits for a time that is too short for a timer. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
