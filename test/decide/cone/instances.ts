import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import type { Cone, ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { addProduct, addSymmetricProduct, addTransposedProduct } from "../../../runtime/decide/sparse/matrix.ts";
import { sparseFromEntries } from "../../../runtime/decide/sparse/matrix.ts";
import type { Entry, SparseMatrix } from "../../../runtime/decide/sparse/matrix.ts";

export interface Random {
  /** In [0, 1). */
  uniform(): number;
  normal(): number;
  integer(low: number, high: number): number;
}

/** mulberry32 and Box–Muller. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
  };
}

export const CONE_KINDS = [
  "zero",
  "nonnegative",
  "second-order",
  "rotated",
  "exponential",
  "dual-exponential",
] as const satisfies readonly Cone["kind"][];

export function coneOf(kind: Cone["kind"], random: Random): Cone {
  if (kind === "exponential" || kind === "dual-exponential") return { kind };
  return { kind, size: random.integer(kind === "rotated" ? 3 : 2, 7) };
}

/** A complementary pair of one cone: `s ∈ K`, `y ∈ K*`, `sᵀy = 0`, neither zero unless the cone is a linear one. */
export function complementaryPair(cone: Cone, random: Random): { readonly s: number[]; readonly y: number[] } {
  const size = coneSize(cone);
  const vector = (count: number): number[] => Array.from({ length: count }, () => random.normal());
  switch (cone.kind) {
    case "zero":
      return { s: vector(size).map(() => 0), y: vector(size) };
    case "nonnegative": {
      const active = vector(size).map((value) => value > 0);
      const magnitude = vector(size).map((value) => 0.1 + Math.abs(value));
      return { s: magnitude.map((v, i) => (active[i] ? 0 : v)), y: magnitude.map((v, i) => (active[i] ? v : 0)) };
    }
    case "second-order":
      return touching(vector(size - 1), 0.2 + random.uniform());
    case "rotated": {
      // The second-order pair turned by 45° in its first two rows.
      const { s, y } = touching(vector(size - 1), 0.2 + random.uniform());
      return { s: turn(s), y: turn(y) };
    }
    case "exponential": {
      const [b, c] = [0.3 + random.uniform(), random.normal()];
      return exponentialPair(b, c, 0.3 + random.uniform());
    }
    case "dual-exponential": {
      const { s, y } = exponentialPair(0.3 + random.uniform(), random.normal(), 0.3 + random.uniform());
      return { s: y, y: s };
    }
  }
}

function touching(tail: readonly number[], ratio: number): { readonly s: number[]; readonly y: number[] } {
  const norm = Math.hypot(...tail);
  return { s: [norm, ...tail], y: [ratio * norm, ...tail.map((value) => -ratio * value)] };
}

function turn([first = 0, second = 0, ...rest]: readonly number[]): number[] {
  return [(first + second) * Math.SQRT1_2, (first - second) * Math.SQRT1_2, ...rest];
}

/** On the boundary at `(c b, b, b eᶜ)`, with the normal there: a multiple of `(−eᶜ, −(1 − c) eᶜ, 1)`. */
function exponentialPair(b: number, c: number, ratio: number): { readonly s: number[]; readonly y: number[] } {
  const e = Math.exp(c);
  return { s: [c * b, b, b * e], y: [-ratio * e, -ratio * (1 - c) * e, ratio] };
}

/** A point well inside K (or, with `dual`, inside K*). */
export function interiorPoint(cone: Cone, dual: boolean, random: Random): number[] {
  const size = coneSize(cone);
  const tail = Array.from({ length: Math.max(0, size - 2) }, () => random.normal());
  switch (cone.kind) {
    case "zero":
      return Array.from({ length: size }, () => (dual ? random.normal() : 0));
    case "nonnegative":
      return Array.from({ length: size }, () => 0.2 + random.uniform());
    case "second-order": {
      const rest = [random.normal(), ...tail].slice(0, size - 1);
      return [Math.hypot(...rest) + 0.3 + random.uniform(), ...rest];
    }
    case "rotated":
      return turn([Math.hypot(random.normal(), ...tail) + 3, random.normal() / 4, ...tail]);
    case "exponential":
    case "dual-exponential":
      return (cone.kind === "exponential") !== dual
        ? [0.1, 1, 2 + random.uniform()]
        : [-1, 0.2, 1.5 + random.uniform()];
  }
}

export function randomMatrix(rows: number, columns: number, density: number, random: Random): SparseMatrix {
  const entries: Entry[] = [];
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      if (random.uniform() < density) entries.push({ row, column, value: random.normal() });
    }
  }
  return sparseFromEntries(rows, columns, entries);
}

/** `GᵀG` of a random G with `rank` rows. */
export function randomQuadratic(n: number, rank: number, random: Random): SparseMatrix {
  const g = Array.from({ length: rank * n }, () => random.normal());
  const entries: Entry[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let value = 0;
      for (let r = 0; r < rank; r++) value += g[r * n + i]! * g[r * n + j]!;
      entries.push({ row: i, column: j, value });
    }
  }
  return sparseFromEntries(n, n, entries);
}

