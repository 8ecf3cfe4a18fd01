// Coverage of src/ by the tests and by the programs that they start. V8 writes it, one file for each process
// (NODE_V8_COVERAGE, which Node hands on to children with whatever environment); a program that a signal ends
// writes none.
//
// A source runs in two forms, as tsx compiles it for a test and within the bundled program, and counts as covered
// if either form was run there. c8 12 does not say that: it adds up the branches of both forms, and reports lines
// as covered that ran in neither (all of heroku-logout.ts, although no unit or program test runs it).
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { decodedMappings, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping';
import { transform } from 'esbuild';
import { bundle } from './build.ts';
import type { FileResult } from './test-run.ts';

const root = dirname(import.meta.dirname);

/** What `npm test` keeps, in percent: raise it if more is reached. */
const FLOOR = { lines: 86, branches: 85 };

const folder = join(root, 'output/coverage');
const raw = join(folder, 'raw');
const merged = join(folder, 'merged');
/** Stands for all copies of the bundled program, which tests put into folders of their own. */
const program = join(folder, 'heroku-login.cjs');
const sources = pathToFileURL(join(root, 'src')).href;

/** A file that V8 writes: what Chrome's protocol calls ScriptCoverage, and Node's own cache of source maps. */
interface ProcessCoverage {
  readonly result: readonly Script[];
  readonly 'source-map-cache'?: Readonly<Record<string, CachedMap>>;
}

export interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly isBlockCoverage: boolean;
    readonly ranges: readonly Range[];
  }[];
}

/** Offsets into the code that ran, the end exclusive. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface CachedMap {
  /** Without the line ends. */
  readonly lineLengths: readonly number[];
  readonly data: SourceMapInput | null;
}

/** Of one source: whether a line or a branch was run. A branch is known by `line:column` of its start, from 1. */
interface Covered {
  readonly lines: Map<number, boolean>;
  readonly branches: Map<string, boolean>;
}

export class Coverage {
  static async begin(): Promise<Coverage> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(merged, { recursive: true });
    return new Coverage();
  }

  /** Where the processes of one test file are to write, for NODE_V8_COVERAGE. */
  folder(file: string): string {
    return join(raw, file);
  }

  /** Merges what the processes of one test file wrote: hundreds of programs write 100 MB. */
  async collect(file: string): Promise<void> {
    const from = this.folder(file);
    const all: ProcessCoverage[] = [];
    const maps: Record<string, CachedMap> = {};
    for (const name of await readdir(from).catch(() => [])) {
      const text = await readFile(join(from, name), 'utf8');
      // Of a process that was killed while it wrote.
      if (!text.endsWith('}')) continue;
      const coverage = JSON.parse(text) as ProcessCoverage;
      all.push({ result: coverage.result.flatMap(ours) });
      for (const [url, map] of Object.entries(coverage['source-map-cache'] ?? {})) {
        if (isSource(url)) maps[url] = map;
      }
    }
    await rm(from, { recursive: true, force: true });
    const content = { ...merge(all), 'source-map-cache': maps };
    await writeFile(join(merged, `${file.replaceAll('/', '-')}.json`), JSON.stringify(content));
  }

  /**
   * Compares lines and branches with the floor, counted as one test.
   *
   * @param table whether to print each file with what was not run.
   * @param judge false if tests were left out, so that the floor means nothing.
   */
  async report({ table, judge }: { table: boolean; judge: boolean }): Promise<FileResult> {
    const began = Date.now();
    const files = await this.#covered();
    const all = { lines: new Map<string, boolean>(), branches: new Map<string, boolean>() };
    const rows: string[] = [];
    for (const [file, { lines, branches }] of [...files].sort(([one], [two]) =>
      one < two ? -1 : 1,
    )) {
      for (const [line, hit] of lines) all.lines.set(`${file}:${line}`, hit);
      for (const [branch, hit] of branches) all.branches.set(`${file}:${branch}`, hit);
      const missed = [...notRun(lines), ...notRun(branches)].join(' ');
      rows.push(`${percent(lines)}  ${percent(branches)}  ${file.padEnd(36)} ${missed}`);
    }
    if (table) console.log(['  lines  branches', ...rows].join('\n'));
    const reached = `${percent(all.lines)} of the lines and ${percent(all.branches)} of the branches of src/`;
    const keeps = ratio(all.lines) >= FLOOR.lines && ratio(all.branches) >= FLOOR.branches;
    const output = `unit and program tests run ${reached.trim().replace(/ +/g, ' ')}`;
    const ms = Date.now() - began;
    const file = `coverage (${output})`;
    if (!judge) {
      const reason = 'the floor of the coverage means nothing if tests are skipped';
      return { file, tests: [{ path: [], result: 'skipped', ms, reason }], ms, output: '' };
    }
    const reason = `${output}; at least ${FLOOR.lines} % and ${FLOOR.branches} % are needed. npm run test:coverage lists what is not run`;
    const result = keeps ? 'passed' : 'failed';
    return { file, tests: [{ path: [], result, ms, ...(!keeps && { reason }) }], ms, output: '' };
  }

  /** By path below the repository, in every form of it that ran. */
  async #covered(): Promise<Map<string, Covered>> {
    const names = await readdir(merged);
    const all = await Promise.all(
      names.map(
        async (name) => JSON.parse(await readFile(join(merged, name), 'utf8')) as ProcessCoverage,
      ),
    );
    const maps = Object.assign({}, ...all.map((one) => one['source-map-cache'])) as Record<
      string,
      CachedMap
    >;
    maps[pathToFileURL(program).href] = await mapOfProgram();
    const forms = merge(all).result.map((script) => new Form(script, maps[script.url]));
    const files = new Map<string, Covered>();
    for (const path of await readdir(join(root, 'src'), { recursive: true })) {
      if (!path.endsWith('.ts')) continue;
      const file = join('src', path);
      const own = forms.filter((form) => form.sources.includes(file));
      const covered = own.length > 0 ? unite(own, file) : await neverRun(file);
      if (covered.lines.size > 0) files.set(file, covered);
    }
    return files;
  }
}

