import { gradientGraph, jacobianGraph } from "../../compiler/derive/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import type { NumericForm, SparseRows } from "../../runtime/ir/instantiate.ts";

/** `rows · y + offset` lies in the cone. */
interface Block {
  readonly kind: "positive" | "soc" | "exp";
  readonly rows: readonly (readonly number[])[];
  readonly offset: readonly number[];
  /** Columns that some row reads. */
  readonly used: readonly number[];
}

/** Value with gradient and Hessian (dense, row-major) of a barrier at a point of its block; `null` outside. */
interface Barrier {
  readonly value: number;
  readonly gradient: readonly number[];
  readonly hessian: readonly (readonly number[])[];
}

/** Every component of a solution is assumed to lie within ±BOX: it keeps the sublevel sets of the barrier bounded. */
const BOX = 200;

/**
 * Optimal value of a small convex conic form by Newton's method on `τ f(x) − Σ log(distance to the boundary)` for rising
 * τ (Boyd and Vandenberghe 2004, §11.3), in float64, with the textbook barriers: −log s, −log(t² − ‖u‖²) and
 * −log(y log(z / y) − x) − log y − log z. Equalities are eliminated by a basis of their null space. Slow and plain: the
 * oracle of the tests.
 *
 * @returns `null` where no strictly feasible point was found
 */
export function solveByBarrier(form: NumericForm): { readonly value: number; readonly x: Float64Array } | null {
  const { origin, basis } = solutionsOf(dense(form.equalities.matrix), [...form.equalities.bounds], form.columns);
  const m = basis.length;
  const reduce = (row: readonly number[]): number[] => basis.map((b) => dot(row, b));
  const blocks = blocksOf(form).map(({ kind, rows, offset }) =>
    block(
      kind,
      rows.map(reduce),
      rows.map((row, k) => dot(row, origin) + offset[k]!),
    ),
  );
  const smooth = form.smooth.flatMap(elements).map((row) => smoothRow(row, origin, basis));
  const point = (y: readonly number[]): number[] =>
    origin.map((v, i) => v + basis.reduce((t, b, j) => t + b[i]! * y[j]!, 0));

  const start = strictlyFeasible(blocks, smooth, m);
  if (start === null) return null;
  const hessian = form.hessian === null ? null : dense(form.hessian);
  const curvature = hessian?.map((row) => reduce(row)) ?? null;
  const reducedHessian =
    curvature === null
      ? null
      : basis.map((b) => basis.map((_, j) => b.reduce((t, v, i) => t + v * curvature[i]![j]!, 0)));
  const objective = (y: readonly number[]): Barrier => {
    const x = point(y);
    const slope = hessian === null ? [...form.cost] : form.cost.map((c, i) => c + dot(hessian[i]!, x));
    const value =
      dot([...form.cost], x) + (hessian === null ? 0 : 0.5 * x.reduce((t, v, i) => t + v * dot(hessian[i]!, x), 0));
    return { value, gradient: reduce([...slope]), hessian: reducedHessian ?? zeros(m, m) };
  };
  const y = centralPath(objective, blocks, smooth, start, () => false);
  const x = Float64Array.from(point(y));
  return { value: objective(y).value + form.offset, x };
}

type SmoothRow = (y: readonly number[]) => Barrier;

/** Follows the central path until the gap bound (barrier parameter / τ) is 1e-10, or `done`. */
function centralPath(
  objective: (y: readonly number[]) => Barrier,
  blocks: readonly Block[],
  smooth: readonly SmoothRow[],
  start: readonly number[],
  done: (y: readonly number[]) => boolean,
): readonly number[] {
  const parameter =
    smooth.length + blocks.reduce((n, b) => n + (b.kind === "positive" ? 1 : b.kind === "soc" ? 2 : 3), 0);
  let y = start;
  for (let tau = 1; ; tau *= 8) {
    const merit = (p: readonly number[]): Barrier | null => {
      const barrier = totalBarrier(blocks, smooth, p);
      if (barrier === null) return null;
      const f = objective(p);
      return {
        value: tau * f.value + barrier.value,
        gradient: f.gradient.map((g, i) => tau * g + barrier.gradient[i]!),
        hessian: f.hessian.map((row, i) => row.map((h, j) => tau * h + barrier.hessian[i]![j]!)),
      };
    };
    y = newton(merit, y, done);
    if (done(y) || parameter / tau < 1e-10) return y;
  }
}

