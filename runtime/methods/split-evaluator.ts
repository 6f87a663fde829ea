import type { Dataset } from "../data/dataset.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import { createScenarioCache, openEvaluator, solveOptima, type Evaluator } from "../evaluate/evaluator.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { shortHash } from "../runs/identity.ts";
import { randomStream } from "../tensor/random.ts";
import { doubles, type Variant } from "./decide-contexts.ts";
import { fittedReference } from "./reference.ts";
import type { Run } from "./run.ts";
import { sensitivities, type ReferenceDecision } from "./weights.ts";

/** The evaluator of a split; its optima are a unit, shared by the seeds whose contexts and law are the same. */
export async function openSplitEvaluator(
  run: Run,
  data: Dataset,
  contexts: EvaluationContexts,
  seed: number,
): Promise<Evaluator> {
  const { problem, evaluate, seed: specSeed } = run.pipeline;
  const options = {
    problem,
    law: run.law(data, contexts.split, seed),
    contexts,
    scenarios: evaluate.evaluator.scenarios,
    stream: randomStream(specSeed, `evaluate/${contexts.split}`),
  };
  const law = lawIdentity(run, data, seed);
  const { buffer, byteOffset, byteLength } = contexts.values;
  const values = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  const key = { seed: 0, name: `${contexts.split} optima`, dataHash: shortHash(law, values) };
  // Seeds whose law and contexts are the same share the drawn scenarios as well; only the last of a split is kept.
  const kept = run.scenarios.get(contexts.split);
  const draw = kept?.of === key.dataHash ? kept.draw : createScenarioCache(options);
  run.scenarios.set(contexts.split, { of: key.dataHash, draw });
  const progress = decidingProgress(run, seed, key.name, contexts.count);
  const file = await run.units.unit(key, () => solveOptima(options, draw, run.decider, run.pace, progress));
  return openEvaluator(options, draw, { risk: doubles(file, "risk"), expected: doubles(file, "expected") });
}

/**
 * What the evaluation law depends on besides the spec: the transforms where it is the task's own, the data where it is
 * fitted to them, and the seed too where every seed draws data of its own.
 */
function lawIdentity(run: Run, data: Dataset, seed: number): string {
  if (run.pipeline.evaluate.evaluator.kind === "residual_bootstrap") {
    return data.truth === null ? data.dataHash : `${data.dataHash} ${seed}`;
  }
  const { context, outcome } = data.transforms;
  const numbers = [context.shift, context.scale, outcome.shift, outcome.scale].map((values) => Array.from(values));
  return `truth ${shortHash(JSON.stringify(numbers))}`;
}

/** The reference decision at each context of a split, fitted on all training rows, found in order and kept. */
export function referencesAt(
  run: Run,
  train: TrainingSet,
  contexts: EvaluationContexts,
): (position: number) => ReferenceDecision {
  const { problem } = run.pipeline;
  const p = problem.sizes.context;
  const at = fittedReference(problem, run.decider, run.plan.reference, train);
  const found: ReferenceDecision[] = [];
  return (position) => {
    // In order from the first context, so that each solve has the same start whatever was asked before.
    for (let i = found.length; i <= position; i++) found.push(at(contexts.values.subarray(i * p, (i + 1) * p)));
    return found[position]!;
  };
}

/** Scenario weights `ŵ^power` at each context. */
export function decisionWeights(
  run: Run,
  referenceAt: (position: number) => ReferenceDecision,
  contexts: EvaluationContexts,
  lambda: number,
  power: 1 | -1,
): NonNullable<Variant["weights"]> {
  const { problem } = run.pipeline;
  const p = problem.sizes.context;
  return (scenarios, position) => {
    const context = contexts.values.subarray(position * p, (position + 1) * p);
    const squares = sensitivities(problem, referenceAt(position), scenarios.outcomes, scenarios.count, context);
    return squares.map((square) => (power === 1 ? 1 + lambda * square : 1 / (1 + lambda * square)));
  };
}

/** Reports every so often how many contexts are decided. */
export function decidingProgress(run: Run, seed: number, unit: string, total: number): (done: number) => void {
  let last = performance.now();
  return (done) => {
    const now = performance.now();
    if (now - last < 200) return;
    last = now;
    run.emit({ kind: "deciding", seed, unit, done, total });
  };
}
