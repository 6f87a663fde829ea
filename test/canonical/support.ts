import { canonicalise, type CanonicaliseOptions, type ConvexProblem } from "../../compiler/canonical/index.ts";
import { coneProblemOf } from "../../runtime/decide/cone-form.ts";
import { solveCone } from "../../runtime/decide/cone/index.ts";
import { getHighs, solveWithHighs } from "../../runtime/decide/highs.ts";
import type { LinearModel } from "../../runtime/decide/linear-model.ts";
import type { CanonicalForm } from "../../runtime/ir/canonical.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { instantiate, type FormData, type NumericForm } from "../../runtime/ir/instantiate.ts";
import { range, sizeOf } from "../../runtime/ir/shape.ts";
import { cvar } from "../../runtime/risk/index.ts";
import { eliminate } from "./eliminate.ts";
import { solveByBarrier } from "../support/barrier.ts";

export interface Answer {
  readonly value: number;
  /** The decision blocks one after another. */
  readonly z: readonly number[];
}

/**
 * Solves a form: HiGHS for LP, MIP and QP, droc's cone solver for cones, the barrier for smooth rows, each choice
 * of the integers for MIQP and MISOCP.
 */
export async function solveForm(form: CanonicalForm, data: FormData): Promise<Answer> {
  const numeric = instantiate(form, data);
  const { value, x } = await solveNumeric(form, numeric);
  const z = form.variables
    .filter((variable) => variable.role === "decision")
    .flatMap((variable) => {
      const start = numeric.starts.get(variable.name)![0]!;
      return Array.from(x.subarray(start, start + sizeOf(variable.shape)));
    });
  return { value, z };
}

async function solveNumeric(form: CanonicalForm, numeric: NumericForm): Promise<{ value: number; x: Float64Array }> {
  switch (form.class) {
    case "LP":
    case "MIP":
    case "QP":
      return solveLinear(numeric);
    case "MIQP":
      return enumerate(numeric, solveLinear);
    case "MISOCP":
    case "mixed":
      return solveMixed(numeric);
    default:
      return solveCones(numeric);
  }
}

type Solve = (numeric: NumericForm) => Promise<{ value: number; x: Float64Array }>;

async function solveCones(numeric: NumericForm): Promise<{ value: number; x: Float64Array }> {
  if (numeric.smooth.length === 0) {
    const { status, objective, x } = solveCone(coneProblemOf(numeric));
    // Few programs leave it short of its tolerance; the barrier is slower, and answers them.
    if (status !== "inaccurate") {
      if (status !== "optimal") throw new Error(`cone solver: ${status}`);
      return { value: objective + numeric.offset, x };
    }
  }
  const found = solveByBarrier(numeric);
  if (found === null) throw new Error("no strictly feasible point");
  return found;
}

/** Every choice of the integers, each a cone program without them. */
async function solveMixed(numeric: NumericForm): Promise<{ value: number; x: Float64Array }> {
  const cone = coneProblemOf(numeric);
  const choices = numeric.integer.reduce<readonly (readonly number[])[]>(
    (all, column) =>
      all.flatMap((chosen) =>
        range(numeric.upper[column]! - numeric.lower[column]! + 1).map((i) => [...chosen, numeric.lower[column]! + i]),
      ),
    [[]],
  );
  let best: { value: number; x: Float64Array } = { value: Infinity, x: new Float64Array(numeric.columns) };
  for (const choice of choices) {
    const fixed = new Map(numeric.integer.map((column, i) => [column, choice[i]!]));
    const rest = eliminate(cone, fixed);
    const answer = rest === null ? null : solveCone(rest.problem);
    if (rest === null || answer === null || answer.status === "infeasible") continue;
    if (answer.status !== "optimal") throw new Error(`cone solver: ${answer.status}`);
    const value = answer.objective + rest.offset + numeric.offset;
    if (value >= best.value) continue;
    let next = 0;
    best = { value, x: Float64Array.from(range(numeric.columns), (j) => fixed.get(j) ?? answer.x[next++]!) };
  }
  return best;
}

