import { RuntimeError } from "../../errors/runtime-error.ts";
import type { Differentiability } from "../../decide/derivative/index.ts";
import { weightTensors } from "../../models/mlp-weights.ts";
import type { Checkpoint } from "../../models/sampler.ts";
import { standardize, type Standardizer } from "../../models/standardizer.ts";
import type { DecisionProblem } from "../../spec.ts";
import { runOuterTraining, type OuterPlan } from "../../tensor/outer-training.ts";
import type { OptimizerSpec } from "../../tensor/optimizers.ts";
import { mlp, type ParameterLayout } from "../../tensor/parameters.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows } from "../../tensor/training.ts";
import { createBatches } from "../batches.ts";
import { dflCatalogue } from "../catalogue.ts";
import { networkOf } from "../cost-network.ts";
import { createOracle } from "../oracle.ts";
import { createProgress } from "../progress.ts";
import { hindsight } from "../regret.ts";
import { EVALUATION, hasDecision } from "../row-solver.ts";
import { trainCostPredictor } from "../train.ts";
import type { DflRows, FailedSolve, HistoryEntry, PredictorSpec, PredictorTrainingOptions } from "../types.ts";
import type { RegretWatch } from "../watch.ts";
import { conformalIndex } from "./coverage.ts";
import { createEllipsoidLayer } from "./ellipsoid-layer.ts";
import { conditionalLoss, conformalLoss, promiseLoss, scoresOf, type SetObjective, type SetRow } from "./objectives.ts";
import { residualScale } from "./residual-scale.ts";
import { boundedWidths, factorAt, openSetModel, setLayout, type SetShape } from "./set-model.ts";

export interface SetTrainingOptions {
  readonly problem: DecisionProblem;
  readonly objective: SetObjective;
  readonly predictor: PredictorSpec;
  readonly data: DflRows;
  /** Rows whose decisions' cost chooses among the weights of the course; without them the last are kept. */
  readonly validation?: DflRows;
  /** Steps of squared error that the centre starts from. */
  readonly warmup: number;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: OptimizerSpec;
  readonly stream: RandomStream;
  readonly hooks?: PredictorTrainingOptions["hooks"];
  readonly onProgress?: (entry: HistoryEntry) => void;
}

export interface TrainedSet {
  /** For `openSetModel`. */
  readonly tensors: Checkpoint["tensors"];
  readonly entries: readonly HistoryEntry[];
  readonly failures: readonly FailedSolve[];
  readonly failed: number;
  readonly differentiability: Readonly<Record<Differentiability, number>>;
}

const MODEL = "uncertainty set";
const EVALUATIONS = 20;
const FAILURES = 100;
/** Growth of the penalty at an evaluation that finds the promise broken, and the most it grows to. */
const GROWTH = 1.5;
const LARGEST_PENALTY = 1e4;

/**
 * Trains an ellipsoidal uncertainty set around a prediction for the decisions that are taken against it: the centre is
 * fitted to squared error first, the shape starts from the residuals' covariance.
 *
 * @throws RuntimeError `loss-does-not-fit` where the cost is not linear in the outcome alone, and what
 *   `trainCostPredictor` throws
 */
