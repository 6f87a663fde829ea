import type { CombinatorialSet } from "../decide/classical/index.ts";
import type { FeasibleSet } from "../spec.ts";
import type { ConeGenerators } from "./losses/cone-projection.ts";

/** A constraint counts as holding with equality within this, relative to 1 + the size of its bound. */
const TOLERANCE = 1e-6;

function meets(value: number, bound: number): boolean {
  return Math.abs(value - bound) <= TOLERANCE * (1 + Math.abs(bound));
}

/**
 * The cone of the outward normals of the constraints of a set that hold with equality at z: rows that are equalities
 * first, with weights of any sign, then inequalities and bounds.
 */
export function bindingNormals(set: FeasibleSet, z: Float64Array): ConeGenerators {
  const { size } = set;
  const rows: ArrayLike<number>[] = set.equalities.map(({ coefficients }) => coefficients);
  for (const { coefficients, bound } of set.inequalities) {
    let value = 0;
    for (let i = 0; i < size; i++) value += coefficients[i]! * z[i]!;
    if (meets(value, bound)) rows.push(coefficients);
  }
  const unit = (component: number, sign: number): void => {
    const row = new Float64Array(size);
    row[component] = sign;
    rows.push(row);
  };
  for (let i = 0; i < size; i++) {
    if (meets(z[i]!, set.lower[i]!)) unit(i, -1);
    if (meets(z[i]!, set.upper[i]!)) unit(i, 1);
  }
  const vectors = new Float64Array(rows.length * size);
  rows.forEach((row, k) => vectors.set(row, k * size));
  return { vectors, free: set.equalities.length };
}

function unitBox(size: number, rows: Pick<FeasibleSet, "inequalities" | "equalities">): FeasibleSet {
  const all = (value: number): number[] => Array.from({ length: size }, () => value);
  return { size, lower: all(0), upper: all(1), integer: [], ...rows };
}

/** Linear rows whose vertices are the decisions of a combinatorial set; `null` for trees and tours, which need too many. */
export function linearDescription(set: CombinatorialSet): FeasibleSet | null {
  const at = set.at ?? "";
  switch (set.kind) {
    case "path": {
      const { arcs, nodes, source, target } = set;
      const equalities = Array.from({ length: nodes }, (_, node) => ({
        coefficients: arcs.map(({ from, to }) => (from === node ? 1 : 0) - (to === node ? 1 : 0)),
        bound: (node === source ? 1 : 0) - (node === target ? 1 : 0),
        at,
      }));
      return unitBox(arcs.length, { inequalities: [], equalities });
    }
    case "assignment": {
      const { rows, columns } = set;
      const sum = (
        picks: (row: number, column: number) => boolean,
      ): { coefficients: number[]; bound: number; at: string } => ({
        coefficients: Array.from({ length: rows * columns }, (_, i) =>
          picks(Math.floor(i / columns), i % columns) ? 1 : 0,
        ),
        bound: 1,
        at,
      });
      const each = Array.from({ length: rows }, (_, own) => sum((row) => row === own));
      const once = Array.from({ length: columns }, (_, own) => sum((_row, column) => column === own));
      return rows === columns
        ? unitBox(rows * columns, { inequalities: [], equalities: [...each, ...once] })
        : unitBox(rows * columns, { inequalities: once, equalities: each });
    }
    case "top-k": {
      const row = { coefficients: Array.from({ length: set.size }, () => 1), bound: set.k, at };
      return set.exactly === false
        ? unitBox(set.size, { inequalities: [row], equalities: [] })
        : unitBox(set.size, { inequalities: [], equalities: [row] });
    }
    case "knapsack":
      return unitBox(set.weights[0]?.length ?? 0, {
        inequalities: set.weights.map((coefficients, r) => ({ coefficients, bound: set.capacities[r]!, at })),
        equalities: [],
      });
    case "tour":
    case "spanning-tree":
      return null;
  }
}
