/** Contexts that are decided and scored, as the model sees them, with the outcome that the data give each. */
export interface EvaluationContexts {
  readonly split: "validation" | "test";
  readonly count: number;
  /** count × p, row-major. */
  readonly values: Float64Array;
  /** count × d, row-major. */
  readonly outcomes: Float64Array;
  /** Row of the data. */
  readonly rows: Int32Array;
  /** Position in the split; the same for a context whatever the cap on their number. */
  readonly positions: Int32Array;
}

interface Table {
  readonly contexts: Float64Array;
  readonly outcomes: Float64Array;
}

/**
 * Takes at most `cap` evenly spaced rows of a split (0: all), in the split's order.
 */
export function evaluationContexts(
  data: Table,
  sizes: { readonly context: number; readonly outcome: number },
  split: "validation" | "test",
  splitRows: Int32Array,
  cap: number,
): EvaluationContexts {
  const count = cap > 0 ? Math.min(cap, splitRows.length) : splitRows.length;
  const positions = Int32Array.from({ length: count }, (_, k) => Math.floor((k * splitRows.length) / count));
  const rows = positions.map((position) => splitRows[position]!);
  return {
    split,
    count,
    values: takeRows(data.contexts, sizes.context, rows),
    outcomes: takeRows(data.outcomes, sizes.outcome, rows),
    rows,
    positions,
  };
}

/** The given rows of a row-major table of `width` columns. */
export function takeRows(table: Float64Array, width: number, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length * width);
  for (let k = 0; k < rows.length; k++) {
    taken.set(table.subarray(rows[k]! * width, (rows[k]! + 1) * width), k * width);
  }
  return taken;
}

/** First and one-past-last position of `count` consecutive slices of nearly equal size. */
export function sliceBounds(contexts: number, count: number): (readonly [number, number])[] {
  return Array.from(
    { length: count },
    (_, k) => [Math.floor((k * contexts) / count), Math.floor(((k + 1) * contexts) / count)] as const,
  );
}
