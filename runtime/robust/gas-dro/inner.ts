import { RuntimeError } from "../../errors/runtime-error.ts";
import type { TrainHooks } from "../../models/sampler.ts";
import type { Place } from "../../spec.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor, type Executor } from "../../tensor/executor.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows, trainingProgram, type TrainingPlan } from "../../tensor/training.ts";
import { fillSteps } from "../../tensor/training-plan.ts";
import { createReconstructionLoss } from "../generator/reconstruction.ts";
import { createRoller, spreadOf, type Rollout } from "../generator/rollout.ts";
import { robustCatalogue } from "../messages.ts";
import type { RowLossProgram } from "../row-losses.ts";
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

/** The inner maximisation of 001 algorithm 1, which goes on where it stopped. */
export interface InnerMaximiser {
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

/**
 * @param budget ε
 * @throws RuntimeError generator-collapsed
 */
export async function createInnerMaximiser(
  options: GasDroOptions,
  budget: number,
  losses: RowLossProgram,
  stream: RandomStream,
  place?: Place,
  hooks: TrainHooks = {},
): Promise<InnerMaximiser> {
  const { generator, estimator, rollout: drawnRows } = options;
  const batch = Math.min(options.batch, drawnRows);
  const { family } = generator;
  const lastSteps = Math.min(estimator.lastSteps, family.coefficients.length);
  const fixedReference = estimator.kind === "ppo" && estimator.reference === "pretrained";
  const reconstruction = await createReconstructionLoss(generator, stream.child("reconstruction"));
  const roller = await createRoller(generator);
  const batches: BatchSource = {
    order: new Int32Array(batch),
    rollout: null,
    advantages: new Float32Array(0),
    multiplier: 0,
  };
  const plan = innerPlan({ ...options, batch }, lastSteps, budget, batches, stream);
  const executor = await createExecutor(trainingProgram(plan, 1));
  executor.state("parameters").set(generator.parameters);
  const trace: InnerTrace[] = [];
  const turn = eventLoopTurn();
  let step = 0;
  let multiplier = 0;
  let reference: Rollout | null = null;
  let current = await reconstruction.measure(generator.parameters);

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
    trace,
    async maximise(outer, predictor) {
      for (let epoch = 0; epoch < options.inner; epoch++) {
        hooks.signal?.throwIfAborted();
        const rollStream = stream.child(`rollout/${outer}/${epoch}`);
        const theta = fixedReference ? generator.parameters : Float32Array.from(executor.state("parameters"));
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
          fillSteps(plan, executor, step, 1);
          await executor.run();
          step++;
          await turn.yield();
        }
        current = await reconstruction.measure(Float32Array.from(executor.state("parameters")));
        multiplier = Math.max(0, multiplier + options.dualRate * (current / budget - 1));
      }
    },
    async sample(rows, sampleStream) {
      const rolled = await roller.roll(Float32Array.from(executor.state("parameters")), rows, 0, sampleStream);
      checkSpread(rolled, "while the adversary was trained");
      return rolled;
    },
    close: (outer, values) => record(outer, options.inner, values),
    parameters: () => Float32Array.from(executor.state("parameters")),
    async dispose() {
      await executor.dispose();
      await roller.dispose();
      await reconstruction.dispose();
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
}

/** One ascent step of θ on `surrogate − μ (J/ε − 1)` as a training plan. */
function innerPlan(
  { estimator, generator, optimizer, batch }: GasDroOptions,
  steps: number,
  budget: number,
  source: BatchSource,
  stream: RandomStream,
): TrainingPlan {
  const { family, rows } = generator;
  const { context: p, outcome: d } = family.sizes;
  const { start } = family;
  const rowStream = stream.child("rows");
  const drawn = new Int32Array(batch);
  const inputs = family.reconstructionInputs.map((input) => ({ ...input, stream: stream.child(input.name) }));
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
      const outcomes = graph.input("outcomes", [batch, d]);
      const outcomeContexts = p > 0 ? graph.input("outcomes/contexts", [batch, p]) : null;
      const random = new Map(inputs.map(({ name, columns }) => [name, graph.input(name, [batch, columns])]));
      const multiplier = ops.reshape(graph.input("multiplier", [1]), []);
      return (parameters) => {
        const gain = surrogate(estimator, logRatio(family, parameters, transitions), advantages);
        const loss = ops.mean(
          family.reconstruction(parameters, outcomes, outcomeContexts, (name) => random.get(name)!),
        );
        return ops.sub(ops.mul(multiplier, ops.div(loss, budget)), gain);
      };
    },
    fill(executor, first) {
      rowStream.integers(drawn, rows.rows, first * batch);
      gatherRows(rows.outcomes, d, drawn, executor.input("outcomes"));
      if (p > 0) gatherRows(rows.contexts, p, drawn, executor.input("outcomes/contexts"));
      for (const input of inputs) input.fill(input.stream, executor.input(input.name), first * batch);
      executor.input("multiplier")[0] = source.multiplier;
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
