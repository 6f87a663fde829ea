/**
 * Mean and standard deviation of each column. A constant column has scale 0: it becomes 0 whatever its value, and comes
 * back as its mean exactly. Values are kept as float32 so that a model loaded from its file gives the same numbers.
 */
export interface Standardizer {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
}

/** Spread below this share of a column's magnitude is rounding, not variation. */
const CONSTANT = 1e-7;

/** Fits the columns of `values` (rows × columns, row-major), dividing by n. */
export function fitStandardizer(values: Float64Array, rows: number, columns: number): Standardizer {
  const mean = new Float32Array(columns);
  const scale = new Float32Array(columns);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += values[i * columns + j]!;
    const center = sum / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += (values[i * columns + j]! - center) ** 2;
    const deviation = Math.sqrt(squares / rows);
    mean[j] = center;
    scale[j] = deviation <= CONSTANT * Math.abs(center) ? 0 : deviation;
  }
  return { mean, scale };
}

/** `(value − mean) / scale` into `out`, 0 for a constant column. */
export function standardize(
  { mean, scale }: Standardizer,
  values: Float64Array,
  out: Float32Array | Float64Array,
): void {
  const columns = mean.length;
  for (let i = 0; i < values.length; i++) {
    const j = i % columns;
    out[i] = scale[j] === 0 ? 0 : (values[i]! - mean[j]!) / scale[j]!;
  }
}

/** `mean + scale · value` into `out`. */
export function unstandardize(
  { mean, scale }: Standardizer,
  values: Float32Array | Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length;)
    for (let column = 0; column < mean.length; column++, i++) out[i] = mean[column]! + scale[column]! * values[i]!;
}

/** The weights divided by their mean. */
export function meanOne(weights: Float64Array): Float32Array {
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
  return Float32Array.from(weights, (w) => w / mean);
}