async function solveLinear(numeric: NumericForm): Promise<{ value: number; x: Float64Array }> {
  const solution = solveWithHighs(await getHighs(), linearModel(numeric));
  if (solution.status === "infeasible") return { value: Infinity, x: new Float64Array(numeric.columns) };
  // HiGHS calls some convex quadratic programs with fixed columns unbounded.
  if (solution.status === "unbounded" && numeric.hessian !== null) return solveCones(numeric);
  if (solution.status !== "optimal") throw new Error(`HiGHS: ${solution.detail}`);
  return { value: solution.objective + numeric.offset, x: solution.x };
}

async function enumerate(numeric: NumericForm, solve: Solve): Promise<{ value: number; x: Float64Array }> {
  const [column, ...rest] = numeric.integer;
  if (column === undefined) return solve(numeric);
  let best: { value: number; x: Float64Array } = { value: Infinity, x: new Float64Array() };
  for (let v = numeric.lower[column]!; v <= numeric.upper[column]!; v++) {
    const [lower, upper] = [numeric.lower.slice(), numeric.upper.slice()];
    lower[column] = upper[column] = v;
    const found = await enumerate({ ...numeric, lower, upper, integer: rest }, solve);
    if (found.value < best.value) best = found;
  }
  return best;
}

function linearModel(numeric: NumericForm): LinearModel {
  const { columns, inequalities, equalities, hessian } = numeric;
  const [a, e] = [inequalities.matrix, equalities.matrix];
  let dense: LinearModel["hessian"] = null;
  if (hessian !== null) {
    const values = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++) {
      for (let k = hessian.starts[i]!; k < hessian.starts[i + 1]!; k++)
        values[i * columns + hessian.indices[k]!] = hessian.values[k]!;
    }
    dense = { size: columns, values };
  }
  return {
    columns,
    rows: a.rows + e.rows,
    cost: numeric.cost,
    columnLower: numeric.lower,
    columnUpper: numeric.upper,
    rowLower: Float64Array.from([...range(a.rows).map(() => -Infinity), ...equalities.bounds]),
    rowUpper: Float64Array.from([...inequalities.bounds, ...equalities.bounds]),
    starts: Int32Array.from([...a.starts.slice(0, -1), ...Array.from(e.starts, (s) => s + a.indices.length)]),
    indices: Int32Array.from([...a.indices, ...e.indices]),
    values: Float64Array.from([...a.values, ...e.values]),
    hessian: dense,
    integer: numeric.integer,
  };
}

/** The problem's own value at a decision, `Infinity` where a constraint is broken by more than `slack`. */
export function valueOf(problem: ConvexProblem, data: FormData, z: readonly number[], slack: number): number {
  const over = Math.max(0, ...problem.constraints.flatMap((c) => violations(problem, data, z, c)));
  return over > slack ? Infinity : objectiveOf(problem, data, z);
}

function violations(
  problem: ConvexProblem,
  data: FormData,
  z: readonly number[],
  constraint: ConvexProblem["constraints"][number],
): number[] {
  const repeated = new Set(problem.data.filter(({ repeat }) => repeat === "scenario").map(({ name }) => name));
  const reads = constraint.graph.nodes.some((node) => node.op === "input" && repeated.has(node.name));
  return range(reads ? data.scenarios : 1).flatMap((k) =>
    Array.from(evaluate(problem, data, constraint.graph, z, k), (v) =>
      constraint.relation === "<=" ? v : Math.abs(v),
    ),
  );
}

