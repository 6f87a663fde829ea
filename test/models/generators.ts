import type { ConditionalSampler, TrainingSet } from "../../runtime/models/sampler.ts";
import type { Standardizer } from "../../runtime/models/standardizer.ts";
import type { Program } from "../../runtime/tensor/program.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { runTraining, type TrainingPlan } from "../../runtime/tensor/training.ts";

/** Adam without decay at a rate for small networks. */
export const optimizer = { kind: "adam", rate: 3e-3, weightDecay: 0 } as const;

export function normals(size: number, name: string, seed = 1): Float64Array {
  const out = new Float64Array(size);
  randomStream(seed, name).normal(out);
  return out;
}

/** Deviation of each mode of `twoModes`. */
const SPREAD = 0.5;

/**
 * A law of two outcomes given one context x ~ N(0, 1), in units far from one: 10 + 4a and −3 + 0.2b, where (a, b) is
 * (2 + x, −1) or (−2, x), each with probability ½, plus noise of deviation ½.
 */
export function twoModes(rows: number, seed = 1): TrainingSet {
  const x = normals(rows, "x", seed);
  const z = normals(2 * rows, "z", seed);
  const u = new Float64Array(rows);
  randomStream(seed, "u").uniform(u);
  const outcomes = new Float64Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    const first = u[i]! < 0.5;
    outcomes[2 * i] = 10 + 4 * ((first ? 2 + x[i]! : -2) + SPREAD * z[2 * i]!);
    outcomes[2 * i + 1] = -3 + 0.2 * ((first ? -1 : x[i]!) + SPREAD * z[2 * i + 1]!);
  }
  return { rows, contexts: x, outcomes };
}

export const TWO_MODES = { context: 1, outcome: 2 } as const;

/** Log of the density of `twoModes`, averaged over its rows. */
export function meanLogDensity({ rows, contexts, outcomes }: TrainingSet): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const x = contexts[i]!;
    const a = (outcomes[2 * i]! - 10) / 4;
    const b = (outcomes[2 * i + 1]! + 3) / 0.2;
    const mode = (m: number, k: number): number => Math.exp(-((a - m) ** 2 + (b - k) ** 2) / (2 * SPREAD ** 2));
    sum += Math.log((mode(2 + x, -1) + mode(-2, x)) / 2 / (2 * Math.PI * SPREAD ** 2) / (4 * 0.2));
  }
  return sum / rows;
}

/**
 * Largest distance between the model's conditional moments and those of `twoModes` at three contexts, in units of the
 * outcome's own spread: means, variances and the covariance.
 */
export async function momentError(model: ConditionalSampler, count = 4000): Promise<number> {
  let worst = 0;
  for (const x of [-1, 0, 1.5]) {
    const s = await model.sample(Float64Array.of(x), 1, count, randomStream(3, `sample/${x}`));
    const a = Float64Array.from({ length: count }, (_, i) => (s[2 * i]! - 10) / 4);
    const b = Float64Array.from({ length: count }, (_, i) => (s[2 * i + 1]! + 3) / 0.2);
    const [ma, mb] = [mean(a), mean(b)];
    const [ta, tb] = [x / 2, (x - 1) / 2];
    const [da, db] = [(4 + x) / 2, (-1 - x) / 2];
    const [va, vb] = [da ** 2 + SPREAD ** 2, db ** 2 + SPREAD ** 2];
    const covariance = mean(a.map((value, i) => (value - ma) * (b[i]! - mb)));
    const errors = [
      (ma - ta) / Math.sqrt(va),
      (mb - tb) / Math.sqrt(vb),
      mean(a.map((v) => (v - ma) ** 2)) / va - 1,
      mean(b.map((v) => (v - mb) ** 2)) / vb - 1,
      (covariance - da * db) / Math.sqrt(va * vb),
    ];
    worst = Math.max(worst, ...errors.map(Math.abs));
  }
  return worst;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** A scaler that changes nothing. */
export function unscaled(columns: number): Standardizer {
  return { mean: new Float32Array(columns), scale: new Float32Array(columns).fill(1) };
}

/**
 * Largest relative distance of losses and parameters after a few steps on the two executors. Plain gradient steps: Adam's
 * first ones have the size of the rate, whichever sign rounding gives a gradient near zero.
 */
export async function stepDistance(plan: TrainingPlan): Promise<number> {
  const runs = await Promise.all(
    (["onnx", "reference"] as const).map(async (kind) => {
      const losses: number[] = [];
      const { parameters } = await runTraining(
        { ...plan, optimizer: { kind: "sgd", rate: 0.05 } },
        { onStep: (_, __, loss) => losses.push(loss) },
        { kind, unroll: 2 },
      );
      return { losses, parameters };
    }),
  );
  const [onnx, reference] = [runs[0]!, runs[1]!];
  const scale = reference.parameters.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const apart = onnx.parameters.map((v, i) => Math.abs(v - reference.parameters[i]!) / scale);
  const losses = onnx.losses.map((loss, i) => Math.abs(loss / reference.losses[i]! - 1));
  return Math.max(...losses, ...apart);
}

/** Largest distance of a program's outputs on the two executors, from normal inputs. */
export async function programDistance(program: Program): Promise<number> {
  const runs = await Promise.all(
    (["onnx", "reference"] as const).map(async (kind) => {
      const executor = await createExecutor(program, kind);
      for (const { name, dtype } of program.inputs)
        if (dtype === "float") randomStream(1, name).normal(executor.input(name));
      await executor.run();
      const values = program.outputs.map(({ name }) => Float64Array.from(executor.output(name)));
      await executor.dispose();
      return values;
    }),
  );
  return Math.max(...runs[0]!.flatMap((values, k) => Array.from(values, (v, i) => Math.abs(v - runs[1]![k]![i]!))));
}

/** Rows that a model must end on with finite numbers or say what is wrong: by name. */
export const DEGENERATE: Readonly<Record<string, TrainingSet>> = {
  "a constant column": (() => {
    const { rows, contexts, outcomes } = twoModes(60);
    return { rows, contexts, outcomes: outcomes.map((v, i) => (i % 2 === 0 ? 7 : v)) };
  })(),
  "a constant context": { ...twoModes(60), contexts: new Float64Array(60).fill(2) },
  "fewer rows than the batch": twoModes(5),
  "one row": twoModes(1),
  "rows that are all the same": { rows: 8, contexts: new Float64Array(8), outcomes: new Float64Array(16).fill(3) },
  "one weight among zeros": {
    ...twoModes(20),
    weights: Float64Array.from({ length: 20 }, (_, i) => (i === 3 ? 1 : 0)),
  },
};
