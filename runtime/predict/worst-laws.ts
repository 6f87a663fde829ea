import { join } from "node:path";
import { writeTable, type TableColumn } from "../data/write-table.ts";
import { toPredictorRows } from "../robust/generator/roles.ts";
import { createWorstLaw, type WorstLaw } from "../robust/sets/worst-law.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { Tensor, TensorFile } from "../tensor/safetensors.ts";
import { rowLosses } from "./evaluate.ts";
import type { TrainedSeed } from "./train-seeds.ts";
import type { RowLoss, TrainedPredictor } from "./types.ts";

/** The worst law of a method at the first seed, against the training rows. */
export interface WorstLawSummary {
  readonly method: string;
  /** The size of the set that was chosen. */
  readonly size: number | null;
  /** Points that have mass. */
  readonly points: number;
  /** `1/Σ w²`: as many rows of equal weight would be as concentrated. */
  readonly effectiveRows: number;
  /** Expected loss of the training rows, and under the worst law. */
  readonly nominal: number;
  readonly worst: number;
  /** Share of mass whose loss is above each level. */
  readonly curve: {
    readonly levels: readonly number[];
    readonly nominal: readonly number[];
    readonly worst: readonly number[];
  };
}

/** The worst law as tensors beside those of the predictor. */
export function worstTensors({ count, columns, points, weights }: WorstLaw): Readonly<Record<string, Tensor>> {
  return {
    "worst.points": { shape: [count, columns], data: points },
    "worst.weights": { shape: [count], data: weights },
  };
}

/** The worst law among the tensors of a unit or of a file that `writeWorstLaws` wrote; `null` where there is none. */
export function worstLawOf({ tensors }: Pick<TensorFile, "tensors">): WorstLaw | null {
  const points = tensors["worst.points"]?.data;
  const weights = tensors["worst.weights"]?.data;
  return points instanceof Float64Array && weights instanceof Float64Array ? createWorstLaw(points, weights) : null;
}

/** File of the worst law of a method at a seed, in the run folder. */
export function worstLawFile(method: string, seed: number): string {
  return `worst-laws/${method}-seed-${seed}.safetensors`;
}

/**
 * Keeps every worst law as tensors, and those of the first seed as `worst-laws.parquet`: a row a point, with its weight,
 * inputs and targets as they are modelled.
 */
export async function writeWorstLaws(
  folder: RunFolder,
  trained: readonly TrainedSeed[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const found = trained.flatMap(({ worst, ...rest }) => (worst === null ? [] : [{ ...rest, worst }]));
  if (found.length === 0) return;
  for (const { method, seed, worst } of found) {
    const own = { ...metadata, method: method.id, seed: String(seed) };
    await folder.writeTensors(worstLawFile(method.id, seed), worstTensors(worst), own);
  }
  const first = found.filter(({ seed }) => seed === 0);
  const names = first[0] === undefined ? [] : [...first[0].data.data.inputNames, ...first[0].data.data.targetNames];
  const masses = first.flatMap(({ method, worst }) =>
    Array.from(worst.weights.keys())
      .filter((row) => worst.weights[row]! > 0)
      .map((row) => ({ method: method.id, worst, row })),
  );
  const columns: TableColumn[] = [
    { name: "method", values: masses.map(({ method }) => method) },
    { name: "weight", values: Float64Array.from(masses, ({ worst, row }) => worst.weights[row]!) },
    ...names.map((name, j) => ({
      name,
      values: Float64Array.from(masses, ({ worst, row }) => worst.points[row * worst.columns + j]!),
    })),
  ];
  await folder.guard(() => writeTable(join(folder.path, "worst-laws.parquet"), columns));
}

/** Levels of a curve. */
const LEVELS = 24;

/** What the report shows of the worst laws of the first seed. */
export async function summariseWorstLaws(
  trained: readonly TrainedSeed[],
  loss: RowLoss,
): Promise<readonly WorstLawSummary[]> {
  const summaries: WorstLawSummary[] = [];
  for (const { method, seed, data, predictor, diagnosis, worst } of trained) {
    if (seed !== 0 || worst === null) continue;
    const own = await lawLosses(worst, predictor, loss);
    const rows = await rowLosses(predictor, loss, data.train);
    const uniform = new Float64Array(rows.length).fill(1 / rows.length);
    const most = Math.max(...own, ...rows);
    const least = Math.min(...own, ...rows);
    const levels = Array.from({ length: LEVELS }, (_, k) => least + ((most - least) * k) / LEVELS);
    summaries.push({
      method: method.id,
      size: diagnosis?.radius ?? null,
      points: worst.weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0),
      effectiveRows: 1 / worst.weights.reduce((sum, weight) => sum + weight ** 2, 0),
      nominal: expectation(uniform, rows),
      worst: expectation(worst.weights, own),
      curve: { levels, nominal: levels.map(above(uniform, rows)), worst: levels.map(above(worst.weights, own)) },
    });
  }
  return summaries;
}

/** The loss of each point of a law under a predictor. */
function lawLosses({ count, columns, points }: WorstLaw, predictor: TrainedPredictor, loss: RowLoss) {
  const rows = { rows: count, contexts: new Float64Array(0), outcomes: points };
  return rowLosses(predictor, loss, toPredictorRows("joint", columns - predictor.net.outputs, rows));
}

const expectation = (weights: Float64Array, values: Float64Array): number =>
  weights.reduce((sum, weight, i) => (weight === 0 ? sum : sum + weight * values[i]!), 0);

const above =
  (weights: Float64Array, losses: Float64Array) =>
  (level: number): number =>
    weights.reduce((sum, weight, i) => (losses[i]! > level ? sum + weight : sum), 0);
