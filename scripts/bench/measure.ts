// What a benchmark is made of: groups of figures that are compared with the first of their group. One of each is
// done in turn, so that a slow moment of the machine meets all of them.

/** One thing, measured several times. */
export interface Figure {
  readonly name: string;
  /** What we promise: the most that it may be, see {@link Group.compare}. */
  readonly most?: number;
  /** One for each round, in the unit of the group. */
  readonly values: readonly number[];
}

export interface Group {
  readonly title: string;
  readonly unit: 'ms' | 's' | 'MB' | 'processes';
  /** How figures are compared with the first one: how many times as much, or how much more. */
  readonly compare: 'ratio' | 'added';
  readonly figures: readonly Figure[];
}

/** A figure to be. */
export interface Subject extends Omit<Figure, 'values'> {
  /** Does it once, and returns the value. */
  readonly once: () => Promise<number>;
}

/**
 * Measures all, the first round left out: it fills the machine's caches.
 *
 * @param rounds that make steady medians; with `--quick`, a fifth of them is done.
 */
export async function inTurn(rounds: number, subjects: readonly Subject[]): Promise<Figure[]> {
  const count = process.argv.includes('--quick') ? Math.ceil(rounds / 5) : rounds;
  const measured = subjects.map(({ once, ...rest }) => ({ once, ...rest, values: [] as number[] }));
  for (let round = 0; round <= count; round++) {
    for (const { once, values } of measured) {
      const value = await once();
      if (round > 0) values.push(kept(value));
    }
  }
  return measured.map(({ once, ...figure }) => figure);
}

/** What is kept of a value, so that the table, the numbers and the chart all come from the same ones. */
export function kept(value: number): number {
  return Number(value.toFixed(3));
}

/** How long something takes, in seconds. */
export async function timed(something: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await something();
  return (performance.now() - began) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [lower, upper] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[sorted.length >> 1]];
  return ((lower ?? Number.NaN) + (upper ?? Number.NaN)) / 2;
}

/** A figure beside the first one of its group. */
export function compared(group: Group, figure: Figure): number {
  const [own, first] = [median(figure.values), median(group.figures[0]?.values ?? [])];
  return group.compare === 'ratio' ? own / first : own - first;
}

/** Undefined if nothing is promised. */
export function isWithin(group: Group, figure: Figure): boolean | undefined {
  return figure.most === undefined ? undefined : compared(group, figure) <= figure.most;
}