/** One form of one or more sources: code that ran, and how it maps to them. */
export class Form {
  /** Paths below the repository. */
  readonly sources: readonly string[];
  readonly #map: TraceMap;
  readonly #lineStarts: number[] = [];
  /** All ranges, outer ones before those within them. */
  readonly #ranges: readonly Range[];
  readonly #blocks: readonly Range[];

  constructor(script: Script, map: CachedMap | undefined) {
    if (!map?.data) throw new Error(`no source map of ${script.url}`);
    this.#map = new TraceMap(map.data);
    const base = dirname(fileURLToPath(script.url));
    this.sources = this.#map.sources.map((source) => {
      const path = source?.startsWith('file:') ? fileURLToPath(source) : join(base, source ?? '');
      return relative(root, source?.startsWith('/') ? source : path);
    });
    let offset = 0;
    for (const length of map.lineLengths) {
      this.#lineStarts.push(offset);
      offset += length + 1;
    }
    this.#ranges = script.functions
      .flatMap(({ ranges }) => ranges)
      .toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    this.#blocks = script.functions.flatMap(({ isBlockCoverage, ranges }) =>
      isBlockCoverage ? ranges.slice(1) : [],
    );
  }

  /** Each place of `file` that this form has code of, in the order of the code, and whether it was run. */
  *places(file: string): Generator<{ line: number; column: number; offset: number; hit: boolean }> {
    const open: Range[] = [];
    let next = 0;
    for (const [row, segments] of decodedMappings(this.#map).entries()) {
      for (const segment of segments) {
        const offset = (this.#lineStarts[row] ?? 0) + segment[0];
        for (; ; next++) {
          const range = this.#ranges[next];
          if (range === undefined || range.startOffset > offset) break;
          open.push(range);
        }
        while ((open.at(-1)?.endOffset ?? Infinity) <= offset) open.pop();
        const inner = open.findLast(({ endOffset }) => endOffset > offset);
        const [, source, line, column] = segment;
        if (source === undefined || this.sources[source] !== file) continue;
        yield {
          line: (line ?? 0) + 1,
          column: (column ?? 0) + 1,
          offset,
          hit: (inner?.count ?? 0) > 0,
        };
      }
    }
  }

  /** Where the branches of `file` start. */
  branches(file: string): string[] {
    const places = [...this.places(file)];
    const starts = new Set<string>();
    for (const { startOffset, endOffset } of this.#blocks) {
      const first = places.find(({ offset }) => offset >= startOffset && offset < endOffset);
      if (first) starts.add(`${first.line}:${first.column}`);
    }
    return [...starts];
  }
}

/** Where one of the forms was run, for one source; `file` is its path below the repository. */
export function unite(forms: readonly Form[], file: string): Covered {
  const lines = new Map<number, boolean>();
  const places = new Map<string, boolean>();
  for (const form of forms) {
    for (const { line, column, hit } of form.places(file)) {
      lines.set(line, lines.get(line) || hit);
      const place = `${line}:${column}`;
      places.set(place, places.get(place) || hit);
    }
  }
  const starts = forms.flatMap((form) => form.branches(file));
  return { lines, branches: new Map(starts.map((start) => [start, places.get(start) ?? false])) };
}

/** A source that nothing loads: every line that has code, and no branch. Types have none. */
async function neverRun(file: string): Promise<Covered> {
  const code = await readFile(join(root, file), 'utf8');
  const { map } = await transform(code, { loader: 'ts', sourcemap: 'external' });
  const lines = decodedMappings(new TraceMap(map)).flat();
  return {
    lines: new Map(lines.map(([, , line]) => [(line ?? 0) + 1, false])),
    branches: new Map(),
  };
}

async function mapOfProgram(): Promise<CachedMap> {
  await bundle(program, undefined, 'external');
  const code = await readFile(program, 'utf8');
  const data = JSON.parse(await readFile(`${program}.map`, 'utf8')) as SourceMapInput;
  return { data, lineLengths: code.split('\n').map((line) => line.length) };
}

/** It comes without types. */
const { mergeProcessCovs: merge } = createRequire(import.meta.url)('@bcoe/v8-coverage') as {
  mergeProcessCovs(all: readonly ProcessCoverage[]): ProcessCoverage;
};

const isSource = (url: string) => url.startsWith(`${sources}/`) && url.endsWith('.ts');

/** The script, if it is one of the sources or the program. */
function ours(script: Script): Script[] {
  if (isSource(script.url)) return [script];
  return script.url.endsWith('/heroku-login.cjs')
    ? [{ ...script, url: pathToFileURL(program).href }]
    : [];
}

function ratio(parts: ReadonlyMap<unknown, boolean>): number {
  return (100 * [...parts.values()].filter(Boolean).length) / Math.max(1, parts.size);
}

/** `100.0 %` or ` 93.8 %`, never rounded up. */
function percent(parts: ReadonlyMap<unknown, boolean>): string {
  if (parts.size === 0) return '      -';
  return `${(Math.floor(ratio(parts) * 10) / 10).toFixed(1).padStart(5)} %`;
}

function notRun<Place>(parts: ReadonlyMap<Place, boolean>): Place[] {
  return [...parts].filter(([, hit]) => !hit).map(([place]) => place);
}
