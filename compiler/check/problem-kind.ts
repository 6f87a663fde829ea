import type { Decl } from "../../grammar/ast.ts";
import type { ProblemKind } from "../../runtime/ir/model.ts";
import { problemNames } from "../registry/index.ts";
import type { EffectiveModel } from "../resolve/effective-model.ts";
import type { CheckContext } from "./context.ts";

/** What kind of problem a model's declarations state. */
export function problemOf({ declarations, suspects }: EffectiveModel): ProblemKind {
  const has = (...kinds: readonly Decl["kind"][]): boolean =>
    declarations.some(({ decl }) => kinds.includes(decl.kind));
  if (has("stages", "stage", "state")) return "multi_stage";
  if (has("observe", "infer")) return "posterior";
  const predictor = declarations.some(
    ({ decl }) => decl.kind === "decision" && decl.groups.some((group) => group.type?.kind === "predictor-type"),
  );
  if (predictor) return "forecast";
  // A declaration that a syntax error lost still tells what the model is about.
  const lost = ["decision", "loss", "risk"].some((kind) => suspects.has(kind));
  if (has("uncertainty") && !has("decision", "loss", "risk") && !lost) return "generation";
  return "single_stage";
}

const anywhere: readonly Decl["kind"][] = [
  "dim",
  "unit",
  "param",
  "seed",
  "fn",
  "set",
  "preset",
  "task",
  "graph",
  "waive",
];
const shared: readonly Decl["kind"][] = [...anywhere, "data", "uncertainty", "evaluate"];
const single: readonly Decl["kind"][] = [
  ...shared,
  "decision",
  "subject-to",
  "loss",
  "risk",
  "ambiguity",
  "train",
  "solve",
  "compare",
  "stress",
];

/** Declarations that each kind of problem has. */
const allowed: Readonly<Record<ProblemKind, readonly Decl["kind"][]>> = {
  single_stage: single,
  forecast: single.filter((kind) => kind !== "solve" && kind !== "subject-to"),
  generation: [...shared, "train", "compare"],
  posterior: [...shared, "train", "observe", "infer"],
  multi_stage: [...shared, "stages", "state", "stage", "ambiguity", "solve", "compare"],
};

const words: Partial<Readonly<Record<Decl["kind"], string>>> = { "subject-to": "subject to", stress: "stress test" };
const problems: readonly ProblemKind[] = ["single_stage", "forecast", "generation", "posterior", "multi_stage"];

/** Reports declarations that would be ignored in a model of this kind; `false` where there are any. */
export function declarationsApply(ctx: CheckContext): boolean {
  let apply = true;
  for (const { decl, module } of ctx.model.declarations) {
    if (allowed[ctx.problem].includes(decl.kind)) continue;
    apply = false;
    const name = words[decl.kind] ?? decl.kind;
    const fitting = problems.filter((problem) => allowed[problem].includes(decl.kind));
    ctx.reporter.report(
      "wrong-problem",
      { source: module.source, span: decl.span },
      {
        name,
        found: problemNames[ctx.problem],
        expected: fitting.length === 0 ? "a stage" : fitting.map((problem) => problemNames[problem]).join(", or "),
        advice: ctx.problem === "multi_stage" || fitting.length === 0 ? "move it into the stage" : "remove it",
      },
    );
  }
  return apply;
}
