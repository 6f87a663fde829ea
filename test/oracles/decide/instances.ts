import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import type { Cone, ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { entriesOf, sparseFromEntries } from "../../../runtime/decide/sparse/matrix.ts";
import type { Entry, SparseMatrix } from "../../../runtime/decide/sparse/matrix.ts";
import {
  coneOf,
  createRandom,
  infeasibleProblem,
  solvableProblem,
  unboundedProblem,
} from "../../decide/cone/instances.ts";
import type { Random, Shape } from "../../decide/cone/instances.ts";

export type Form = "LP" | "QP" | "SOCP" | "EXP" | "MIP" | "MIQP" | "MISOCP" | "CVaR" | "CVaR-QP";

export interface OracleInstance {
  readonly name: string;
  readonly form: Form;
  readonly problem: ConeProblem;
  /** Columns that must be whole. */
  readonly integer: readonly number[];
  /** The minimum, where the instance was made from an optimal pair. */
  readonly minimum?: number;
}

const CONES: Readonly<Record<"LP" | "QP" | "SOCP" | "EXP", readonly Cone["kind"][]>> = {
  LP: ["zero", "nonnegative", "nonnegative"],
  QP: ["zero", "nonnegative", "nonnegative"],
  SOCP: ["zero", "nonnegative", "second-order", "rotated", "second-order"],
  EXP: ["zero", "nonnegative", "second-order", "exponential", "exponential", "dual-exponential"],
};

function shapeOf(form: keyof typeof CONES, random: Random): Shape {
  const kinds = CONES[form];
  // The last kind is what the form is named after.
  const cones = [coneOf(kinds.at(-1)!, random)];
  const more = random.integer(1, 5);
  for (let c = 0; c < more; c++) cones.push(coneOf(kinds[random.integer(0, kinds.length - 1)]!, random));
  const rows = cones.reduce((total, cone) => total + coneSize(cone), 0);
  const n = random.integer(2, Math.max(2, rows - 1));
  const quadratic = form === "QP" || (form !== "LP" && random.uniform() < 0.3);
  return { n, cones, density: 0.3 + 0.7 * random.uniform(), rank: quadratic ? random.integer(1, n) : 0 };
}

/** Every constraint a second time, and two columns that are the same. */
function degenerate(problem: ConeProblem): ConeProblem {
  const m = problem.b.length;
  const n = problem.q.length;
  const twice = (matrix: SparseMatrix, rows: number): SparseMatrix => {
    const entries: Entry[] = [...entriesOf(matrix)];
    const copied = entries.flatMap(({ row, column, value }) => [
      ...(rows === m ? [{ row: row + m, column, value }] : []),
      ...(column === 0 && rows === m
        ? [
            { row, column: n, value },
            { row: row + m, column: n, value },
          ]
        : []),
    ]);
    return sparseFromEntries(rows === m ? 2 * m : n + 1, n + 1, [...entries, ...copied]);
  };
  const { p, q, a, b, cones } = problem;
  return {
    // Without curvature in the copy, the copy would be free to move against the original.
    p: p === null ? null : repeatFirst(p, n),
    q: Float64Array.from([...q, q[0]!]),
    a: twice(a, m),
    b: Float64Array.from([...b, ...b]),
    cones: [...cones, ...cones],
  };
}

/** `TᵀPT` with `T = [I e₁]`, upper triangle. */
function repeatFirst(p: SparseMatrix, n: number): SparseMatrix {
  const entries: Entry[] = [...entriesOf(p)];
  const first = entries.filter(({ row }) => row === 0);
  const added = first.map(({ column, value }) => ({ row: column === 0 ? 0 : column, column: n, value }));
  const corner = first.filter(({ column }) => column === 0).map(({ value }) => ({ row: n, column: n, value }));
  return sparseFromEntries(n + 1, n + 1, [...entries, ...added, ...corner]);
}

/** Columns in units from 10⁻ᵈ to 10ᵈ, rows of half-lines and equalities too, and the objective times `factor`. */
function rescaled(problem: ConeProblem, decades: number, factor: number, random: Random): ConeProblem {
  const power = (): number => 10 ** (decades * (2 * random.uniform() - 1));
  const column = Float64Array.from(problem.q, power);
  const row = new Float64Array(problem.b.length);
  let at = 0;
  for (const cone of problem.cones) {
    const separable = cone.kind === "zero" || cone.kind === "nonnegative";
    const scale = cone.kind.endsWith("exponential") ? 1 : power();
    for (let i = at; i < at + coneSize(cone); i++) row[i] = separable ? power() : scale;
    at += coneSize(cone);
  }
  const scale = (matrix: SparseMatrix, left: Float64Array, times: number): SparseMatrix =>
    sparseFromEntries(
      matrix.rows,
      matrix.columns,
      [...entriesOf(matrix)].map((e) => ({ ...e, value: e.value * left[e.row]! * column[e.column]! * times })),
    );
  return {
    p: problem.p === null ? null : scale(problem.p, column, factor),
    q: problem.q.map((value, j) => value * column[j]! * factor),
    a: scale(problem.a, row, 1),
    b: problem.b.map((value, i) => value * row[i]!),
    cones: problem.cones,
  };
}

/** Whole bounds on every column, so that branch and bound ends. */
function boxed(problem: ConeProblem, bound: number): ConeProblem {
  const m = problem.b.length;
  const n = problem.q.length;
  const entries: Entry[] = [...entriesOf(problem.a)];
  for (let j = 0; j < n; j++) {
    entries.push({ row: m + 2 * j, column: j, value: 1 }, { row: m + 2 * j + 1, column: j, value: -1 });
  }
  return {
    ...problem,
    a: sparseFromEntries(m + 2 * n, n, entries),
    b: Float64Array.from([...problem.b, ...Array.from({ length: 2 * n }, () => bound)]),
    cones: [...problem.cones, { kind: "nonnegative", size: 2 * n }],
  };
}

/** Knapsack-like rows with whole numbers, a few whole columns, and the form's own objective or cone. */
function mixedProblem(form: "MIP" | "MIQP" | "MISOCP", infeasible: boolean, random: Random): OracleInstance["problem"] {
  const n = random.integer(3, 7);
  const rows = random.integer(2, 4);
  const entries: Entry[] = [];
  const b: number[] = [];
  const cones: Cone[] = [];
  for (let row = 0; row < rows; row++) {
    let total = 0;
    for (let column = 0; column < n; column++) {
      const value = random.integer(1, 9);
      total += value;
      entries.push({ row, column, value });
    }
    b.push(Math.floor(total * (0.4 + 1.2 * random.uniform())) + 0.5);
  }
  cones.push({ kind: "nonnegative", size: rows });
  if (infeasible) {
    // 2(z₁ + z₂) = an odd number
    entries.push({ row: b.length, column: 0, value: 2 }, { row: b.length, column: 1, value: 2 });
    b.push(2 * random.integer(0, 2) + 1);
    cones.push({ kind: "zero", size: 1 });
  }
  if (form === "MISOCP") {
    // ‖z − centre‖ ≤ radius
    const at = b.length;
    b.push(1.2 + 2 * random.uniform());
    for (let j = 0; j < n; j++) {
      entries.push({ row: at + 1 + j, column: j, value: -1 });
      b.push(-2 * random.uniform());
    }
    cones.push({ kind: "second-order", size: n + 1 });
  }
  const q = Float64Array.from({ length: n }, () => -random.integer(1, 20) - random.uniform());
  const quadratic: Entry[] = [];
  if (form === "MIQP") {
    for (let r = 0; r < n; r++) {
      const g = Array.from({ length: n }, () => random.normal());
      for (let i = 0; i < n; i++)
        for (let j = i; j < n; j++) quadratic.push({ row: i, column: j, value: g[i]! * g[j]! });
    }
  }
  const problem: ConeProblem = {
    p: form === "MIQP" ? sparseFromEntries(n, n, quadratic) : null,
    q,
    a: sparseFromEntries(b.length, n, entries),
    b: Float64Array.from(b),
    cones,
  };
  return boxed(problem, 4);
}

/** `min mean + γ·CVaR_β` of `−ξᵀz` (and `η‖z‖²`) over the capped simplex, Rockafellar–Uryasev form in `(z, t, u)`. */
function cvarProblem(quadratic: boolean, random: Random): ConeProblem {
  const d = random.integer(3, 8);
  const count = random.integer(10, 60);
  const level = [0.5, 0.8, 0.9, 0.95][random.integer(0, 3)]!;
  const aversion = 0.5 + 2 * random.uniform();
  const n = d + 1 + count;
  const q = new Float64Array(n);
  const entries: Entry[] = [];
  const b: number[] = [1];
  for (let i = 0; i < d; i++) entries.push({ row: 0, column: i, value: 1 });
  const centre = Array.from({ length: d }, () => 0.05 * random.normal());
  for (let k = 0; k < count; k++) {
    const row = b.length;
    for (let i = 0; i < d; i++) {
      const outcome = centre[i]! + 0.2 * random.normal();
      q[i]! -= outcome / count;
      entries.push({ row, column: i, value: -outcome });
    }
    entries.push({ row, column: d, value: -1 }, { row, column: d + 1 + k, value: -1 });
    entries.push({ row: row + 1, column: d + 1 + k, value: -1 });
    b.push(0, 0);
    q[d + 1 + k] = aversion / (count * (1 - level));
  }
  q[d] = aversion;
  const cap = 1.3 / d + 0.3 * random.uniform();
  for (let i = 0; i < d; i++) {
    entries.push({ row: b.length, column: i, value: -1 }, { row: b.length + 1, column: i, value: 1 });
    b.push(0, cap);
  }
  const ridge = Array.from({ length: d }, (_, i) => ({ row: i, column: i, value: 0.02 }));
  return {
    p: quadratic ? sparseFromEntries(n, n, ridge) : null,
    q,
    a: sparseFromEntries(b.length, n, entries),
    b: Float64Array.from(b),
    cones: [
      { kind: "zero", size: 1 },
      { kind: "nonnegative", size: b.length - 1 },
    ],
  };
}

/** All instances, the same on every call. */
export function oracleInstances(): readonly OracleInstance[] {
  const instances: OracleInstance[] = [];
  const add = (
    form: Form,
    kind: string,
    count: number,
    make: (random: Random) => Pick<OracleInstance, "problem" | "minimum">,
    whole = false,
  ): void => {
    for (let k = 0; k < count; k++) {
      const random = createRandom(instances.length * 2654435761 + 97);
      const made = make(random);
      const n = made.problem.q.length;
      const integer = whole ? Array.from({ length: Math.min(n, random.integer(2, 5)) }, (_, j) => j) : [];
      instances.push({ name: `${form} ${kind} ${k}`, form, integer, ...made });
    }
  };
  for (const form of ["LP", "QP", "SOCP", "EXP"] as const) {
    const solvable = (random: Random): { readonly problem: ConeProblem; readonly minimum: number } => {
      const { problem, objective } = solvableProblem(shapeOf(form, random), random);
      return { problem, minimum: objective };
    };
    add(form, "solvable", 40, solvable);
    add(form, "infeasible", 15, (random) => ({ problem: infeasibleProblem(shapeOf(form, random), random) }));
    add(form, "unbounded", 15, (random) => {
      const shape = shapeOf(form, random);
      return { problem: unboundedProblem({ ...shape, rank: Math.min(shape.rank ?? 0, shape.n - 1) }, random) };
    });
    add(form, "degenerate", 15, (random) => {
      const { problem, minimum } = solvable(random);
      return { problem: degenerate(problem), minimum };
    });
    add(form, "badly scaled", 20, (random) => {
      const factor = [1e-6, 1e-3, 1, 1e3, 1e6][random.integer(0, 4)]!;
      const { problem, minimum } = solvable(random);
      return { problem: rescaled(problem, 3, factor, random), minimum: minimum * factor };
    });
  }
  add("CVaR", "scenarios", 40, (random) => ({ problem: cvarProblem(false, random) }));
  add("CVaR-QP", "scenarios", 40, (random) => ({ problem: cvarProblem(true, random) }));
  for (const form of ["MIP", "MIQP", "MISOCP"] as const) {
    add(form, "random", 25, (random) => ({ problem: mixedProblem(form, false, random) }), true);
    add(form, "infeasible", 8, (random) => ({ problem: mixedProblem(form, true, random) }), true);
  }
  return instances;
}
