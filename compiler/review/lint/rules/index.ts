import type { LintRule } from "../context.ts";
import { nameStyle, undocumented, unusedDeclarations } from "./names.ts";
import { choicesOfOne, digitGroups, fractionsAsPercent, magicNumbers } from "./numbers.ts";
import { fixedComponents, uniqueness, units } from "./problem.ts";
import {
  comparedWithItself,
  comparisonWithoutTest,
  missingBaseline,
  radii,
  riskNotReported,
  seedUnset,
  singleSeed,
  smallParts,
  thinReasons,
  thinTail,
  unscaledContext,
  weights,
} from "./study.ts";

/** Every rule; each reports under the codes of the catalogue. */
export const rules: readonly LintRule[] = [
  magicNumbers,
  unusedDeclarations,
  seedUnset,
  units,
  radii,
  singleSeed,
  missingBaseline,
  comparisonWithoutTest,
  weights,
  thinTail,
  riskNotReported,
  undocumented,
  smallParts,
  thinReasons,
  fractionsAsPercent,
  digitGroups,
  choicesOfOne,
  comparedWithItself,
  unscaledContext,
  fixedComponents,
  uniqueness,
  nameStyle,
];
