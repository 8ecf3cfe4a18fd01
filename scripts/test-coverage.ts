// Coverage of src/ by the tests and by the programs that they start. V8 writes it, one file for each process
// (NODE_V8_COVERAGE, which Node hands on to children with whatever environment); a program that a signal ends
// writes none.
//
// A source runs in two forms, as tsx compiles it for a test and within the bundled program, and counts as covered
// if either form was run there. No library says that: c8 12 and monocart-coverage-reports 2.13 add up the branches
// of both forms, and both report lines as covered that ran in neither (monocart unless it gets tsx's output, which
// tsx keeps to itself).
import { readdir, readFile, rm } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eachMapping, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping';
import { bundle, PROGRAMS } from './build.ts';
import { type FileResult, runFile } from './test-run.ts';

const root = dirname(import.meta.dirname);
const folder = join(root, 'output/coverage');
const src = pathToFileURL(join(root, 'src/')).href;

/** What `npm test` keeps, in percent: raise it if more is reached. */
const FLOOR = { lines: 90, branches: 90 };

/** A source map as Node hands it on, with the lengths of the code's lines without their ends. */
export interface CachedMap {
  readonly lineLengths: readonly number[];
  readonly data: SourceMapInput | null;
}

/** A file that V8 writes. */
interface Written {
  readonly result: readonly Profiler.ScriptCoverage[];
  readonly 'source-map-cache'?: Readonly<Record<string, CachedMap>>;
}

/** Compiled code by its pieces, in their order. */
interface Form {
  /** Where each piece is in the sources, as `address:line:column`. */
  readonly places: string[];
  /** For each offset into the code, the index of the first piece that starts there or later. */
  readonly next: number[];
}

export class Coverage {
  readonly #forms = new Map<string, Form>();
  /** Whether each piece ran in one of its forms, by its place. */
  readonly #ran = new Map<string, boolean>();
  /** The places where branches start. */
  readonly #branches = new Set<string>();

  /** With the bundled programs, and so with all sources that have code. */
  static async begin(): Promise<Coverage> {
    await rm(folder, { recursive: true, force: true });
    const coverage = new Coverage();
    for (const [name, entry] of Object.entries(PROGRAMS)) {
      const program = join(folder, name);
      await bundle(program, entry, 'external');
      const lines = (await readFile(program, 'utf8')).split('\n');
      const data = await readFile(`${program}.map`, 'utf8');
      const lineLengths = lines.map(({ length }) => length);
      coverage.load(pathToFileURL(program).href, { lineLengths, data });
    }
    return coverage;
  }

  /** Adds compiled code that may run. Its sources are relative to `url`. */
  load(url: string, { lineLengths, data }: CachedMap): void {
    const form: Form = { places: [], next: [] };
    const lineStarts = [0];
    for (const length of lineLengths) lineStarts.push((lineStarts.at(-1) ?? 0) + length + 1);
    eachMapping(new TraceMap(data ?? '{}', url), (mapping) => {
      if (mapping.source === null) return;
      const place = `${mapping.source}:${mapping.originalLine}:${mapping.originalColumn + 1}`;
      const offset = (lineStarts[mapping.generatedLine - 1] ?? 0) + mapping.generatedColumn;
      while (form.next.length <= offset) form.next.push(form.places.length);
      form.places.push(place);
      this.#ran.set(place, this.#ran.get(place) ?? false);
    });
    this.#forms.set(keyOf(url), form);
  }

