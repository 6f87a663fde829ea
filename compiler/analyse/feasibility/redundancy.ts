import type { ModelIR } from "../../../runtime/ir/model.ts";
import type { FeasibleForm } from "../feasible.ts";
import { findPoint, type Work } from "./simplex.ts";
import { isOfSet, sourcesOf, systemOf } from "./system.ts";

/** A constraint that cuts nothing off, and those that imply it. */
export interface Redundant {
  readonly constraint: number;
  readonly implied: readonly number[];
  /** How much room it leaves at the nearest feasible point; 0 where it touches. */
  readonly room: number;
}

const TOUCH = 1e-9;

/**
 * Constraints that the others imply, found from the last to the first so that what is reported may be removed together.
 * Rows of a named set, ranges of a declaration and plain signs (`z >= 0`) are part of how a set is said and are left.
 */
export function findRedundant(ir: ModelIR, form: FeasibleForm, work: Work): readonly Redundant[] {
  const kept = new Set(ir.decision.constraints.keys());
  const candidates = [...kept].filter((constraint) => isOwnStatement(ir, form, constraint));
  const key = numbersOf(form, candidates, work);
  const known = recent.get(key);
  if (known !== undefined) return known;
  const redundant = examine(form, kept, candidates, work);
  recent.set(key, redundant);
  if (recent.size > MOST_RECENT) recent.delete(recent.keys().next().value!);
  return redundant;
}

/**
 * Answers for the last sets: in an editor one keystroke after another leaves the constraints as they are, and these
 * linear programs are most of what the analysis of a long spec takes.
 */
const recent = new Map<string, readonly Redundant[]>();
const MOST_RECENT = 8;

/** Everything that the answer depends on, as a text. */
function numbersOf(form: FeasibleForm, candidates: readonly number[], work: Work): string {
  const bounds = form.bounds.map(({ component, side, value, constraint }) =>
    [component, side, value, constraint].join(),
  );
  const parts = [form.size, work.left, form.integer.join(), candidates.join(), bounds.join(";")];
  return [...parts, rowsText(form.equalities), rowsText(form.inequalities)].join("|");
}

function rowsText(rows: FeasibleForm["inequalities"]): string {
  return rows.map(({ constraint, coefficients, bound }) => `${constraint}:${coefficients.join()}:${bound}`).join(";");
}

function examine(
  form: FeasibleForm,
  kept: Set<number>,
  candidates: readonly number[],
  work: Work,
): readonly Redundant[] {
  const redundant: Redundant[] = [];
  for (const constraint of candidates.toReversed()) {
    kept.delete(constraint);
    const found = impliedBy(form, kept, constraint, work);
    if (found === null) kept.add(constraint);
    else redundant.push({ constraint, ...found });
  }
  return redundant.toReversed();
}

function isOwnStatement(ir: ModelIR, form: FeasibleForm, index: number): boolean {
  const constraint = ir.decision.constraints[index]!;
  if (isOfSet(ir, index)) return false;
  if (ir.decision.blocks.some((block) => constraint.label.startsWith(`${block.name} in `))) return false;
  const bounds = form.bounds.filter((bound) => bound.constraint === index);
  return !(bounds.length > 0 && bounds.every(({ side, value }) => side === "lower" && value === 0));
}

function impliedBy(
  form: FeasibleForm,
  kept: ReadonlySet<number>,
  constraint: number,
  work: Work,
): { readonly implied: readonly number[]; readonly room: number } | null {
  // Out of work: what was not examined is not called redundant.
  work.left -= 4 * form.size * (form.inequalities.length + form.equalities.length);
  if (work.left <= 0) return null;
  const own = systemOf(form, new Set([constraint]));
  const system = systemOf(form, kept);
  const implied = new Set<number>();
  let room = Infinity;
  const costs: { readonly cost: Float64Array; readonly bound: number }[] = [];
  for (const row of own.rows) {
    const cost = Float64Array.from(row.coefficients);
    if (row.upper < Infinity) costs.push({ cost: cost.map((c) => -c), bound: row.upper });
    if (row.lower > -Infinity) costs.push({ cost, bound: -row.lower });
  }
  for (const { component, side, constraint: from } of form.bounds) {
    if (from !== constraint) continue;
    const cost = new Float64Array(form.size);
    cost[component] = side === "upper" ? -1 : 1;
    costs.push({ cost, bound: side === "upper" ? own.upper[component]! : -own.lower[component]! });
  }
  if (costs.length === 0) return null;
  const start = findPoint(system, work);
  if (start.status !== "feasible") return null;
  for (const { cost, bound } of costs) {
    // The greatest left side without this constraint.
    const minimum = start.simplex.minimise(cost);
    if (minimum.status !== "optimal") return null;
    const slack = bound + minimum.value;
    if (slack < -TOUCH * (1 + Math.abs(bound))) return null;
    room = Math.min(room, Math.max(0, slack));
    const weights = new Float64Array(form.size + system.rows.length);
    for (const k of minimum.binding) weights[k] = 1;
    for (const one of bindingSources(system, weights, minimum.point)) implied.add(one);
  }
  return { implied: [...implied].toSorted((a, b) => a - b), room };
}

/** Constraints of the bounds that the binding variables rest on. */
function bindingSources(system: ReturnType<typeof systemOf>, binding: Float64Array, point: Float64Array): Set<number> {
  const signs = binding.map((w, k) => {
    if (w === 0 || k >= system.size) return w;
    return Math.abs(point[k]! - system.lower[k]!) <= Math.abs(system.upper[k]! - point[k]!) ? 1 : -1;
  });
  return sourcesOf(system, signs, true);
}