function newton(
  merit: (p: readonly number[]) => Barrier | null,
  start: readonly number[],
  done: (y: readonly number[]) => boolean,
): readonly number[] {
  let y = start;
  for (let iteration = 0; iteration < 100; iteration++) {
    const here = merit(y);
    if (here === null) throw new Error("Newton's method left the interior");
    const step = solve(
      here.hessian,
      here.gradient.map((g) => -g),
    );
    const decrement = -dot(here.gradient, step);
    if (decrement / 2 < 1e-9 || done(y)) return y;
    let size = 1;
    for (;;) {
      const next = y.map((v, i) => v + size * step[i]!);
      const there = merit(next);
      if (there !== null && there.value <= here.value - 0.1 * size * decrement) {
        y = next;
        break;
      }
      size /= 2;
      // The decrease is below what float64 can tell apart.
      if (size < 1e-8) return y;
    }
  }
  return y;
}

/** Whether a block's offset is inside. */
function holdsAtOrigin(kind: Block["kind"], offset: readonly number[]): boolean {
  return barrierOf(kind, offset) !== null;
}

/**
 * A point inside every block. What holds at the origin is kept, which keeps bases of powers where they are defined; for
 * the rest: the least r with `rows · y + offset + r e` inside, e the middle of the cone.
 */
function strictlyFeasible(blocks: readonly Block[], smooth: readonly SmoothRow[], m: number): readonly number[] | null {
  const middle = { positive: () => 1, soc: (i: number) => (i === 0 ? 1 : 0), exp: (i: number) => (i === 0 ? -1 : 1) };
  const relaxed = blocks.map(({ kind, rows, offset }) =>
    block(
      kind,
      rows.map((row, i) => [...row, holdsAtOrigin(kind, offset) ? 0 : middle[kind](i)]),
      offset,
    ),
  );
  relaxed.push(block("positive", [[...Array.from({ length: m }, () => 0), 1]], [1]));
  const relaxedSmooth = smooth.map((row): SmoothRow => (y) => {
    const inner = row(y.slice(0, m));
    return {
      value: inner.value - y[m]!,
      gradient: [...inner.gradient, -1],
      hessian: [...inner.hessian.map((h) => [...h, 0]), Array.from({ length: m + 1 }, () => 0)],
    };
  });
  const objective = (y: readonly number[]): Barrier => ({
    value: y[m]!,
    gradient: y.map((_, i) => (i === m ? 1 : 0)),
    hessian: zeros(m + 1, m + 1),
  });
  let r = 1;
  const start = (): number[] => [...Array.from({ length: m }, () => 0), r];
  while (totalBarrier(relaxed, relaxedSmooth, start()) === null) {
    r *= 2;
    if (r > 1e9) return null;
  }
  const inside = (y: readonly number[]): boolean =>
    y[m]! < -1e-9 && totalBarrier(blocks, smooth, y.slice(0, m)) !== null;
  const y = centralPath(objective, relaxed, relaxedSmooth, start(), inside);
  return inside(y) ? y.slice(0, m) : null;
}

function totalBarrier(blocks: readonly Block[], smooth: readonly SmoothRow[], y: readonly number[]): Barrier | null {
  let value = 0;
  const gradient = Array.from({ length: y.length }, () => 0);
  const hessian = zeros(y.length, y.length);
  for (const { kind, rows, offset, used } of blocks) {
    const slack = rows.map((row, i) => used.reduce((t, j) => t + row[j]! * y[j]!, offset[i]!));
    const local = barrierOf(kind, slack);
    if (local === null) return null;
    value += local.value;
    for (const i of used) {
      rows.forEach((row, a) => (gradient[i]! += local.gradient[a]! * row[i]!));
      for (const j of used) {
        for (let a = 0; a < rows.length; a++) {
          for (let c = 0; c < rows.length; c++) {
            hessian[i]![j]! += rows[a]![i]! * local.hessian[a]![c]! * rows[c]![j]!;
          }
        }
      }
    }
  }
  for (const row of smooth) {
    const g = row(y);
    if (!(g.value < 0)) return null;
    value -= Math.log(-g.value);
    for (let i = 0; i < y.length; i++) {
      gradient[i]! -= g.gradient[i]! / g.value;
      for (let j = 0; j < y.length; j++) {
        hessian[i]![j]! += (g.gradient[i]! * g.gradient[j]!) / g.value ** 2 - g.hessian[i]![j]! / g.value;
      }
    }
  }
  return Number.isFinite(value) ? { value, gradient, hessian } : null;
}

