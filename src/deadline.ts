// The one clock that every wait asks. It is never set, as the wall clock is.

/** A moment at which something must be over. */
export interface Deadline {
  /** Whole milliseconds that are left; negative once it has passed. */
  remaining(): number;
}

export function deadlineIn(milliseconds: number): Deadline {
  // The global `performance` would cost a millisecond to load.
  const end = process.uptime() * 1000 + milliseconds;
  return { remaining: () => Math.floor(end - process.uptime() * 1000) };
}

/** A deadline for a part: at most this many milliseconds, and never after the whole. */
export const within = (whole: Deadline, milliseconds: number): Deadline =>
  deadlineIn(Math.min(milliseconds, whole.remaining()));
