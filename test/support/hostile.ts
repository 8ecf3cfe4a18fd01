// Three hostile surroundings, laid over heroku-login and its launcher but not over a test: what a test runs is
// tried in each of them first, in a layer over this machine (layered.ts), so that the test's own run finds all
// as it was. Needs root. See test/stress/hostile.test.ts.
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseJson } from '../../src/json.ts';
import { orNothing } from '../../src/report.ts';
import { type Result, run } from './command.ts';
import { type Change, newLayer, randomNumbers, runLayered } from './layered.ts';
import { root } from './root.ts';

/** What a test runs. */
interface Input {
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
export const calledPrograms = [
  ...['git', 'docker', 'timeout', 'cksum', 'date', 'grep', 'mkdir', 'find', 'id', 'mv', 'node'],
  ...['heroku', 'sh', 'printf', 'stat', 'env', 'cat', 'rm', 'tty', 'stty', 'sed', 'awk', 'head'],
];

/** Where the hostile programs and what they saw are: names that no test uses. */
export const hostileBin = '/hostile/bin';
export const hostileDump = '/hostile/dump';

/** A file of the user that random links lead to. */
const kept = '/hostile/kept';

/** Writes its name, arguments, environment and standard input to a file, and fails. */
export const hostileProgram = `#!/bin/sh
{ echo "$0 $*"; /usr/bin/env; /usr/bin/timeout 1 /bin/cat; } >>${hostileDump}/$$ 2>&1
exit 1
`;

export const umbrellas = ['full home', 'hostile PATH', 'random state'] as const;
type Umbrella = (typeof umbrellas)[number];

/** Names in the state, see src/credentials/state.ts; those that are there already are replaced as well. */
const stateNames = [
  ...['created-netrc', 'by-hand', 'last.json', 'hide', 'notice', 'seen', 'system-store'],
  ...['workspace', 'written-1', 'rejected-2', 'container-token-3', 'told-4'],
];
const statePath = '.local/state/heroku-login';

/** A token in any text; also the short ones that tests put into HEROKU_API_KEY. */
const tokenForm = /HRKU-AA[\w-]{10,}/;

const log = process.env['HEROKU_LOGIN_TEST_HOSTILE'];
export const isHostile = log !== undefined;
const testFile = basename(process.argv[1] ?? '');
const random = randomNumbers(Number(process.env['HEROKU_LOGIN_TEST_SEED'] ?? 1));

/** Appends a {@link Tried} for each of the three to the file that HEROKU_LOGIN_TEST_HOSTILE names. */
export async function tryHostile(input: Input): Promise<void> {
  if (log === undefined || !existsSync(input.home) || optionsOf(input) === undefined) return;
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

/** What install.sh recorded; undefined if a test breaks the program with it, to see the stack trace. */
function optionsOf({ folder }: Input) {
  const file = join(folder, 'options.json');
  const options = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : {};
  return options as Record<string, unknown> | undefined;
}

const isHook = (args: readonly string[]) => args[0] === '--hook';

type Ran = Result & { readonly changes: readonly Change[]; readonly seconds: number };

/** Runs the input through the launcher; what it changes is thrown away. */
async function shadow(
  { node, folder, home, args, env, cwd = process.cwd(), input = '' }: Input,
  umbrella?: Umbrella,
): Promise<Ran> {
  const layer = newLayer();
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(layer, path)), { recursive: true });
    writeFileSync(join(layer, path), text);
    chmodSync(join(layer, path), 0o777);
  };
  try {
    chmodSync(layer, 0o755);
    for (const name of calledPrograms) put(join(hostileBin, name), hostileProgram);
    const launcher = readFileSync(join(root, 'src/image/bin/heroku-login'), 'utf8')
      .replaceAll('/usr/local/lib/heroku/bin/node', node)
      .replaceAll('/usr/local/lib/heroku-login', folder);
    put('/hostile/heroku-login', launcher);
    put('/hostile/input', input);
    put(kept, 'a file of the user\n');
    mkdirSync(join(layer, hostileDump));
    chmodSync(join(layer, hostileDump), 0o1777);
    const PATH = umbrella === 'hostile PATH' ? `${hostileBin}:${env['PATH'] ?? ''}` : env['PATH'];
    const began = Date.now();
    const ran = await runLayered(
      {
        layer,
        uid: process.getuid?.() ?? 0,
        env: { ...env, ...(PATH !== undefined && { PATH }) },
        folder: cwd,
        prepare: `(${umbrella === 'random state' ? randomStateOf(home) : ':'})\nexec </hostile/input`,
        ...(umbrella === 'full home' && { room: '16k' }),
      },
      ['/hostile/heroku-login', ...args],
    );
    return { ...ran, seconds: (Date.now() - began) / 1000 };
  } finally {
    rmSync(layer, { recursive: true, force: true });
  }
}

