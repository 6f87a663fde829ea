import type { Dataset } from "../data/dataset.ts";
import { evaluationContexts, type EvaluationContexts } from "../evaluate/contexts.ts";
import {
  createScenarioCache,
  openEvaluator,
  solveOptima,
  type Evaluator,
  type EvaluatorOptions,
} from "../evaluate/evaluator.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { runAll } from "../pool/run-all.ts";
import { referenceNames, referenceTensors, type ReferenceRequest } from "../evaluate/references.ts";
import { tailRisk } from "../risk/sample-risk.ts";
import { shortHash } from "../runs/identity.ts";
import { randomStream } from "../tensor/random.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { doubles, joinRanges, type Variant } from "./decide-contexts.ts";
import { throttled } from "./pace.ts";
import { fittedReference } from "./reference.ts";
import type { Run, Work, Workshop } from "./run.ts";
import type { ContextRange, Optima, Task, VariantSpec } from "./task.ts";
import { sensitivities, type ReferenceDecision } from "./weights.ts";

/** Contexts whose optima one task finds: the first solve of each is cold, a small share of so many. */
const OPTIMA_CHUNK = 64;

/** Value of the best decision at every context of a split: a unit, shared by the seeds whose contexts and law are the same. */
export async function splitOptima(
  run: Run,
  data: Dataset,
  contexts: EvaluationContexts,
  seed: number,
): Promise<Optima> {
  const { split, count } = contexts;
  const key = { seed: 0, name: `${split} optima`, dataHash: evaluatorIdentity(run, data, contexts, seed) };
  const file = await run.units.unit(key, async (_slot, onStart) =>
    decideRanges(run, { seed, name: key.name, onStart }, chunksOf(split, count, OPTIMA_CHUNK), (range) => ({
      kind: "optima",
      seed,
      dataHash: data.dataHash,
      range,
    })),
  );
  const references = referenceTensors(file.tensors);
  return { risk: doubles(file, "risk"), expected: doubles(file, "expected"), references };
}

/** Task: the optima of a range of contexts. */
export async function findOptima(
  work: Work,
  { seed, range }: Extract<Task, { kind: "optima" }>,
  data: Dataset,
): Promise<TensorFile> {
  const contexts = contextsOf(work, data, range.split);
  const { options, draw } = evaluatorParts(work, data, contexts, seed);
  const requests = await referenceRequests(work);
  return solveOptima(options, range, draw, work.decider, work.pace, decidingProgress(work), requests);
}

/** The decisions that the spec's metrics compare with, and what finds them. */
async function referenceRequests(work: Work): Promise<ReferenceRequest[]> {
  const { problem, evaluate } = work.pipeline;
  const requests: ReferenceRequest[] = [];
  for (const { name, tail } of referenceNames(evaluate.metrics)) {
    if (tail === null) requests.push({ name, kind: "hindsight", decider: work.decider });
    else {
      const risk = { ...problem.risk, ...tailRisk(tail) };
      requests.push({ name, kind: "tail", decider: await work.backend.createDecider({ ...problem, risk }) });
    }
  }
  return requests;
}

/** The evaluator of a split, for a task. */
export function splitEvaluator(
  work: Work,
  data: Dataset,
  contexts: EvaluationContexts,
  seed: number,
  optima: Optima,
): Evaluator {
  const { options, draw } = evaluatorParts(work, data, contexts, seed);
  return openEvaluator(options, draw, optima);
}

/** Contexts of a split that are decided. */
export function contextsOf(
  { pipeline }: Pick<Workshop, "pipeline">,
  data: Dataset,
  split: "validation" | "test",
): EvaluationContexts {
  return evaluationContexts(data, pipeline.problem.sizes, split, data.split[split], pipeline.evaluate.contexts);
}

/** Consecutive ranges of `size` contexts, the last one shorter. */
export function chunksOf(split: ContextRange["split"], count: number, size: number): ContextRange[] {
  return Array.from({ length: Math.max(1, Math.ceil(count / size)) }, (_, k) => ({
    split,
    from: k * size,
    to: Math.min((k + 1) * size, count),
  }));
}

/** The unit that ranges are decided for. */
interface RangedUnit {
  readonly seed: number;
  readonly name: string;
  onStart(): void;
}

/**
 * Has the tasks of consecutive ranges done, several at once, and joins their results in order. The ranges follow from the
 * spec alone, so that a number does not depend on how many are done at once.
 */
