import { RuntimeError } from "../../errors/runtime-error.ts";
import type { TrainHooks } from "../../models/sampler.ts";
import type { Place } from "../../spec.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import type { Executor } from "../../tensor/executor.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows, type TrainingPlan } from "../../tensor/training.ts";
import { reconstructionBatches, type ReconstructionLoss } from "../generator/reconstruction.ts";
import { createRoller, spreadOf, type Rollout } from "../generator/rollout.ts";
import { robustCatalogue } from "../messages.ts";
import type { RowLossProgram } from "../row-losses.ts";
import { createTrainingSteps } from "../training-steps.ts";
import type { GasDroOptions } from "./options.ts";
import { logRatio, surrogate } from "./surrogate.ts";

/** The state of the dual ascent at the start of an inner epoch, and after the last. */
export interface InnerTrace {
  /** From 0. */
  readonly outer: number;
  readonly epoch: number;
  /** E_{P_θ}[f], estimated by the rows drawn from P_θ; `null` where the epoch drew none. */
  readonly expected: number | null;
  /** Standard deviation of f under P_θ: the unit of μ. */
  readonly deviation: number | null;
  /** J(θ). */
  readonly reconstruction: number;
  /** μ. */
  readonly multiplier: number;
  /** `max(0, J/ε − 1)`. */
  readonly violation: number;
}

/** The inner maximisation of 001 algorithm 1, which goes on where it stopped: one for all budgets. */
export interface InnerMaximiser {
  /** Starts anew from θ₀ with the budget ε. */
  start(budget: number): void;
  /** Dual ascent for the options' inner epochs against the predictor of these parameters. */
  maximise(outer: number, predictor: Float32Array): Promise<void>;
  /** Rows drawn from the current P_θ. */
  sample(rows: number, stream: RandomStream): Promise<Rollout>;
  /** Writes the state after the last epoch to the trace, with f measured on these rows. */
  close(outer: number, losses: Float64Array): void;
  readonly trace: readonly InnerTrace[];
  parameters(): Float32Array;
  dispose(): Promise<void>;
}

/** A generator with less of the data's spread than this makes one row again and again. */
const LEAST_SPREAD = 0.1;

/** What the maximisation measures with, kept by whoever starts it. */
export interface InnerMeasures {
  readonly losses: RowLossProgram;
  /** J, on the draws that the budget was set by. */
  readonly reconstruction: ReconstructionLoss;
  /** J(θ₀) */
  readonly pretraining: number;
}

/** @throws RuntimeError generator-collapsed */
export async function createInnerMaximiser(
  options: GasDroOptions,
  { losses, reconstruction, pretraining }: InnerMeasures,
  stream: RandomStream,
  place?: Place,
  hooks: TrainHooks = {},
): Promise<InnerMaximiser> {
  const { generator, estimator, rollout: drawnRows } = options;
  const batch = Math.min(options.batch, drawnRows);
  const { family } = generator;
  const lastSteps = Math.min(estimator.lastSteps, family.coefficients.length);
  const fixedReference = estimator.kind === "ppo" && estimator.reference === "pretrained";
  const roller = await createRoller(generator, drawnRows);
  const batches: BatchSource = {
    order: new Int32Array(batch),
    rollout: null,
    advantages: new Float32Array(0),
    multiplier: 0,
    budget: pretraining,
  };
  const steps = await createTrainingSteps(innerPlan({ ...options, batch }, lastSteps, batches, stream));
  const beginning = steps.snapshot();
  const turn = eventLoopTurn();
  let trace: InnerTrace[] = [];
  let budget = pretraining;
  let multiplier = 0;
  let reference: Rollout | null = null;
  let current = pretraining;

  const checkSpread = (rolled: Rollout, when: string): void => {
    const share = spreadOf(rolled.outcomes, rolled.rows);
    if (share >= LEAST_SPREAD) return;
    const shown = Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "no number";
    throw new RuntimeError(
      robustCatalogue,
      "generator-collapsed",
      { model: family.model, when, share: shown },
      place === undefined ? {} : { place },
    );
  };
  const record = (outer: number, epoch: number, values: Float64Array | null): void => {
    const moments = values === null ? null : momentsOf(values);
    trace.push({
      outer,
      epoch,
      expected: moments?.mean ?? null,
      deviation: moments?.deviation ?? null,
      reconstruction: current,
      multiplier,
      violation: Math.max(0, current / budget - 1),
    });
  };

  return {
    get trace() {
      return trace;
    },
    start(value) {
      steps.restore(beginning);
      trace = [];
      budget = value;
      batches.budget = value;
      multiplier = 0;
      reference = null;
      current = pretraining;
    },
    async maximise(outer, predictor) {
      for (let epoch = 0; epoch < options.inner; epoch++) {
        hooks.signal?.throwIfAborted();
        const rollStream = stream.child(`rollout/${outer}/${epoch}`);
        const theta = fixedReference ? generator.parameters : steps.parameters();
        if (!fixedReference || reference === null) {
          reference = await roller.roll(theta, drawnRows, lastSteps, rollStream);
          checkSpread(reference, trace.length === 0 ? "before the adversary began" : "while the adversary was trained");
        }
        const values = await losses.losses(predictor, reference.data);
        record(outer, epoch, fixedReference ? null : values);
        const { mean, deviation } = momentsOf(values);
        batches.rollout = reference;
        batches.advantages = Float32Array.from(values, (f) => (deviation === 0 ? 0 : (f - mean) / deviation));
        batches.multiplier = Math.max(0, multiplier + options.damping * (current / budget - 1));
        const order = rollStream.child("order").permutation(drawnRows);
        for (let first = 0; first + batch <= drawnRows; first += batch) {
          batches.order.set(order.subarray(first, first + batch));
          await steps.step();
          await turn.yield();
        }
        current = await reconstruction.measure(steps.parameters());
        multiplier = Math.max(0, multiplier + options.dualRate * (current / budget - 1));
      }
    },
    async sample(rows, sampleStream) {
      const rolled = await roller.roll(steps.parameters(), rows, 0, sampleStream);
      checkSpread(rolled, "while the adversary was trained");
      return rolled;
    },
    close: (outer, values) => record(outer, options.inner, values),
    parameters: () => steps.parameters(),
    async dispose() {
      await steps.dispose();
      await roller.dispose();
    },
  };
}

