import { RuntimeError } from "../../errors/runtime-error.ts";
import type { AdamSpec, MixtureFlowSpec } from "../../spec.ts";
import { tensorCatalogue } from "../../tensor/catalogue.ts";
import { createExecutor, type Executor } from "../../tensor/executor.ts";
import { Graph } from "../../tensor/graph.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import { defineProgram } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/safetensors.ts";
import type { MixtureSampler } from "../mixture/conditional.ts";
import { fitMixture } from "../mixture/index.ts";
import { loadMixture } from "../mixture/stored.ts";
import { logVolume, onConstants, varyingColumns, varyingValues } from "../neural/rows.ts";
import type { ConditionalSampler, TrainHooks, TrainingSet } from "../sampler.ts";
import { pullBack, pushForward, splineFlowLayout, type SplineFlowShape } from "../spline-flow/flow.ts";
import { fitStandardizer, type Standardizer } from "../standardizer.ts";
import { checkTrainingSet } from "../training-set.ts";
import { trainJointFlow } from "./train.ts";

export interface FittedMixtureFlow extends ConditionalSampler {
  /** Held-out mean log-density of a standardised joint row after each epoch; the best one's weights are kept. */
  readonly history: readonly number[];
  /** Components of the latent mixture. */
  readonly components: number;
  /** What `loadMixtureFlow` makes the same law of. */
  readonly tensors: MixtureFlowTensors;
  /**
   * `log q(s | x)` of each of `rows` pairs: the latent mixture's conditional density plus the log-determinant of the
   * outcome's part of the flow. Of the varying columns; −Infinity where a constant one has another value.
   */
  logDensity(contexts: Float64Array, outcomes: Float64Array, rows: number): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** A fitted law as a run folder keeps it: the flow's weights, what undoes the standardisation, the latent mixture. */
export type MixtureFlowTensors = Readonly<Record<string, Tensor>>;

interface Sizes {
  readonly context: number;
  readonly outcome: number;
}

/** Rows a call. */
const ROWS = 256;
const OPTIMIZER: AdamSpec = { kind: "adam", rate: 1e-3, weightDecay: 0 };
const BATCH = 64;

/**
 * Fits a spline flow to the joint (x, s), in whose block structure x is transformed without s, then a Gaussian mixture to
 * the latent rows. A draw at x conditions the mixture on x's latent in closed form and goes back through the flow (002
 * §4.2). Weighted rows count by their weights in both.
 * @throws RuntimeError for a training set that cannot be trained on, or a diverging loss
 */
export async function fitMixtureFlow(
  spec: MixtureFlowSpec,
  data: TrainingSet,
  sizes: Sizes,
  stream: RandomStream,
  hooks: Pick<TrainHooks, "signal" | "onStep"> = {},
): Promise<FittedMixtureFlow> {
  checkTrainingSet("gmm_nf", data, sizes);
  const context = fitStandardizer(data.contexts, data.rows, sizes.context);
  const outcome = fitStandardizer(data.outcomes, data.rows, sizes.outcome);
  const [p, d] = [varyingColumns(context).length, varyingColumns(outcome).length];
  const joint = joined(
    varyingValues(context, data.contexts, data.rows),
    p,
    varyingValues(outcome, data.outcomes, data.rows),
    d,
    data.rows,
  );
  if (d === 0) return constantLaw(outcome);
  const shape = shapeOf(spec, p, d);
  const training = { ...spec, batch: BATCH, optimizer: OPTIMIZER };
  const rows = { rows: data.rows, values: joint, ...(data.weights === undefined ? {} : { weights: data.weights }) };
  const { parameters, history } = await trainJointFlow(shape, training, rows, stream.child("flow"), hooks);
  const maps = await openMaps(shape, parameters);
  const { latent } = await maps.push(joint, data.rows);
  const rule = { covariance: "full", restarts: 5, floor: 1e-6, scenarios: 0 } as const;
  const mixture = await fitMixture(
    { kind: "gmm", components: spec.components, criterion: spec.criterion, ...rule },
    {
      rows: data.rows,
      contexts: columnsOf(latent, p + d, 0, p),
      outcomes: columnsOf(latent, p + d, p, p + d),
      ...(data.weights === undefined ? {} : { weights: data.weights }),
    },
    { context: p, outcome: d },
    stream.child("mixture"),
    hooks.signal === undefined ? {} : { signal: hooks.signal },
  );
  const tensors: MixtureFlowTensors = {
    flow: { shape: [parameters.length], data: parameters },
    context_mean: { shape: [context.mean.length], data: context.mean },
    context_scale: { shape: [context.scale.length], data: context.scale },
    outcome_mean: { shape: [outcome.mean.length], data: outcome.mean },
    outcome_scale: { shape: [outcome.scale.length], data: outcome.scale },
    ...Object.fromEntries(Object.entries(mixture.tensors).map(([name, tensor]) => [`${LATENT}${name}`, tensor])),
  };
  return lawOf({ maps, mixture, context, outcome, history, tensors });
}

/**
 * The law of its tensors.
 * @param spec that it was fitted by
 * @throws RuntimeError weights-mismatch where they are of another shape
 */
export async function loadMixtureFlow(
  tensors: MixtureFlowTensors,
  spec: MixtureFlowSpec,
  sizes: Sizes,
): Promise<FittedMixtureFlow> {
  const take = (name: string, length: number): Float32Array => {
    const data = tensors[name]?.data;
    if (data instanceof Float32Array && data.length === length) return data;
    const reason = `${name} is not ${length} numbers in single precision`;
    throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model: "gmm_nf", reason });
  };
  const outcome = { mean: take("outcome_mean", sizes.outcome), scale: take("outcome_scale", sizes.outcome) };
  const d = varyingColumns(outcome).length;
  if (d === 0) return constantLaw(outcome);
  const context = { mean: take("context_mean", sizes.context), scale: take("context_scale", sizes.context) };
  const p = varyingColumns(context).length;
  const shape = shapeOf(spec, p, d);
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(LATENT));
  const latent = Object.fromEntries(own.map(([name, tensor]) => [name.slice(LATENT.length), tensor]));
  const mixture = loadMixture(latent, { context: p, outcome: d });
  const maps = await openMaps(shape, take("flow", splineFlowLayout(shape).size));
  return lawOf({ maps, mixture, context, outcome, history: [], tensors });
}