export async function decideRanges(
  run: Run,
  { seed, name: unit, onStart }: RangedUnit,
  ranges: readonly ContextRange[],
  taskOf: (range: ContextRange) => Task,
): Promise<TensorFile> {
  const total = ranges.at(-1)!.to;
  const done = ranges.map(() => 0);
  const due = throttled();
  const parts = await runAll(
    ranges,
    run.jobs,
    (range, signal, k) =>
      run.perform(taskOf(range), {
        signal,
        onStart,
        onProgress(progress) {
          if (progress.kind === "training" || progress.kind === "regret") {
            return run.emit({ ...progress, seed, unit });
          }
          done[k] = progress.done;
          const all = done.reduce((sum, part) => sum + part, 0);
          if (due()) run.emit({ kind: "deciding", seed, unit, done: all, total });
        },
      }),
    run.signal,
  );
  return joinRanges(parts);
}

interface EvaluatorParts {
  readonly options: EvaluatorOptions;
  readonly draw: (position: number) => Promise<Float64Array>;
}

/** Scenario sets of two splits, or of two seeds that differ in their law, stay at hand. */
const KEPT_SETS = 2;

function evaluatorParts(work: Workshop, data: Dataset, contexts: EvaluationContexts, seed: number): EvaluatorParts {
  const { problem, evaluate, seed: specSeed } = work.pipeline;
  const options = {
    problem,
    law: work.law(data, contexts.split, seed),
    contexts,
    scenarios: evaluate.evaluator.scenarios,
    stream: randomStream(specSeed, `evaluate/${contexts.split}`),
  };
  // Seeds whose law and contexts are the same share the drawn scenarios as well.
  const key = `${contexts.split} ${evaluatorIdentity(work, data, contexts, seed)}`;
  const draw = work.scenarios.get(key) ?? createScenarioCache(options);
  work.scenarios.delete(key);
  work.scenarios.set(key, draw);
  for (const oldest of work.scenarios.keys()) {
    if (work.scenarios.size <= KEPT_SETS) break;
    work.scenarios.delete(oldest);
  }
  return { options, draw };
}

/** What the scenarios and optima of a split depend on besides the spec. */
function evaluatorIdentity(work: Workshop, data: Dataset, contexts: EvaluationContexts, seed: number): string {
  const { buffer, byteOffset, byteLength } = contexts.values;
  const values = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  return shortHash(lawIdentity(work, data, seed), values);
}

/**
 * What the evaluation law depends on besides the spec: the transforms where it is the task's own, the data where it is
 * fitted to them, and the seed too where every seed draws data of its own.
 */
function lawIdentity(work: Workshop, data: Dataset, seed: number): string {
  if (work.pipeline.evaluate.evaluator.kind === "residual_bootstrap") {
    return data.truth === null ? data.dataHash : `${data.dataHash} ${seed}`;
  }
  const { context, outcome } = data.transforms;
  const numbers = [context.shift, context.scale, outcome.shift, outcome.scale].map((values) => Array.from(values));
  return `truth ${shortHash(JSON.stringify(numbers))}`;
}

/** The reference decision at the contexts from `from` on, fitted on all training rows, found in order and kept. */
export function referencesAt(
  work: Workshop,
  train: TrainingSet,
  contexts: EvaluationContexts,
  from: number,
): (position: number) => ReferenceDecision {
  const { problem } = work.pipeline;
  const p = problem.sizes.context;
  const at = fittedReference(problem, work.decider, work.plan.reference, train);
  const found: ReferenceDecision[] = [];
  return (position) => {
    // In order from the first context, so that each solve has the same start whatever was asked before.
    for (let i = from + found.length; i <= position; i++) found.push(at(contexts.values.subarray(i * p, (i + 1) * p)));
    return found[position - from]!;
  };
}

/** Scenario weights `ŵ^power` at each context. */
export function decisionWeights(
  work: Workshop,
  referenceAt: (position: number) => ReferenceDecision,
  contexts: EvaluationContexts,
  { lambda, power }: VariantSpec,
): NonNullable<Variant["weights"]> {
  const { problem } = work.pipeline;
  const p = problem.sizes.context;
  return (scenarios, position) => {
    const context = contexts.values.subarray(position * p, (position + 1) * p);
    const squares = sensitivities(problem, referenceAt(position), scenarios.outcomes, scenarios.count, context);
    return squares.map((square) => (power === 1 ? 1 + lambda * square : 1 / (1 + lambda * square)));
  };
}

/** Reports every so often how many contexts of the task are decided. */
export function decidingProgress(work: Work): (done: number) => void {
  const due = throttled();
  return (done) => {
    if (due()) work.progress({ kind: "deciding", done });
  };
}
