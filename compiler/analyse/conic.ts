import type { CanonicalForm } from "../../runtime/ir/canonical.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { reformulateModel } from "../canonical/model.ts";
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
  /** A problem of `isCurved` as it is reported where there is none. */
  readonly report: (problem: Problem) => Problem;
}

/**
 * The form over cones of a model whose loss, risk or constraints bend other than by maxima. There is none where the rules
 * of `canonical` do not prove it convex, where no cone expresses it, or where an ambiguity set asks for the loss's pieces.
 */
export function bentForm(ir: ModelIR, layouts: Layouts): Bent {
  const form = candidate(ir, layouts);
  if (form !== null && isSolved(form)) return { conic: form, report: (problem) => problem };
  return {
    conic: null,
    report(problem) {
      const reason = String(problem.args["reason"]);
      const because = (text: string): Problem => ({ ...problem, args: { ...problem.args, reason: text } });
      if (ir.ambiguity !== undefined) return because(`${reason}, and the worst case of an ambiguity set needs pieces`);
      const { at } = form ?? {};
      const same = at?.file === problem.at.file && at.start === problem.at.start && at.end === problem.at.end;
      return form?.class === "none" && same && isCurved(problem) ? because(form.reason) : problem;
    },
  };
}

function candidate(ir: ModelIR, layouts: Layouts): CanonicalForm | null {
  if (ir.ambiguity !== undefined) return null;
  const decisions = namesOf(layouts.decision);
  const alone = (graph: ExprGraph): boolean =>
    graph.nodes.every((node) => node.op !== "input" || decisions.has(node.name));
  const { deterministic } = ir.risk;
  if (deterministic !== undefined && !alone(deterministic)) return null;
  if (!ir.decision.constraints.every(({ graph }) => alone(graph))) return null;
  return reformulateModel(ir);
}
