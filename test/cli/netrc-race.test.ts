// Other programs change ~/.netrc between any two of our system calls. One window stays: between the last look
// and the rename that follows at once, since Node has no rename that compares. It is measured here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { passwordFor } from '../../src/credentials/netrc.ts';
import { removeLogin, storeLogin } from '../../src/credentials/store.ts';
import { cliNetrcParser } from '../support/cli-netrc-parser.ts';
import { makeContext } from '../support/context.ts';
import { makeToken } from '../support/program.ts';

const [old, fresh] = [makeToken('first'), makeToken('second')];
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const runs = 2000;

/** The path of the file; how many more calls are made before the other program does what. */
let netrc = '';
let plan: { wait: number; act: () => void }[] = [];
let isTheirTurn = false;
/** How often the file was read since its path was looked up: the second time is the last look. */
let reads = 0;
/** Its descriptor. */
let file: unknown;
let looked = 0n;
const windows: number[] = [];

const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
const wrapped = [
  ...[
    'openSync',
    'readFileSync',
    'fstatSync',
    'lstatSync',
    'readdirSync',
    'realpathSync',
    'chmodSync',
  ],
  ...['writeSync', 'fsyncSync', 'closeSync', 'fchmodSync', 'renameSync', 'unlinkSync'],
];
for (const name of wrapped) {
  const real = functions[name];
  assert.ok(real, name);
  functions[name] = (...args) => {
    if (isTheirTurn) return real.apply(fs, args);
    const isEnd = ['renameSync', 'unlinkSync'].includes(name) && args.at(-1) === netrc;
    const isInWindow = isEnd || (name === 'closeSync' && args[0] === file && reads === 2);
    if (isEnd) windows.push(Number(process.hrtime.bigint() - looked) / 1000);
    while (!isInWindow && plan[0] && plan[0].wait-- <= 0) {
      isTheirTurn = true;
      plan.shift()?.act();
      isTheirTurn = false;
    }
    if (name === 'lstatSync' && args[0] === netrc) reads = 0;
    if (name === 'openSync' && args[0] === netrc) looked = process.hrtime.bigint();
    const result = real.apply(fs, args);
    if (name === 'openSync' && args[0] === netrc) file = result;
    if (name === 'readFileSync' && args[0] === file) {
      reads++;
      looked = process.hrtime.bigint();
    }
    if (isEnd) reads = 0;
    return result;
  };
}

/** The lines of the file that are not ours, in any order, as the other program knows them. */
let live: string[] = [];
let count = 0;
/** A new line of the other program's; each is different. */
function line(text = `machine u${++count}.example login a password p${count}`): string {
  live.push(text);
  return `${text}\n`;
}
/** What the other program makes of the text. */
const acts: Record<string, (text: string) => string> = {
  prepend: (text) => (count % 3 ? line() : line(`# note ${++count}`)) + text,
  append: (text) => text + line(),
  replace: () => {
    live = [];
    return line() + line();
  },
  twice: (text) => {
    live = [...live, ...live];
    return text + text;
  },
  reorder: (text) => {
    const entries = text.split(/(?<=\n)(?=\S)/);
    return [...entries.slice(1), ...entries.slice(0, 1)].join('');
  },
  indent: (text) => text.replaceAll(/\n {2}(?=[lp])/g, '\n\t'),
  // A comment would swallow what is put behind it.
  'a comment inside': (text) =>
    text.replace(/\n[ \t]+login/, (found) => `\n${line(`  # note ${++count}`)}${found.slice(1)}`),
  'another login': (text) => text.replaceAll('dev@example.com', 'other'),
  'one line': (text) => (text.includes('#') ? text : text.replaceAll(/\n[ \t]+/g, ' ')),
  'the same size': (text) => text.replace('api.heroku.com', 'git.heroku.com'),
};

const step = fc.record({
  wait: fc.nat(30),
  name: fc.constantFrom(...Object.keys(acts)),
  isInPlace: fc.boolean(),
});
const steps = fc.array(step, { maxLength: 5 });

const planOf = (some: readonly { wait: number; name: string; isInPlace: boolean }[]) =>
  some.map(({ wait, name, isInPlace }) => ({
    wait,
    act: () => {
      const before = fs.existsSync(netrc) ? fs.readFileSync(netrc, 'latin1') : '';
      const file = isInPlace ? netrc : `${netrc}.theirs`;
      fs.writeFileSync(file, acts[name]?.(before) ?? before, 'latin1');
      if (!isInPlace) fs.renameSync(file, netrc);
    },
  }));

const parse = await cliNetrcParser();

test(`nothing is lost and no token is left, in ${runs} cases (SEED=${seed})`, () => {
  let acted = 0;
  fc.assert(
    fc.property(steps, steps, fc.boolean(), (duringLogin, duringLogout, isThere) => {
      const context = makeContext();
      netrc = `${context.home}/.netrc`;
      live = [];
      plan = [];
      if (isThere) fs.writeFileSync(netrc, line() + line());
      assert.equal(storeLogin(context, 'dev@example.com', old).kind, 'stored');
      plan = planOf(duringLogin);
      assert.equal(storeLogin(context, 'dev@example.com', fresh).kind, 'stored');
      acted += duringLogin.length - plan.length;
      plan = planOf(duringLogout);
      const { problem, left } = removeLogin(context);
      acted += duringLogout.length - plan.length;
      plan = [];
      assert.deepEqual([problem, left], [undefined, []]);
      const text = fs.existsSync(netrc) ? fs.readFileSync(netrc, 'latin1') : '';
      for (const token of [old, fresh]) assert.ok(!text.includes(token), text);
      const lines = text.split('\n').filter((one) => one !== '');
      assert.deepEqual(lines.sort(), [...live].sort());
      // As libcurl (see netrc.test.ts), as the CLI.
      const entries = parse(text);
      for (const one of live.filter((some) => some.startsWith('machine'))) {
        const [, machine = '', , , , password] = one.split(' ');
        assert.equal(passwordFor(text, machine), password);
        assert.equal(entries[machine]?.password, password);
      }
      for (const host of ['api.heroku.com', 'git.heroku.com']) {
        assert.equal(passwordFor(text, host), undefined);
        assert.equal(entries[host], undefined);
      }
      fs.rmSync(context.home, { recursive: true });
    }),
    { numRuns: runs, seed },
  );
  assert.ok(acted > runs, `the other program ran ${acted} times`);
  windows.sort((one, other) => one - other);
  const [median, worst] = [
    windows[windows.length >> 1] ?? 0,
    windows[Math.floor(windows.length * 0.99)],
  ];
  assert.ok(windows.length > 1000);
  console.log(
    `# the other program ran ${acted} times; from the last look to the rename: median ${median} µs, 99 % within ${worst} µs, of ${windows.length}`,
  );
  assert.ok(median < 5000, `median ${median} µs`);
});
