import type { Decl } from "../../grammar/ast.ts";
import type { ProblemKind } from "../../runtime/ir/model.ts";
import type { CheckContext } from "./context.ts";

interface Requirement {
  readonly kind: Decl["kind"];
  readonly reason: string;
  readonly example: string;
}

const data: Requirement = {
  kind: "data",
  reason: "there is nothing to learn the uncertainty from",
  example: 'data market = csv("market.csv") { … }',
};
const uncertainty: Requirement = {
  kind: "uncertainty",
  reason: "how the outcome is modelled given the context must be said",
  example: "uncertainty s | x ~ flow_matching",
};
const single: readonly Requirement[] = [
  data,
  { kind: "decision", reason: "there is nothing to decide", example: "decision z: real[Asset] in simplex" },
  { kind: "loss", reason: "decisions cannot be told apart", example: "loss L(z, s) = -dot(s, z)" },
  {
    kind: "risk",
    reason: "how uncertain losses are weighed is the heart of the decision, so droc assumes nothing",
    example: "risk mean(L)",
  },
  uncertainty,
];

const requirements: Readonly<Record<ProblemKind, readonly Requirement[]>> = {
  single_stage: single,
  forecast: [
    ...single.filter((requirement) => requirement !== uncertainty),
    {
      kind: "train",
      reason: "a predictor can be trained for its risk or against the worst law, which changes what it predicts",
      example: "train gas_dro",
    },
  ],
  generation: [data, uncertainty],
  posterior: [
    data,
    uncertainty,
    {
      kind: "observe",
      reason: "a posterior is that given an observation",
      example: "observe y = u + normal(0, 0.05)",
    },
    { kind: "infer", reason: "what is inferred, and how, must be said", example: "infer u | y by latent_langevin" },
  ],
  multi_stage: [
    data,
    { kind: "stages", reason: "how many stages there are is not known", example: "stages day = 1..7" },
    { kind: "stage", reason: "there is nothing to decide", example: "stage day observing w { … }" },
    uncertainty,
  ],
};

/** Reports what the model lacks; `false` where that is anything. */
export function hasRequired(ctx: CheckContext): boolean {
  const { declarations, incomplete, decl, at } = ctx.model;
  const has = (kind: Decl["kind"]): boolean => declarations.some((placed) => placed.decl.kind === kind);
  const missing = requirements[ctx.problem].filter(({ kind }) => !has(kind));
  const model = decl.name.name;
  if (incomplete) return missing.length === 0;
  for (const { kind, reason, example } of missing) {
    ctx.reporter.report("missing-declaration", at, { model, what: kind, reason, example });
  }
  if (missing.length > 0) return false;
  if (ctx.problem !== "single_stage" || has("train") || generatorName(ctx) !== "flow_matching") return true;
  ctx.reporter.report("missing-declaration", at, {
    model,
    what: "train",
    reason: "flow matching can be trained with or without weights for the decision, which changes what is decided",
    example: "train dw_fm",
  });
  return false;
}

function generatorName(ctx: CheckContext): string {
  for (const { decl } of ctx.model.declarations) {
    if (decl.kind !== "uncertainty") continue;
    const { generator } = decl;
    return generator.kind === "name" ? generator.name : generator.kind === "configured" ? generator.callee.name : "";
  }
  return "";
}
