import { RuntimeError } from "../errors/runtime-error.ts";
import type { Differentiability } from "../decide/derivative/index.ts";
import { readWeights, weightTensors } from "../models/mlp-weights.ts";
import { fitStandardizer, standardize, type Standardizer } from "../models/standardizer.ts";
import { checkTrainingSet } from "../models/training-set.ts";
import type { FloatData } from "../tensor/executor.ts";
import { runOuterTraining, type OuterPlan } from "../tensor/outer-training.ts";
import { initialMlp } from "../tensor/parameters.ts";
import { gatherRows } from "../tensor/training.ts";
import { createBatches } from "./batches.ts";
import { dflCatalogue } from "./catalogue.ts";
import { createForecast, networkLayout, networkOf, openCostPredictor, predictedCosts } from "./cost-network.ts";
import { createDecisionPool } from "./decision-pool.ts";
import { createHost } from "./host.ts";
import { createLoss } from "./losses/create-loss.ts";
import { hindsight, regretOf } from "./regret.ts";
import { remembering, type TrainingMemory } from "./resume.ts";
import { createRowSolver, hasDecision } from "./row-solver.ts";
import { LOSS_TRAITS } from "./traits.ts";
import type { DflRows, HistoryEntry, PredictorTrainingOptions, TrainedPredictor } from "./types.ts";

const MODEL = "cost predictor";

/**
 * Trains a predictor of costs for the decisions that are taken with it. Every step predicts a batch of rows, lets the
 * loss solve for their decisions, and moves the weights along `∂loss/∂ŝ`. A row whose solve fails has no gradient and is
 * listed in the history; the rest goes on. With validation rows the weights of least relative regret are returned, and
 * otherwise the last ones.
 *
 * @throws RuntimeError `loss-does-not-fit`, `no-training-decisions`, `prediction-not-finite`, `loss-not-finite`,
 *   `training-diverged`, a code of `checkTrainingSet` or of a foreign checkpoint
 */