export interface Shape {
  readonly n: number;
  readonly cones: readonly Cone[];
  readonly density?: number;
  /** Rank of the quadratic term; 0: none. */
  readonly rank?: number;
}

/** A problem that has the optimal pair from which it is made. */
export function solvableProblem(
  { n, cones, density = 0.7, rank = 0 }: Shape,
  random: Random,
): { readonly problem: ConeProblem; readonly objective: number } {
  const s: number[] = [];
  const y: number[] = [];
  for (const cone of cones) {
    const pair = complementaryPair(cone, random);
    s.push(...pair.s);
    y.push(...pair.y);
  }
  const x = Float64Array.from({ length: n }, () => random.normal());
  const a = randomMatrix(s.length, n, density, random);
  const p = rank === 0 ? null : randomQuadratic(n, rank, random);
  const b = Float64Array.from(s);
  addProduct(a, x, 1, b);
  const q = new Float64Array(n);
  addTransposedProduct(a, Float64Array.from(y), -1, q);
  let quadratic = 0;
  if (p !== null) {
    const px = new Float64Array(n);
    addSymmetricProduct(p, x, 1, px);
    for (let j = 0; j < n; j++) {
      q[j]! -= px[j]!;
      quadratic += px[j]! * x[j]!;
    }
  }
  let linear = 0;
  for (let j = 0; j < n; j++) linear += q[j]! * x[j]!;
  return { problem: { p, q, a, b, cones }, objective: quadratic / 2 + linear };
}

/** A problem with a z inside K* such that `Aᵀz = 0` and `bᵀz = −1`. */
export function infeasibleProblem({ n, cones, density = 0.7, rank = 0 }: Shape, random: Random): ConeProblem {
  const z = Float64Array.from(cones.flatMap((cone) => interiorPoint(cone, true, random)));
  const drawn = randomMatrix(z.length, n, density, random);
  // Each column is made orthogonal to z.
  const norm = z.reduce((sum, value) => sum + value * value, 0);
  const entries: Entry[] = [];
  for (let column = 0; column < n; column++) {
    const values = new Float64Array(z.length);
    for (let k = drawn.starts[column]!; k < drawn.starts[column + 1]!; k++)
      values[drawn.indices[k]!] = drawn.values[k]!;
    const along = values.reduce((sum, value, i) => sum + value * z[i]!, 0) / norm;
    values.forEach((value, row) => entries.push({ row, column, value: value - along * z[row]! }));
  }
  const b = Float64Array.from({ length: z.length }, () => random.normal());
  const along = (b.reduce((sum, value, i) => sum + value * z[i]!, 0) + 1) / norm;
  for (let i = 0; i < b.length; i++) b[i]! -= along * z[i]!;
  const q = Float64Array.from({ length: n }, () => random.normal());
  return {
    p: rank === 0 ? null : randomQuadratic(n, rank, random),
    q,
    a: sparseFromEntries(z.length, n, entries),
    b,
    cones,
  };
}

/** A feasible problem with a direction d such that `Pd = 0`, `−Ad` is inside K and `qᵀd = −1`. */
export function unboundedProblem({ n, cones, density = 0.7, rank = 0 }: Shape, random: Random): ConeProblem {
  const d = Float64Array.from({ length: n }, () => random.normal());
  const norm = d.reduce((sum, value) => sum + value * value, 0);
  const target = cones.flatMap((cone) => interiorPoint(cone, false, random));
  const m = target.length;
  const drawn = randomMatrix(m, n, density, random);
  const product = new Float64Array(m);
  addProduct(drawn, d, 1, product);
  const entries: Entry[] = [];
  for (let column = 0; column < n; column++) {
    for (let k = drawn.starts[column]!; k < drawn.starts[column + 1]!; k++) {
      entries.push({ row: drawn.indices[k]!, column, value: drawn.values[k]! });
    }
    for (let row = 0; row < m; row++)
      entries.push({ row, column, value: ((-target[row]! - product[row]!) * d[column]!) / norm });
  }
  const a = sparseFromEntries(m, n, entries);
  const b = Float64Array.from(cones.flatMap((cone) => interiorPoint(cone, false, random)));
  addProduct(
    a,
    Float64Array.from({ length: n }, () => random.normal()),
    1,
    b,
  );
  const q = Float64Array.from({ length: n }, () => random.normal());
  const along = (q.reduce((sum, value, i) => sum + value * d[i]!, 0) + 1) / norm;
  for (let j = 0; j < n; j++) q[j]! -= along * d[j]!;
  if (rank === 0) return { p: null, q, a, b, cones };
  // Rows of G orthogonal to d.
  const quadratic: Entry[] = [];
  const g = Array.from({ length: rank }, () => {
    const row = Array.from({ length: n }, () => random.normal());
    const part = row.reduce((sum, value, i) => sum + value * d[i]!, 0) / norm;
    return row.map((value, i) => value - part * d[i]!);
  });
  for (const row of g)
    for (let i = 0; i < n; i++)
      for (let j = i; j < n; j++) quadratic.push({ row: i, column: j, value: row[i]! * row[j]! });
  return { p: sparseFromEntries(n, n, quadratic), q, a, b, cones };
}
