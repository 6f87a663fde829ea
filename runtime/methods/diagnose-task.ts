import type { Dataset } from "../data/dataset.ts";
import type { ScenarioSet } from "../decide/types.ts";
import { takeRows, type EvaluationContexts } from "../evaluate/contexts.ts";
import { diagnose, DIAGNOSIS, type DiagnosisInput, type GeneratorDiagnosis } from "../evaluate/generator/diagnose.ts";
import { drawRows } from "../models/empirical/index.ts";
import type { TrainingSet } from "../models/sampler.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import type { Variant } from "./decide-contexts.ts";
import { outcomeRange } from "./outcome-range.ts";
import type { Work } from "./run.ts";
import { chunkSize, samplerSource, withinRange, type ScenarioSource } from "./sources.ts";
import { contextsOf, decisionWeights, referencesAt } from "./split-evaluator.ts";
import type { Task } from "./task.ts";
import { dwFmTheory, type DwFmTheory } from "./theory/index.ts";

/** Metadata of a unit that hold what was found, as JSON. */
const KEYS = { diagnoses: "diagnoses", theory: "theory" } as const;

/** Task: what one trained flow's scenarios say about held-out outcomes, in each way that they are weighted. */
export async function diagnoseFlow(
  work: Work,
  { seed, split, tensors, variants, difficulty, theory }: Extract<Task, { kind: "diagnose-flow" }>,
  data: Dataset,
  train: TrainingSet,
): Promise<TensorFile> {
  const { problem } = work.pipeline;
  const { generator } = work.plan.flow!;
  const contexts = thinContexts(contextsOf(work, data, split), problem.sizes);
  const referenceAt = referencesAt(work, train, contexts, 0);
  const flow = await work.backend.loadFlow(generator, problem.sizes, tensors);
  const diagnoses: Record<string, GeneratorDiagnosis> = {};
  try {
    for (const variant of variants) {
      const weights = variant.power === 0 ? null : decisionWeights(work, referenceAt, contexts, variant);
      const count = weights === null ? DIAGNOSIS.draws : DIAGNOSIS.weightedDraws;
      const source = withinRange(
        samplerSource(flow, count, problem.sizes, work.stream(seed, `diagnose/${split}`)),
        outcomeRange(work.pipeline.data.fields, data.transforms.outcome),
      );
      diagnoses[variant.id] = await diagnoseSource(work, seed, source, weights, contexts, data, train, difficulty);
    }
  } finally {
    await flow.dispose();
  }
  const found =
    theory === null || generator.kind !== "flow_matching"
      ? null
      : await dwFmTheory({
          problem,
          spec: generator,
          tensors,
          plain: theory.plain,
          lambda: theory.lambda,
          contexts,
          truth: data.truth,
          referenceAt,
          stream: work.stream(seed, `theory/${split}`),
        });
  return { tensors: {}, metadata: { [KEYS.diagnoses]: compact(diagnoses), [KEYS.theory]: compact(found) } };
}

/** The same for a method that has its scenarios from elsewhere than a flow; its decisions are in `decided`. */
export async function withDiagnosis(
  work: Work,
  { seed, method, range, difficulty }: Extract<Task, { kind: "decide-method" }>,
  decided: TensorFile,
  source: ScenarioSource,
  data: Dataset,
  train: TrainingSet,
): Promise<TensorFile> {
  if (difficulty === undefined) return decided;
  const contexts = thinContexts(contextsOf(work, data, range.split), work.pipeline.problem.sizes);
  const found = await diagnoseSource(work, seed, source, null, contexts, data, train, difficulty);
  return { ...decided, metadata: { ...decided.metadata, [KEYS.diagnoses]: compact({ [method]: found }) } };
}

