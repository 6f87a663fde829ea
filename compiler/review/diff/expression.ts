import { foldParams } from "../../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { sizeOf } from "../../../runtime/ir/shape.ts";
import { NormalForms } from "./normal-form.ts";

/**
 * How two expressions relate. `equal`: `same` where they are one graph too. `shifted`: b = a + shift. `scaled`: b = factor · a + shift, factor > 0. `different`: their
 * values differ at a point that was tried. `unproved`: they agree wherever they were tried, without a proof.
 */
export type Relation =
  | { readonly kind: "equal"; readonly same: boolean }
  | { readonly kind: "shifted"; readonly shift: number }
  | { readonly kind: "scaled"; readonly factor: number; readonly shift: number }
  | { readonly kind: "different" }
  | { readonly kind: "unproved" };

export function relateExpressions(a: ExprGraph, b: ExprGraph): Relation {
  const forms = new NormalForms();
  const [left, right] = [forms.of(a), forms.of(b)];
  const shift = right.constant - left.constant;
  const atoms = new Set([...left.terms.keys(), ...right.terms.keys()]);
  const ratios = [...atoms].map((atom) => (right.terms.get(atom) ?? 0) / (left.terms.get(atom) ?? 0));
  const [factor = 1] = ratios;
  if (Number.isFinite(factor) && factor > 0 && ratios.every((ratio) => same(ratio, factor))) {
    if (!same(factor, 1)) return { kind: "scaled", factor, shift: right.constant - factor * left.constant };
    return same(left.constant, right.constant)
      ? { kind: "equal", same: graphKey(a) === graphKey(b) }
      : { kind: "shifted", shift };
  }
  return differsSomewhere(a, b) ? { kind: "different" } : { kind: "unproved" };
}

/** The graph without places, names of parameters as their values. */
export function graphKey(graph: ExprGraph): string {
  const folded = foldParams(graph);
  return JSON.stringify([folded.output, folded.nodes.map((node) => ({ ...node, at: undefined }))]);
}

function same(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-11 * Math.max(1e-300, Math.abs(a), Math.abs(b));
}

const TRIALS = 48;

/** Values of both at fixed pseudo-random points, small and large, of either sign. */
function differsSomewhere(a: ExprGraph, b: ExprGraph): boolean {
  const sizes = new Map<string, number>();
  for (const { nodes } of [a, b]) {
    for (const node of nodes) {
      if (node.op !== "input") continue;
      const size = sizeOf(node.shape);
      if ((sizes.get(node.name) ?? size) !== size) return true;
      sizes.set(node.name, size);
    }
  }
  const random = createLcg();
  for (let trial = 0; trial < TRIALS; trial++) {
    const reach = 10 ** ((trial % 6) - 2);
    const positive = trial % 3 === 0;
    const inputs = Object.fromEntries(
      [...sizes].map(([name, size]) => [
        name,
        Float64Array.from({ length: size }, () => reach * (positive ? random() : 2 * random() - 1)),
      ]),
    );
    const [x, y] = [evaluateGraph(a, inputs), evaluateGraph(b, inputs)];
    if (x.length !== y.length) return true;
    for (let i = 0; i < x.length; i++) {
      const [p, q] = [x[i]!, y[i]!];
      if (Number.isNaN(p) && Number.isNaN(q)) continue;
      if (!(Math.abs(p - q) <= 1e-9 * (1 + Math.abs(p) + Math.abs(q)))) return true;
    }
  }
  return false;
}

/** Numbers in [0, 1) of a linear congruential generator: the points only have to be spread and the same every time. */
function createLcg(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
