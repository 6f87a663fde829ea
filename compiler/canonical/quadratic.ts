import { polynomialsOf } from "../../runtime/ir/polynomial.ts";
import { range, sizeOf } from "../../runtime/ir/shape.ts";
import type { Workspace } from "./workspace.ts";

/** `‖factor · v‖² + rest`, `v` the affine variables that it reads joined into a vector. */
export interface SquaresForm {
  /** Id of `factor · v`, a vector. */
  readonly root: number;
  /** Id of the affine rest. */
  readonly rest: number;
}

/**
 * A scalar of degree two without data, times `sense`, as a sum of squares; `null` where it is none: where its matrix is
 * not positive semidefinite to 1e-10 of its size.
 */
export function sumOfSquares(ws: Workspace, id: number, sense: 1 | -1): SquaresForm | null {
  const { builder: b, facts } = ws;
  if (b.shape(id).length > 0 || facts.degree(id) !== 2 || facts.readsData(id)) return null;
  const { v, columns, matrix, linear, constant } = coefficientsOf(ws, id, sense);
  const rows = semidefiniteFactor(matrix, columns);
  if (rows === null) return null;
  const rest = b.binary("add", b.dot(b.const(linear, [columns]), v), b.const(constant));
  const product = b.matmul(b.const(rows.flat(), [rows.length, columns]), b.reshape(v, [columns, 1]));
  return { root: b.reshape(product, [rows.length]), rest };
}

/** A vector w, affine, with `‖w‖²` equal to a quadratic without data that is nowhere negative; `null` where it is none. */
export function rootFactor(ws: Workspace, id: number): number | null {
  const { builder: b } = ws;
  const { v, columns, matrix, linear, constant } = coefficientsOf(ws, id, 1);
  const size = columns + 1;
  const whole = new Float64Array(size * size);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) whole[i * size + j] = matrix[i * columns + j]!;
    whole[i * size + columns] = whole[columns * size + i] = linear[i]! / 2;
  }
  whole[size * size - 1] = constant;
  const rows = semidefiniteFactor(whole, size);
  if (rows === null) return null;
  const product = b.matmul(
    b.const(rows.flat(), [rows.length, size]),
    b.reshape(b.concat([v, b.const(1, [1])], [size]), [size, 1]),
  );
  return b.reshape(product, [rows.length]);
}

interface Coefficients {
  /** Id of the inputs that the value reads, joined into a vector. */
  readonly v: number;
  readonly columns: number;
  /** `vᵀ matrix v + linear · v + constant` */
  readonly matrix: Float64Array;
  readonly linear: readonly number[];
  readonly constant: number;
}

function coefficientsOf({ builder: b }: Workspace, id: number, sense: 1 | -1): Coefficients {
  const graph = b.finish(id);
  const starts = new Map<string, number>();
  const inputs: number[] = [];
  let columns = 0;
  for (const node of graph.nodes) {
    if (node.op !== "input" || starts.has(node.name)) continue;
    starts.set(node.name, columns);
    inputs.push(b.input(node.name, node.shape));
    columns += sizeOf(node.shape);
  }
  const form = polynomialsOf(graph, columns, (name) => ({ column: starts.get(name)! }));
  const matrix = new Float64Array(columns * columns);
  for (const [key, value] of form.quadratic?.[0] ?? []) {
    const [i, j] = [Math.floor(key / columns), key % columns];
    matrix[i * columns + j] = matrix[i * columns + j]! + (sense * value) / 2;
    matrix[j * columns + i] = matrix[j * columns + i]! + (sense * value) / 2;
  }
  return {
    v: b.concat(inputs.map((input) => b.reshape(input, [sizeOf(b.shape(input))]))),
    columns,
    matrix,
    linear: range(columns).map((i) => sense * (form.linear?.[0]?.get(i) ?? 0) + 0),
    constant: sense * form.offset[0]! + 0,
  };
}

/**
 * Rows F with `FᵀF` equal to a symmetric n × n matrix, by Cholesky's method with the largest pivot first; `null` where a
 * pivot is negative, or nothing is left to pivot on but the matrix is not zero.
 */
export function semidefiniteFactor(matrix: Float64Array, n: number): number[][] | null {
  const rest = Float64Array.from(matrix);
  const most = rest.reduce((size, v) => Math.max(size, Math.abs(v)), 0);
  const tolerance = 1e-10 * most * n;
  const rows: number[][] = [];
  for (let step = 0; step < n; step++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (rest[i * n + i]! > rest[pivot * n + pivot]!) pivot = i;
    const largest = rest[pivot * n + pivot]!;
    if (!(largest > tolerance)) break;
    const root = Math.sqrt(largest);
    const row = range(n).map((j) => rest[pivot * n + j]! / root);
    rows.push(row);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) rest[i * n + j] = rest[i * n + j]! - row[i]! * row[j]!;
  }
  return rest.every((v) => Math.abs(v) <= tolerance) ? rows : null;
}
