import type { TrainingSet } from "../sampler.ts";
import { fitStandardizer, meanOne, standardize, type Standardizer } from "../standardizer.ts";
import { checkTrainingSet } from "../training-set.ts";
import type { ModelSizes } from "./definition.ts";

/** Training rows as the network sees them: standardised, without the outcome's constant columns. */
export interface PreparedRows {
  readonly rows: number;
  readonly sizes: ModelSizes;
  /** rows × p */
  readonly contexts: Float32Array;
  /** rows × varying columns */
  readonly outcomes: Float32Array;
  /** Of mean one, or `null` where all rows count the same. */
  readonly weights: Float32Array | null;
  readonly context: Standardizer;
  readonly outcome: Standardizer;
}

/** Columns that are not constant: what a network has to learn of the outcome. */
export function varyingColumns({ scale }: Standardizer): readonly number[] {
  return Array.from(scale.keys()).filter((column) => scale[column] !== 0);
}

/** Standardised values of the varying columns, row-major. */
export function varyingValues(scaler: Standardizer, values: Float64Array, rows: number): Float32Array {
  const columns = varyingColumns(scaler);
  const d = scaler.mean.length;
  const out = new Float32Array(rows * columns.length);
  for (let i = 0, o = 0; i < rows; i++)
    for (const j of columns) out[o++] = (values[i * d + j]! - scaler.mean[j]!) / scaler.scale[j]!;
  return out;
}

/** Log of the volume by which standardising the varying columns shrinks: what a density in the data's units loses. */
export function logVolume({ scale }: Standardizer): number {
  return scale.reduce((sum, s) => (s === 0 ? sum : sum + Math.log(s)), 0);
}

/** Share of a column's magnitude by which a value may miss a constant column, which the model puts all mass on. */
const ROUNDING = 1e-6;

/** Whether row `row` has the value of every constant column: elsewhere the density is 0. */
export function onConstants({ mean, scale }: Standardizer, values: Float64Array, row: number): boolean {
  const d = mean.length;
  return scale.every(
    (s, j) => s !== 0 || Math.abs(values[row * d + j]! - mean[j]!) <= ROUNDING * Math.max(1, Math.abs(mean[j]!)),
  );
}

/**
 * Gives columns from … to − 1 that vary one scale, the root of their mean variance, so that one that hardly varies is not
 * blown up: the values are of one kind, as those of an image are. Each keeps its mean.
 */
function shareScale(scaler: Standardizer, from: number, to: number): void {
  const columns = varyingColumns(scaler).filter((j) => j >= from && j < to);
  const squares = columns.reduce((sum, j) => sum + scaler.scale[j]! ** 2, 0);
  for (const j of columns) scaler.scale[j] = Math.sqrt(squares / columns.length);
}

/**
 * Checks and standardises training rows.
 * @param alike columns from … to − 1 of the outcome whose values are of one kind and share their scale
 * @throws RuntimeError training-rows, training-table, training-not-finite, training-weights
 */
export function prepareRows(
  model: string,
  data: TrainingSet,
  sizes: ModelSizes,
  alike: readonly (readonly [from: number, to: number])[] = [],
): PreparedRows {
  checkTrainingSet(model, data, sizes);
  const context = fitStandardizer(data.contexts, data.rows, sizes.context);
  const outcome = fitStandardizer(data.outcomes, data.rows, sizes.outcome);
  for (const [from, to] of alike) shareScale(outcome, from, to);
  const contexts = new Float32Array(data.rows * sizes.context);
  standardize(context, data.contexts, contexts);
  return {
    rows: data.rows,
    sizes: { context: sizes.context, outcome: varyingColumns(outcome).length },
    contexts,
    outcomes: varyingValues(outcome, data.outcomes, data.rows),
    weights: data.weights === undefined ? null : meanOne(data.weights),
    context,
    outcome,
  };
}
