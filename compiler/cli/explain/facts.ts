import type { ModelIR } from "../../../runtime/ir/model.ts";
import type { ExpressionFacts, InputMonotonicity } from "../../analyse/curvature/facts.ts";
import { modelFacts } from "../../analyse/index.ts";
import { showText } from "../../diagnostics/show-text.ts";
import { numberText } from "./text-of.ts";

/** What is proved of one expression, in the decision or in the outcome. `null` stands for no bound known. */
export interface ExplainedFacts {
  /** `loss`, `risk term` or `constraint`. */
  readonly of: "loss" | "risk term" | "constraint";
  /** The loss's name, or the constraint as it is written; left minus right is examined. */
  readonly name: string;
  readonly in: "decision" | "outcome";
  readonly curvature: ExpressionFacts["curvature"];
  readonly sign: ExpressionFacts["sign"];
  readonly monotonicity: readonly InputMonotonicity[];
  readonly differentiability: ExpressionFacts["differentiability"];
  /** Affine functions that it is made of. */
  readonly pieces: number | null;
  readonly quadratic: {
    readonly definiteness: NonNullable<ExpressionFacts["quadratic"]>["definiteness"];
    readonly leastEigenvalue: number;
    readonly greatestEigenvalue: number;
  } | null;
  /** Modulus of strong convexity: 0 where none is proved. */
  readonly strongConvexity: number;
  /** Lipschitz constant of the gradient, Euclidean norms. */
  readonly smoothness: number | null;
  readonly lipschitz: number | null;
  /** Why nothing is known of the curvature, and what to write instead. */
  readonly because: string | null;
  readonly suggestion: string | null;
}

/** Beyond so many constraints a terminal is told how many more there are. */
const CONSTRAINT_LINES = 8;

export function explainFacts(ir: ModelIR): readonly ExplainedFacts[] {
  const { loss, deterministic, constraints } = modelFacts(ir);
  const { name } = ir.loss;
  return [
    explained("loss", name, "decision", loss.inDecision),
    explained("loss", name, "outcome", loss.inOutcome),
    ...(deterministic === null ? [] : [explained("risk term", ir.risk.text, "decision", deterministic)]),
    ...constraints.map(({ label, facts }) => explained("constraint", label, "decision", facts)),
  ];
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function explained(
  of: ExplainedFacts["of"],
  name: string,
  variables: ExplainedFacts["in"],
  facts: ExpressionFacts,
): ExplainedFacts {
  const { quadratic, blame } = facts;
  return {
    of,
    name,
    in: variables,
    curvature: facts.curvature,
    sign: facts.sign,
    monotonicity: facts.monotonicity,
    differentiability: facts.differentiability,
    pieces: facts.pieces,
    quadratic:
      quadratic === null
        ? null
        : {
            definiteness: quadratic.definiteness,
            leastEigenvalue: quadratic.leastEigenvalue,
            greatestEigenvalue: quadratic.greatestEigenvalue,
          },
    strongConvexity: facts.strongConvexity,
    smoothness: finiteOrNull(facts.smoothness),
    lipschitz: finiteOrNull(facts.lipschitz),
    because: blame?.reason ?? null,
    suggestion: blame?.suggestion ?? null,
  };
}

/** Lines for a terminal: whose facts, in what, then what is known, most important first. */
export function factLines(all: readonly ExplainedFacts[]): string[] {
  const others = all.filter(({ of }) => of !== "constraint");
  const constraints = all.filter(({ of }) => of === "constraint");
  const shown = constraints.slice(0, CONSTRAINT_LINES);
  const more = constraints.length - shown.length;
  return [
    ...others.flatMap((facts) => [
      `  ${facts.of === "loss" ? `loss, in the ${facts.in}` : "risk beside the loss"}`,
      ...phrases(facts).map((line) => `    ${showText(line)}`),
    ]),
    // A constraint's other facts are those of left minus right, which nobody wrote.
    ...shown.map((facts) => `  constraint ${showText([facts.name, formText(facts), ...reasons(facts)].join(": "))}`),
    ...(more > 0 ? [`  and ${more} more constraint${more === 1 ? "" : "s"}: \`--json\` lists them all`] : []),
  ];
}

function phrases(facts: ExplainedFacts): string[] {
  const { lipschitz, smoothness, strongConvexity } = facts;
  const moves = facts.monotonicity.flatMap(moved);
  const constants = [
    ...(strongConvexity > 0 ? [`strongly convex with modulus ${numberText(strongConvexity)}`] : []),
    ...(smoothness !== null && smoothness > 0 ? [`smooth with constant ${numberText(smoothness)}`] : []),
    ...(lipschitz !== null ? [`Lipschitz with constant ${numberText(lipschitz)}`] : []),
  ];
  return [
    [formText(facts), signs[facts.sign], kinks[facts.differentiability]].filter((text) => text !== "").join(", "),
    ...(moves.length === 0 ? [] : [moves.join(", ")]),
    ...(constants.length === 0 ? [] : [constants.join(", ")]),
    ...reasons(facts),
  ];
}

function reasons({ because, suggestion }: ExplainedFacts): string[] {
  return because === null ? [] : [suggestion === null ? because : `${because}: ${suggestion}`];
}

const signs: Readonly<Record<ExplainedFacts["sign"], string>> = {
  zero: "zero",
  "non-negative": "never negative",
  "non-positive": "never positive",
  unknown: "",
};

const kinks: Readonly<Record<ExplainedFacts["differentiability"], string>> = {
  everywhere: "",
  "almost-everywhere": "with kinks",
  jumps: "may jump",
};

const definite = {
  "positive-semidefinite": "quadratic with a positive semidefinite matrix",
  "negative-semidefinite": "quadratic with a negative semidefinite matrix",
  indefinite: "quadratic with an indefinite matrix",
} as const;

function formText({ curvature, pieces, quadratic }: ExplainedFacts): string {
  const bent = curvature === "unknown" ? "neither convex nor concave as far as rules show" : curvature;
  if (curvature === "constant" || curvature === "affine") return bent;
  if (quadratic !== null) {
    const { leastEigenvalue, greatestEigenvalue, definiteness } = quadratic;
    return `${bent}, ${definite[definiteness]} (eigenvalues ${numberText(leastEigenvalue)} to ${numberText(greatestEigenvalue)})`;
  }
  if (pieces === null) return bent;
  const extreme = curvature === "convex" ? "the largest of " : curvature === "concave" ? "the smallest of " : "";
  return `${bent}, ${extreme}${pieces} affine pieces`;
}

function moved({ name, direction, components }: InputMonotonicity): string[] {
  switch (direction) {
    case "non-decreasing":
      return [`rises with ${name}`];
    case "non-increasing":
      return [`falls with ${name}`];
    case "constant":
      return [];
    case "unknown":
      // Components of one sign each are worth a word, one that goes both ways is not.
      return components.includes("unknown") ? [] : [`rises with some of ${name}, falls with others`];
  }
}