  /** Adds what one process ran of that code; other code is none of ours. */
  add(url: string, functions: readonly Profiler.FunctionCoverage[]): void {
    const form = this.#forms.get(keyOf(url));
    if (!form) return;
    const { places, next } = form;
    const index = (offset: number) => next[offset] ?? places.length;
    const ran = new Uint8Array(places.length);
    const ranges = functions.flatMap((one) => one.ranges);
    // A range overrules those around it.
    ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, index(startOffset), index(endOffset));
    for (const [at, place] of places.entries()) if (ran[at]) this.#ran.set(place, true);
    // The first range of a function is the whole of it.
    const blocks = functions.flatMap((one) => (one.isBlockCoverage ? one.ranges.slice(1) : []));
    for (const { startOffset, endOffset } of blocks) {
      const [start] = places.slice(index(startOffset), index(endOffset));
      if (start !== undefined) this.#branches.add(start);
    }
  }

  /** Whether each line of a source, and each branch by `line:column` of its start, ran in one of its forms. */
  of(source: string) {
    const lines = new Map<string, boolean>();
    const branches = new Map<string, boolean>();
    for (const [place, ran] of this.#ran) {
      if (!place.startsWith(`${source}:`)) continue;
      const start = place.slice(source.length + 1);
      const line = start.replace(/:.*/, '');
      lines.set(line, lines.get(line) || ran);
      if (this.#branches.has(place)) branches.set(start, ran);
    }
    return { lines, branches };
  }

  /** Runs one test file, and adds what its processes wrote: those of all files write 350 MB. */
  async run(file: string): Promise<FileResult> {
    const written = join(folder, file);
    const outcome = await runFile(file, { env: { ...process.env, NODE_V8_COVERAGE: written } });
    for (const name of await readdir(written).catch(() => [])) {
      const text = await readFile(join(written, name), 'utf8');
      // Of a process that was killed while it wrote.
      if (!text.endsWith('}')) continue;
      const { result, 'source-map-cache': maps } = JSON.parse(text) as Written;
      for (const { url, functions } of result) {
        const map = maps?.[url];
        if (map && url.startsWith(src) && !this.#forms.has(keyOf(url))) this.load(url, map);
        this.add(url, functions);
      }
    }
    await rm(written, { recursive: true, force: true });
    return outcome;
  }

  /**
   * Compares lines and branches with the floor, counted as one test.
   *
   * @param table whether to print each source with what was not run.
   * @param skipped whether tests were left out, so that the floor means nothing.
   */
  async report({ table, skipped }: { table: boolean; skipped: boolean }): Promise<FileResult> {
    const began = Date.now();
    const all = { lines: [] as boolean[], branches: [] as boolean[] };
    if (table) console.log('  lines   branches');
    for (const path of (await readdir(join(root, 'src'), { recursive: true })).sort()) {
      const { lines, branches } = this.of(src + path);
      if (lines.size === 0) continue;
      all.lines.push(...lines.values());
      all.branches.push(...branches.values());
      const missed = [...lines, ...branches].filter(([, ran]) => !ran).map(([place]) => place);
      const figures = [lines, branches].map((one) => percent([...one.values()]).padStart(5));
      if (table) console.log(`${figures.join(' %   ')} %   ${path.padEnd(32)} ${missed.join(' ')}`);
    }
    const [lines, branches] = [percent(all.lines), percent(all.branches)];
    const reached = `unit and program tests run ${lines} % of the lines and ${branches} % of the branches of src/`;
    const keeps = Number(lines) >= FLOOR.lines && Number(branches) >= FLOOR.branches;
    const reason = skipped
      ? 'the floor of the coverage means nothing if tests are skipped'
      : `at least ${FLOOR.lines} % and ${FLOOR.branches} % are needed. npm run test:coverage lists what is not run`;
    const result = skipped ? 'skipped' : keeps ? 'passed' : 'failed';
    const tests = [{ name: '', result, reason } as const];
    return { file: `coverage (${reached})`, tests, ms: Date.now() - began, output: '' };
  }
}

/** Tests put copies of the bundled programs into folders of their own. */
const keyOf = (url: string) => (url.endsWith('.cjs') ? basename(url) : url);

/** `100.0` or `93.8`, never rounded up. */
function percent(parts: readonly boolean[]): string {
  const ratio = parts.length === 0 ? 1 : parts.filter(Boolean).length / parts.length;
  return (Math.floor(ratio * 1000) / 10).toFixed(1);
}
