import { describe, expect, it } from "vitest";
import { createLdl } from "../../../runtime/decide/sparse/ldl.ts";
import {
  addProduct,
  addTransposedProduct,
  sparseFromDense,
  sparseFromEntries,
} from "../../../runtime/decide/sparse/matrix.ts";
import { orderByMinimumDegree } from "../../../runtime/decide/sparse/minimum-degree.ts";
import { createRandom, randomMatrix } from "./instances.ts";

/** Entries of L below the diagonal when rows are eliminated in an order. */
function fillOf(size: number, pairs: readonly (readonly [number, number])[], order: Int32Array): number {
  const neighbours = Array.from({ length: size }, () => new Set<number>());
  for (const [i, j] of pairs) {
    if (i === j) continue;
    neighbours[i]!.add(j);
    neighbours[j]!.add(i);
  }
  let fill = 0;
  for (const pivot of order) {
    const around = [...neighbours[pivot]!];
    fill += around.length;
    for (const i of around) {
      neighbours[i]!.delete(pivot);
      for (const j of around) if (i !== j) neighbours[i]!.add(j);
    }
  }
  return fill;
}

const natural = (size: number): Int32Array => Int32Array.from({ length: size }, (_, i) => i);

describe("minimum degree ordering", () => {
  it("is a permutation", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      const size = random.integer(1, 60);
      const pairs = Array.from({ length: random.integer(0, 4 * size) }, () => {
        return [random.integer(0, size - 1), random.integer(0, size - 1)] as const;
      });
      expect([...orderByMinimumDegree(size, pairs)].sort((a, b) => a - b)).toEqual([...natural(size)]);
    }
  });

  it("leaves an arrow and a tree without fill", () => {
    const arrow = Array.from({ length: 49 }, (_, i) => [0, i + 1] as const);
    expect(fillOf(50, arrow, orderByMinimumDegree(50, arrow))).toBe(49);
    const tree = Array.from({ length: 62 }, (_, i) => [Math.floor(i / 2), i + 1] as const);
    expect(fillOf(63, tree, orderByMinimumDegree(63, tree))).toBe(62);
  });

  it("fills a grid far less than the natural order", () => {
    const side = 20;
    const grid: (readonly [number, number])[] = [];
    for (let r = 0; r < side; r++) {
      for (let c = 0; c < side; c++) {
        if (c + 1 < side) grid.push([r * side + c, r * side + c + 1]);
        if (r + 1 < side) grid.push([r * side + c, (r + 1) * side + c]);
      }
    }
    const size = side * side;
    const ordered = fillOf(size, grid, orderByMinimumDegree(size, grid));
    expect(ordered).toBeLessThan(0.6 * fillOf(size, grid, natural(size)));
  });
});

describe("LDLᵀ", () => {
  it("solves quasi-definite systems", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = createRandom(seed);
      const size = random.integer(2, 30);
      const positive = random.integer(1, size);
      const dense = new Float64Array(size * size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < i; j++) {
          if (random.uniform() < 0.3) dense[i * size + j] = dense[j * size + i] = random.normal() / size;
        }
        dense[i * size + i] = (i < positive ? 1 : -1) * (1 + random.uniform());
      }
      const upper = sparseFromDense(
        size,
        size,
        dense.map((value, at) => (Math.floor(at / size) <= at % size ? value : 0)),
      );
      const signs = Int8Array.from({ length: size }, (_, i) => (i < positive ? 1 : -1));
      const ldl = createLdl({ size, starts: upper.starts, indices: upper.indices }, signs);
      for (let round = 0; round < 2; round++) {
        expect(ldl.factor(upper.values)).toBe(0);
        const x = Float64Array.from({ length: size }, () => random.normal());
        const right = new Float64Array(size);
        for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) right[i]! += dense[i * size + j]! * x[j]!;
        ldl.solve(right);
        right.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 9));
      }
    }
  });

  it("replaces a pivot of the wrong sign, and says so", () => {
    const ldl = createLdl(
      { size: 2, starts: Int32Array.of(0, 1, 3), indices: Int32Array.of(0, 0, 1) },
      Int8Array.of(1, 1),
    );
    expect(ldl.factor(Float64Array.of(1, 2, 4))).toBe(1);
    expect(ldl.factor(Float64Array.of(1, 1, 4))).toBe(0);
  });
});

describe("sparse matrices", () => {
  it("add up entries at one place, keep zeros, and refuse places outside", () => {
    const matrix = sparseFromEntries(2, 2, [
      { row: 1, column: 0, value: 2 },
      { row: 1, column: 0, value: 3 },
      { row: 0, column: 1, value: 0 },
    ]);
    expect([...matrix.values]).toEqual([5, 0]);
    expect([...matrix.starts]).toEqual([0, 1, 2]);
    expect(() => sparseFromEntries(1, 1, [{ row: 1, column: 0, value: 1 }])).toThrow("outside");
  });

  it("multiply both ways: yᵀ(Ax) = xᵀ(Aᵀy)", () => {
    const random = createRandom(1);
    const matrix = randomMatrix(7, 5, 0.5, random);
    const x = Float64Array.from({ length: 5 }, () => random.normal());
    const y = Float64Array.from({ length: 7 }, () => random.normal());
    const ax = new Float64Array(7);
    const aty = new Float64Array(5);
    addProduct(matrix, x, 1, ax);
    addTransposedProduct(matrix, y, 1, aty);
    const left = ax.reduce((sum, value, i) => sum + value * y[i]!, 0);
    expect(left).toBeCloseTo(
      aty.reduce((sum, value, j) => sum + value * x[j]!, 0),
      12,
    );
  });
});