/** Makes the state of a home a random one, which belongs to its owner. */
function randomStateOf(home: string): string {
  const folder = join(home, statePath);
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
  const present = entries.map((one) => [one.name, one.isFile() ? textOf(one.name) : ''] as const);
  return `
exec 2>/dev/null
PATH=/usr/bin:/bin
cd '${home}' || exit
owner=$(stat -c %u:%g .)
for folder in ${statePath.replaceAll('/', ' ')}; do
  mkdir -m 700 "$folder" && chown "$owner" "$folder"
  # A state that is elsewhere, or cannot be made, is a case of its own.
  [ ! -h "$folder" ] && cd "$folder" || exit
done
${randomStateScript(home, Object.fromEntries(present))}
chown -Rh "$owner" .
`;
}

const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Makes a random state in the working directory: `present` are the texts of files that are there already. */
export function randomStateScript(home: string, present: Record<string, string> = {}): string {
  const names = [...new Set([...Object.keys(present), ...stateNames])];
  return names
    .map((name) => `rm -rf '${name}'; set -- '${name}'; ${randomFile(home, present[name])}`)
    .join('\n');
}

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
  const bytes = Array.from({ length: 40 }, () => `\\0${Math.floor(random() * 256).toString(8)}`);
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
  const target = pick([`${home}/.netrc`, `${home}/gone`, kept, '/etc/hostname', '/dev/zero', '.']);
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
  const { args, home } = input;
  const problems: string[] = [];
  const key = input.env['HEROKU_API_KEY'] ?? '';
  const holdsToken = (text = '') => tokenForm.test(text) || (key.length > 12 && text.includes(key));
  if (code < 0 || code > 6 || (isHook(args) && code !== 0 && !optionsOf(input)?.['required']))
    problems.push(`code ${code}`);
  if (seconds > 25) problems.push(`${seconds} s`);
  if (/^ +at .*[:(]|node:internal/m.test(output)) problems.push('a stack trace');
  // What git and docker ask for goes to standard output.
  const printed = /credential/.test(args[0] ?? '') ? stderr : output;
  if (holdsToken(printed)) problems.push('a token was printed');
  const isAt = (path: string, name: string) =>
    path === join(home, name) || path === orNothing(() => realpathSync(join(home, name)));
  for (const { path, before, after } of changes) {
    if (before?.content === after?.content) continue;
    const [was, is = ''] = [before?.content, after?.content];
    const isNetrc = isAt(path, '.netrc');
    if (!isNetrc && holdsToken(is)) problems.push(`${path} holds a token`);
    if (path.startsWith(hostileDump) || isAt(path, statePath)) continue;
    if (path.startsWith(join(home, statePath, '/'))) continue;
    if (isNetrc || path.endsWith('.git/config') || path.endsWith('config.json')) {
      const hasDefault = was?.includes('[heroku-login]');
      const lost = was
        ?.split('\n')
        .filter((line) => !isOurs(line) && !is.includes(line))
        .filter((line) => !(hasDefault && isDefault.test(line)));
      if (lost?.length) problems.push(`${path} lost ${JSON.stringify(lost)}`);
    } else if (before) {
      problems.push(`${path} was ${after ? 'changed' : 'removed'}`);
    }
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

/** Tells whether the home or the settings of the repository were changed meanwhile. */
async function listing({ home, cwd = home }: Input): Promise<string> {
  const paths = [home, join(cwd, '.git/config')].filter((path) => existsSync(path));
  return run('find', [...paths, '-printf', '%p %i %s %C@\\n']);
}
