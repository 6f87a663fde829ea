/** Rows that follow each other without a gap: positions in `rows`, from the first to one past the last. */
export interface Segment {
  readonly zone: string;
  /** Rows of the table in the order of the series. */
  readonly rows: Int32Array;
}

/** Shortest and longest distance between two rows that follow each other. */
export type Step = readonly [low: number, high: number];

export interface Gap {
  /** Rows of the table on its two sides. */
  readonly before: number;
  readonly after: number;
}

const DAY = 86_400;
/** Shortest and longest distance, in days, between the same day of two months, quarters and years. */
const CALENDAR = [
  [28, 31],
  [90, 92],
  [365, 366],
] as const;

/** Share of the usual distance by which two neighbours may differ from it and still be neighbours. */
const TOLERANCE = 1e-6;

/**
 * Cuts the rows of each zone where the index leaves its usual distance: the most frequent one over all zones, or a month,
 * quarter or year of the calendar. Without positions (no index, or one of texts) rows follow each other as they stand.
 * @param positions numbers that increase within a zone; seconds where `isTime`
 * @returns `step`: what rows that follow each other are apart; `null` without positions
 */
export function segmentsOf(
  zones: readonly string[],
  positions: Float64Array | null,
  isTime: boolean,
): { readonly segments: readonly Segment[]; readonly gaps: readonly Gap[]; readonly step: Step | null } {
  const byZone = new Map<string, number[]>();
  zones.forEach((zone, row) => {
    const rows = byZone.get(zone);
    if (rows === undefined) byZone.set(zone, [row]);
    else rows.push(row);
  });
  const step = positions === null ? null : stepOf(byZone, positions, isTime);
  const segments: Segment[] = [];
  const gaps: Gap[] = [];
  for (const [zone, rows] of byZone) {
    let from = 0;
    for (let i = 1; i <= rows.length; i++) {
      if (i < rows.length && (step === null || follows(step, positions![rows[i - 1]!]!, positions![rows[i]!]!)))
        continue;
      segments.push({ zone, rows: Int32Array.from(rows.slice(from, i)) });
      if (i < rows.length) gaps.push({ before: rows[i - 1]!, after: rows[i]! });
      from = i;
    }
  }
  return { segments, gaps, step };
}

/** Whether a row at one position of a series is followed by one at the other. */
export function follows([low, high]: Step, before: number, after: number): boolean {
  return after - before >= low && after - before <= high;
}

function stepOf(byZone: ReadonlyMap<string, readonly number[]>, positions: Float64Array, isTime: boolean): Step {
  const counts = new Map<number, number>();
  for (const rows of byZone.values())
    for (let i = 1; i < rows.length; i++) {
      const distance = positions[rows[i]!]! - positions[rows[i - 1]!]!;
      counts.set(distance, (counts.get(distance) ?? 0) + 1);
    }
  const [usual = 0] = [...counts].reduce<readonly [number, number]>(
    (best, entry) => (entry[1] > best[1] ? entry : best),
    [0, 0],
  );
  const calendar = isTime ? CALENDAR.find(([low, high]) => usual >= low * DAY && usual <= high * DAY) : undefined;
  return calendar === undefined
    ? [usual * (1 - TOLERANCE), usual * (1 + TOLERANCE)]
    : [calendar[0] * DAY, calendar[1] * DAY];
}
