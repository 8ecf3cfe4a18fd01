// Makes the unpacked Heroku CLI lean, while an image is built: what can never run is taken out. Started by
// install.sh on the CLI's own Node: prune.cjs TREE LIST. Ends with 3 if the list names something that
// Node would load as the entry of a package; install.sh then unpacks everything instead.
//
// Tar did most of it already, by the same list. What is left: to look whether that was right for this
// version of the CLI, to remove what a tar that takes no list has unpacked, and to cut off what the Node
// binary carries for debuggers alone.

import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asRecord, parseJson } from '../json.ts';

/** What Node itself looks for in `exports` and `imports`; other tools look for `module`, `types`. */
const conditions = new Set(['node', 'import', 'require', 'default', 'module-sync', 'node-addons']);

const [tree = '', list = ''] = process.argv.slice(2);
const isLeftOut = matcher(readFileSync(list, 'utf8'));
const needed = leaveOut('heroku/node_modules');
if (needed.length === 0) trimExecutable(join(tree, 'bin/node'));
for (const entry of needed) console.error(`${entry} is an entry of a package`);
process.exitCode = needed.length === 0 ? 0 : 3;

/** One expression for a list of tar's patterns, in which `*` stands for anything, slashes too. */
function matcher(patterns: string): RegExp {
  const escaped = patterns.replace(/[.+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*');
  const globs = escaped.split('\n').filter((line) => line !== '');
  return new RegExp(`^(?:${globs.join('|')})(?:/|$)`);
}

/** Removes what is on the list and returns the entries of packages that are on it too. */
function leaveOut(folder: string): string[] {
  const inside = join(dirname(tree), folder);
  return readdirSync(inside, { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    if (isLeftOut.test(path)) {
      rmSync(join(inside, item.name), { recursive: true });
      return [];
    }
    if (item.isDirectory()) return leaveOut(path);
    if (item.name !== 'package.json') return [];
    return entries(readFileSync(join(inside, item.name), 'utf8'))
      .map((entry) => join(folder, entry))
      .filter((entry) => isLeftOut.test(entry));
  });
}

/** The files that a package.json names for Node to load (Node's documentation: "Packages"). */
function entries(text: string): string[] {
  // What is no JSON are fixtures of packages' own tests, which nothing loads.
  const { main, exports, imports, bin } = asRecord(parseJson(text));
  return [...targets(main), ...targets(exports), ...targets(imports), ...targets(bin, true)];
}

function targets(value: unknown, anyKey = false): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((item) => targets(item, anyKey));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => anyKey || /^[.#]/.test(key) || conditions.has(key))
    .flatMap(([, item]) => targets(item, anyKey));
}

/**
 * Cuts an ELF executable off after the last byte that is loaded when it runs (elf(5)): what follows are
 * symbols and notes for debuggers, in Node's case a seventh of the file. What is no 64-bit little-endian
 * ELF file, or a link to a Node of the image's own, stays as it is.
 */
function trimExecutable(path: string): void {
  const { mode } = lstatSync(path);
  const bytes = lstatSync(path).isFile() ? readFileSync(path) : Buffer.alloc(0);
  if (bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return;
  const headers = Number(bytes.readBigUInt64LE(0x20));
  const size = bytes.readUInt16LE(0x36);
  const count = bytes.readUInt16LE(0x38);
  let end = headers + size * count;
  for (let at = headers; at < headers + size * count; at += size) {
    const offset = bytes.readBigUInt64LE(at + 0x08);
    const length = bytes.readBigUInt64LE(at + 0x20);
    end = Math.max(end, Number(offset + length));
  }
  // Where the table of sections was, how many there are, and which of them holds their names.
  bytes.writeBigUInt64LE(0n, 0x28);
  bytes.writeUInt16LE(0, 0x3c);
  bytes.writeUInt16LE(0, 0x3e);
  writeFileSync(`${path}.pruned`, bytes.subarray(0, end), { mode });
  renameSync(`${path}.pruned`, path);
}
