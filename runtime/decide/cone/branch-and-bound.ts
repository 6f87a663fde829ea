import { addProduct, addSymmetricProduct, entriesOf, sparseFromEntries, upperTriangle } from "../sparse/matrix.ts";
import type { Entry, SparseMatrix } from "../sparse/matrix.ts";
import { prepareCone } from "./solve-cone.ts";
import { dot } from "../dot.ts";
import { bringLeastLast, type OpenNode } from "../open-nodes.ts";
import type { Cone, ConeAnswer, ConeOptions, ConeProblem, PreparedCone } from "./types.ts";

const NODE_LIMIT = 10_000;
const GAP = 1e-7;
/** How near to a whole number counts as one. */
const WHOLE = 1e-6;

export interface MixedConeOptions extends ConeOptions {
  /** Relaxations that are solved at most; 10,000. */
  readonly nodeLimit?: number;
  /** Gap, relative to the objective's size (at least 1), at which the search ends; 1e-7. */
  readonly gap?: number;
}

export interface MixedConeAnswer {
  /** `inaccurate`: the search ended at the node or time limit, or a relaxation could not be solved; `gap` is still honest. */
  readonly status: "optimal" | "infeasible" | "unbounded" | "inaccurate";
  /** n values, whole at the integer columns; NaN where no feasible point was found. */
  readonly x: Float64Array;
  readonly objective: number;
  /** Lower bound on the minimum, from the relaxations that are left open. */
  readonly bound: number;
  /** `objective − bound` */
  readonly gap: number;
  readonly nodes: number;
  readonly milliseconds: number;
}

/**
 * Branch and bound (Land and Doig 1960) over cone programs: a relaxation at each node, the open node of least bound
 * next, branching on the most fractional column. The KKT system is analysed once, since nodes differ in bounds alone. A
 * relaxation whose integer columns are whole is solved again with them fixed, so that an incumbent is exactly whole.
 *
 * Meant for few integer columns: there are no cuts. Integer columns need not have bounds, but then the search may not
 * end before the node limit.
 *
 * @param integer columns that must be whole
 * @throws RuntimeError `problem-malformed`
 */
export function solveMixedCone(
  problem: ConeProblem,
  integer: readonly number[],
  options: MixedConeOptions = {},
): MixedConeAnswer {
  const begun = performance.now();
  const { nodeLimit = NODE_LIMIT, gap: target = GAP, timeLimit = Infinity } = options;
  const secondsLeft = (): number => timeLimit - (performance.now() - begun) / 1000;
  const n = problem.q.length;
  const relaxation = prepareRelaxation(problem, integer, options);
  const fixing = prepareFixing(problem, integer, options);
  const open: OpenNode[] = [
    {
      lower: new Float64Array(integer.length).fill(-Infinity),
      upper: new Float64Array(integer.length).fill(Infinity),
      bound: -Infinity,
    },
  ];
  let x = new Float64Array(n).fill(NaN);
  let objective = Infinity;
  let nodes = 0;
  /** Least bound of nodes that were given up. */
  let lost = Infinity;
  const slack = (): number => target * Math.max(1, Math.abs(objective));

  const tryWhole = (values: Float64Array): void => {
    const found = fixing(values, secondsLeft());
    if (found !== null && found.objective < objective) ({ x, objective } = found);
  };

  function finish(status: MixedConeAnswer["status"]): MixedConeAnswer {
    const least = open.reduce((bound, node) => Math.min(bound, node.bound), Math.min(lost, objective));
    const bound = status === "unbounded" ? -Infinity : status === "infeasible" ? Infinity : least;
    const value = status === "unbounded" ? -Infinity : objective;
    const gap = status === "optimal" || status === "inaccurate" ? value - bound : NaN;
    return { status, x, objective: value, bound, gap, nodes, milliseconds: performance.now() - begun };
  }

  while (open.length > 0 && nodes < nodeLimit && secondsLeft() > 0) {
    bringLeastLast(open);
    const node = open.pop()!;
    if (node.bound >= objective - slack()) continue;
    nodes++;
    const answer = relaxation(node, secondsLeft());
    if (answer.status === "infeasible") continue;
    if (answer.status === "unbounded") {
      if (problem.p === null && !problem.q.some((value) => value !== 0)) return finish("inaccurate");
      // The data being rational, the problem is as unbounded as its relaxation if it has any point at all (Meyer 1974).
      const flat = { ...problem, p: null, q: new Float64Array(n) };
      const any = solveMixedCone(flat, integer, { ...options, nodeLimit: nodeLimit - nodes, timeLimit: secondsLeft() });
      nodes += any.nodes;
      return finish(any.status === "optimal" ? "unbounded" : any.status);
    }
    const bound = answer.status === "optimal" ? Math.max(node.bound, lowerBound(answer)) : node.bound;
    if (bound >= objective - slack()) continue;
    const values = Float64Array.from(integer, (j) => answer.x[j]!);
    const rounded = values.map((value, k) => clamp(Math.round(value), node.lower[k]!, node.upper[k]!));
    const branch = mostFractional(values, rounded, node);
    if (nodes === 1 || branch < 0) tryWhole(rounded);
    if (branch < 0) {
      // Whole up to the tolerance, and no better than what was just found with it exactly whole.
      const settled = answer.status === "optimal" && bound >= objective - Math.max(slack(), 1e-6 * Math.abs(objective));
      if (!settled) lost = Math.min(lost, bound);
      continue;
    }
    const down = node.upper.slice();
    down[branch] = Math.floor(values[branch]!);
    const up = node.lower.slice();
    up[branch] = Math.floor(values[branch]!) + 1;
    open.push({ lower: node.lower, upper: down, bound }, { lower: up, upper: node.upper, bound });
  }
  const rest = open.reduce((least, node) => Math.min(least, node.bound), lost);
  if (objective === Infinity) return finish(rest === Infinity ? "infeasible" : "inaccurate");
  return finish(rest >= objective - slack() ? "optimal" : "inaccurate");
}

