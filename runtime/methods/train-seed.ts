import type { Dataset } from "../data/dataset.ts";
import { mean } from "../evaluate/statistics.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { runAll } from "../pool/run-all.ts";
import type { RadiusSelection, Selection, WeightsSummary } from "../report/results.ts";
import type { DwFmSpec, NeuralGeneratorSpec } from "../spec.ts";
import type { ModelTensors } from "./backend.ts";
import { degenerateRows } from "./degenerate-rows.ts";
import { doubles } from "./decide-contexts.ts";
import { unpackDfl, type TrainedDfl } from "./train-dfl.ts";
import { rowsOfData } from "./laws.ts";
import { isDwFm, isFocused } from "./plan.ts";
import type { Run } from "./run.ts";
import { selectRadius } from "./select-radius.ts";
import { selectStrengths } from "./select-strength.ts";
import { trainingGroups } from "./train-groups.ts";
import { memberTensors } from "./train-models.ts";
import { replicateOf } from "./workshop.ts";
import { everyMethod } from "./planned.ts";
import { tuneMethods, type Tuning } from "./tuning.ts";
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
  /** Methods that were trained for their decisions, by id. */
  readonly focused: ReadonlyMap<string, TrainedDfl>;
  /** What validation chose of each method that has several settings, by id. */
  readonly tuned: ReadonlyMap<string, Tuning>;
  /** Radius of the ambiguity set; `null` where there is none. */
  readonly radius: RadiusSelection | null;
}

/** Effective sample size under which a warning is due. */
const SMALL_EFFECTIVE_SHARE = 0.5;

/**
 * Everything of one seed that comes before the test split is opened: cross-fitted references, weights, training for
 * each strength, the choice of the strength on validation, the placebo of the chosen one.
 */
export async function trainSeed(run: Run, seed: number): Promise<TrainedSeed> {
  const { pipeline, plan } = run;
  const data = await run.load(seed);
  const train = rowsOfData(data, pipeline.problem.sizes, data.split.train);
  const names = { context: data.contextNames, outcome: data.outcomeNames };
  const defects = degenerateRows(train, pipeline.problem.sizes, pipeline.generator, names);
  if (defects.length > 0) run.warn("degenerate-rows", { seed, defects: defects.join("; ") });
  const squares = await sensitivityUnit(run, data, train, seed);
  const flows =
    plan.flow === null
      ? NO_FLOWS
      : await trainFlows({ run, data, train, squares, seed }, plan.flow.generator, plan.flow.train);
  const focused = await trainFocused(run, seed, data, flows.flows.get(0));
  const tuned = await tuneMethods(run, { seed, data, focused });
  const trained = { seed, data, train, squares, ...flows, focused, tuned };
  return { ...trained, radius: await selectRadius(run, trained) };
}

/** Units: every method that is trained for its decisions. */
async function trainFocused(
  run: Run,
  seed: number,
  data: Dataset,
  uniform: ModelTensors | undefined,
): Promise<Map<string, TrainedDfl>> {
  const methods = everyMethod(run.plan).filter(isFocused);
  const { dataHash } = data;
  const trained = await runAll(
    methods,
    run.jobs,
    async ({ id, label, how }, signal) => {
      const name = `train ${id}`;
      const file = await run.units.unit({ seed, name, dataHash }, (slot, onStart) =>
        run.perform(
          {
            kind: "train-dfl",
            seed,
            dataHash,
            method: id,
            ...(how.kind === "gen_dfl" && uniform !== undefined ? { initial: uniform } : {}),
            slot,
          },
          {
            signal,
            onStart,
            onProgress(progress) {
              if (progress.kind !== "deciding") run.emit({ ...progress, seed, unit: name });
            },
          },
        ),
      );
      const result = unpackDfl(file);
      const [first] = result.failures;
      if (first !== undefined) {
        const args = { method: label, seed, count: result.failed, row: first.row + 1, detail: first.detail };
        run.warn("failed-training-solves", args);
      }
      return result;
    },
    run.signal,
  );
  return new Map(methods.map(({ id }, k) => [id, trained[k]!]));
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
  readonly data: Dataset;
  readonly train: TrainingSet;
  readonly squares: Float64Array;
  readonly seed: number;
}

async function trainFlows(task: FlowTask, generator: NeuralGeneratorSpec, how: DwFmSpec): Promise<TrainedFlows> {
  const { run, data, squares, seed } = task;
  const meanSquare = mean(squares);
  const strengths = run.plan.strengths;
  if (meanSquare === 0 && strengths.some((strength) => strength !== 0)) run.warn("zero-gradient", { seed });
  const lambdas = new Map(strengths.map((strength) => [strength, lambdaOf(how.strength.scale, strength, meanSquare)]));
  const weights: WeightsSummary[] = [];
  const members = new Map<number, Float64Array | null>();
  for (const strength of strengths) {
    const rowWeights = strength === 0 ? null : endpointWeights(squares, lambdas.get(strength)!);
    members.set(strength, rowWeights);
    if (rowWeights !== null) weights.push(summarise(run, seed, strength, lambdas.get(strength)!, rowWeights));
  }
  const flows = new Map<number, ModelTensors>();
  await runAll(
    trainingGroups(strengths, generator, how, run.pipeline.problem.sizes),
    run.jobs,
    async (group, signal) => {
      const name = `train ${group.map((strength) => (strength === 0 ? "uniform_fm" : `dw_fm ${strength}`)).join(", ")}`;
      const trained = await trainUnit(
        { ...task, run: { ...run, signal } },
        name,
        group.map((strength) => members.get(strength)!),
      );
      for (const [k, strength] of group.entries()) flows.set(strength, trained[k]!);
    },
    run.signal,
  );

  const methods = run.plan.methods.filter(isDwFm);
  const selection = await selectStrengths(run, methods, { seed, data, flows, lambdas, generator, how });
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
    const [placebo] = await trainUnit(task, `train placebo ${strength}`, [permuted]);
    placebos.set(strength, placebo!);
  }
  return { flows, placebos, selected, selection, weights };
}

/** Unit: flows that train in one program, one for each weighting of the rows. */
async function trainUnit(
  { run, data, seed }: FlowTask,
  name: string,
  members: readonly (Float64Array | null)[],
): Promise<readonly ModelTensors[]> {
  const { dataHash } = data;
  const file = await run.units.unit({ seed, name, dataHash }, (slot, onStart) =>
    run.perform(
      { kind: "train", seed, dataHash, members, slot },
      {
        signal: run.signal,
        onStart,
        onProgress: (progress) => progress.kind === "training" && run.emit({ ...progress, seed, unit: name }),
      },
    ),
  );
  return members.map((_, member) => memberTensors(file, member));
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
  const { evaluate } = run.pipeline;
  const ranks = evaluate.metrics.some((metric) => metric.metric === "regret" && metric.hardest !== undefined);
  const weighs = run.plan.strengths.some((strength) => strength !== 0);
  if (!ranks && !weighs) return new Float64Array(train.rows);
  // The reference reads the data alone: a file's rows are the same for every seed.
  const replicate = replicateOf(run.pipeline, seed);
  const { dataHash } = data;
  const unit = await run.units.unit({ seed: replicate, name: "sensitivities", dataHash }, (_slot, onStart) =>
    run.perform({ kind: "sensitivities", seed, dataHash }, { signal: run.signal, onStart }),
  );
  return doubles(unit, "squares");
}