export async function trainUncertaintySet(options: SetTrainingOptions): Promise<TrainedSet> {
  const { problem, objective, predictor, validation, stream, hooks = {}, steps } = options;
  const place = hooks.place === undefined ? {} : { place: hooks.place };
  const oracle = await createOracle(problem);
  const { gradientZ } = oracle;
  if (!oracle.linear || oracle.contextual || gradientZ === undefined || problem.feasible.integer.length > 0) {
    const reason =
      "an uncertainty set needs real decisions and a cost that is linear in the outcome, whatever the context";
    throw new RuntimeError(dflCatalogue, "loss-does-not-fit", { loss: objective.kind, reason, fitting: "mse" }, place);
  }
  const d = oracle.outcome;
  const p = options.data.contexts.length / options.data.rows;
  const sizes = { context: p, outcome: d };

  const [data, calibration] = splitCalibration(options.data, objective, stream.child("calibration"));
  const first = await trainCostPredictor({
    loss: { loss: "mse" },
    predictor,
    data,
    ...(validation === undefined ? {} : { validation }),
    oracle,
    length: { steps: options.warmup },
    batch: options.batch,
    optimizer: options.optimizer,
    stream: stream.child("centre"),
    hooks,
  });
  const fitted = await first.predict(data.contexts, data.rows);
  await first.dispose();
  const scale = residualScale(fitted, data.costs, d);

  const shape: SetShape = objective.kind === "promise" ? "constant" : "conditional";
  const layout = setLayout(predictor, sizes, shape);
  const scalers = scalersOf(first.tensors);
  const layer = await createEllipsoidLayer(problem);
  const differentiability: Record<Differentiability, number> = { exact: 0, "zero almost everywhere": 0, chosen: 0 };
  const failures: FailedSolve[] = [];
  let failed = 0;
  const fail = (row: number, step: number): void => {
    failed++;
    const detail = "no decision against the set at this row was found";
    if (failures.length < FAILURES) failures.push({ row, step, status: "failed", detail });
  };

  let now = 0;
  const setting = {
    layer,
    oracle: { ...oracle, gradientZ },
    unit: costUnit(problem, data, fitted, oracle),
    count: (how: Differentiability) => differentiability[how]++,
    fail: ({ row }: SetRow) => fail(row, now),
  };
  const outcomes = rowsOf(data.costs, data.rows, d);
  const contexts = rowsOf(data.contexts, data.rows, p);
  const standard = new Float32Array(data.contexts.length);
  standardize(scalers.context, data.contexts, standard);
  const features = outcomes.map((_, row) => Float64Array.of(1, ...standard.subarray(row * p, (row + 1) * p)));

  const { hidden, activation } = networkOf(predictor);
  const width = shape === "conditional" ? 2 * d : d;
  const networkSlots = 2 * (hidden.length + 1);
  const size = Math.min(options.batch, data.rows);
  const batches = createBatches(
    Int32Array.from({ length: data.rows }, (_, row) => row),
    size,
    stream.child("rows"),
  );
  const every = Math.max(1, Math.ceil(steps / EVALUATIONS));
  const state = { multiplier: 1, penalty: objective.kind === "promise" ? objective.penalty : 1 };
  let [excess, counted] = [0, 0];

  /** The finished set's tensors at these weights: its factor carries the radius. */
  function finish(parameters: Float32Array): Checkpoint["tensors"] {
    const named = weightTensors(layout, { parameters, ...scalers });
    const { "set.shape": turn, ...network } = named;
    const withFactor = (factor: Float64Array): Checkpoint["tensors"] => ({
      ...network,
      "set.factor": { shape: [d, d], data: Float32Array.from(factor) },
    });
    if (turn !== undefined) return withFactor(lowerProduct(scale, Float64Array.from(turn.data), d));
    if (objective.kind === "promise") return withFactor(scale);
    const model = openSetModel(predictor, sizes, withFactor(scale));
    const among = calibration ?? data;
    const x = rowsOf(among.contexts, among.rows, p);
    const scores = scoresOf(x.map(model.at), rowsOf(among.costs, among.rows, d));
    const radius =
      calibration === null
        ? empiricalQuantile(scores, objective.coverage)
        : scores[conformalIndex(scores, objective.coverage)]!;
    return withFactor(scale.map((value) => radius * value));
  }

  const watch: RegretWatch | null = validation === undefined ? null : await createSetWatch(validation);
  const progress = createProgress(layout.size, watch, options.onProgress);

  async function createSetWatch(held: DflRows): Promise<RegretWatch> {
    const best = await hindsight(held, (s, x, row) => oracle.solve(s, x, 2 * row + 1), hooks.signal);
    const x = rowsOf(held.contexts, held.rows, p);
    const s = rowsOf(held.costs, held.rows, d);
    return {
      async measure(parameters) {
        const model = openSetModel(predictor, sizes, finish(Float32Array.from(parameters)));
        let [total, count] = [0, 0];
        x.forEach((context, row) => {
          const optimum = best[row]!;
          const answer = layer.solve(model.at(context), context, -1 - row);
          if (answer === null) fail(row, EVALUATION);
          if (answer === null || !hasDecision(optimum)) return;
          total += oracle.value(answer.z, s[row]!, context) - optimum.objective;
          count++;
        });
        return total / count;
      },
      dispose: async () => {},
    };
  }

  const plan: OuterPlan = {
    model: MODEL,
    layout,
    steps,
    optimizer: options.optimizer,
    ema: 0,
    initial: () => initialSet(layout, first.tensors, d, width),
    declare(graph) {
      const x = graph.input("x", [size, Math.max(1, p)]);
      return (parameters) => {
        const values = mlp(x, parameters.slice(0, networkSlots), activation);
        const turn = parameters[networkSlots];
        return { outputs: turn === undefined ? { values } : { values, turn: ops.mul(turn, graph.constant(1)) } };
      };
    },
    fill(executor, step) {
      if (p > 0) gatherRows(standard, p, batches.rows(step), executor.input("x"));
    },
    host(outputs, step) {
      now = step;
      const values = Float64Array.from(outputs.get("values")!);
      const turn = outputs.get("turn");
      const factor = turn === undefined ? null : lowerProduct(scale, Float64Array.from(turn), d);
      const gradient = new Float64Array(size * width);
      const slopes: Float64Array[] = [];
      const rows = Array.from(batches.rows(step), (row, k): SetRow => {
        const raw = values.subarray(k * width, (k + 1) * width);
        const centre = Float64Array.from(
          { length: d },
          (_, j) => scalers.outcome.mean[j]! + scalers.outcome.scale[j]! * raw[j]!,
        );
        const widths = factor === null ? boundedWidths(raw.subarray(d)) : null;
        slopes.push(widths?.slope ?? new Float64Array(d));
        return {
          row,
          context: contexts[row]!,
          outcome: outcomes[row]!,
          set: { centre, factor: factor ?? factorAt(scale, widths!.log, d) },
          centreBar: new Float64Array(d),
          widthBar: new Float64Array(d),
        };
      });
      rows.forEach(({ set, row }) => checkFinite(set.centre, row, step, place));
      const factorBar = new Float64Array(factor === null ? 0 : d * d);
      let loss: number;
      if (objective.kind === "promise") {
        const part = promiseLoss(setting, rows, objective, state, factorBar);
        loss = part.loss;
        excess += part.excess;
        counted++;
      } else if (objective.kind === "conditional") {
        loss = conditionalLoss(
          setting,
          rows,
          rows.map(({ row }) => features[row]!),
          objective,
        );
      } else loss = conformalLoss(setting, rows, objective.coverage);
      rows.forEach(({ centreBar, widthBar }, k) => {
        for (let j = 0; j < d; j++) {
          gradient[k * width + j] = centreBar[j]! * scalers.outcome.scale[j]!;
          if (factor === null) gradient[k * width + d + j] = widthBar[j]! * slopes[k]![j]!;
        }
      });
      progress.step(loss);
      return {
        loss,
        gradients:
          factor === null ? { values: gradient } : { values: gradient, turn: lowerTransposed(scale, factorBar, d) },
      };
    },
    async after(parameters, done) {
      progress.take(parameters, done);
      if (done % every !== 0 && done !== steps) return;
      if (objective.kind === "promise" && counted > 0) {
        const mean = excess / counted;
        state.multiplier = Math.max(0, state.multiplier + state.penalty * mean);
        if (mean > 0) state.penalty = Math.min(LARGEST_PENALTY, GROWTH * state.penalty);
        [excess, counted] = [0, 0];
      }
      await progress.record(parameters, done);
    },
  };
  const initial = plan.initial();
  progress.take(initial, 0);
  if (watch !== null && objective.kind !== "promise") await progress.record(initial, 0);
  const { checkpoint: _checkpoint, ...rest } = hooks;
  await runOuterTraining(plan, rest);
  return {
    tensors: finish(progress.kept.parameters),
    entries: progress.entries,
    failures,
    failed,
    differentiability,
  };
}

