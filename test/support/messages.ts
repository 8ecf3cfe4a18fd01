// Every message that a user can read, with samples in the place of what differs: held against the documents,
// and against the vocabulary.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usage } from '../../src/arguments.ts';
import * as file from '../../src/messages/file.ts';
import * as network from '../../src/messages/network.ts';
import * as program from '../../src/messages/program.ts';
import { exitCodes } from '../../src/report.ts';
import { makeContext } from './context.ts';
import { root } from './root.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pathsIn = (folder: string, end: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));

const later = Date.now() + 1e9;
const login = { account: 'X', expiresAt: later };

/** Values of the parameters and properties of messages, by name. Any other is a text, or missing. */
const samples: Readonly<Record<string, readonly unknown[]>> = {
  asked: ['', 'X'],
  at: [later],
  code: [undefined, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'X'],
  context: [makeContext({ env: { CODESPACES: 'true' } }), makeContext()],
  expiresAt: [undefined, null, later],
  key: ['remote.x.url', 'remote.x.pushurl', 'submodule.x.url'],
  kind: ['X', 'certificate', 'dates', 'no-tls', 'other'],
  lines: [[1, 2]],
  login: [login],
  one: ['X', ...[true, false].map((isFile) => ({ source: 'X', reason: 'X', isFile }))],
  programs: [['X']],
  proxy: [undefined, { host: 'X', variable: 'X' }],
  report: Object.keys(exitCodes).map((outcome) => ({ ...login, outcome, source: 'X' })),
  sameToken: [true, false, null],
  scope: [undefined, 'global', 'local', 'command'],
  status: [undefined, 403, 407, 429, 502],
  steps: [['X']],
  until: [undefined, later],
  validity: [undefined, { from: 'X', to: 'X' }],
};

/** What a function returns for every combination of samples of its parameters. */
function resultsOf(message: (...args: unknown[]) => unknown): unknown[] {
  // `function name(a,{b,c}){…`, `(a,{b,c})=>…` or `a=>…`.
  const [head = ''] = `${message}`.replace(/^function \w+/, '').split(/\)\s*\{|=>/);
  let rows: Record<string, unknown>[] = [{}];
  for (const name of head.match(/\w+/g) ?? []) {
    const values = samples[name] ?? ['X', undefined];
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  const parameters = head.match(/\{.*?\}|\w+/g) ?? [];
  return rows.flatMap((row) => {
    try {
      return [message(...parameters.map((name) => (name.startsWith('{') ? row : row[name])))];
    } catch {
      // A value is missing that may not be.
      return [];
    }
  });
}

/** Texts in a value; of a function, in what it returns. One that mentions a missing value is never printed. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return /undefined|\[object/.test(value) ? [] : [value];
  if (typeof value === 'function') return textsOf(resultsOf(value as () => unknown));
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** What the modules of src/messages export, by path. */
const modules: Record<string, object> = {};
for (const path of pathsIn('src/messages', '.ts')) modules[path] = await import(join(root, path));

/** Modules with parts of sentences only, and what is a part of a sentence in the others. */
const ofParts = /\/(?:file|network|steps)\.ts$/;
const parts =
  'appForbidden appNotFound appUnreachable gitNotRun gitSays nearLimit noWorkTree programUses';

/** What heroku-login can print. */
export function programSentences(): string[] {
  const functions = Object.entries(modules)
    .filter(([path]) => !ofParts.test(path))
    .flatMap(([, module]) => Object.entries(module))
    .filter(([name, value]) => typeof value === 'function' && !parts.split(' ').includes(name));
  const printed = functions.flatMap(([name, message]) => {
    const texts = textsOf(message);
    assert.ok(texts.length > 0, `no samples of the parameters of ${name}`);
    return texts;
  });
  return [
    ...printed,
    ...textsOf([file.netrcUnusable, network.wrongHost, network.wrongGitHost]),
    ...textsOf(program.wrongUsage).map(program.usage),
    ...textsIn('src/image/bin/heroku-login', /\becho "(Heroku: [^"]*)"/g),
  ];
}

/** Texts in a script that a pattern finds, with X in the place of variables. */
const textsIn = (path: string, pattern: RegExp) =>
  [...read(path).matchAll(pattern)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1').replaceAll(/\$\{?[\w*]+\}?/g, 'X'),
  );

/** What install.sh and its parts can say. */
export const installSentences = (): string[] =>
  ['install.sh', ...pathsIn('src/install', '.sh')]
    .flatMap((path) => textsIn(path, /\b(?:fail|say|ensure) "((?:[^"\\]|\\.)*)"/g))
    // The helpers themselves.
    .filter((text) => text !== 'X');

/** All of them, parts of sentences and the descriptions of the options included, each on lines of its own. */
export function everyMessage(): string[] {
  const feature = JSON.parse(read('devcontainer-feature.json')) as {
    description: string;
    options: Record<string, { description: string }>;
  };
  return [
    ...programSentences(),
    ...installSentences(),
    ...textsOf(modules),
    usage,
    feature.description,
    ...Object.values(feature.options).map(({ description }) => description),
  ];
}
