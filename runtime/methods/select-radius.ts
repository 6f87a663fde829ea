import { RuntimeError } from "../errors/runtime-error.ts";
import type { RadiusSelection } from "../report/results.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { flowGroups } from "./compare-seed.ts";
import { unpackDecided } from "./decide-contexts.ts";
import { heldOutRisk } from "./held-out-risk.ts";
import { leastRisk } from "./choose-radius.ts";
import { radiusOnTraining } from "./radius-on-training.ts";
import { radiusVariant } from "./radius-variant.ts";
import type { Run } from "./run.ts";
import { chunkSize } from "./sources.ts";
import { chunksOf, contextsOf, decideRanges } from "./split-evaluator.ts";
import type { VariantSpec } from "./task.ts";
import type { TrainedSeed } from "./train-seed.ts";

/**
 * Chooses the radius of the ambiguity set by hold-out (002 §6): every radius decides at every validation context on the
 * same scenarios, and the risk of the losses that then came true is compared; the smaller radius where two are equal. One
 * radius is no choice and opens no validation data. Data without a validation part give a tenth of the training rows to it
 * (`radiusOnTraining`), and cross-validation takes them part by part whatever the data have.
 *
 * @returns `null` without an ambiguity set
 * @throws RuntimeError `too-few-rows`
 */
export async function selectRadius(run: Run, trained: Omit<TrainedSeed, "radius">): Promise<RadiusSelection | null> {
  const { ambiguity, problem } = run.pipeline;
  if (ambiguity === undefined) return null;
  const { radii } = ambiguity;
  const { seed, data } = trained;
  if (radii.length === 1) return { seed, grid: [{ radius: radii[0]!, heldOutRisk: null }], selected: radii[0]! };
  if (ambiguity.folds !== undefined || data.split.validation.length === 0) {
    const method = run.plan.methods.find(({ robust }) => robust === true)!;
    const scored = await radiusOnTraining(run, trained, method, radii);
    if (scored !== null) {
      const { radius } = leastRisk(scored);
      if (radius === scored.at(-1)!.radius) run.warn("radius-at-edge", { seed, radius });
      return { seed, grid: scored, selected: radius };
    }
    const what = "Choosing the radius";
    throw new RuntimeError(
      RUN_MESSAGES,
      "too-few-rows",
      { what, needed: 1, split: "validation", rows: 0 },
      { place: ambiguity.at },
    );
  }
  const file = await validationUnit(run, trained, radii);
  const grid = radii.map((radius) => ({
    radius,
    heldOutRisk: heldOutRisk(problem, unpackDecided(file, radiusVariant(radius))),
  }));
  const best = grid.reduce((a, b) => (b.heldOutRisk < a.heldOutRisk ? b : a));
  if (best === grid.at(-1)) run.warn("radius-at-edge", { seed, radius: best.radius });
  return { seed, grid, selected: best.radius };
}

/** Unit: the trained method's decisions on validation at each radius. */
async function validationUnit(
  run: Run,
  trained: Omit<TrainedSeed, "radius">,
  radii: readonly number[],
): Promise<TensorFile> {
  const { plan, pipeline } = run;
  const { seed, data } = trained;
  const { dataHash } = data;
  const method = plan.methods.find(({ robust }) => robust === true)!;
  const contexts = contextsOf(run, data, "validation");
  const name = `validation ${method.id}, radius`;
  const ranges = chunksOf(
    "validation",
    contexts.count,
    chunkSize(pipeline.generator.scenarios, pipeline.problem.sizes.outcome),
  );
  const [group] = flowGroups([method], trained, null);
  const way = group === undefined ? undefined : [...group.variants.values()][0];
  return run.units.unit({ seed, name, dataHash }, (slot, onStart) =>
    decideRanges(run, { seed, name, onStart }, ranges, (range) => {
      const shared = { seed, dataHash, range, optima: null };
      if (group === undefined || way === undefined) {
        return { kind: "decide-method", ...shared, method: method.id, radii, slot };
      }
      const { power, lambda } = way;
      const variants = radii.map((radius): VariantSpec => ({ id: radiusVariant(radius), power, lambda, radius }));
      return { kind: "decide-flow", ...shared, tensors: group.tensors, variants };
    }),
  );
}
