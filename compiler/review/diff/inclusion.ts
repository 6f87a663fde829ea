import { GraphBuilder, foldParams } from "../../../runtime/ir/builder.ts";
import type { ExprGraph, Origin } from "../../../runtime/ir/expr.ts";
import type { DecisionIR, ModelIR } from "../../../runtime/ir/model.ts";
import { analyseExpression } from "../../analyse/index.ts";
import { feasibleForm, type FeasibleForm, type Row } from "../../analyse/feasible.ts";
import { EXAMINED_ELEMENTS } from "../../analyse/feasibility/index.ts";
import { findPoint, type Work } from "../../analyse/feasibility/simplex.ts";
import { systemOf } from "../../analyse/feasibility/system.ts";
import { layoutOf } from "../../analyse/layout.ts";
import { NormalForms } from "./normal-form.ts";

/** `b` beside `a`: `unproved` where neither inclusion could be shown. */
export type SetRelation = "equal" | "grows" | "shrinks" | "unproved";

/** A feasible set ready to be compared. */
interface Described {
  readonly form: FeasibleForm;
  /** `graph ≤ 0` or `graph = 0`, where that is not affine. */
  readonly curved: readonly { readonly relation: "<=" | "=="; readonly graph: ExprGraph }[];
}

const WORK = 2e8;
const TOUCH = 1e-9;

/**
 * Compares two feasible sets of the same decision vector. Affine parts by linear programs: each row of the outer set is
 * maximised over the inner one. A curved constraint is implied by an equal one, or by one that differs in one number in
 * which it is monotone. Where components are whole numbers the inclusion of the relaxations is shown, which implies that
 * of the sets.
 */
export function relateSets(a: ModelIR, b: ModelIR): SetRelation {
  const [left, right] = [describe(a), describe(b, a)];
  if (left === null || right === null) return "unproved";
  const forms = new NormalForms();
  const inside = includes(left, right, forms);
  const outside = includes(right, left, forms);
  if (inside) return outside ? "equal" : "grows";
  return outside ? "shrinks" : "unproved";
}

/** Components in the order of `like`, where that is another model. */
function describe(ir: ModelIR, like: ModelIR = ir): Described | null {
  const blocks = like.decision.blocks.map((block) => ir.decision.blocks.find((one) => one.name === block.name));
  if (blocks.some((block) => block === undefined)) return null;
  const ordered: DecisionIR = {
    ...ir.decision,
    blocks: blocks.flatMap((block) => (block === undefined ? [] : [block])),
  };
  const nowhere: Origin = { file: 0, start: 0, end: 0 };
  const form = feasibleForm({ ...ir, decision: ordered }, layoutOf(ordered.blocks), nowhere, []);
  const curved = form.curved.map((index) => {
    const { relation, graph } = ordered.constraints[index]!;
    return { relation, graph: foldParams(graph) };
  });
  return { form, curved };
}

/** Whether every point of `inner` is shown to be one of `outer`. */
function includes(inner: Described, outer: Described, forms: NormalForms): boolean {
  const whole = new Set(inner.form.integer);
  if (!outer.form.integer.every((component) => whole.has(component))) return false;
  const implied = outer.curved.every((one) => inner.curved.some((other) => implies(other, one, forms)));
  return implied && includesAffine(inner.form, outer.form);
}

function includesAffine(inner: FeasibleForm, outer: FeasibleForm): boolean {
  const system = systemOf(inner, null);
  const target = systemOf(outer, null);
  const known = new Set([...inner.inequalities, ...inner.equalities.flatMap(bothSides)].map(rowKey));
  const rows = [...outer.inequalities, ...outer.equalities.flatMap(bothSides)].filter((row) => !known.has(rowKey(row)));
  const costs = rows.map(({ coefficients, bound }) => ({ cost: coefficients.map((c) => -c), bound }));
  for (let i = 0; i < inner.size; i++) {
    const unit = (value: number): number[] => Array.from({ length: inner.size }, (_, j) => (j === i ? value : 0));
    if (target.upper[i]! < system.upper[i]!) costs.push({ cost: unit(-1), bound: target.upper[i]! });
    if (target.lower[i]! > system.lower[i]!) costs.push({ cost: unit(1), bound: -target.lower[i]! });
  }
  if (costs.length === 0) return true;
  if (system.rows.length * inner.size > EXAMINED_ELEMENTS) return false;
  const work: Work = { left: WORK };
  const start = findPoint(system, work);
  if (start.status === "empty") return true;
  if (start.status === "undecided") return false;
  return costs.every(({ cost, bound }) => {
    const minimum = start.simplex.minimise(cost);
    return minimum.status === "optimal" && bound + minimum.value >= -TOUCH * (1 + Math.abs(bound));
  });
}

type HalfSpace = Pick<Row, "coefficients" | "bound">;

function bothSides({ coefficients, bound }: Row): readonly HalfSpace[] {
  return [
    { coefficients, bound },
    { coefficients: coefficients.map((c) => 0 - c), bound: -bound },
  ];
}

/** Rows in the scale of their largest coefficient. */
function rowKey({ coefficients, bound }: HalfSpace): string {
  const size = Math.max(...coefficients.map(Math.abs)) || 1;
  return [...coefficients, bound].map((value) => (value / size + 0).toPrecision(12)).join(" ");
}

type Curved = Described["curved"][number];

function implies(given: Curved, wanted: Curved, forms: NormalForms): boolean {
  if (forms.equal(given.graph, wanted.graph)) return wanted.relation === "<=" || given.relation === "==";
  return wanted.relation === "<=" && isBelow(wanted.graph, given.graph);
}

/**
 * Whether `a ≤ b` everywhere is shown, for graphs that differ in the value of one constant: by the sign of the change
 * and the monotonicity of the graph in that constant.
 */
export function isBelow(a: ExprGraph, b: ExprGraph): boolean {
  if (a.nodes.length !== b.nodes.length || a.output !== b.output) return false;
  let at = -1;
  for (const [i, node] of a.nodes.entries()) {
    const other = b.nodes[i]!;
    if (skeleton(node) !== skeleton(other)) return false;
    if (node.op !== "const" || other.op !== "const" || node.value.every((v, k) => v === other.value[k])) continue;
    if (at >= 0 || node.value.length !== 1) return false;
    at = i;
  }
  const [from, to] = [a.nodes[at], b.nodes[at]];
  if (from?.op !== "const" || to?.op !== "const") return at < 0;
  const [low, high] = [Math.min(from.value[0]!, to.value[0]!), Math.max(from.value[0]!, to.value[0]!)];
  const graph = {
    ...a,
    nodes: a.nodes.map((node, i) => (i === at ? ({ op: "input", shape: [], name: FREE } as const) : node)),
  };
  const builder = new GraphBuilder();
  const ids = builder.graft(graph);
  const facts = analyseExpression(builder.finish(ids[graph.output]!), {
    variables: [FREE],
    ranges: new Map([[FREE, { lower: low, upper: high }]]),
  });
  const direction = facts.monotonicity.find((one) => one.name === FREE)?.direction;
  const grows = to.value[0]! > from.value[0]!;
  return direction === (grows ? "non-decreasing" : "non-increasing") || direction === "constant";
}

/** A name that no declaration can have. */
const FREE = "the changed number";

function skeleton(node: ExprGraph["nodes"][number]): string {
  const { at: _, ...rest } = node;
  return JSON.stringify(rest.op === "const" ? { op: rest.op, shape: rest.shape } : rest);
}
