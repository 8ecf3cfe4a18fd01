// What a benchmark is made of: groups of figures that are compared with the first of their group.

/** One thing, measured several times. */
export interface Figure {
  readonly name: string;
  /** One for each round, in the unit of the group. */
  readonly values: readonly number[];
  /** What an issue or the README promises: the most that it may be, see {@link Group.compare}. */
  readonly most?: number;
}

export interface Group {
  readonly title: string;
  readonly unit: 'ms' | 's' | 'MB' | 'processes';
  /** How figures are compared with the first one: how many times as much, or how much more. */
  readonly compare: 'ratio' | 'added';
  readonly figures: readonly Figure[];
}

/** The machine and the versions that the figures belong to, by what they are. */
export type Machine = Readonly<Record<string, string>>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** A figure beside the first one of its group. */
export function compared(group: Group, figure: Figure): number {
  const [base] = group.figures;
  const [own, first] = [median(figure.values), median(base?.values ?? [])];
  return group.compare === 'ratio' ? own / first : own - first;
}

/** Undefined where nothing is promised. */
export function isWithin(group: Group, figure: Figure): boolean | undefined {
  return figure.most === undefined ? undefined : compared(group, figure) <= figure.most;
}
