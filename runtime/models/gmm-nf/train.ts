import type { AdamSpec } from "../../spec.ts";
import { createExecutor } from "../../tensor/executor.ts";
import { Graph, type Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { unpack } from "../../tensor/parameters.ts";
import { defineProgram, type Program } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { runTraining } from "../../tensor/training.ts";
import type { GeneratorDefinition } from "../neural/definition.ts";
import { standardNormal } from "../neural/normal.ts";
import { generatorPlan } from "../neural/plan.ts";
import type { Checkpoint, TrainHooks } from "../sampler.ts";
import {
  initialSplineFlow,
  pullBack,
  pushForward,
  splineFlowLayout,
  type SplineFlowShape,
} from "../spline-flow/flow.ts";
import { meanOne, type Standardizer } from "../standardizer.ts";

/** Standardised joint rows. */
export interface JointValues {
  readonly rows: number;
  readonly values: Float32Array;
  readonly weights?: Float64Array;
}

interface JointTraining {
  readonly holdout: number;
  readonly patience: number;
  readonly epochs: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/** Rows that one call scores. */
const ROWS = 256;

/**
 * Maximum likelihood of a joint flow with early stopping (002 §5): a share of the rows is held out, and the weights of
 * the epoch with the best held-out likelihood are kept.
 */
export async function trainJointFlow(
  shape: SplineFlowShape,
  { holdout, patience, epochs, batch, optimizer }: JointTraining,
  data: JointValues,
  stream: RandomStream,
  hooks: Pick<TrainHooks, "signal" | "onStep">,
): Promise<{ readonly parameters: Float32Array; readonly history: readonly number[] }> {
  const definition = jointFlow(shape);
  const order = stream.child("holdout").permutation(data.rows);
  const cut = data.rows < 2 ? 0 : Math.min(data.rows - 1, Math.max(1, Math.round(holdout * data.rows)));
  const kept = take(data, definition.sizes.outcome, order.slice(cut).sort());
  const held = cut === 0 ? kept : take(data, definition.sizes.outcome, order.slice(0, cut).sort());
  const steps = Math.max(1, Math.ceil(kept.rows / batch));
  const none: Standardizer = { mean: new Float32Array(0), scale: new Float32Array(0) };
  const rows = {
    rows: kept.rows,
    sizes: definition.sizes,
    contexts: new Float32Array(0),
    outcomes: kept.values,
    weights: kept.weights === undefined ? null : meanOne(kept.weights),
    context: none,
    outcome: none,
  };
  const plan = generatorPlan(definition, { steps: steps * epochs, batch, optimizer }, rows, stream);
  const score = await createExecutor(scoreProgram(definition, shape));
  const history: number[] = [];
  const enough = new AbortController();
  let best = plan.initial();
  const save = async ({ tensors }: Checkpoint): Promise<void> => {
    if (enough.signal.aborted) return;
    const { data: parameters } = tensors["parameters"]!;
    score.input("parameters").set(parameters);
    history.push(await meanScore(score, held, definition.sizes.outcome));
    const peak = history.reduce((top, value, k) => (value > history[top]! ? k : top), 0);
    if (peak === history.length - 1) best = parameters.slice();
    else if (history.length - 1 - peak >= patience) enough.abort();
  };
  try {
    const signal = hooks.signal === undefined ? enough.signal : AbortSignal.any([hooks.signal, enough.signal]);
    const checkpoint = { everySteps: steps, load: async () => null, save };
    await runTraining(plan, { ...hooks, signal, checkpoint });
  } catch (error) {
    // Patience that has run out ends the training as an interruption does.
    if (!enough.signal.aborted || hooks.signal?.aborted === true) throw error;
  } finally {
    await score.dispose();
  }
  return { parameters: best, history };
}

function jointFlow(shape: SplineFlowShape): GeneratorDefinition {
  const width = shape.blocks.reduce((sum, size) => sum + size, 0);
  return {
    model: "gmm_nf",
    sizes: { context: 0, outcome: width },
    layout: splineFlowLayout(shape),
    ema: 0,
    initial: (stream) => initialSplineFlow(shape, stream),
    inputs: [],
    loss: (parameters, { outcomes }) => ops.neg(logDensity(shape, parameters, outcomes)),
    sampling: {
      start: width,
      coefficients: [[]],
      noise: 0,
      step: (parameters, state) => pullBack(shape, parameters, state, null),
    },
  };
}

function logDensity(shape: SplineFlowShape, parameters: readonly Tensor[], values: Tensor): Tensor {
  const { latent, logDeterminant } = pushForward(shape, parameters, values, null);
  return ops.add(standardNormal(latent), logDeterminant);
}

function scoreProgram({ layout, sizes }: GeneratorDefinition, shape: SplineFlowShape): Program {
  const graph = new Graph();
  const parameters = unpack(graph.input("parameters", [layout.size]), layout);
  const values = graph.input("values", [ROWS, sizes.outcome]);
  return defineProgram(graph, { outputs: { value: logDensity(shape, parameters, values) } });
}

async function meanScore(
  score: Awaited<ReturnType<typeof createExecutor>>,
  held: JointValues,
  width: number,
): Promise<number> {
  let [sum, total] = [0, 0];
  for (let from = 0; from < held.rows; from += ROWS) {
    const end = Math.min(held.rows, from + ROWS);
    score.input("values").set(held.values.subarray(from * width, end * width));
    await score.run();
    const values = score.output("value");
    for (let i = from; i < end; i++) {
      const weight = held.weights?.[i] ?? 1;
      sum += weight * values[i - from]!;
      total += weight;
    }
  }
  return total === 0 ? 0 : sum / total;
}

function take({ values, weights }: JointValues, width: number, rows: Int32Array): JointValues {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  const own = weights === undefined ? undefined : Float64Array.from(rows, (row) => weights[row]!);
  // Where no row that is left has weight they count the same.
  const weighted = own !== undefined && own.some((w) => w > 0);
  return { rows: rows.length, values: out, ...(weighted ? { weights: own } : {}) };
}
