import {
  CANONICAL_VERSION,
  type CanonicalClass,
  type CanonicalForm,
  type CanonicalRow,
} from "../../runtime/ir/canonical.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { CanonicalFailure } from "./failure.ts";
import type { ConvexProblem } from "./problem.ts";
import { createReducer } from "./reduce.ts";
import { writeRisk, type LossEpigraph } from "./risk.ts";
import { writeWorstCase } from "./wasserstein.ts";
import { createWorkspace } from "./workspace.ts";

export interface CanonicaliseOptions {
  /** `pieces` gives the rows that a solver of piecewise affine losses has; `parts`, the default, the fewest variables. */
  readonly loss?: LossEpigraph;
}

/**
 * A convex problem as a linear or convex quadratic objective over linear rows and cones, equal to it: same value, and
 * the same decisions are best. Quadratics stay in the objective where nothing else bends; beside cones they become
 * cones too. A problem that the rules cannot prove convex gets the class `none`, the reason and the sub-expression to
 * blame, with the problem's own objective and no rows.
 */
export function canonicalise(problem: ConvexProblem, options: CanonicaliseOptions = {}): CanonicalForm {
  try {
    const form = reduceProblem(problem, options.loss ?? "parts", true);
    const conic = form.rows.some((row) => row.kind !== "linear");
    return classify(conic ? reduceProblem(problem, options.loss ?? "parts", false) : form);
  } catch (failure) {
    if (!(failure instanceof CanonicalFailure)) throw failure;
    return noForm(problem, failure);
  }
}

type Unclassified = Omit<CanonicalForm, "class" | "reason">;

function reduceProblem(problem: ConvexProblem, loss: LossEpigraph, quadratic: boolean): Unclassified {
  const ws = createWorkspace(problem);
  const { builder: b, facts } = ws;
  const reducer = createReducer(ws);
  let fixed = b.const(0);
  let scenario: number | null = null;
  if (problem.objective !== undefined) {
    const own = ws.graft(problem.objective);
    if (facts.repeat(own) === "scenario") throw CanonicalFailure.of("scenario", b.node(own));
    fixed = quadratic ? reducer.quadratic(own) : reducer.bound(own, 1);
  }
  if (problem.risk !== undefined) {
    const { ambiguity } = problem.risk;
    const outcomes = problem.data.filter((datum) => datum.repeat === "scenario");
    // A ball of radius zero holds the scenarios alone.
    const parts =
      ambiguity === undefined || ambiguity.radius === 0
        ? writeRisk(ws, reducer, problem.risk, { loss, quadratic })
        : writeWorstCase(ws, reducer, problem.risk, ambiguity, outcomes);
    fixed = b.binary("add", parts.fixed, fixed);
    scenario = parts.scenario;
  }
  for (const { relation, graph, label, at } of problem.constraints) {
    const id = ws.graft(graph);
    const source = { label, at };
    const zero = b.const(0, b.shape(id));
    if (relation === "<=") {
      reducer.constrain(id, 1, zero, source);
    } else {
      if (facts.degree(id) > 1) throw CanonicalFailure.of("equality", b.node(id));
      const node = b.node(id);
      const [left, right] = node.op === "sub" ? node.args : [id, zero];
      ws.linear(left, "==", right, source);
    }
  }
  const used = new Set<string>();
  const objective = { fixed: b.finish(fixed), scenario: scenario === null ? null : b.finish(scenario) };
  const graphs = [objective.fixed, objective.scenario, ...ws.rows.flatMap(graphsOf)];
  for (const graph of graphs) {
    for (const node of graph?.nodes ?? []) if (node.op === "input") used.add(node.name);
  }
  const data = problem.data.filter((datum) => used.has(datum.name));
  return {
    version: CANONICAL_VERSION,
    variables: ws.variables,
    data: data.map(({ name, shape, repeat }) => ({ name, shape, repeat })),
    objective,
    rows: ws.rows,
  };
}

function graphsOf(row: CanonicalRow): readonly ExprGraph[] {
  switch (row.kind) {
    case "linear":
      return [row.left, row.right];
    case "soc":
      return [...row.parts, row.bound];
    case "exp":
      return [row.exponent, row.scale, row.bound];
    case "smooth":
      return [row.graph];
  }
}

function classify(form: Unclassified): CanonicalForm {
  const of = (kind: CanonicalRow["kind"]): string[] => [
    ...new Set(form.rows.filter((row) => row.kind === kind).map((row) => `\`${row.label}\``)),
  ];
  const [smooth, exponential, second] = [of("smooth"), of("exp"), of("soc")];
  const integer = form.variables.some((variable) => variable.type !== "real");
  const quadratic = [form.objective.fixed, form.objective.scenario].some(
    (graph) => graph !== null && isQuadratic(graph, new Set(form.variables.map((variable) => variable.name))),
  );
  const conic: readonly [CanonicalClass, string] | null =
    smooth.length > 0
      ? ["smooth", `a smooth convex row for ${smooth.join(", ")}, which few cones do not express`]
      : exponential.length > 0
        ? ["EXP", `exponential cones for ${exponential.join(", ")}`]
        : second.length > 0
          ? ["SOCP", `second-order cones for ${second.join(", ")}`]
          : null;
  if (conic !== null) {
    if (!integer) return { ...form, class: conic[0], reason: conic[1] };
    const reason = `integer decisions beside ${conic[1]}: convex for each choice of the whole numbers, so that branch and bound over a solver of cones answers it (HiGHS takes no cones)`;
    return { ...form, class: conic[0] === "SOCP" ? "MISOCP" : "mixed", reason };
  }
  const linear = "beyond that, every operation on the decision is affine or piecewise affine";
  if (quadratic) {
    const reason = `the objective is a convex quadratic; ${linear}`;
    return { ...form, class: integer ? "MIQP" : "QP", reason };
  }
  const reason = "every operation on the decision is affine or piecewise affine";
  return { ...form, class: integer ? "MIP" : "LP", reason: integer ? `${reason}; some decisions are whole` : reason };
}

/** An objective is affine or a convex quadratic: it is quadratic where it squares or multiplies what is decided. */
function isQuadratic(graph: ExprGraph, variables: ReadonlySet<string>): boolean {
  const decided: boolean[] = [];
  let found = false;
  for (const node of graph.nodes) {
    if (node.op === "input") decided.push(variables.has(node.name));
    else if (node.op === "const") decided.push(false);
    else {
      const args = node.args.map((arg) => decided[arg]!);
      const product = (node.op === "mul" || node.op === "matmul") && args.every(Boolean);
      if (product || (node.op === "square" && args[0])) found = true;
      decided.push(args.some(Boolean));
    }
  }
  return found;
}

function noForm(problem: ConvexProblem, failure: CanonicalFailure): CanonicalForm {
  const ws = createWorkspace(problem);
  const { at } = failure;
  return {
    version: CANONICAL_VERSION,
    class: "none",
    reason: failure.message,
    ...(at === undefined ? {} : { at }),
    variables: ws.variables,
    data: problem.data.map(({ name, shape, repeat }) => ({ name, shape, repeat })),
    objective: {
      fixed: problem.objective ?? zeroGraph(),
      scenario: problem.risk === undefined ? null : problem.risk.loss,
    },
    rows: [],
  };
}

function zeroGraph(): ExprGraph {
  const b = new GraphBuilder();
  return b.finish(b.const(0));
}
