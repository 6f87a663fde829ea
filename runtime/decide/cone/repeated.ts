import type { SparseMatrix } from "../sparse/matrix.ts";
import { prepareCone } from "./solve-cone.ts";
import type { ConeAnswer, ConeOptions, ConeProblem, PreparedCone } from "./types.ts";

/**
 * Solves one problem after another. Those that differ from the last one in numbers alone share its analysis: the order
 * of the KKT system and the places of its factor.
 *
 * The function's second argument is the time limit in seconds, after which it returns the best point that it has.
 */
export function createRepeatedCone(options: ConeOptions = {}): (problem: ConeProblem, timeLimit: number) => ConeAnswer {
  let last: { readonly problem: ConeProblem; readonly cone: PreparedCone } | null = null;
  return (problem, timeLimit) => {
    if (last === null || !samePattern(last.problem, problem)) {
      last = { problem, cone: prepareCone(problem, options) };
      return last.cone.solve({}, timeLimit);
    }
    const { p, q, a, b } = problem;
    return last.cone.solve({ ...(p === null ? {} : { p: p.values }), q, a: a.values, b }, timeLimit);
  };
}

function samePattern(a: ConeProblem, b: ConeProblem): boolean {
  if (a.cones.length !== b.cones.length || (a.p === null) !== (b.p === null)) return false;
  const sameCones = a.cones.every((cone, i) => {
    const other = b.cones[i]!;
    return cone.kind === other.kind && sizeOf(cone) === sizeOf(other);
  });
  return sameCones && sameCells(a.a, b.a) && (a.p === null || sameCells(a.p, b.p!));
}

/** 3 for the cones that have no other size. */
function sizeOf(cone: ConeProblem["cones"][number]): number {
  return "size" in cone ? cone.size : 3;
}

function sameCells(a: SparseMatrix, b: SparseMatrix): boolean {
  return a.rows === b.rows && a.columns === b.columns && same(a.starts, b.starts) && same(a.indices, b.indices);
}

function same(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
