import { factorize, solveFactored } from "../../decide/structured/dense.ts";
import type { RelativeInterior } from "../../decide/structured/relative-interior.ts";
import type { Newton } from "./newton.ts";

/** What rounding left across the equalities is taken back so often. */
const REFINEMENTS = 2;

/**
 * Of a cost with a diagonal curvature and no norm, D with that of the bounds' barrier. With `B = [R; E]` and Ω the rows' weights, ∞ for E: `(B D⁻¹ Bᵀ + Ω⁻¹) y = B D⁻¹ right` and `Δz = D⁻¹ (right − Bᵀ y)`, a
 * system of as many unknowns as there are rows, whose entries meet where rows share a component: for flows through a
 * graph a matrix of its nodes.
 *
 * @param ridge the cost's own part of D, n positive values
 */
export function createDiagonalNewton({ rows, equalities }: RelativeInterior, ridge: Float64Array): Newton {
  const n = ridge.length;
  const all = [...rows, ...equalities.basis.map(({ values }) => values)];
  const m = all.length;
  /** Entries of B by components: those of i from `starts[i]` on. */
  const starts = new Int32Array(n + 1);
  const rowOf: number[] = [];
  const entries: number[] = [];
  for (let i = 0; i < n; i++) {
    all.forEach((row, r) => {
      if (row[i] === 0) return;
      rowOf.push(r);
      entries.push(row[i]!);
    });
    starts[i + 1] = rowOf.length;
  }
  const matrix = new Float64Array(m * m);
  const y = new Float64Array(m);
  const inverse = new Float64Array(n);

  /** `y = B x`, of the equalities alone from row `first` on. */
  function apply(x: Float64Array, first: number): void {
    y.fill(0);
    for (let i = 0; i < n; i++) {
      const value = x[i]!;
      for (let at = starts[i]!; at < starts[i + 1]!; at++) y[rowOf[at]!]! += entries[at]! * value;
    }
    y.fill(0, 0, first);
  }

  /** `step −= D⁻¹ Bᵀ y` */
  function pull(step: Float64Array): void {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let at = starts[i]!; at < starts[i + 1]!; at++) sum += entries[at]! * y[rowOf[at]!]!;
      step[i]! -= inverse[i]! * sum;
    }
  }

  return {
    factor(diagonal, rowWeights) {
      matrix.fill(0);
      for (let i = 0; i < n; i++) {
        const share = 1 / (diagonal[i]! + ridge[i]!);
        inverse[i] = share;
        for (let a = starts[i]!; a < starts[i + 1]!; a++) {
          const entry = share * entries[a]!;
          const row = rowOf[a]! * m;
          for (let b = starts[i]!; b <= a; b++) matrix[row + rowOf[b]!]! += entry * entries[b]!;
        }
      }
      for (let r = 0; r < rows.length; r++) matrix[r * (m + 1)]! += 1 / rowWeights[r]!;
      factorize(matrix, m, m);
    },
    solve(right, _forT, step) {
      for (let i = 0; i < n; i++) step[i] = right[i]! * inverse[i]!;
      apply(step, 0);
      solveFactored(matrix, m, m, y);
      pull(step);
      // Weighed by D, so that components at their bounds stay where they are.
      for (let round = 0; round < REFINEMENTS; round++) {
        apply(step, rows.length);
        solveFactored(matrix, m, m, y);
        pull(step);
      }
    },
  };
}
