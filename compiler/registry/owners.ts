import type { ProblemKind } from "../../runtime/ir/model.ts";
import { ambiguitySets } from "./ambiguity.ts";
import { predictors } from "./forecasts.ts";
import { generators } from "./generators.ts";
import { trainers } from "./methods.ts";
import { predictorSets } from "./predictor-sets.ts";
import { isFor } from "./schema.ts";

/** Who of a model's own parts takes an option of that name, as a message says it: "the ambiguity set `generative`". */
export function ownersOf(option: string, problem: ProblemKind): readonly string[] {
  const sets = problem === "forecast" ? predictorSets : ambiguitySets;
  return [predictors, generators, sets, trainers].flatMap(({ what, groups, byProblem }) =>
    groups
      .filter((group) => byProblem !== true || isFor(group, problem))
      .filter(({ options }) => options.some(({ name }) => name === option))
      .map(({ name }) => `the ${what} \`${name}\``),
  );
}
