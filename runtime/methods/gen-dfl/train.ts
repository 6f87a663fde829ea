import type { Decider } from "../../decide/types.ts";
import { defineGenerator, type LikelihoodSpec } from "../../models/generator-definition.ts";
import { readWeights, weightTensors, type MlpWeights } from "../../models/mlp-weights.ts";
import { prepareRows, varyingColumns } from "../../models/neural/rows.ts";
import type { Checkpoint, CheckpointSlot, ConditionalSampler, TrainingSet } from "../../models/sampler.ts";
import type { DecisionProblem, GenDflSpec, Place } from "../../spec.ts";
import { runOuterTraining, type OuterLoss } from "../../tensor/outer-training.ts";
import type { FloatData } from "../../tensor/executor.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { ModelTensors } from "../backend.ts";
import { neighbourFinder } from "../neighbours.ts";
import type { OutcomeRange } from "../outcome-range.ts";
import { requireDecision } from "../solve.ts";
import { isDecision, openRowDecision, type RowFailure } from "./decisions.ts";
import { generatorPlan, rowsOfStep, SCENARIOS } from "./plan.ts";
import { proxyLaw } from "./proxy.ts";
import { tailRisk } from "../../risk/sample-risk.ts";

/** What a decision-focused training of a generator is made of. */
export interface GenDflTraining {
  readonly problem: DecisionProblem;
  readonly generator: LikelihoodSpec;
  readonly spec: GenDflSpec;
  /** Weight of the regret. */
  readonly beta: number;
  readonly train: TrainingSet;
  /** The generator trained on its own loss, from which this starts; its scalers stay. */
  readonly initial: ModelTensors;
  /** The proxy, fitted first and frozen. */
  readonly proxy: ConditionalSampler;
  /** Declared range of the outcome, which scenarios are moved into. */
  readonly range: OutcomeRange | null;
  createDecider(problem: DecisionProblem): Promise<Decider>;
  readonly stream: RandomStream;
  readonly signal?: AbortSignal;
  readonly place?: Place;
  /** @param regret mean over the decisions since the last report, `null` where none was taken */
  onStep?(step: number, loss: number): void;
  onRegret?(step: number, regret: number): void;
}

/** Mean regret under the proxy of the decisions that training took, up to a step. */
export interface RegretEntry {
  readonly step: number;
  readonly regret: number;
}

export interface TrainedGenDfl {
  /** As the generator is loaded from. */
  readonly tensors: ModelTensors;
  readonly curve: readonly RegretEntry[];
  /** The first hundred. */
  readonly failures: readonly RowFailure[];
  readonly failed: number;
}

/** Entries of a learning curve. */
const CURVE_ENTRIES = 20;
const MOST_FAILURES = 100;

/** The decision problem that training takes decisions in: with the training tail where there is one. */
export function trainingProblem(problem: DecisionProblem, tail: number | undefined): DecisionProblem {
  return tail === undefined ? problem : { ...problem, risk: { ...problem.risk, ...tailRisk(tail) } };
}

/**
 * Gen-DFL (004 eq. 7): minimises `β · E_x[Regret_{θ,q}(x; α)] + γ · ℓ_gen(θ)` over the generator's parameters, regret
 * under a frozen proxy q. Deterministic: the same rows, spec and stream give the same weights. A solve that fails costs
 * its row's gradient of that step and is reported.
 *
 * @throws RuntimeError training-diverged; decision-infeasible or decision-unbounded where no row has a decision
 */
