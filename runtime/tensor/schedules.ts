/** How the rate changes over a training. */
export interface Schedule {
  /** After the warm-up: as it is, along half a cosine, or in a straight line down to `floor`. */
  readonly shape: "constant" | "cosine" | "linear";
  /** Steps over which the rate rises in a straight line; 0 unless given. */
  readonly warmUp?: number;
  /** Share of the rate that a falling schedule ends at; 0 unless given. */
  readonly floor?: number;
}

/** Share of the full rate at a step (from 0) of `steps`. */
export function rateShare(schedule: Schedule | undefined, step: number, steps: number): number {
  if (schedule === undefined) return 1;
  const { shape, warmUp = 0, floor = 0 } = schedule;
  if (step < warmUp) return (step + 1) / warmUp;
  const done = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
  const left = { constant: 1, cosine: (1 + Math.cos(Math.PI * done)) / 2, linear: 1 - done }[shape];
  return floor + (1 - floor) * left;
}
