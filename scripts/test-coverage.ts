// Coverage of src/ by the tests and by the programs that they start. V8 writes it (NODE_V8_COVERAGE), one file for
// each process; c8 maps it to the sources and reports it. A program that a signal ends writes none.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { attempt } from '../test/support/command.ts';
import { bundle } from './build.ts';
import type { FileResult } from './test-run.ts';

const root = dirname(import.meta.dirname);

/** What `npm test` keeps, in percent: raise it if more is reached. */
const FLOOR = { lines: 0, branches: 0 };

const folder = join(root, 'output/coverage');
const raw = join(folder, 'raw');
const merged = join(folder, 'merged');
/** Stands for all copies of the bundled program, which tests put into folders of their own. */
const program = join(folder, 'heroku-login.cjs');

/** A file that V8 writes: the Profiler domain's ScriptCoverage, and Node's own cache of source maps. */
interface ProcessCoverage {
  readonly result: { readonly url: string }[];
  readonly 'source-map-cache'?: Record<string, unknown>;
}

const { mergeProcessCovs } = createRequire(import.meta.url)('@bcoe/v8-coverage') as {
  mergeProcessCovs(all: readonly ProcessCoverage[]): ProcessCoverage;
};

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

  /** Merges what the processes of one test file wrote: a file of hundreds of programs has written 100 MB. */
  async collect(file: string): Promise<void> {
    const from = this.folder(file);
    const all: ProcessCoverage[] = [];
    const maps: Record<string, unknown> = {};
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
    const content = { ...mergeProcessCovs(all), 'source-map-cache': maps };
    await writeFile(join(merged, `${file.replaceAll('/', '-')}.json`), JSON.stringify(content));
  }

  /**
   * Compares lines and branches with the floor, counted as one test.
   *
   * @param html whether to write a report for people as well, and to print the table of files.
   * @param judge false if tests were left out, so that the floor means nothing.
   */
  async report({ html, judge }: { html: boolean; judge: boolean }): Promise<FileResult> {
    const began = Date.now();
    await this.#addProgram();
    const { code, output } = await attempt(
      join(root, 'node_modules/.bin/c8'),
      [
        ...['report', '--temp-directory', merged, '--reports-dir', folder, '--exclude-after-remap'],
        ...['--all', '--src', 'src', '--include', 'src/**/*.ts', '--reporter', 'text-summary'],
        ...(html ? ['--reporter', 'text', '--reporter', 'html', '--reporter', 'lcovonly'] : []),
        ...(judge ? ['--check-coverage', '--functions', '0', '--statements', '0'] : []),
        ...(judge ? ['--lines', `${FLOOR.lines}`, '--branches', `${FLOOR.branches}`] : []),
      ],
      { cwd: root },
    );
    console.log(output.trim());
    const ms = Date.now() - began;
    const result = code === 0 ? (judge ? 'passed' : 'skipped') : 'failed';
    const reason = judge ? output : 'the floor of the coverage means nothing if others are skipped';
    return { file: 'coverage', tests: [{ path: [], result, ms, reason }], ms, output };
  }

  /** Lets c8 find the bundled program and its source map. */
  async #addProgram(): Promise<void> {
    await bundle(program, undefined, true);
    const code = await readFile(program, 'utf8');
    const data = JSON.parse(await readFile(`${program}.map`, 'utf8')) as unknown;
    const lineLengths = code.split('\n').map((line) => line.length);
    const url = pathToFileURL(program).href;
    const maps = { [url]: { lineLengths, data, url: null } };
    await writeFile(
      join(merged, 'program.json'),
      JSON.stringify({ result: [], 'source-map-cache': maps }),
    );
  }
}

const sources = pathToFileURL(join(root, 'src')).href;
const isSource = (url: string) => url.startsWith(`${sources}/`) && url.endsWith('.ts');

/** The script, if it is one of the sources or the program. */
function ours(script: { readonly url: string }): { readonly url: string }[] {
  if (isSource(script.url)) return [script];
  return script.url.endsWith('/heroku-login.cjs')
    ? [{ ...script, url: pathToFileURL(program).href }]
    : [];
}