/** What the names of the latent mixture's tensors begin with. */
const LATENT = "latent/";

function shapeOf({ hidden, bins }: MixtureFlowSpec, p: number, d: number): SplineFlowShape {
  return { blocks: [p, d], context: 0, hidden, layers: 1, bins };
}

interface LawParts extends Pick<FittedMixtureFlow, "history" | "tensors"> {
  readonly maps: Maps;
  readonly mixture: MixtureSampler;
  readonly context: Standardizer;
  readonly outcome: Standardizer;
}

function lawOf({ maps, mixture, context, outcome, history, tensors }: LawParts): FittedMixtureFlow {
  const [p, d] = [varyingColumns(context).length, varyingColumns(outcome).length];
  return {
    history,
    components: mixture.components,
    tensors,
    async logDensity(contexts, outcomes, rows) {
      const values = joined(varyingValues(context, contexts, rows), p, varyingValues(outcome, outcomes, rows), d, rows);
      const pushed = await maps.push(values, rows);
      const [x, s] = [columnsOf(pushed.latent, p + d, 0, p), columnsOf(pushed.latent, p + d, p, p + d)];
      const volume = logVolume(outcome);
      return mixture
        .logDensity(x, s, rows)
        .map((log, i) => (onConstants(outcome, outcomes, i) ? log + pushed.logDeterminant[i]! - volume : -Infinity));
    },
    async sample(contexts, count, draws, at) {
      const x = varyingValues(context, contexts, count);
      const blank = joined(x, p, new Float32Array(count * d), d, count);
      const pushed = columnsOf((await maps.push(blank, count)).latent, p + d, 0, p);
      const drawn = await mixture.sample(pushed, count, draws, at);
      const total = count * draws;
      const known = repeated(x, p, count, draws);
      const u = joined(repeated(Float32Array.from(pushed), p, count, draws), p, Float32Array.from(drawn), d, total);
      return placed(
        outcome,
        await maps.pull(joined(known, p, new Float32Array(total * d), d, total), u, total),
        p,
        total,
      );
    },
    dispose: () => maps.dispose(),
  };
}

interface Maps {
  /** Latents of joint rows, and the log-determinant of the second block given the first. */
  push(
    values: Float32Array,
    rows: number,
  ): Promise<{ readonly latent: Float64Array; readonly logDeterminant: Float64Array }>;
  /** Joint rows of latents, whose first block is that of `known`. */
  pull(known: Float32Array, latent: Float32Array, rows: number): Promise<Float64Array>;
  dispose(): Promise<void>;
}

