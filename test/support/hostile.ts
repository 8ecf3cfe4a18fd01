// Three hostile surroundings, laid over heroku-login and its launcher but not over a test: what a test runs is
// tried in each of them first, in a layer over this machine (layered.ts), so that the test's own run finds all
// as it was. Needs root. See test/stress/hostile.test.ts.
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { parseJson } from '../../src/json.ts';
import { type Result, run } from './command.ts';
import { type Change, newLayer, runLayered } from './layered.ts';
import { randomNumbers } from './random.ts';
import { root } from './root.ts';

/** What a test runs. */
export interface Input {
  readonly node: string;
  /** Folder of the program and its options.json. */
  readonly folder: string;
  readonly home: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** A line of the file that HEROKU_LOGIN_TEST_HOSTILE names: one input in one of the surroundings. */
export interface Tried {
  readonly umbrella: Umbrella;
  readonly file: string;
  readonly args: readonly string[];
  readonly code: number;
  /** How many hostile programs were started. */
  readonly called: number;
  /** The promises that were broken. */
  readonly problems: readonly string[];
}

/** Every program that heroku-login and its launchers call, and some that they might. */
export const calledPrograms =
  'git docker timeout cksum date grep mkdir find id mv node heroku sh printf stat env cat rm tty stty sed awk head'.split(
    ' ',
  );

/** Where the hostile programs and what they saw are: names that no test uses. */
export const hostileBin = '/hostile/bin';
export const hostileDump = '/hostile/dump';

/** Writes its name, arguments, environment and standard input to a file, and fails. */
export const hostileProgram = `#!/bin/sh
{ echo "$0 $*"; /usr/bin/env; /usr/bin/timeout 1 /bin/cat; } >>${hostileDump}/$$ 2>&1
exit 1
`;

export const umbrellas = ['full home', 'hostile PATH', 'random state'] as const;
export type Umbrella = (typeof umbrellas)[number];

/** Names in the state, see src/credentials/state.ts; those that are there already are replaced as well. */
export const stateNames =
  'created-netrc by-hand last.json hide notice seen system-store workspace written-1 refused-2 session-3 told-4'.split(
    ' ',
  );
const statePath = '.local/state/heroku-login';

/** A token in any text; also the short ones that tests put into HEROKU_API_KEY. */
export const tokenForm = /HRKU-AA[\w-]{10,}/;

const log = process.env['HEROKU_LOGIN_TEST_HOSTILE'];
export const isHostile = log !== undefined;
const testFile = basename(process.argv[1] ?? '');
const random = randomNumbers(Number(process.env['HEROKU_LOGIN_TEST_SEED'] ?? 1));

/** Appends a {@link Tried} for each of the three to the file that HEROKU_LOGIN_TEST_HOSTILE names. */
export async function tryHostile(input: Input): Promise<void> {
  if (log === undefined || !existsSync(input.home) || isBroken(input)) return;
  const before = await listing(input);
  const all = await Promise.all(umbrellas.map((umbrella) => tryUnder(umbrella, input)));
  // A test that changes them while the program runs changes what is below the layer.
  if (before !== (await listing(input))) return;
  for (const tried of all) appendFileSync(log, `${JSON.stringify(tried)}\n`);
}

async function tryUnder(umbrella: Umbrella, input: Input): Promise<Tried> {
  const { home, args } = input;
  const result = await shadow(input, umbrella);
  const problems = problemsOf(result, input);
  const speaks = ({ output }: Result) => /Heroku: |"message":"/.test(output);
  // Some starts say nothing, as the second of a container. Then the usual surroundings have nothing to say either.
  if (isHook(args) && !speaks(result) && speaks(await shadow(input))) problems.push('no sentence');
  if (problems.length > 0) problems.push(home, result.output);
  const called = result.changes.filter(({ path }) => path.startsWith(`${hostileDump}/`)).length;
  return { umbrella, file: testFile, args, code: result.code, called, problems };
}

/** Some tests break the program itself, to see its stack trace. */
function isBroken({ folder }: Input): boolean {
  const options = join(folder, 'options.json');
  return existsSync(options) && parseJson(readFileSync(options, 'utf8')) === undefined;
}

const isHook = (args: readonly string[]) => args[0] === '--hook';

type Ran = Result & { readonly changes: readonly Change[]; readonly seconds: number };

/** Runs the input through the launcher; what it changes is thrown away. */
async function shadow(
  { node, folder, home, args, ...how }: Input,
  umbrella?: Umbrella,
): Promise<Ran> {
  const layer = newLayer();
  try {
    chmodSync(layer, 0o755);
    mkdirSync(join(layer, hostileBin), { recursive: true });
    mkdirSync(join(layer, hostileDump));
    chmodSync(join(layer, hostileDump), 0o1777);
    for (const name of calledPrograms)
      writeFileSync(join(layer, hostileBin, name), hostileProgram, { mode: 0o755 });
    const launcher = readFileSync(join(root, 'src/image/bin/heroku-login'), 'utf8')
      .replaceAll('/usr/local/lib/heroku/bin/node', node)
      .replaceAll('/usr/local/lib/heroku-login', folder);
    writeFileSync(join(layer, 'hostile/heroku-login'), launcher, { mode: 0o755 });
    writeFileSync(join(layer, 'hostile/input'), how.input ?? '');
    if (umbrella === 'random state') await randomState(layer, home);
    const path = how.env['PATH'] ?? '';
    const began = Date.now();
    const ran = await runLayered(
      {
        layer,
        uid: process.getuid?.() ?? 0,
        env: umbrella === 'hostile PATH' ? { ...how.env, PATH: `${hostileBin}:${path}` } : how.env,
        folder: how.cwd ?? process.cwd(),
        input: '</hostile/input',
        ...(umbrella === 'full home' && { small: home }),
      },
      ['/hostile/heroku-login', ...args],
    );
    return { ...ran, seconds: (Date.now() - began) / 1000 };
  } finally {
    rmSync(layer, { recursive: true, force: true });
  }
}

/** Lays something random over every file of the state; all of it belongs to the owner of the home. */
async function randomState(layer: string, home: string): Promise<void> {
  const { uid, gid } = lstatSync(home);
  let folder = '/';
  for (const part of join(home, statePath).slice(1).split('/')) {
    folder = join(folder, part);
    const there = lstatSync(folder, { throwIfNoEntry: false });
    // A state that is elsewhere, or cannot be made, is a case of its own.
    if (there && !there.isDirectory()) return;
    mkdirSync(join(layer, folder), { recursive: true });
    chmodSync(join(layer, folder), there ? there.mode & 0o7777 : 0o700);
    chownSync(join(layer, folder), there?.uid ?? uid, there?.gid ?? gid);
  }
  writeFileSync(join(layer, home, 'kept'), 'a file of the user\n');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const isFile = (name: string) => lstatSync(join(folder, name)).isFile();
  const textOf = (name: string) => (isFile(name) ? readFileSync(join(folder, name), 'utf8') : '');
  const present = Object.fromEntries(names.map((name) => [name, textOf(name)]));
  const script = randomStateScript(home, present);
  await run('sh', ['-c', script], { cwd: join(layer, folder) });
  await run('chown', ['-Rh', `${uid}:${gid}`, join(layer, folder)]);
}

const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Makes a random state in the working directory: `present` are the texts of files that are there already. */
export function randomStateScript(home: string, present: Record<string, string> = {}): string {
  const names = [...new Set([...Object.keys(present), ...stateNames])];
  return names
    .map((name) => `rm -rf '${name}'; set -- '${name}'; ${randomFile(home, present[name])}`)
    .join('\n');
}

/** Every tenth is a zero, at which C ends a text. */
const byte = () => (random() < 0.1 ? 0 : Math.floor(random() * 256));

const formOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value);

