import type { Dataset } from "../data/dataset.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import { mean } from "../evaluate/statistics.ts";
import { runAll } from "../pool/run-all.ts";
import type { Selection } from "../report/results.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { DwFmSpec, NeuralGeneratorSpec } from "../spec.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import type { ModelTensors } from "./backend.ts";
import { unpackDecided } from "./decide-contexts.ts";
import type { DwFmMethod } from "./plan.ts";
import type { Run } from "./run.ts";
import { chunkSize } from "./sources.ts";
import { chunksOf, contextsOf, decideRanges, splitOptima } from "./split-evaluator.ts";
import type { VariantSpec } from "./task.ts";

/** Flows of a seed, by strength, with the λ of each. */
export interface Candidates {
  readonly seed: number;
  readonly data: Dataset;
  readonly flows: ReadonlyMap<number, ModelTensors>;
  readonly lambdas: ReadonlyMap<number, number>;
  readonly generator: NeuralGeneratorSpec;
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
  methods: readonly DwFmMethod[],
  candidates: Candidates,
): Promise<Selection[]> {
  const regrets = await validationRegrets(run, methods, candidates);
  return methods.map((method) => choose(run, method, candidates, regrets));
}

/** Mean validation regret by strength, of the plain and of the de-tilted decision. */
async function validationRegrets(
  run: Run,
  methods: readonly DwFmMethod[],
  candidates: Candidates,
): Promise<ReadonlyMap<number, ValidationRegret>> {
  const { data, how } = candidates;
  const { grid } = how.strength;
  const regrets = new Map<number, ValidationRegret>();
  if (grid.length < 2) return regrets;
  const rows = data.split.validation;
  if (rows.length === 0) {
    const what = "Choosing the strength";
    throw new RuntimeError(RUN_MESSAGES, "too-few-rows", { what, needed: 1, split: "validation", rows: 0 });
  }
  const contexts = contextsOf(run, data, "validation");
  const plain = methods.some((method) => !method.how.detilt);
  const detilt = methods.some((method) => method.how.detilt);
  const files = await runAll(
    grid,
    run.jobs,
    (strength, signal) => validationUnit({ ...run, signal }, candidates, contexts, strength, { plain, detilt }),
    run.signal,
  );
  for (const [k, strength] of grid.entries()) {
    const file = files[k]!;
    const regretOf = (id: string): number | null =>
      `${id}/regret` in file.tensors ? mean(unpackDecided(file, id).regret) : null;
    regrets.set(strength, { plain: regretOf("plain"), detilt: regretOf(strength === 0 ? "plain" : "detilt") });
  }
  return regrets;
}

/** Unit: the decisions of one strength on validation. */
async function validationUnit(
  run: Run,
  { seed, data, flows, lambdas, generator }: Candidates,
  contexts: EvaluationContexts,
  strength: number,
  { plain, detilt }: { readonly plain: boolean; readonly detilt: boolean },
): Promise<TensorFile> {
  const { dataHash } = data;
  const name = `validation ${strength}`;
  const variants: VariantSpec[] = [];
  // At strength 0 every weight is 1 and the two decisions are one.
  if (plain || strength === 0) variants.push({ id: "plain", power: 0, lambda: 0 });
  if (detilt && strength !== 0) variants.push({ id: "detilt", power: -1, lambda: lambdas.get(strength)! });
  const ranges = chunksOf(
    "validation",
    contexts.count,
    chunkSize(generator.scenarios, run.pipeline.problem.sizes.outcome),
  );
  return run.units.unit({ seed, name, dataHash }, async (_slot, onStart) => {
    // Found when a unit needs them: a resumed run that has all its regrets draws and solves nothing.
    const optima = await splitOptima(run, data, contexts, seed);
    const tensors = flows.get(strength)!;
    return decideRanges(run, { seed, name, onStart }, ranges, (range) => ({
      kind: "decide-flow",
      seed,
      dataHash,
      range,
      tensors,
      variants,
      optima,
    }));
  });
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