/** What weak duality proves; at rounding's level the two objectives may have changed places. */
function lowerBound({ objective, dualObjective }: ConeAnswer): number {
  return Math.min(objective, dualObjective);
}

function clamp(value: number, lower: number, upper: number): number {
  return Math.min(Math.max(value, lower), upper);
}

/** Index of the integer column that is furthest from whole and not fixed; −1 where all are whole. */
function mostFractional(values: Float64Array, rounded: Float64Array, { lower, upper }: OpenNode): number {
  let branch = -1;
  let furthest = 0;
  values.forEach((value, k) => {
    const distance = Math.abs(value - rounded[k]!);
    if (distance <= WHOLE * Math.max(1, Math.abs(value)) || lower[k] === upper[k] || distance <= furthest) return;
    branch = k;
    furthest = distance;
  });
  return branch;
}

/**
 * The problem with a row `x ≤ u` and a row `−x ≤ −l` for each integer column, infinite where there is no bound. A column
 * with one value left has an equality in their place, since two rows without an inside between them are badly
 * conditioned; its coefficient is 0 until then, so that all nodes have one pattern.
 */
function prepareRelaxation(
  problem: ConeProblem,
  integer: readonly number[],
  options: ConeOptions,
): (node: OpenNode, seconds: number) => ConeAnswer {
  const m = problem.b.length;
  const count = integer.length;
  const entries: Entry[] = [...entriesOf(problem.a)];
  integer.forEach((column, k) => {
    entries.push({ row: m + 2 * k, column, value: 1 }, { row: m + 2 * k + 1, column, value: -1 });
    entries.push({ row: m + 2 * count + k, column, value: 0 });
  });
  const a = sparseFromEntries(m + 3 * count, problem.q.length, entries);
  // Each equality is the last row of its column.
  const equality = integer.map((column) => a.starts[column + 1]! - 1);
  const b = new Float64Array(m + 3 * count);
  b.set(problem.b);
  const cones: Cone[] = [...problem.cones, { kind: "nonnegative", size: 2 * count }, { kind: "zero", size: count }];
  const prepared: PreparedCone = prepareCone({ ...problem, a, b, cones }, options);
  return ({ lower, upper }, seconds) => {
    const bounded = b.slice();
    const values = a.values.slice();
    for (let k = 0; k < count; k++) {
      const fixed = lower[k] === upper[k];
      bounded[m + 2 * k] = fixed ? Infinity : upper[k]!;
      bounded[m + 2 * k + 1] = fixed ? Infinity : -lower[k]!;
      bounded[m + 2 * count + k] = fixed ? upper[k]! : 0;
      if (fixed) values[equality[k]!] = 1;
    }
    return prepared.solve({ a: values, b: bounded }, seconds);
  };
}

type Fixing = (
  values: Float64Array,
  seconds: number,
) => { readonly x: Float64Array<ArrayBuffer>; readonly objective: number } | null;

/** Solves for the other columns with the integer ones at given values; `null` where that is infeasible. */
function prepareFixing(problem: ConeProblem, integer: readonly number[], options: ConeOptions): Fixing {
  const n = problem.q.length;
  const isInteger = new Uint8Array(n);
  for (const j of integer) isInteger[j] = 1;
  const free = Array.from({ length: n }, (_, j) => j).filter((j) => isInteger[j] === 0);
  const place = new Int32Array(n).fill(-1);
  free.forEach((j, k) => {
    place[j] = k;
  });
  const keep = (matrix: SparseMatrix, rows: number, rowPlace: (row: number) => number): SparseMatrix => {
    const kept: Entry[] = [];
    for (const { row, column, value } of entriesOf(matrix)) {
      if (place[column]! >= 0 && rowPlace(row) >= 0) kept.push({ row: rowPlace(row), column: place[column]!, value });
    }
    return sparseFromEntries(rows, free.length, kept);
  };
  const { p, q, a, b, cones } = problem;
  const upper = p === null ? null : upperTriangle(p);
  const prepared = prepareCone(
    {
      p: upper === null ? null : keep(upper, free.length, (row) => place[row]!),
      q: Float64Array.from(free, (j) => q[j]!),
      a: keep(a, b.length, (row) => row),
      b,
      cones,
    },
    options,
  );
  return (values, seconds) => {
    const x = new Float64Array(n);
    integer.forEach((j, k) => {
      x[j] = values[k]!;
    });
    const bounds = b.slice();
    addProduct(a, x, -1, bounds);
    const slope = q.slice();
    if (upper !== null) addSymmetricProduct(upper, x, 1, slope);
    const answer = prepared.solve({ b: bounds, q: Float64Array.from(free, (j) => slope[j]!) }, seconds);
    if (answer.status !== "optimal") return null;
    free.forEach((j, k) => {
      x[j] = answer.x[k]!;
    });
    const curvature = new Float64Array(n);
    if (upper !== null) addSymmetricProduct(upper, x, 1, curvature);
    return { x, objective: dot(curvature, x) / 2 + dot(q, x) };
  };
}
