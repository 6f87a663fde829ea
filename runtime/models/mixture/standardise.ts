/** Mean and spread per column; a constant column has spread 1. */
export interface ColumnScales {
  readonly mean: Float64Array;
  readonly spread: Float64Array;
}

/** Weights that add up to the number of rows; equal ones where none are given. */
export function normalisedWeights(weights: Float64Array | undefined, rows: number): Float64Array {
  if (weights === undefined) return new Float64Array(rows).fill(1);
  let total = 0;
  for (const weight of weights) {
    if (!(weight >= 0)) throw new RangeError(`A row has weight ${weight}.`);
    total += weight;
  }
  if (!(total > 0)) throw new RangeError("All rows have weight 0.");
  return weights.map((weight) => (weight * rows) / total);
}

/** Weighted mean and standard deviation (divided by n) of each column of rows × width. */
export function columnScales(matrix: Float64Array, rows: number, width: number, weights: Float64Array): ColumnScales {
  const mean = new Float64Array(width);
  const spread = new Float64Array(width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) mean[j]! += (weights[i]! * matrix[i * width + j]!) / rows;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) spread[j]! += (weights[i]! * (matrix[i * width + j]! - mean[j]!) ** 2) / rows;
  for (let j = 0; j < width; j++) {
    const sd = Math.sqrt(spread[j]!);
    // A constant column leaves rounding, which is not a spread.
    spread[j] = sd > 1e-12 * Math.abs(mean[j]!) && sd > 0 ? sd : 1;
  }
  return { mean, spread };
}

/** `(value − mean) / spread`. */
export function standardised(matrix: Float64Array, width: number, scales: ColumnScales): Float64Array {
  return matrix.map((value, k) => (value - scales.mean[k % width]!) / scales.spread[k % width]!);
}