export async function trainCostPredictor(options: PredictorTrainingOptions): Promise<TrainedPredictor> {
  const { data, oracle, stream, optimizer, hooks = {}, validation, solveProbability = 1 } = options;
  const place = hooks.place === undefined ? {} : { place: hooks.place };
  const sizes = { context: data.contexts.length / data.rows, outcome: oracle.outcome };
  for (const table of validation === undefined ? [data] : [data, validation]) check(table, sizes);

  const differentiability: Record<Differentiability, number> = { exact: 0, "zero almost everywhere": 0, chosen: 0 };
  const decisions = createDecisionPool(oracle);
  const pools = LOSS_TRAITS[options.loss.loss].pool || solveProbability < 1;
  const solver = createRowSolver(oracle, pools ? decisions : null);
  const loss = createLoss(options.loss, {
    oracle,
    pool: decisions,
    count: (kind) => differentiability[kind]++,
    ...place,
  });

  const best = hindsight(data, (s, x, row) => solver.solve(s, x, row, -1));
  const usable = Int32Array.from(best.keys()).filter((row) => hasDecision(best[row]!));
  const first = best[0]!;
  if (usable.length === 0) {
    const args = {
      rows: data.rows,
      status: first.status,
      detail: first.detail === undefined ? "" : `: ${first.detail}`,
    };
    throw new RuntimeError(dflCatalogue, "no-training-decisions", args, place);
  }
  const d = sizes.outcome;
  if (pools) for (const row of usable) decisions.add(best[row]!, data.costs.subarray(row * d, (row + 1) * d));

  const network = networkOf(options.predictor);
  const layout = networkLayout(network, sizes);
  const started = options.initial === undefined ? null : readWeights(MODEL, layout, sizes, options.initial);
  const scalers = started ?? fitScalers(data, sizes, options.standardize ?? true);
  const size = Math.min(options.batch, usable.length);
  const batches = createBatches(usable, size, stream.child("rows"));
  const steps = "steps" in options.length ? options.length.steps : options.length.epochs * batches.perEpoch;
  const every = options.evaluateEvery ?? batches.perEpoch;

  const contexts = new Float32Array(data.contexts.length);
  standardize(scalers.context, data.contexts, contexts);
  const host = createHost({
    data,
    best,
    batches,
    size,
    loss,
    solver,
    solveProbability,
    stream,
    name: options.loss.loss,
    ...place,
  });

  const entries: HistoryEntry[] = [];
  /** The weights to return, their step, and their relative regret on the validation rows. */
  const kept = { parameters: new Float32Array(layout.size), step: 0, regret: Infinity };
  const clock = { since: performance.now(), seconds: 0 };
  let summed = 0;
  const watch = validation === undefined ? null : await createWatch(validation);

  async function createWatch(rows: DflRows): Promise<{
    readonly regret: (parameters: FloatData) => Promise<Pick<HistoryEntry, "regret" | "relativeRegret">>;
    readonly dispose: () => Promise<void>;
  }> {
    const target = hindsight(rows, (s, x, row) => solver.solve(s, x, row, -2));
    const forecast = await createForecast(network, rows.contexts, rows.rows, scalers);
    return {
      async regret(parameters) {
        const predictions = await forecast.predict(parameters);
        const { mean, relative } = regretOf(predictions, rows, target, oracle, (s, x, row) =>
          solver.solve(s, x, row, -2),
        );
        return { regret: mean, relativeRegret: relative };
      },
      dispose: forecast.dispose,
    };
  }

  async function record(parameters: FloatData, done: number): Promise<void> {
    clock.seconds += (performance.now() - clock.since) / 1000;
    const since = done - (entries.at(-1)?.step ?? 0);
    const regret = watch === null ? {} : await watch.regret(parameters);
    const entry = { step: done, loss: since === 0 ? NaN : summed / since, ...regret, seconds: clock.seconds };
    entries.push(entry);
    summed = 0;
    options.onProgress?.(entry);
    const relative = regret.relativeRegret;
    if (relative !== undefined && relative < kept.regret) {
      kept.parameters.set(parameters);
      kept.step = done;
      kept.regret = relative;
    }
    clock.since = performance.now();
  }

  const memory: TrainingMemory = {
    save: () => ({
      best: Float64Array.from(kept.parameters),
      progress: Float64Array.of(kept.step, kept.regret, clock.seconds, summed),
      counts: solver.counts,
      differentiability: Float64Array.from(KINDS, (kind) => differentiability[kind]),
      loss: loss.state ?? new Float64Array(0),
      entries: Float64Array.from(entries.flatMap((entry) => ENTRY.map((name) => entry[name] ?? NaN))),
      pool: Float64Array.from(decisions.decisions.flatMap((z) => [...z])),
    }),
    restore(saved) {
      kept.parameters.set(saved["best"] ?? []);
      [kept.step = 0, kept.regret = Infinity, clock.seconds = 0, summed = 0] = saved["progress"] ?? [];
      solver.counts.set(saved["counts"] ?? []);
      KINDS.forEach((kind, i) => (differentiability[kind] = saved["differentiability"]?.[i] ?? 0));
      loss.state?.set(saved["loss"] ?? []);
      entries.splice(0, entries.length, ...entriesOf(saved["entries"] ?? new Float64Array(0)));
      const [row] = usable;
      const s = data.costs.slice(row! * d, (row! + 1) * d);
      const x = data.contexts.slice(row! * sizes.context, (row! + 1) * sizes.context);
      const n = oracle.decision;
      const values = saved["pool"] ?? new Float64Array(0);
      for (let at = 0; at < values.length; at += n) {
        const z = values.slice(at, at + n);
        const slope = new Float64Array(d);
        oracle.slope(z, s, x, slope);
        decisions.add({ status: "optimal", z, objective: oracle.value(z, s, x), slope }, s);
      }
    },
  };

  const plan: OuterPlan = {
    model: MODEL,
    layout,
    steps,
    optimizer,
    ema: 0,
    initial: () => started?.parameters.slice() ?? initialMlp(layout, stream.child("initial")),
    declare(graph) {
      const x = graph.input("x", [size, Math.max(1, sizes.context)]);
      return (parameters) => ({ outputs: { costs: predictedCosts(x, parameters, network, scalers.outcome) } });
    },
    fill(executor, step) {
      if (sizes.context > 0) gatherRows(contexts, sizes.context, batches.rows(step), executor.input("x"));
    },
    host(outputs, step) {
      const part = host(outputs.get("costs")!, step);
      summed += part.loss;
      return { loss: part.loss, gradients: { costs: part.gradient } };
    },
    async after(parameters, done) {
      if (watch === null) {
        kept.parameters.set(parameters);
        kept.step = done;
      }
      if (done % every === 0 || done === steps) await record(parameters, done);
    },
  };

  let status: TrainedPredictor["status"] = "finished";
  try {
    const { checkpoint, ...rest } = hooks;
    const own = { ...rest, ...(checkpoint === undefined ? {} : { checkpoint: remembering(checkpoint, memory) }) };
    const initial = plan.initial();
    kept.parameters.set(initial);
    if (watch !== null) await record(initial, 0);
    await runOuterTraining(plan, own);
  } catch (error) {
    // A cancelled training ends with what it has.
    if (hooks.signal?.aborted !== true || error !== hooks.signal.reason) throw error;
    status = "cancelled";
  } finally {
    await watch?.dispose();
  }

  const tensors = weightTensors(layout, { parameters: kept.parameters, ...scalersOf(scalers) });
  const [failed = 0, solves = 0, stopped = 0, cached = 0] = solver.counts;
  return {
    ...openCostPredictor(options.predictor, sizes, tensors),
    status,
    step: kept.step,
    history: {
      entries,
      failures: solver.failures,
      failed,
      solves,
      stopped,
      cached,
      pool: decisions.size,
      differentiability,
    },
  };
}

const KINDS = ["exact", "zero almost everywhere", "chosen"] as const;
const ENTRY = ["step", "loss", "regret", "relativeRegret", "seconds"] as const;

function entriesOf(values: Float64Array): HistoryEntry[] {
  return Array.from({ length: values.length / ENTRY.length }, (_, i) => {
    const [step = 0, loss = NaN, regret = NaN, relativeRegret = NaN, seconds = 0] = values.subarray(
      i * ENTRY.length,
      (i + 1) * ENTRY.length,
    );
    return { step, loss, ...(Number.isNaN(relativeRegret) ? {} : { regret, relativeRegret }), seconds };
  });
}

interface Scalers {
  readonly context: Standardizer;
  readonly outcome: Standardizer;
}

function scalersOf({ context, outcome }: Scalers): Scalers {
  return { context, outcome };
}

function fitScalers(data: DflRows, sizes: { context: number; outcome: number }, standardized: boolean): Scalers {
  const of = (values: Float64Array, columns: number): Standardizer =>
    standardized
      ? fitStandardizer(values, data.rows, columns)
      : { mean: new Float32Array(columns), scale: new Float32Array(columns).fill(1) };
  return { context: of(data.contexts, sizes.context), outcome: of(data.costs, sizes.outcome) };
}

function check(data: DflRows, sizes: { readonly context: number; readonly outcome: number }): void {
  checkTrainingSet(MODEL, { rows: data.rows, contexts: data.contexts, outcomes: data.costs }, sizes);
}