function objectiveOf(problem: ConvexProblem, data: FormData, z: readonly number[]): number {
  let total = problem.objective === undefined ? 0 : evaluate(problem, data, problem.objective, z, 0)[0]!;
  if (problem.risk !== undefined) {
    const { loss, mean, cvar: tails } = problem.risk;
    const losses = Float64Array.from(range(data.scenarios), (k) => evaluate(problem, data, loss, z, k)[0]!);
    const weights = Float64Array.from(range(data.scenarios), (k) => data.weights?.[k] ?? 1);
    const all = weights.reduce((a, w) => a + w, 0);
    total += mean * losses.reduce((a, l, k) => a + (weights[k]! / all) * l, 0);
    for (const { weight, level } of tails) total += weight * cvar(losses, level, weights).value;
  }
  return total;
}

function evaluate(
  problem: ConvexProblem,
  data: FormData,
  graph: ExprGraph,
  z: readonly number[],
  k: number,
): Float64Array {
  const inputs: Record<string, ArrayLike<number>> = {};
  let start = 0;
  for (const { name, shape } of problem.variables) {
    inputs[name] = z.slice(start, start + sizeOf(shape));
    start += sizeOf(shape);
  }
  for (const { name, shape, repeat } of problem.data) {
    const size = sizeOf(shape);
    const from = repeat === "scenario" ? k * size : 0;
    inputs[name] = Array.from({ length: size }, (_, i) => data.values[name]![from + i]!);
  }
  return evaluateGraph(graph, inputs);
}

/**
 * Least value of the problem itself over its box, component inside component: golden sections of real components, every
 * value of integer ones. Exact for convex problems. Broken constraints cost `penalty` a unit, an exact penalty where it
 * exceeds their multipliers.
 */
export function bruteForce(problem: ConvexProblem, data: FormData, width = 1e-9, penalty = 1000): Answer {
  const axes = problem.variables.flatMap(({ type, lower, upper, shape }) =>
    range(sizeOf(shape)).map((i) => ({ whole: type !== "real", lower: lower![i]!, upper: upper![i]! })),
  );
  const cost = (z: readonly number[]): number => {
    const broken = problem.constraints
      .flatMap((c) => violations(problem, data, z, c))
      .reduce((a, v) => a + Math.max(0, v), 0);
    return objectiveOf(problem, data, z) + penalty * broken;
  };
  const search = (fixed: readonly number[]): Answer => {
    const axis = axes[fixed.length];
    if (axis === undefined) return { value: cost(fixed), z: fixed };
    return axis.whole
      ? range(axis.upper - axis.lower + 1)
          .map((i) => search([...fixed, axis.lower + i]))
          .reduce((a, b) => (b.value < a.value ? b : a))
      : golden((v) => search([...fixed, v]), axis.lower, axis.upper, width);
  };
  return search([]);
}

function golden(f: (v: number) => Answer, from: number, to: number, width: number): Answer {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [p, q] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fp, fq] = [f(p), f(q)];
  while (high - low > width) {
    if (fp.value <= fq.value) {
      [high, q, fq] = [q, p, fp];
      p = high - ratio * (high - low);
      fp = f(p);
    } else {
      [low, p, fp] = [p, q, fq];
      q = low + ratio * (high - low);
      fq = f(q);
    }
  }
  // Ends are where constraints and bounds are met exactly.
  return [fp, fq, f(from), f(to)].reduce((a, b) => (b.value < a.value ? b : a));
}

/** Solves the form and the problem itself, and how far apart they are, relative to 1 + |value|. */
export async function compare(
  problem: ConvexProblem,
  data: FormData,
  options: CanonicaliseOptions = {},
  width?: number,
): Promise<{ readonly form: CanonicalForm; readonly gap: number; readonly own: number }> {
  const form = canonicalise(problem, options);
  if (form.class === "none") throw new Error(`no form: ${form.reason}`);
  const solved = await solveForm(form, data);
  const brute = bruteForce(problem, data, width);
  const size = 1 + Math.abs(brute.value);
  return {
    form,
    gap: (solved.value - brute.value) / size,
    // What the form's decision costs in the problem itself.
    own: (valueOf(problem, data, solved.z, 1e-5) - brute.value) / size,
  };
}