function checkFinite(values: Float64Array, row: number, step: number, place: object): void {
  const component = values.findIndex((value) => !Number.isFinite(value));
  if (component < 0) return;
  const args = { step: step + 1, component, row: row + 1, value: String(values[component]) };
  throw new RuntimeError(dflCatalogue, "prediction-not-finite", args, place);
}

/** The centre's network, with columns of zeros for the widths, and T = I. */
function initialSet(layout: ParameterLayout, tensors: Checkpoint["tensors"], d: number, width: number): Float32Array {
  const flat = new Float32Array(layout.size);
  for (const { name, shape, offset } of layout.slots) {
    if (name === "set.shape") {
      for (let j = 0; j < d; j++) flat[offset + j * (d + 1)] = 1;
      continue;
    }
    const { data } = tensors[name]!;
    const columns = shape.at(-1)!;
    if (columns !== width || data.length === shape.reduce((a, b) => a * b, 1)) flat.set(data, offset);
    else for (let k = 0; k < data.length; k++) flat[offset + Math.floor(k / d) * width + (k % d)] = data[k]!;
  }
  return flat;
}

function scalersOf(tensors: Checkpoint["tensors"]): { readonly context: Standardizer; readonly outcome: Standardizer } {
  const of = (name: string): Standardizer => ({
    mean: tensors[`${name}.mean`]!.data,
    scale: tensors[`${name}.scale`]!.data,
  });
  return { context: of("context"), outcome: of("outcome") };
}