function barrierOf(kind: Block["kind"], slack: readonly number[]): Barrier | null {
  return kind === "positive" ? positive(slack) : kind === "soc" ? secondOrder(slack) : exponential(slack);
}

function positive(slack: readonly number[]): Barrier | null {
  const [s] = slack as [number];
  return s > 0 ? { value: -Math.log(s), gradient: [-1 / s], hessian: [[1 / (s * s)]] } : null;
}

/** −log(t² − ‖u‖²) */
function secondOrder(slack: readonly number[]): Barrier | null {
  const [t, ...u] = slack as [number, ...number[]];
  const length = Math.hypot(...u);
  const d = (t - length) * (t + length);
  if (!(t > 0) || !(d > 0)) return null;
  const half = [t, ...u.map((v) => -v)];
  return {
    value: -Math.log(d),
    gradient: half.map((v) => (-2 * v) / d),
    hessian: half.map((v, i) => half.map((w, j) => (4 * v * w) / (d * d) - (i === j ? (i === 0 ? 2 : -2) / d : 0))),
  };
}

/** −log(y log(z / y) − x) − log y − log z */
function exponential(slack: readonly number[]): Barrier | null {
  const [x, y, z] = slack as [number, number, number];
  if (!(y > 0) || !(z > 0)) return null;
  const d = y * Math.log(z / y) - x;
  if (!(d > 0)) return null;
  const slope = [-1, Math.log(z / y) - 1, y / z];
  const bend = [
    [0, 0, 0],
    [0, -1 / y, 1 / z],
    [0, 1 / z, -y / (z * z)],
  ];
  const own = [0, 1 / y, 1 / z];
  return {
    value: -Math.log(d) - Math.log(y) - Math.log(z),
    gradient: slope.map((g, i) => -g / d - own[i]!),
    hessian: slope.map((g, i) =>
      slope.map((h, j) => (g * h) / (d * d) - bend[i]![j]! / d + (i === j ? own[i]! ** 2 : 0)),
    ),
  };
}

function blocksOf(form: NumericForm): Block[] {
  const unit = (i: number, sign: number): number[] =>
    Array.from({ length: form.columns }, (_, j) => (i === j ? sign : 0));
  const blocks = dense(form.inequalities.matrix).map((row, i) =>
    block("positive", [row.map((v) => -v)], [form.inequalities.bounds[i]!]),
  );
  for (let i = 0; i < form.columns; i++) {
    blocks.push(block("positive", [unit(i, 1)], [-Math.max(form.lower[i]!, -BOX)]));
    blocks.push(block("positive", [unit(i, -1)], [Math.min(form.upper[i]!, BOX)]));
  }
  const rows = dense(form.coneRows.matrix);
  for (const { kind, start, size } of form.cones) {
    blocks.push(
      block(kind, rows.slice(start, start + size), Array.from(form.coneRows.offsets.subarray(start, start + size))),
    );
  }
  return blocks;
}

/** One row an element of its graph. */
function elements(row: NumericForm["smooth"][number]): NumericForm["smooth"][number][] {
  const { nodes, output } = row.graph;
  const count = sizeOf(nodes[output]!.shape);
  return Array.from({ length: count }, (_, i) => {
    const b = new GraphBuilder();
    return { graph: b.finish(b.gather(b.graft(row.graph)[output]!, [i], [])), inputs: row.inputs };
  });
}

