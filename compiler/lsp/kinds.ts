/** Which registry each declaration names its methods from. */
import type { Decl } from "../../grammar/ast.ts";
import {
  adversaries,
  anySet,
  baselines,
  corruptions,
  generators,
  metrics,
  predictors,
  samplers,
  solvers,
  trainers,
  type GroupSchema,
  type Kind,
} from "../registry/index.ts";

/** What may follow a declaration's word, or the word `via`, `lift` or `by` in it. */
export const kindOfDeclaration: Partial<Readonly<Record<Decl["kind"], Kind>>> = {
  uncertainty: generators,
  ambiguity: anySet,
  infer: samplers,
  train: trainers,
  solve: solvers,
  compare: baselines,
  stress: corruptions,
  evaluate: metrics,
  decision: predictors,
};

/** Every kind: a preset may be of any of them. */
export const allKinds: readonly Kind[] = [
  generators,
  trainers,
  baselines,
  anySet,
  adversaries,
  solvers,
  samplers,
  predictors,
  corruptions,
];

/** The groups that a preset could be of. */
export const presetGroups: readonly GroupSchema[] = allKinds.flatMap((kind) => kind.groups);
