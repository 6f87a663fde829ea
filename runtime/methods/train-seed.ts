import type { Dataset } from "../data/dataset.ts";
import { mean } from "../evaluate/statistics.ts";
import type { TrainingSet } from "../models/sampler.ts";
import type { Selection, WeightsSummary } from "../report/results.ts";
import type { DwFmSpec, FlowMatchingSpec } from "../spec.ts";
import type { Backend, ModelTensors } from "./backend.ts";
import { doubles } from "./decide-contexts.ts";
import { rowsOfData } from "./laws.ts";
import { isDwFm } from "./plan.ts";
import { crossFittedSensitivities } from "./reference.ts";
import type { Run } from "./run.ts";
import { selectStrengths } from "./select-strength.ts";
import { trainFlowUnit } from "./train-models.ts";
import { describeWeights, endpointWeights, lambdaOf } from "./weights.ts";

/** What training and the choice on validation leave behind for the final comparison. */
export interface TrainedSeed {
  readonly seed: number;
  readonly data: Dataset;
  readonly train: TrainingSet;
  /** `‖∇ₛ ℓ_ext‖²` of each training row at its cross-fitted reference. */
  readonly squares: Float64Array;
  /** Flows by strength; 0 is the uniform one. */
  readonly flows: ReadonlyMap<number, ModelTensors>;
  /** Flows trained on permuted weights, by the strength of those weights. */
  readonly placebos: ReadonlyMap<number, ModelTensors>;
  /** Strength and λ of each DW-FM method. */
  readonly selected: ReadonlyMap<string, { readonly strength: number; readonly lambda: number }>;
  readonly selection: readonly Selection[];
  readonly weights: readonly WeightsSummary[];
}

/** Effective sample size under which a warning is due. */
const SMALL_EFFECTIVE_SHARE = 0.5;

/**
 * Everything of one seed that comes before the test split is opened: cross-fitted references, weights, training for
 * each strength, the choice of the strength on validation, the placebo of the chosen one.
 */
export async function trainSeed(run: Run, backend: Backend, seed: number): Promise<TrainedSeed> {
  const { pipeline, plan } = run;
  const data = await run.load(seed);
  const train = rowsOfData(data, pipeline.problem.sizes, data.split.train);
  const squares = await sensitivityUnit(run, data, train, seed);
  const flows =
    plan.flow === null
      ? NO_FLOWS
      : await trainFlows({ run, backend, data, train, squares, seed }, plan.flow.generator, plan.flow.train);
  return { seed, data, train, squares, ...flows };
}

type TrainedFlows = Pick<TrainedSeed, "flows" | "placebos" | "selected" | "selection" | "weights">;

const NO_FLOWS: TrainedFlows = {
  flows: new Map(),
  placebos: new Map(),
  selected: new Map(),
  selection: [],
  weights: [],
};

interface FlowTask {
  readonly run: Run;
  readonly backend: Backend;
  readonly data: Dataset;
  readonly train: TrainingSet;
  readonly squares: Float64Array;
  readonly seed: number;
}

async function trainFlows(task: FlowTask, generator: FlowMatchingSpec, how: DwFmSpec): Promise<TrainedFlows> {
  const { run, backend, data, train, squares, seed } = task;
  const meanSquare = mean(squares);
  const strengths = run.plan.strengths;
  if (meanSquare === 0 && strengths.some((strength) => strength !== 0)) run.warn("zero-gradient", { seed });
  const lambdas = new Map(strengths.map((strength) => [strength, lambdaOf(how.strength.scale, strength, meanSquare)]));
  const trainWith = (name: string, weights: Float64Array | null): Promise<ModelTensors> =>
    trainFlowUnit({ run, backend, data, seed, name }, weights === null ? train : { ...train, weights }, generator, how);

  const weights: WeightsSummary[] = [];
  const flows = new Map<number, ModelTensors>();
  for (const strength of strengths) {
    if (strength === 0) {
      flows.set(0, await trainWith("train uniform_fm", null));
      continue;
    }
    const rowWeights = endpointWeights(squares, lambdas.get(strength)!);
    weights.push(summarise(run, seed, strength, lambdas.get(strength)!, rowWeights));
    flows.set(strength, await trainWith(`train dw_fm ${strength}`, rowWeights));
  }

  const methods = run.plan.methods.filter(isDwFm);
  const selection = await selectStrengths(run, backend, methods, { seed, data, train, flows, lambdas, generator, how });
  const selected = new Map(
    selection.map((choice) => [choice.method, { strength: choice.selected, lambda: choice.lambda }]),
  );

  const placebos = new Map<number, ModelTensors>();
  for (const method of run.plan.methods) {
    if (method.how.kind !== "placebo") continue;
    const { strength, lambda } = selected.get(method.how.of)!;
    // Weights that are all 1 stay so in any order: the uniform flow is its own placebo.
    if (strength === 0) continue;
    const permuted = permute(endpointWeights(squares, lambda), run, seed);
    placebos.set(strength, await trainWith(`train placebo ${strength}`, permuted));
  }
  return { flows, placebos, selected, selection, weights };
}

/** Weights in an order that has nothing to do with the rows: the same distribution, no decision in it. */
function permute(weights: Float64Array, run: Run, seed: number): Float64Array {
  return Float64Array.from(run.stream(seed, "placebo").permutation(weights.length), (row) => weights[row]!);
}

function summarise(run: Run, seed: number, strength: number, lambda: number, weights: Float64Array): WeightsSummary {
  const described = describeWeights(weights);
  run.emit({ kind: "weights", seed, strength, lambda, ...described });
  if (described.effectiveShare < SMALL_EFFECTIVE_SHARE) {
    run.warn("small-effective-size", {
      seed,
      strength,
      share: (100 * described.effectiveShare).toFixed(0),
      max: (described.max / described.min).toPrecision(3),
    });
  }
  return { seed, strength, lambda, ...described };
}

/** Unit: cross-fitted sensitivities of the training rows; zeros where neither weights nor a ranking need them. */
async function sensitivityUnit(run: Run, data: Dataset, train: TrainingSet, seed: number): Promise<Float64Array> {
  const { problem, evaluate } = run.pipeline;
  const ranks = evaluate.metrics.some((metric) => metric.metric === "regret" && metric.hardest !== undefined);
  const weighs = run.plan.strengths.some((strength) => strength !== 0);
  if (!ranks && !weighs) return new Float64Array(train.rows);
  const unit = await run.units.unit({ seed, name: "sensitivities", dataHash: data.dataHash }, async () => {
    const squares = await crossFittedSensitivities(problem, run.decider, run.plan.reference, train, run.pace);
    return { tensors: { squares: { shape: [train.rows], data: squares } }, metadata: {} };
  });
  return doubles(unit, "squares");
}