export async function trainGenDfl(training: GenDflTraining): Promise<TrainedGenDfl> {
  const { generator, spec, train, stream, range } = training;
  const problem = trainingProblem(training.problem, spec.tail);
  const { sizes } = problem;
  const { context: p, outcome: d } = sizes;
  const rows = prepareRows(generator.kind, train, sizes);
  const { definition, extras } = defineGenerator(generator, rows);
  const weights = readWeights(generator.kind, definition.layout, sizes, training.initial);
  const tensorsOf = (parameters: Float32Array): ModelTensors => ({
    ...weightTensors(definition.layout, { ...weights, parameters }),
    ...Object.fromEntries(Object.entries(extras).map(([name, data]) => [name, { shape: [data.length], data }])),
  });
  if (rows.sizes.outcome === 0) return { tensors: tensorsOf(weights.parameters), curve: [], failures: [], failed: 0 };

  const decider = await training.createDecider(problem);
  const proxy = proxyLaw(training.proxy, decider, train, sizes, {
    count: spec.proxy.scenarios,
    range,
    stream: stream.child("proxy"),
  });
  await requireSomeDecision(proxy, train.rows);
  const measure = { mean: problem.risk.mean, cvar: problem.risk.cvar };
  const decision = await openRowDecision(
    spec.surrogate,
    { problem, measure, decider, proxy, train, stream: stream.child("decisions") },
    neighbourFinder(train, p),
  );
  const curve: RegretEntry[] = [];
  const failures: RowFailure[] = [];
  let failed = 0;
  let taken: number[] = [];
  const every = Math.max(1, Math.ceil(spec.steps / CURVE_ENTRIES));

  const contexts = Math.min(spec.contexts, spec.batch);
  const host = async (outputs: ReadonlyMap<string, FloatData>, step: number, samples: number): Promise<OuterLoss> => {
    const values = outputs.get(SCENARIOS)!;
    const drawn = rowsOfStep(stream, step, spec.batch, rows.rows);
    const gradients = new Float64Array(values.length);
    const outcomes = new Float64Array(samples * d);
    const back = new Float64Array(samples * d);
    const width = samples * rows.sizes.outcome;
    let loss = 0;
    for (let i = 0; i < contexts; i++) {
      const own = values.subarray(i * width, (i + 1) * width);
      const inside = toUnits(weights, own, outcomes, range);
      back.fill(0);
      const share = training.beta / contexts;
      const row = drawn[i]!;
      const result = await decision.at(row, step * contexts + i, outcomes, share, back);
      if ("detail" in result) {
        failed++;
        if (failures.length < MOST_FAILURES) failures.push({ row, step, detail: result.detail });
        continue;
      }
      loss += result.loss;
      if (result.regret !== null) taken.push(result.regret);
      fromUnits(weights, back, inside, gradients.subarray(i * width, (i + 1) * width));
    }
    if ((step + 1) % every === 0 && taken.length > 0) {
      const regret = taken.reduce((sum, value) => sum + value, 0) / taken.length;
      taken = [];
      curve.push({ step: step + 1, regret });
      training.onRegret?.(step + 1, regret);
    }
    return { loss, gradients: { [SCENARIOS]: gradients } };
  };

  let parameters: { readonly parameters: Float32Array; readonly average: Float32Array } | null = null;
  let carried: Checkpoint | null = null;
  let from = 0;
  for (const { samples, to } of sampleStages(spec)) {
    const { batch, gamma, optimizer } = spec;
    const shape = { batch, contexts, samples, gamma, steps: to, optimizer, initial: weights.parameters };
    const plan = generatorPlan(definition, rows, shape, stream);
    // What one stage ends with the next goes on from; a run that was killed trains from the start, since the pool of
    // decisions is no part of a checkpoint.
    const slot: CheckpointSlot = {
      everySteps: to - from,
      load: async () => carried,
      async save(checkpoint) {
        carried = checkpoint;
      },
    };
    const hooks = {
      checkpoint: slot,
      ...(training.signal === undefined ? {} : { signal: training.signal }),
      ...(training.place === undefined ? {} : { place: training.place }),
      onStep: (step: number, _total: number, value: number) => training.onStep?.(step, value),
    };
    parameters = await runOuterTraining({ ...plan, host: (outputs, step) => host(outputs, step, samples) }, hooks);
    from = to;
  }
  return { tensors: tensorsOf(parameters?.average ?? weights.parameters), curve, failures, failed };
}

/** Scenarios of each part of the training: a quarter, a half and then all of them where there is a ramp. */
export function sampleStages({
  samples,
  ramp,
  steps,
}: Pick<GenDflSpec, "samples" | "ramp" | "steps">): readonly { readonly samples: number; readonly to: number }[] {
  const part = (share: number): number => Math.max(2, Math.ceil(samples * share));
  const stages = [
    { samples: part(1 / 4), to: Math.floor((ramp / 2) * steps) },
    { samples: part(1 / 2), to: Math.floor(ramp * steps) },
    { samples, to: steps },
  ];
  return stages.filter(({ to }, k) => to > (stages[k - 1]?.to ?? 0));
}

/** Standardised varying columns as outcomes in the data's units, moved into the range; 1 where a value was not moved. */
function toUnits(
  { outcome }: MlpWeights,
  values: FloatData,
  out: Float64Array,
  range: OutcomeRange | null,
): Uint8Array {
  const columns = varyingColumns(outcome);
  const d = outcome.mean.length;
  const inside = new Uint8Array(values.length).fill(1);
  for (let i = 0; i < out.length; i++) out[i] = outcome.mean[i % d]!;
  for (let r = 0, v = 0; r < values.length / columns.length; r++) {
    for (const j of columns) {
      const value = outcome.mean[j]! + outcome.scale[j]! * values[v]!;
      const moved = range === null ? value : Math.min(Math.max(value, range.lower[j]!), range.upper[j]!);
      if (moved !== value) inside[v] = 0;
      out[r * d + j] = moved;
      v++;
    }
  }
  return inside;
}

/** The gradient in the data's units as that of the standardised varying columns. */
function fromUnits({ outcome }: MlpWeights, gradient: Float64Array, inside: Uint8Array, out: Float64Array): void {
  const columns = varyingColumns(outcome);
  const d = outcome.mean.length;
  for (let v = 0; v < out.length; v++) {
    const j = columns[v % columns.length]!;
    const row = Math.floor(v / columns.length);
    out[v] = inside[v] === 0 ? 0 : outcome.scale[j]! * gradient[row * d + j]!;
  }
}

/** A problem without any decision is wrong as a whole: what the solver blames is then the error. */
async function requireSomeDecision(proxy: ReturnType<typeof proxyLaw>, rows: number): Promise<void> {
  for (let row = 0; row < rows; row++) {
    if (isDecision(await proxy.target(row))) return;
  }
  if (rows > 0) requireDecision(await proxy.target(0), "gen_dfl at every training row");
}