async function diagnoseSource(
  work: Work,
  seed: number,
  source: ScenarioSource,
  weights: Variant["weights"],
  contexts: EvaluationContexts,
  data: Dataset,
  train: TrainingSet,
  difficulty: Float64Array,
): Promise<GeneratorDiagnosis> {
  const { context: p, outcome: d } = work.pipeline.problem.sizes;
  const { count, split } = contexts;
  const stream = work.stream(seed, `diagnosis/${split}`);
  const scenarios = new Float64Array(count * DIAGNOSIS.draws * d);
  const step = chunkSize(work.pipeline.generator.scenarios, d);
  for (let from = 0; from < count; from += step) {
    const sets = await source.draw(contexts, from, Math.min(from + step, count));
    for (const [k, set] of sets.entries()) {
      const i = from + k;
      const weighted = weights === null ? set : { ...set, weights: weights(set, i) };
      scenarios.set(pickScenarios(weighted, d, stream.child(`pick/${i}`)), i * DIAGNOSIS.draws * d);
      await work.pace.turn();
    }
  }
  return diagnose({
    contexts: count,
    values: contexts.values,
    outcomes: contexts.outcomes,
    scenarios,
    train,
    difficulty: Float64Array.from(spacedOf(difficulty.length, DIAGNOSIS.contexts), (i) => difficulty[i]!),
    truth: truthAt(data, contexts, p, d, stream.child("truth")),
    stream,
  });
}

/** Draws of the task's own law at evenly spaced contexts. */
function truthAt(
  { truth }: Dataset,
  contexts: EvaluationContexts,
  p: number,
  d: number,
  stream: RandomStream,
): DiagnosisInput["truth"] {
  if (truth === null) return null;
  const positions = spacedOf(contexts.count, DIAGNOSIS.truthContexts);
  const outcomes = new Float64Array(positions.length * DIAGNOSIS.draws * d);
  for (const [k, i] of positions.entries()) {
    const context = contexts.values.subarray(i * p, (i + 1) * p);
    outcomes.set(truth.sample(context, DIAGNOSIS.draws, stream.child(String(i))), k * DIAGNOSIS.draws * d);
  }
  return { positions, outcomes };
}

/**
 * As many scenarios as a diagnosis takes, of equal weight: a random choice of different ones where all weigh alike (a
 * cloud may be in the same order at every context), else draws by their weights.
 */
export function pickScenarios(set: ScenarioSet, d: number, stream: RandomStream): Float64Array {
  const wanted = DIAGNOSIS.draws;
  if (set.weights === undefined && set.count === wanted) return set.outcomes;
  const chosen =
    set.weights === undefined && set.count >= wanted
      ? stream.permutation(set.count).subarray(0, wanted)
      : drawRows(set.weights ?? new Float64Array(set.count).fill(1), wanted, stream, 0);
  return takeRows(set.outcomes, d, chosen);
}

/** At most `cap` evenly spaced numbers of 0 … count − 1. */
function spacedOf(count: number, cap: number): Int32Array {
  const kept = Math.min(count, cap);
  return Int32Array.from({ length: kept }, (_, k) => Math.floor((k * count) / kept));
}

/** The contexts that a diagnosis is made on. */
function thinContexts(
  contexts: EvaluationContexts,
  sizes: { readonly context: number; readonly outcome: number },
): EvaluationContexts {
  const kept = spacedOf(contexts.count, DIAGNOSIS.contexts);
  return {
    split: contexts.split,
    count: kept.length,
    values: takeRows(contexts.values, sizes.context, kept),
    outcomes: takeRows(contexts.outcomes, sizes.outcome, kept),
    rows: kept.map((k) => contexts.rows[k]!),
    positions: kept.map((k) => contexts.positions[k]!),
  };
}

/** JSON with six significant digits: more would be noise of the sample. */
function compact(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "number" ? Number(item.toPrecision(6)) : item,
  );
}

/** The diagnosis that a unit holds of a variant or method. @throws Error where there is none, which its identity rules out */
export function diagnosisOf({ metadata }: TensorFile, id: string): GeneratorDiagnosis {
  const found: unknown = JSON.parse(metadata[KEYS.diagnoses] ?? "{}");
  const one =
    typeof found === "object" && found !== null ? Object.entries(found).find(([key]) => key === id)?.[1] : null;
  if (!isDiagnosis(one)) throw new Error(`A unit of the run folder lacks the diagnosis of ${id}.`);
  return one;
}

/** What the theory says of the flow of a unit; `null` where it says nothing. */
export function theoryOf({ metadata }: TensorFile): DwFmTheory | null {
  const found: unknown = JSON.parse(metadata[KEYS.theory] ?? "null");
  return isTheory(found) ? found : null;
}

/** A unit's identity fixes its shape: these tell only that it is there. */
function isDiagnosis(value: unknown): value is GeneratorDiagnosis {
  return typeof value === "object" && value !== null && "pit" in value && "coverage" in value;
}

function isTheory(value: unknown): value is DwFmTheory {
  return typeof value === "object" && value !== null && "excessRisk" in value && "tiltingBias" in value;
}