/** What the next gradient step of θ reads. */
interface BatchSource {
  /** Rows of the rollout. */
  readonly order: Int32Array;
  rollout: Rollout | null;
  advantages: Float32Array;
  /** Weight of J/ε. */
  multiplier: number;
  /** ε. */
  budget: number;
}

/** One ascent step of θ on `surrogate − μ (J/ε − 1)` as a training plan. */
function innerPlan(
  { estimator, generator, optimizer, batch }: GasDroOptions,
  steps: number,
  source: BatchSource,
  stream: RandomStream,
): TrainingPlan {
  const { family } = generator;
  const { context: p, outcome: d } = family.sizes;
  const { start } = family;
  const reconstruction = reconstructionBatches(generator, batch, stream);
  return {
    model: family.model,
    layout: family.layout,
    steps: Number.MAX_SAFE_INTEGER,
    optimizer,
    ema: 0,
    initial: () => generator.parameters,
    declare(graph) {
      const transitions = {
        rows: batch,
        steps,
        state: graph.input("state", [steps * batch, start]),
        mean: graph.input("mean", [steps * batch, d]),
        noise: graph.input("noise/step", [steps * batch, d]),
        contexts: p > 0 ? graph.input("contexts", [batch, p]) : null,
      };
      const advantages = graph.input("advantages", [batch, 1]);
      const rowsOf = reconstruction.declare(graph);
      const number = (name: string): Tensor => ops.reshape(graph.input(name, [1]), []);
      const [multiplier, budget] = [number("multiplier"), number("budget")];
      return (parameters) => {
        const gain = surrogate(estimator, logRatio(family, parameters, transitions), advantages);
        return ops.sub(ops.mul(multiplier, ops.div(ops.mean(rowsOf(parameters)), budget)), gain);
      };
    },
    fill(executor, first) {
      reconstruction.fill(executor, first);
      executor.input("multiplier")[0] = source.multiplier;
      executor.input("budget")[0] = source.budget;
      fillTransitions(executor, source, { start, d, p });
    },
  };
}

function fillTransitions(
  executor: Executor,
  { order, rollout, advantages }: BatchSource,
  { start, d, p }: { readonly start: number; readonly d: number; readonly p: number },
): void {
  if (rollout === null) throw new Error("No rows were drawn for this step.");
  const batch = order.length;
  for (const [k, { state, mean, noise }] of rollout.steps.entries()) {
    gatherRows(state, start, order, executor.input("state").subarray(k * batch * start, (k + 1) * batch * start));
    gatherRows(mean, d, order, executor.input("mean").subarray(k * batch * d, (k + 1) * batch * d));
    gatherRows(noise, d, order, executor.input("noise/step").subarray(k * batch * d, (k + 1) * batch * d));
  }
  if (p > 0) gatherRows(rollout.contexts, p, order, executor.input("contexts"));
  gatherRows(advantages, 1, order, executor.input("advantages"));
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function momentsOf(values: Float64Array): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
