import type { Dataset } from "../data/dataset.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { evaluationContexts } from "../evaluate/contexts.ts";
import type { Evaluator } from "../evaluate/evaluator.ts";
import { mean } from "../evaluate/statistics.ts";
import type { TrainingSet } from "../models/sampler.ts";
import type { Selection } from "../report/results.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { DwFmSpec, FlowMatchingSpec } from "../spec.ts";
import type { Backend, ModelTensors } from "./backend.ts";
import { decideContexts, packDecided, unpackDecided, type Variant } from "./decide-contexts.ts";
import type { DwFmMethod } from "./plan.ts";
import type { Run } from "./run.ts";
import { samplerSource } from "./sources.ts";
import { decidingProgress, decisionWeights, openSplitEvaluator, referencesAt } from "./split-evaluator.ts";

/** Flows of a seed, by strength, with the λ of each. */
export interface Candidates {
  readonly seed: number;
  readonly data: Dataset;
  readonly train: TrainingSet;
  readonly flows: ReadonlyMap<number, ModelTensors>;
  readonly lambdas: ReadonlyMap<number, number>;
  readonly generator: FlowMatchingSpec;
  readonly how: DwFmSpec;
}

interface ValidationRegret {
  readonly plain: number | null;
  readonly detilt: number | null;
}

/**
 * Chooses the strength of each DW-FM method by its mean validation regret; the smaller strength where two are equal. A
 * grid of one value is no choice and opens no validation data.
 */
export async function selectStrengths(
  run: Run,
  backend: Backend,
  methods: readonly DwFmMethod[],
  candidates: Candidates,
): Promise<Selection[]> {
  const regrets = await validationRegrets(run, backend, methods, candidates);
  return methods.map((method) => choose(run, method, candidates, regrets));
}

/** Mean validation regret by strength, of the plain and of the de-tilted decision. */
async function validationRegrets(
  run: Run,
  backend: Backend,
  methods: readonly DwFmMethod[],
  candidates: Candidates,
): Promise<ReadonlyMap<number, ValidationRegret>> {
  const { seed, data, train, flows, lambdas, generator, how } = candidates;
  const regrets = new Map<number, ValidationRegret>();
  if (how.strength.grid.length < 2) return regrets;
  const { problem, evaluate } = run.pipeline;
  const rows = data.split.validation;
  if (rows.length === 0) {
    const what = "Choosing the strength";
    throw new RuntimeError(RUN_MESSAGES, "too-few-rows", { what, needed: 1, split: "validation", rows: 0 });
  }
  const contexts = evaluationContexts(data, problem.sizes, "validation", rows, evaluate.contexts);
  const plain = methods.some((method) => !method.how.detilt);
  const detilt = methods.some((method) => method.how.detilt);
  // Opened when a unit needs it: a resumed run that has all its regrets draws and solves nothing.
  let evaluator: Evaluator | null = null;
  for (const strength of how.strength.grid) {
    const name = `validation ${strength}`;
    const file = await run.units.unit({ seed, name, dataHash: data.dataHash }, async () => {
      evaluator ??= await openSplitEvaluator(run, data, contexts, seed);
      const referenceAt = referencesAt(run, train, contexts);
      const variants: Variant[] = [];
      // At strength 0 every weight is 1 and the two decisions are one.
      if (plain || strength === 0) variants.push({ id: "plain", weights: null });
      if (detilt && strength !== 0) {
        const weights = decisionWeights(run, referenceAt, contexts, lambdas.get(strength)!, -1);
        variants.push({ id: "detilt", weights });
      }
      const flow = await backend.loadFlow(generator, problem.sizes, flows.get(strength)!);
      try {
        return packDecided(
          await decideContexts({
            problem,
            decider: run.decider,
            contexts,
            evaluator,
            source: samplerSource(flow, generator.scenarios, problem.sizes, run.stream(seed, "scenarios/validation")),
            scenarios: generator.scenarios,
            variants,
            tails: [],
            pace: run.pace,
            onContext: decidingProgress(run, seed, name, contexts.count),
          }),
        );
      } finally {
        await flow.dispose();
      }
    });
    const regretOf = (id: string): number | null =>
      `${id}/regret` in file.tensors ? mean(unpackDecided(file, id).regret) : null;
    regrets.set(strength, { plain: regretOf("plain"), detilt: regretOf(strength === 0 ? "plain" : "detilt") });
  }
  return regrets;
}

function choose(
  run: Run,
  method: DwFmMethod,
  { seed, how, lambdas }: Candidates,
  regrets: ReadonlyMap<number, ValidationRegret>,
): Selection {
  const grid = [...how.strength.grid]
    .sort((a, b) => a - b)
    .map((strength) => ({
      strength,
      lambda: lambdas.get(strength)!,
      validationRegret: regrets.get(strength)?.[method.how.detilt ? "detilt" : "plain"] ?? null,
    }));
  let best = grid[0]!;
  for (const entry of grid) {
    if (entry.validationRegret !== null && entry.validationRegret < best.validationRegret!) best = entry;
  }
  if (best.validationRegret !== null) {
    const { strength, validationRegret } = best;
    run.emit({ kind: "selected", seed, method: method.id, strength, validationRegret });
    if (best === grid.at(-1)) run.warn("strength-at-edge", { seed, method: method.id, strength });
  }
  return {
    seed,
    method: method.id,
    scale: how.strength.scale,
    grid,
    selected: best.strength,
    lambda: best.lambda,
  };
}