function smoothRow(
  row: NumericForm["smooth"][number],
  origin: readonly number[],
  basis: readonly (readonly number[])[],
): SmoothRow {
  const shapes = new Map(
    row.graph.nodes.flatMap((node) => (node.op === "input" ? [[node.name, node.shape] as const] : [])),
  );
  const variables = [...row.inputs].flatMap(([name, source]) =>
    "column" in source ? [{ name, column: source.column, shape: shapes.get(name)! }] : [],
  );
  const gradients = variables.map((v) => gradientGraph(row.graph, v));
  const seconds = gradients.map((g) => variables.map((v) => jacobianGraph(g, v)));
  return (y) => {
    const x = origin.map((v, i) => v + basis.reduce((t, b, j) => t + b[i]! * y[j]!, 0));
    const inputs: Record<string, ArrayLike<number>> = {};
    for (const [name, source] of row.inputs) {
      inputs[name] =
        "column" in source ? x.slice(source.column, source.column + sizeOf(shapes.get(name)!)) : source.values;
    }
    const at = (graph: ExprGraph): Float64Array => evaluateGraph(graph, inputs);
    const gradient = Array.from({ length: x.length }, () => 0);
    const hessian = zeros(x.length, x.length);
    variables.forEach((v, a) => {
      at(gradients[a]!).forEach((g, i) => (gradient[v.column + i] = g));
      variables.forEach((w, c) => {
        const width = sizeOf(w.shape);
        at(seconds[a]![c]!).forEach((h, k) => (hessian[v.column + Math.floor(k / width)]![w.column + (k % width)] = h));
      });
    });
    const bent = hessian.map((h) => basis.map((b) => dot(h, b)));
    return {
      value: at(row.graph)[0]!,
      gradient: basis.map((b) => dot(gradient, b)),
      hessian: basis.map((b) => basis.map((_, j) => b.reduce((t, v, i) => t + v * bent[i]![j]!, 0))),
    };
  };
}

function block(kind: Block["kind"], rows: readonly (readonly number[])[], offset: readonly number[]): Block {
  const used = (rows[0] ?? []).flatMap((_, j) => (rows.some((row) => row[j] !== 0) ? [j] : []));
  return { kind, rows, offset, used };
}

/** All solutions of `E x = f` as `origin + Σ y_j basis_j`, by Gauss–Jordan elimination with full pivoting. */
function solutionsOf(
  matrix: readonly (readonly number[])[],
  bounds: readonly number[],
  columns: number,
): { origin: number[]; basis: number[][] } {
  const rows = matrix.map((row, i) => [...row, bounds[i]!]);
  const pivots: number[] = [];
  for (let step = 0; step < rows.length; step++) {
    let best = { row: -1, column: -1, size: 1e-11 };
    for (let i = step; i < rows.length; i++) {
      for (let j = 0; j < columns; j++) {
        if (!pivots.includes(j) && Math.abs(rows[i]![j]!) > best.size)
          best = { row: i, column: j, size: Math.abs(rows[i]![j]!) };
      }
    }
    if (best.row < 0) break;
    [rows[step], rows[best.row]] = [rows[best.row]!, rows[step]!];
    const pivot = rows[step]!;
    const scale = pivot[best.column]!;
    pivot.forEach((v, j) => (pivot[j] = v / scale));
    rows.forEach((row, i) => {
      const factor = row[best.column]!;
      if (i !== step && factor !== 0) row.forEach((v, j) => (row[j] = v - factor * pivot[j]!));
    });
    pivots.push(best.column);
  }
  const origin = Array.from({ length: columns }, () => 0);
  pivots.forEach((column, i) => (origin[column] = rows[i]![columns]!));
  const free = Array.from({ length: columns }, (_, j) => j).filter((j) => !pivots.includes(j));
  const basis = free.map((j) => {
    const direction: number[] = Array.from({ length: columns }, (_, i) => (i === j ? 1 : 0));
    pivots.forEach((column, i) => (direction[column] = -rows[i]![j]!));
    return direction;
  });
  return { origin, basis };
}

/** Solves `A x = b` for a symmetric positive definite A by elimination, scaled to a unit diagonal. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const scale = matrix.map((row, i) => 1 / Math.sqrt(Math.max(row[i]!, 1e-300)));
  const rows = matrix.map((row, i) => [
    ...row.map((v, j) => v * scale[i]! * scale[j]! + (i === j ? 1e-14 : 0)),
    right[i]! * scale[i]!,
  ]);
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      if (factor !== 0) for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  const x = Array.from({ length: n }, () => 0);
  for (let i = n - 1; i >= 0; i--) {
    let rest = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) rest -= rows[i]![j]! * x[j]!;
    x[i] = rest / rows[i]![i]!;
  }
  return x.map((v, i) => v * scale[i]!);
}

function dense(matrix: SparseRows): number[][] {
  const rows = zeros(matrix.rows, matrix.columns);
  for (let i = 0; i < matrix.rows; i++) {
    for (let e = matrix.starts[i]!; e < matrix.starts[i + 1]!; e++) rows[i]![matrix.indices[e]!] = matrix.values[e]!;
  }
  return rows;
}

function zeros(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, v, i) => total + v * b[i]!, 0);
}
