import { createOracle, trainCostPredictor, trainUncertaintySet } from "../dfl/index.ts";
import type { DflRows, FailedSolve, PredictorTrainingOptions, TrainedPredictor } from "../dfl/index.ts";
import type { Dataset } from "../data/dataset.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { LikelihoodSpec } from "../models/generator-definition.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { DflMethodSpec, DiffDroSpec, GenDflSpec, GeneratorSpec, Place, UncertaintySetSpec } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { Tensor, TensorFile } from "../tensor/safetensors.ts";
import type { ModelTensors } from "./backend.ts";
import { trainDiffDro } from "./diff-dro.ts";
import { takesUncertaintySet } from "./uncertainty-set.ts";
import { chooseWarmup } from "./gen-dfl/choose-warmup.ts";
import { chooseBeta } from "./gen-dfl/choose-beta.ts";
import { trainGenDfl, type RegretEntry, type TrainedGenDfl } from "./gen-dfl/train.ts";
import { surrogateMisfit } from "./gen-dfl/misfit.ts";
import { rowsOfData } from "./laws.ts";
import { outcomeRange } from "./outcome-range.ts";
import { throttled } from "./pace.ts";
import type { Work } from "./run.ts";
import type { Task } from "./task.ts";
import { floats } from "./train-models.ts";
import { plannedMethod } from "./planned.ts";

/** A solve of a training that gave no decision. */
export interface FailedRow {
  /** Row of the training data, from 0. */
  readonly row: number;
  readonly detail: string;
}

/** What a method that is trained for its decisions leaves behind. */
export interface TrainedDfl {
  readonly tensors: ModelTensors;
  /** Learning curve: mean regret of the decisions by step. */
  readonly curve: readonly RegretEntry[];
  readonly failures: readonly FailedRow[];
  readonly failed: number;
  /** Weight β of the regret; of Gen-DFL. */
  readonly beta?: number;
  /** Strength of the robust layer; of diff_dro. */
  readonly strength?: number;
  /** Candidates with the risk of the outcomes that came on the validation rows. */
  readonly betas?: readonly { readonly beta: number; readonly heldOutRisk: number }[];
}

type Trained = Extract<Task, { kind: "train-dfl" }>;

/** Task: trains one method for its decisions. Its solves go wrong alone: each failure is a row of the result. */
export async function trainDfl(work: Work, task: Trained, data: Dataset, train: TrainingSet): Promise<TensorFile> {
  const { how } = plannedMethod(work.plan, task.method);
  const stream = work.stream(task.seed, `dfl/${task.method}`);
  if (how.kind === "predictor") return pack(await trainPredictor(work, how.spec, data, train, stream));
  if (how.kind === "diff_dro") return pack(await trainLayer(work, how.spec, data, train, stream));
  if (how.kind === "uncertainty_set") return pack(await trainSet(work, how.spec, data, train, stream));
  if (how.kind !== "gen_dfl") throw new Error(`${task.method} is not trained for its decisions.`);
  return pack(await trainGenerator(work, how.spec, task, data, train, stream));
}

async function trainPredictor(
  work: Work,
  spec: DflMethodSpec,
  data: Dataset,
  train: TrainingSet,
  stream: RandomStream,
): Promise<TrainedDfl> {
  const { problem } = work.pipeline;
  const held = rowsOfData(data, problem.sizes, data.split.validation);
  const place = work.pipeline.places?.compare;
  const trained = await trainCostPredictor({
    loss: spec.loss,
    predictor: spec.predictor,
    data: rows(train),
    ...(held.rows === 0 ? {} : { validation: rows(held) }),
    oracle: await createOracle(problem),
    ...(spec.relax === true ? { relaxed: await createOracle(problem, { relax: true }) } : {}),
    length: { steps: spec.steps },
    batch: spec.batch,
    optimizer: spec.optimizer,
    solveProbability: spec.solve,
    ...(spec.evaluations === undefined ? {} : { evaluateEvery: Math.ceil(spec.steps / spec.evaluations) }),
    stream,
    ...reporting(work, spec.steps, place === undefined ? {} : { place }),
  });
  // A run that is cancelled ends here; what it had is trained again when it goes on.
  work.signal.throwIfAborted();
  return ofHistory(trained);
}

/** Hooks that report progress and the learning curve. */
function reporting(
  work: Work,
  steps: number,
  where: { readonly place?: Place },
): Required<Pick<PredictorTrainingOptions, "hooks" | "onProgress">> {
  const due = throttled();
  return {
    hooks: {
      signal: work.signal,
      ...where,
      onStep(step, total, loss) {
        if (step === total || due()) work.progress({ kind: "training", step, total, loss });
      },
    },
    onProgress({ step, regret }) {
      if (regret !== undefined) work.progress({ kind: "regret", step, total: steps, regret });
    },
  };
}

function ofHistory(trained: TrainedPredictor): TrainedDfl {
  const { entries, failures, failed } = trained.history;
  return {
    tensors: trained.tensors,
    curve: entries.flatMap(({ step, regret }) => (regret === undefined ? [] : [{ step, regret }])),
    failures: failures.map(({ row, detail }: FailedSolve) => ({ row, detail })),
    failed,
  };
}

async function trainLayer(
  work: Work,
  spec: DiffDroSpec,
  data: Dataset,
  train: TrainingSet,
  stream: RandomStream,
): Promise<TrainedDfl> {
  const { problem } = work.pipeline;
  const validation = rows(rowsOfData(data, problem.sizes, data.split.validation));
  const place = work.pipeline.places?.compare;
  const where = place === undefined ? {} : { place };
  const { hooks, onProgress } = reporting(work, spec.steps, where);
  const how = { stream, hooks, onProgress, ...where };
  const { trained, strength } = await trainDiffDro(problem, spec, { train: rows(train), validation }, how);
  work.signal.throwIfAborted();
  return { ...ofHistory(trained), strength };
}