/** Rows that the radius of a conformal set is taken from at the end, which it is not trained on. */
function splitCalibration(data: DflRows, objective: SetObjective, stream: RandomStream): [DflRows, DflRows | null] {
  if (objective.kind !== "conformal") return [data, null];
  const order = stream.permutation(data.rows);
  const held = Math.min(data.rows - 1, Math.max(1, Math.round(objective.calibration * data.rows)));
  const p = data.contexts.length / data.rows;
  const d = data.costs.length / data.rows;
  const part = (from: number, to: number): DflRows => {
    const chosen = order.slice(from, to);
    const gather = (values: Float64Array, width: number): Float64Array =>
      Float64Array.from(
        { length: chosen.length * width },
        (_, k) => values[chosen[Math.floor(k / width)]! * width + (k % width)]!,
      );
    return { rows: chosen.length, contexts: gather(data.contexts, p), costs: gather(data.costs, d) };
  };
  return [part(held, data.rows), part(0, held)];
}

/** Standard deviation of what the decisions for the predictions cost at the outcomes that came. */
function costUnit(
  problem: DecisionProblem,
  data: DflRows,
  fitted: Float64Array,
  oracle: Awaited<ReturnType<typeof createOracle>>,
): number {
  const { outcome: d, context: p } = problem.sizes;
  const costs: number[] = [];
  for (let row = 0; row < data.rows; row++) {
    const x = data.contexts.slice(row * p, (row + 1) * p);
    const answer = oracle.solve(fitted.slice(row * d, (row + 1) * d), x, 2 * row);
    if (hasDecision(answer)) costs.push(oracle.value(answer.z, data.costs.slice(row * d, (row + 1) * d), x));
  }
  const mean = costs.reduce((sum, cost) => sum + cost / costs.length, 0);
  const variance = costs.reduce((sum, cost) => sum + (cost - mean) ** 2 / costs.length, 0);
  return variance > 0 ? Math.sqrt(variance) : 1;
}

function empiricalQuantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}

/** `C T` of lower triangular matrices. */
function lowerProduct(c: Float64Array, t: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k <= i; k++) {
      const value = c[i * d + k]!;
      for (let j = 0; j <= k; j++) out[i * d + j]! += value * t[k * d + j]!;
    }
  }
  return out;
}

/** `Cᵀ F` in the lower triangle. */
function lowerTransposed(c: Float64Array, f: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k <= i; k++) {
      const value = c[i * d + k]!;
      for (let j = 0; j <= k; j++) out[k * d + j]! += value * f[i * d + j]!;
    }
  }
  return out;
}

/** The rows of a table, each a copy. */
function rowsOf(values: Float64Array, rows: number, width: number): Float64Array[] {
  return Array.from({ length: rows }, (_, k) => values.slice(k * width, (k + 1) * width));
}