async function openMaps(shape: SplineFlowShape, parameters: Float32Array): Promise<Maps> {
  const [p = 0, d = 0] = shape.blocks;
  const width = p + d;
  const layout = splineFlowLayout(shape);
  const forward = new Graph();
  const v = forward.input("values", [ROWS, width]);
  const pushed = pushForward(shape, constantParameters(forward, layout, parameters), v, null, p);
  const backward = new Graph();
  const weights = constantParameters(backward, layout, parameters);
  const { inputs } = pushForward(shape, weights, backward.input("known", [ROWS, width]), null);
  const u = backward.input("values", [ROWS, width]);
  const back = pullBack(shape, weights, u, null, { count: p, inputs });
  const outputs = { latent: pushed.latent, determinant: pushed.logDeterminant };
  const push = await createExecutor(defineProgram(forward, { outputs }));
  const pull = await createExecutor(defineProgram(backward, { outputs: { result: back } }));
  /** Runs over all rows; `outputs` are filled, each with its columns. */
  const run = async (
    executor: Executor,
    tables: Readonly<Record<string, Float32Array>>,
    rows: number,
    outputs: Readonly<Record<string, Float64Array>>,
  ): Promise<void> => {
    for (let from = 0; from < rows; from += ROWS) {
      const end = Math.min(rows, from + ROWS);
      for (const [name, table] of Object.entries(tables))
        executor.input(name).set(table.subarray(from * width, end * width));
      await executor.run();
      for (const [name, out] of Object.entries(outputs)) {
        const columns = out.length / rows;
        out.set(executor.output(name).subarray(0, (end - from) * columns), from * columns);
      }
    }
  };
  return {
    async push(values, rows) {
      const [latent, logDeterminant] = [new Float64Array(rows * width), new Float64Array(rows)];
      await run(push, { values }, rows, { latent, determinant: logDeterminant });
      return { latent, logDeterminant };
    },
    async pull(known, values, rows) {
      const result = new Float64Array(rows * width);
      await run(pull, { known, values }, rows, { result });
      return result;
    },
    async dispose() {
      await push.dispose();
      await pull.dispose();
    },
  };
}

/** A law without anything that varies: its mean, always. */
function constantLaw({ mean, scale }: Standardizer): FittedMixtureFlow {
  const d = mean.length;
  return {
    history: [],
    components: 0,
    tensors: { outcome_mean: { shape: [d], data: mean }, outcome_scale: { shape: [d], data: scale } },
    logDensity: async (_contexts, outcomes, rows) => {
      const constant: Standardizer = { mean, scale: new Float32Array(d) };
      return Float64Array.from({ length: rows }, (_, i) => (onConstants(constant, outcomes, i) ? 0 : -Infinity));
    },
    sample: async (_contexts, rows, count) => Float64Array.from({ length: rows * count * d }, (_, k) => mean[k % d]!),
    dispose: async () => undefined,
  };
}

/** Two tables side by side. */
function joined(a: Float32Array, p: number, b: Float32Array, d: number, rows: number): Float32Array {
  const out = new Float32Array(rows * (p + d));
  for (let i = 0; i < rows; i++) {
    out.set(a.subarray(i * p, (i + 1) * p), i * (p + d));
    out.set(b.subarray(i * d, (i + 1) * d), i * (p + d) + p);
  }
  return out;
}

function columnsOf(table: Float64Array, width: number, from: number, to: number): Float64Array {
  const rows = table.length / width;
  const out = new Float64Array(rows * (to - from));
  for (let i = 0; i < rows; i++) out.set(table.subarray(i * width + from, i * width + to), i * (to - from));
  return out;
}

/** Each row `count` times. */
function repeated(table: Float32Array, columns: number, rows: number, count: number): Float32Array {
  const out = new Float32Array(rows * count * columns);
  for (let i = 0; i < rows * count; i++) {
    const row = Math.floor(i / count);
    out.set(table.subarray(row * columns, (row + 1) * columns), i * columns);
  }
  return out;
}

/** The outcome's columns of joint rows in the data's units. */
function placed(outcome: Standardizer, joint: Float64Array, p: number, rows: number): Float64Array {
  const columns = varyingColumns(outcome);
  const d = outcome.mean.length;
  const width = p + columns.length;
  const out = new Float64Array(rows * d);
  for (let i = 0; i < out.length; i++) out[i] = outcome.mean[i % d]!;
  for (let i = 0; i < rows; i++)
    for (const [k, j] of columns.entries()) out[i * d + j]! += outcome.scale[j]! * joint[i * width + p + k]!;
  return out;
}
