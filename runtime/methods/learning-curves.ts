import type { LearningCurve } from "../report/results.ts";
import { isFocused, type Plan } from "./plan.ts";
import { isTuned } from "./planned.ts";
import type { TrainedSeed } from "./train-seed.ts";

/**
 * Learning curves of the methods that are trained for their decisions, by seed and in the order of the plan; of one whose
 * options were chosen on validation, that of the choice.
 *
 * @returns nothing where no method has one, as without validation rows
 */
export function curvesOf(
  { methods }: Plan,
  trained: readonly Pick<TrainedSeed, "seed" | "focused" | "tuned">[],
): { readonly curves?: readonly LearningCurve[] } {
  const curves = trained.flatMap(({ seed, focused, tuned }) =>
    methods.flatMap((method): LearningCurve[] => {
      const own = isTuned(method) ? tuned.get(method.id)?.method : method;
      if (own === undefined || !isFocused(own)) return [];
      const points = focused.get(own.id)?.curve ?? [];
      if (points.length === 0) return [];
      return [{ seed, method: method.label, of: own.how.kind === "gen_dfl" ? "proxy" : "validation", points }];
    }),
  );
  return curves.length === 0 ? {} : { curves };
}