/** What is there, with one property of another form; the file must be JSON. */
function otherForm(text: string): string {
  const value = JSON.parse(text);
  const inner = pick([value, value.report ?? value]);
  const key = pick(Object.keys(inner));
  // With another value of the same form it would be what another login recorded; and a file of a test that is
  // wrong already must not become right by a value of the form that belongs there.
  const right = /^at$|At$/.test(key) ? 'number' : 'string';
  const others = [1, 'x', [1], {}].filter(
    (other) => ![right, formOf(inner[key])].includes(formOf(other)),
  );
  inner[key] = pick(others);
  return JSON.stringify(value);
}

/** A line of shell that makes something random at `$1`; the same numbers make the same. */
function randomFile(home: string, present = ''): string {
  const bytes = Array.from({ length: 40 }, () => `\\0${byte().toString(8)}`);
  const json = pick([
    'null',
    '1',
    '[]',
    '"a"',
    '{"report":null,"tokens":[1],"at":"x"}',
    '{"report":{"outcome":"__proto__","sentence":1},"tokens":[],"at":1}',
    '{"report":{"outcome":"logged_in","sentence":"","expiresAt":1e99},"tokens":[""],"at":-1}',
    `${'['.repeat(3000)}`,
    ...(present.startsWith('{') ? Array.from({ length: 10 }, () => otherForm(present)) : []),
  ]).replaceAll("'", "'\\''");
  const target = pick([
    `${home}/.netrc`,
    `${home}/kept`,
    '/etc/hostname',
    '/dev/zero',
    '.',
    '/gone',
  ]);
  return pick([
    `printf '%b' '${bytes.join('')}' >"$1"`,
    `printf '%s' '${json}' >"$1"`,
    `printf '%s' '${json}' >"$1"`,
    `ln -s '${target}' "$1"`,
    'mkdir "$1"',
    'mkdir "$1" && : >"$1/full"',
    'mkfifo "$1"',
    ': >"$1" && chmod 0 "$1"',
  ]);
}

