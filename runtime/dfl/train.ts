import { RuntimeError } from "../errors/runtime-error.ts";
import type { Differentiability } from "../decide/derivative/index.ts";
import { readWeights, weightTensors } from "../models/mlp-weights.ts";
import { fitStandardizer, standardize, type Standardizer } from "../models/standardizer.ts";
import { checkTrainingSet } from "../models/training-set.ts";
import { runOuterTraining, type OuterPlan } from "../tensor/outer-training.ts";
import { initialMlp } from "../tensor/parameters.ts";
import { gatherRows } from "../tensor/training.ts";
import { createBatches } from "./batches.ts";
import { dflCatalogue } from "./catalogue.ts";
import { networkLayout, networkOf, openCostPredictor, predictedCosts } from "./cost-network.ts";
import { createDecisionPool, type DecisionPool } from "./decision-pool.ts";
import { createHost } from "./host.ts";
import { createLoss } from "./losses/create-loss.ts";
import type { DflLoss } from "./losses/row.ts";
import { createProgress } from "./progress.ts";
import { hindsight, type SolveRow } from "./regret.ts";
import { allOf, remembering, type TrainingMemory } from "./resume.ts";
import { createRowSolver, EVALUATION, hasDecision, type RowSolver } from "./row-solver.ts";
import { LOSS_TRAITS } from "./traits.ts";
import type { DecisionOracle, DflRows, PredictorTrainingOptions, TrainedPredictor } from "./types.ts";
import { createWatch } from "./watch.ts";

const MODEL = "cost predictor";
/** Most evaluations of a training that says nothing about them: each solves for every validation row. */
const EVALUATIONS = 40;

/**
 * Trains a predictor of costs for the decisions that are taken with it. Every step predicts a batch of rows, lets the
 * loss solve for their decisions, and moves the weights along `∂loss/∂ŝ`. A row whose solve fails has no gradient and is
 * listed in the history; the rest goes on. With validation rows the weights of least regret are returned, and
 * otherwise the last ones.
 *
 * @throws RuntimeError `loss-does-not-fit`, `no-training-decisions`, `prediction-not-finite`, `loss-not-finite`,
 *   `training-diverged`, a code of `checkTrainingSet` or of a foreign checkpoint
 * @throws the signal's reason when aborted before there was a model
 */
export async function trainCostPredictor(options: PredictorTrainingOptions): Promise<TrainedPredictor> {
  const { data, oracle, stream, optimizer, hooks = {}, validation, solveProbability = 1 } = options;
  const { signal } = hooks;
  const place = hooks.place === undefined ? {} : { place: hooks.place };
  const sizes = { context: data.contexts.length / data.rows, outcome: oracle.outcome };
  for (const table of validation === undefined ? [data] : [data, validation]) check(table, sizes);

  const differentiability: Record<Differentiability, number> = { exact: 0, "zero almost everywhere": 0, chosen: 0 };
  const teacher = options.relaxed ?? oracle;
  const decisions = createDecisionPool(teacher);
  const pools = LOSS_TRAITS[options.loss.loss].pool || solveProbability < 1;
  const solver = createRowSolver(teacher, pools ? decisions : null, oracle);
  const loss = createLoss(options.loss, {
    oracle: teacher,
    pool: decisions,
    count: (kind) => differentiability[kind]++,
    ...place,
  });

  const best = await hindsight(data, (s, x, row) => solver.solve(s, x, row, -1), signal);
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
  const every = options.evaluateEvery ?? batches.perEpoch * Math.ceil(steps / (EVALUATIONS * batches.perEpoch));

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

  const cancel = signal === undefined ? {} : { signal };
  const solve: SolveRow = (s, x, row) => solver.solve(s, x, row, EVALUATION);
  const { nominal } = options;
  const solveBest: SolveRow = nominal === undefined ? solve : (s, x) => nominal.solve(s, x);
  const watch =
    validation === undefined
      ? null
      : await createWatch({ rows: validation, oracle, network, scalers, solve, solveBest, ...cancel });
  const progress = createProgress(layout.size, watch, options.onProgress);
  const memory = allOf([progress, countsMemory(solver, differentiability, loss), poolMemory(decisions, teacher, data)]);

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
      progress.step(part.loss);
      return { loss: part.loss, gradients: { costs: part.gradient } };
    },
    async after(parameters, done) {
      progress.take(parameters, done);
      if (done % every === 0 || done === steps) await progress.record(parameters, done);
    },
  };

  let status: TrainedPredictor["status"] = "finished";
  try {
    const { checkpoint, ...rest } = hooks;
    const own = { ...rest, ...(checkpoint === undefined ? {} : { checkpoint: remembering(checkpoint, memory) }) };
    const initial = plan.initial();
    progress.take(initial, 0);
    if (watch !== null) await progress.record(initial, 0);
    await runOuterTraining(plan, own);
  } catch (error) {
    // A cancelled training ends with what it has, where it has anything.
    const { entries, kept } = progress;
    const begun = entries.length > 0 || kept.step > 0;
    if (signal?.aborted !== true || error !== signal.reason || !begun) throw error;
    status = "cancelled";
  } finally {
    await watch?.dispose();
  }

  const tensors = weightTensors(layout, {
    parameters: progress.kept.parameters,
    context: scalers.context,
    outcome: scalers.outcome,
  });
  const [failed = 0, solves = 0, stopped = 0, cached = 0] = solver.counts;
  return {
    ...openCostPredictor(options.predictor, sizes, tensors),
    status,
    step: progress.kept.step,
    history: {
      entries: progress.entries,
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

/** What is counted, and what the loss carries from step to step. */
function countsMemory(
  solver: RowSolver,
  differentiability: Record<Differentiability, number>,
  loss: DflLoss,
): TrainingMemory {
  return {
    save: () => ({
      counts: solver.counts,
      differentiability: Float64Array.from(KINDS, (kind) => differentiability[kind]),
      loss: loss.state ?? new Float64Array(0),
    }),
    restore(saved) {
      solver.counts.set(saved["counts"] ?? []);
      KINDS.forEach((kind, i) => (differentiability[kind] = saved["differentiability"]?.[i] ?? 0));
      loss.state?.set(saved["loss"] ?? []);
    },
  };
}

/** The pool's decisions; what they cost follows from any row. */
function poolMemory(pool: DecisionPool, oracle: DecisionOracle, data: DflRows): TrainingMemory {
  const { outcome: d, decision: n } = oracle;
  return {
    save: () => ({ pool: Float64Array.from(pool.decisions.flatMap((z) => [...z])) }),
    restore(saved) {
      const s = data.costs.slice(0, d);
      const x = data.contexts.slice(0, data.contexts.length / data.rows);
      const values = saved["pool"] ?? new Float64Array(0);
      for (let at = 0; at < values.length; at += n) {
        const z = values.slice(at, at + n);
        const slope = new Float64Array(d);
        oracle.slope(z, s, x, slope);
        pool.add({ status: "optimal", z, objective: oracle.value(z, s, x), slope }, s);
      }
    },
  };
}

interface Scalers {
  readonly context: Standardizer;
  readonly outcome: Standardizer;
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
