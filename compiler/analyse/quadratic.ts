import { joinedGradientGraph } from "../derive/index.ts";
import { foldParams, GraphBuilder } from "../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph, Origin } from "../../runtime/ir/expr.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { affineForm } from "./affine.ts";
import { degreeIn } from "./degree.ts";
import { namesOf, type Layout } from "./layout.ts";
import { FormFailure, type Problem } from "./problem.ts";

/** `linear·z + zᵀ Q z + constant`; `quadratic` is n × n row-major and symmetric, `null` where it is zero. */
export interface QuadraticForm {
  readonly linear: readonly number[];
  readonly quadratic: readonly number[] | null;
  readonly constant: number;
}

/**
 * Coefficients of the deterministic part of the risk. Q is half its Hessian, read off the exact gradient; it must be
 * positive semidefinite, to 1e-10 of its size.
 */
export function quadraticForm(
  graph: ExprGraph | undefined,
  decision: Layout,
  fallback: Origin,
  problems: Problem[],
): QuadraticForm {
  const n = decision.size;
  const zero: QuadraticForm = { linear: Array.from({ length: n }, () => 0), quadratic: null, constant: 0 };
  if (graph === undefined) return zero;
  const folded = foldParams(graph);
  try {
    proveDegreeTwo(folded, decision);
    const gradient = affineForm(joinedGradientGraph(folded, decision.parts), decision);
    const hessian = gradient.coefficients;
    const origin = Object.fromEntries(decision.parts.map((part) => [part.name, new Float64Array(part.size)]));
    const constant = evaluateGraph(folded, origin)[0]! + 0;
    const linear = Array.from(gradient.offset, (v) => v + 0);
    if (hessian === null) return { linear, quadratic: null, constant };
    const quadratic: number[] = [];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) quadratic.push((hessian[i * n + j]! + hessian[j * n + i]!) / 4 + 0);
    const most = quadratic.reduce((size, v) => Math.max(size, Math.abs(v)), 0);
    if (!isPositiveDefinite(quadratic, n, 1e-10 * most * n)) {
      const least = symmetricEigenvalues(quadratic, n).reduce((a, v) => Math.min(a, v), Infinity);
      problems.push({
        code: "risk-term-not-convex",
        args: { eigenvalue: Number(least.toPrecision(3)) },
        at: folded.nodes[folded.output]!.at ?? fallback,
      });
    }
    return { linear, quadratic, constant };
  } catch (failure) {
    if (!(failure instanceof FormFailure)) throw failure;
    problems.push({
      code: "risk-term-not-quadratic",
      args: { reason: failure.message },
      at: failure.node.at ?? fallback,
    });
    return zero;
  }
}

function proveDegreeTwo(graph: ExprGraph, decision: Layout): void {
  const b = new GraphBuilder();
  const ids = b.graft(graph);
  const degree = degreeIn(b, namesOf(decision));
  for (const [i, node] of graph.nodes.entries()) {
    if (node.op === "input" && degree(ids[i]!) === 0) throw new FormFailure("data", node);
    if (degree(ids[i]!) > 2) {
      const fine = argsOf(node).every((arg) => degree(ids[arg]!) <= 2);
      if (fine) throw new FormFailure("degree", node);
    }
  }
}

/** Whether a symmetric n × n matrix plus `shift` on its diagonal has a Cholesky factor. */
export function isPositiveDefinite(matrix: readonly number[], n: number, shift: number): boolean {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]! + (i === j ? shift : 0);
      for (let k = 0; k < j; k++) rest -= factor[i * n + k]! * factor[j * n + k]!;
      if (i === j && !(rest > 0)) return false;
      factor[i * n + j] = i === j ? Math.sqrt(rest) : rest / factor[j * n + j]!;
    }
  }
  return true;
}

/** Eigenvalues of a symmetric n × n matrix by Jacobi's rotations, in no order. */
export function symmetricEigenvalues(matrix: readonly number[], n: number): number[] {
  const a = Float64Array.from(matrix);
  const size = Math.sqrt(a.reduce((total, v) => total + v * v, 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q]! ** 2;
    if (Math.sqrt(off) <= 1e-14 * size) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(p, q);
  }
  return Array.from({ length: n }, (_, i) => a[i * n + i]!);

  function rotate(p: number, q: number): void {
    const apq = a[p * n + q]!;
    if (apq === 0) return;
    const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
    const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(1, theta));
    const c = 1 / Math.hypot(1, t);
    const s = t * c;
    for (let k = 0; k < n; k++) {
      const [akp, akq] = [a[k * n + p]!, a[k * n + q]!];
      a[k * n + p] = c * akp - s * akq;
      a[k * n + q] = s * akp + c * akq;
    }
    for (let k = 0; k < n; k++) {
      const [apk, aqk] = [a[p * n + k]!, a[q * n + k]!];
      a[p * n + k] = c * apk - s * aqk;
      a[q * n + k] = s * apk + c * aqk;
    }
  }
}