/** Which promises a run broke. */
function problemsOf({ code, output, stderr, seconds, changes }: Ran, input: Input): string[] {
  const { args, folder, home } = input;
  const options = join(folder, 'options.json');
  const required = existsSync(options) && readFileSync(options, 'utf8').includes('"required":true');
  const problems: string[] = [];
  const key = input.env['HEROKU_API_KEY'] ?? '';
  const holdsToken = (text = '') => tokenForm.test(text) || (key.length > 12 && text.includes(key));
  if (code < 0 || code > 6 || (isHook(args) && code !== 0 && !required))
    problems.push(`code ${code}`);
  if (seconds > 25) problems.push(`${seconds} s`);
  if (/^ +at .*[:(]|node:internal/m.test(output)) problems.push('a stack trace');
  // What git and docker ask for goes to standard output.
  const printed = /credential/.test(args[0] ?? '') ? stderr : output;
  if (holdsToken(printed)) problems.push('a token was printed');
  const netrcs = new Set([join(home, '.netrc'), real(join(home, '.netrc'))]);
  for (const { path, before, after } of changes) {
    const is = (name: string) => path === join(home, name) || path === real(join(home, name));
    const mayHold = netrcs.has(path) || before?.content === after?.content;
    if (!mayHold && holdsToken(after?.content)) problems.push(`${path} holds a token`);
    if (
      path.startsWith(hostileDump) ||
      is(statePath) ||
      path.startsWith(join(home, statePath, '/'))
    )
      continue;
    const mayChange =
      netrcs.has(path) || path.endsWith('.git/config') || path.endsWith('config.json');
    const content = after?.content ?? '';
    const hasDefault = before?.content.includes('[heroku-login]');
    const lost = (before?.content ?? '')
      .split('\n')
      .filter((line) => !isOurs(line) && !content.includes(line))
      .filter((line) => !(hasDefault && isDefault.test(line)));
    if (mayChange && lost.length > 0) problems.push(`${path} lost ${JSON.stringify(lost)}`);
    if (!mayChange && before && before.content !== after?.content)
      problems.push(`${path} was ${after ? 'changed' : 'removed'}`);
  }
  return problems;
}

/** Lines that a login may have written, or replaces. */
const isOurs = (line: string) =>
  tokenForm.test(line) ||
  /^machine (127\.0\.0\.1|localhost|\S*heroku)|^ {2}(login|password) /.test(line) ||
  line === '';

/** The app that commands use by default, in a repository for which a login chose it. */
const isDefault = /^\[heroku(-login)?\]$|^\tremote = /;

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Tells whether the home or the settings of the repository were changed meanwhile. */
async function listing({ home, cwd = home }: Input): Promise<string> {
  const paths = [home, join(cwd, '.git/config')].filter((path) => existsSync(path));
  return run('find', [...paths, '-printf', '%p %i %s %C@\\n']);
}
