// How things are measured: one of each in turn, so that a slow moment of the machine meets all of them.

/** How many rounds to do: with `--quick`, a fifth of what makes steady medians. */
export function rounds(steady: number): number {
  return process.argv.includes('--quick') ? Math.ceil(steady / 5) : steady;
}

/** What is kept of a value, so that the table, the numbers and the chart all come from the same ones. */
export function kept(value: number): number {
  return Number(value.toFixed(3));
}

/** Something that can be done again and again. */
export interface Subject {
  readonly name: string;
  readonly most?: number;
  /** Does it once. */
  readonly once: () => Promise<number>;
}

/** A subject with its figures, the first round of all left out: it fills the machine's caches. */
export async function inTurn(
  subjects: readonly Subject[],
  rounds: number,
): Promise<{ name: string; most?: number; values: number[] }[]> {
  const measured = subjects.map(({ once, ...rest }) => ({ once, ...rest, values: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const subject of measured) {
      const value = await subject.once();
      if (round > 0) subject.values.push(kept(value));
    }
  }
  return measured.map(({ once, ...rest }) => rest);
}

/** How long something takes, in milliseconds. */
export async function timed(something: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await something();
  return performance.now() - began;
}
