import type { CanonicalForm } from "../../runtime/ir/canonical.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { canonicalise } from "../canonical/canonicalise.ts";
import { problemOf, reformulateModel } from "../canonical/model.ts";
import { namesOf, type Layouts } from "./layout.ts";
import type { Problem } from "./problem.ts";

/** What keeps a problem from the solver of affine pieces, and may yet be convex. */
const curved: ReadonlySet<Problem["code"]> = new Set([
  "loss-not-piecewise-affine",
  "loss-not-convex-in-decision",
  "constraint-not-affine",
  "risk-term-not-quadratic",
]);

/** Whether the cone solver answers it with a certificate, integers by branch and bound. */
function isSolved(form: CanonicalForm): boolean {
  return form.class !== "none" && form.rows.every((row) => row.kind !== "smooth");
}

/** Whether a problem is about curvature alone, so that a form over cones answers it. */
export function isCurved({ code }: Problem): boolean {
  return curved.has(code);
}

/** What is known of a model that bends in the decision other than by maxima. */
export interface Bent {
  /** The form over cones, `null` where there is none that is solved. */
  readonly conic: CanonicalForm | null;
  /** What is reported of the problems of `isCurved` where there is none. */
  readonly report: (problem: Problem) => readonly Problem[];
}

/**
 * The form over cones of a model whose loss, risk or constraints bend other than by maxima. There is none where the rules
 * of `canonical` do not prove it convex, where no cone expresses it, or where an ambiguity set asks for the loss's pieces.
 * Then what is convex by itself is not reported: another part is to blame.
 */
export function bentForm(ir: ModelIR, layouts: Layouts): Bent {
  if (ir.ambiguity !== undefined) {
    const report = (problem: Problem): readonly Problem[] => [
      because(problem, `${problem.args["reason"]}, and the worst case of an ambiguity set needs pieces`),
    ];
    return { conic: null, report };
  }
  if (!readsNoData(ir, layouts)) return { conic: null, report: (problem) => [problem] };
  const form = reformulateModel(ir);
  if (isSolved(form)) return { conic: form, report: () => [] };
  return {
    conic: null,
    report(problem) {
      const own = formOfPart(ir, problem);
      if (isSolved(own)) return [];
      const { at } = own;
      const same = at?.file === problem.at.file && at.start === problem.at.start && at.end === problem.at.end;
      return [own.class === "none" && same ? because(problem, own.reason) : problem];
    },
  };
}

function because(problem: Problem, reason: string): Problem {
  return { ...problem, args: { ...problem.args, reason } };
}

/** The form of the model with nothing but the part that a problem is about. */
function formOfPart(ir: ModelIR, { code, args }: Problem): CanonicalForm {
  const { variables, data, objective, risk, constraints } = problemOf(ir);
  const bare = { variables, data, constraints: [] };
  switch (code) {
    case "constraint-not-affine":
      return canonicalise({ ...bare, constraints: constraints.filter(({ label }) => label === args["label"]) });
    case "risk-term-not-quadratic":
      return canonicalise({ ...bare, ...(objective === undefined ? {} : { objective }) });
    default:
      return canonicalise({ ...bare, ...(risk === undefined ? {} : { risk }) });
  }
}

/** Whether constraints and the risk beside the loss are of the decision alone. */
function readsNoData(ir: ModelIR, layouts: Layouts): boolean {
  const decisions = namesOf(layouts.decision);
  const { deterministic } = ir.risk;
  const graphs = [...ir.decision.constraints.map(({ graph }) => graph), ...(deterministic ? [deterministic] : [])];
  return graphs.every(({ nodes }) => nodes.every((node) => node.op !== "input" || decisions.has(node.name)));
}
