import type { LearningCurve } from "../report/results.ts";
import { isFocused, type Plan, type PlannedMethod } from "./plan.ts";
import { isTuned } from "./planned.ts";
import type { TrainedSeed } from "./train-seed.ts";

/** Less than this share of the regret at the start is no progress. */
const PROGRESS = 0.01;

/**
 * Learning curves of the methods that are trained for their decisions, by seed and in the order of the plan; of one whose
 * options were chosen on validation, that of the choice.
 *
 * @returns nothing where no method has one, as without validation rows
 */
export function curvesOf(
  { methods }: Plan,
  trained: readonly Trained[],
): { readonly curves?: readonly LearningCurve[] } {
  const curves = trained.flatMap((seed) =>
    methods.flatMap((method): LearningCurve[] => {
      const found = courseOf(method, seed);
      if (found === null) return [];
      const { kind, points } = found;
      return [{ seed: seed.seed, method: method.label, of: kind === "gen_dfl" ? "proxy" : "validation", points }];
    }),
  );
  return curves.length === 0 ? {} : { curves };
}

/**
 * Predictors that in half of the seeds or more decide no better after their training than the untrained ones that they
 * began as. Generators and uncertainty sets begin fitted, and are none of them.
 */
export function untaughtOf(
  { methods }: Plan,
  trained: readonly Trained[],
): readonly { readonly method: string; readonly seeds: number; readonly total: number }[] {
  return methods.flatMap((method) => {
    const courses = trained.flatMap((seed) => {
      const found = courseOf(method, seed);
      return found !== null && (found.kind === "predictor" || found.kind === "diff_dro") ? [found.points] : [];
    });
    const flat = courses.filter((points) => {
      const start = points[0]!.regret;
      return start > 0 && Math.min(...points.map(({ regret }) => regret)) > (1 - PROGRESS) * start;
    });
    const often = flat.length > 0 && 2 * flat.length >= courses.length;
    return often ? [{ method: method.label, seeds: flat.length, total: courses.length }] : [];
  });
}

type Trained = Pick<TrainedSeed, "seed" | "focused" | "tuned">;

/** The learning curve of one method and seed, or of what was chosen for it; `null` where it has none. */
function courseOf(
  method: PlannedMethod,
  { focused, tuned }: Trained,
): { readonly kind: PlannedMethod["how"]["kind"]; readonly points: LearningCurve["points"] } | null {
  const own = isTuned(method) ? tuned.get(method.id)?.method : method;
  if (own === undefined || !isFocused(own)) return null;
  const points = focused.get(own.id)?.curve ?? [];
  return points.length === 0 ? null : { kind: own.how.kind, points };
}