async function trainSet(
  work: Work,
  spec: UncertaintySetSpec,
  data: Dataset,
  train: TrainingSet,
  stream: RandomStream,
): Promise<TrainedDfl> {
  const { problem } = work.pipeline;
  const place = work.pipeline.places?.compare;
  const where = place === undefined ? {} : { place };
  if (!takesUncertaintySet(problem)) {
    throw new RuntimeError(RUN_MESSAGES, "layer-needs-linear", { method: spec.name }, where);
  }
  const held = rowsOfData(data, problem.sizes, data.split.validation);
  const { objective, predictor, warmup, steps, batch, optimizer } = spec;
  const { tensors, entries, failures, failed } = await trainUncertaintySet({
    problem,
    objective,
    predictor,
    warmup,
    steps,
    batch,
    optimizer,
    data: rows(train),
    ...(held.rows === 0 ? {} : { validation: rows(held) }),
    stream,
    ...reporting(work, steps, where),
  });
  work.signal.throwIfAborted();
  return {
    tensors,
    curve: entries.flatMap(({ step, regret }) => (regret === undefined ? [] : [{ step, regret }])),
    failures: failures.map(({ row, detail }) => ({ row, detail })),
    failed,
  };
}

function rows({ rows: count, contexts, outcomes }: TrainingSet): DflRows {
  return { rows: count, contexts, costs: outcomes };
}

async function trainGenerator(
  work: Work,
  spec: GenDflSpec,
  task: Trained,
  data: Dataset,
  train: TrainingSet,
  stream: RandomStream,
): Promise<TrainedDfl> {
  const { pipeline, backend } = work;
  const { problem } = pipeline;
  const { sizes } = problem;
  const place = pipeline.places?.train;
  const where = place === undefined ? {} : { place };
  const reason = surrogateMisfit(problem, spec);
  if (reason !== null) {
    const { kind: surrogate } = spec.surrogate;
    throw new RuntimeError(RUN_MESSAGES, "surrogate-does-not-fit", { surrogate, reason }, where);
  }
  const range = outcomeRange(pipeline.data.fields, data.transforms.outcome);
  const due = throttled();
  const hooks = {
    signal: work.signal,
    ...where,
    onStep(step: number, total: number, loss: number) {
      if (step === total || due()) work.progress({ kind: "training", step, total, loss });
    },
  };
  const held = rowsOfData(data, sizes, data.split.validation);
  const { batch, optimizer } = spec;
  const proxy = await chooseWarmup(
    spec.warmup,
    held,
    stream.child("proxy/choose"),
    (steps) => backend.trainFlow(spec.proxy, { steps, batch, optimizer }, train, sizes, stream.child("proxy"), hooks),
    place,
  );
  try {
    const generator = likelihoodGenerator(pipeline.generator);
    const fit = (beta: number): Promise<TrainedGenDfl> =>
      trainGenDfl({
        problem,
        generator,
        spec,
        beta,
        train,
        initial: task.initial!,
        proxy,
        range,
        createDecider: (one) => backend.createDecider(one),
        stream,
        signal: work.signal,
        ...where,
        onStep: (step, loss) => hooks.onStep(step, spec.steps, loss),
        onRegret: (step, regret) => work.progress({ kind: "regret", step, total: spec.steps, regret }),
      });
    if (spec.beta.length === 1) return { ...(await fit(spec.beta[0]!)), beta: spec.beta[0]! };
    if (held.rows === 0) {
      const args = { what: "Choosing the weight beta of the regret", needed: 1, split: "validation", rows: 0 };
      throw new RuntimeError(RUN_MESSAGES, "too-few-rows", args, where);
    }
    return await chooseBeta({ work, spec, generator, held, range, stream: stream.child("choose"), fit });
  } finally {
    await proxy.dispose();
  }
}

/** @throws Error for a generator that `train gen_dfl` is refused for when the spec is checked */
function likelihoodGenerator(generator: GeneratorSpec): LikelihoodSpec {
  switch (generator.kind) {
    case "normalizing_flow":
    case "vae":
    case "ddpm":
    case "score_sde":
      return generator;
    default:
      throw new Error(`gen_dfl cannot train ${generator.kind}.`);
  }
}

const WEIGHTS = "weights/";

function pack({ tensors, curve, ...summary }: TrainedDfl): TensorFile {
  const packed: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(tensors)) packed[`${WEIGHTS}${name}`] = tensor;
  const values = Float64Array.from(curve.flatMap(({ step, regret }) => [step, regret]));
  packed["curve"] = { shape: [curve.length, 2], data: values };
  return { tensors: packed, metadata: { summary: JSON.stringify(summary) } };
}

/** What `trainDfl` packed. */
export function unpackDfl(file: TensorFile): TrainedDfl {
  const own = Object.entries(file.tensors).filter(([name]) => name.startsWith(WEIGHTS));
  const curve = file.tensors["curve"]!.data;
  const summary: unknown = JSON.parse(file.metadata["summary"]!);
  if (!isSummary(summary)) throw new Error("A unit of the run folder lacks the summary of a training.");
  return {
    tensors: floats(Object.fromEntries(own.map(([name, tensor]) => [name.slice(WEIGHTS.length), tensor]))),
    curve: Array.from({ length: curve.length / 2 }, (_, k) => ({
      step: Number(curve[2 * k]),
      regret: Number(curve[2 * k + 1]),
    })),
    ...summary,
  };
}

function isSummary(value: unknown): value is Omit<TrainedDfl, "tensors" | "curve"> {
  return typeof value === "object" && value !== null && "failures" in value && "failed" in value;
}
