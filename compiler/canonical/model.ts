import type { CanonicalForm } from "../../runtime/ir/canonical.ts";
import { foldParams } from "../../runtime/ir/builder.ts";
import type { ConstraintIR, ModelIR } from "../../runtime/ir/model.ts";
import { range } from "../../runtime/ir/shape.ts";
import { affineForm } from "../analyse/affine.ts";
import { layoutsOf, type Layout } from "../analyse/layout.ts";
import { FormFailure } from "../analyse/problem.ts";
import { canonicalise, type CanonicaliseOptions } from "./canonicalise.ts";
import type { ConvexProblem, DataInput, WassersteinBall } from "./problem.ts";

/** The decision problem of a model at one context over K scenarios. Rows on one component alone become bounds. */
export function problemOf(ir: ModelIR, ambiguity?: WassersteinBall): ConvexProblem {
  const { decision, outcome, context } = layoutsOf(ir);
  const lower = range(decision.size).map(() => -Infinity);
  const upper = range(decision.size).map(() => Infinity);
  ir.decision.blocks.forEach((block, k) => {
    const part = decision.parts[k]!;
    if (block.type !== "bool") return;
    lower.fill(0, part.offset, part.offset + part.size);
    upper.fill(1, part.offset, part.offset + part.size);
  });
  const constraints = ir.decision.constraints.filter((constraint) => !tighten(constraint, decision, lower, upper));
  const field = (layout: Layout, repeat: DataInput["repeat"]): readonly DataInput[] =>
    layout.parts.map(({ name, shape }) => {
      const declared = ir.data.fields.find((f) => f.name === name);
      // A field that is transformed has lost its own range.
      const known = declared?.range !== undefined && declared.transforms.length === 0;
      return { name, shape, repeat, ...(known ? { range: declared.range } : {}) };
    });
  const { mean, cvar, deterministic } = ir.risk;
  return {
    variables: decision.parts.map((part, k) => {
      const { at, type } = ir.decision.blocks[k]!;
      const own = (bounds: readonly number[]): readonly number[] => bounds.slice(part.offset, part.offset + part.size);
      const bounds = { lower: own(lower), upper: own(upper) };
      return { name: part.name, shape: part.shape, type, ...bounds, ...(at === undefined ? {} : { at }) };
    }),
    data: [...field(context, "once"), ...field(outcome, "scenario")],
    ...(deterministic === undefined ? {} : { objective: deterministic }),
    risk: { loss: ir.loss.graph, mean, cvar, ...(ambiguity === undefined ? {} : { ambiguity }) },
    constraints,
  };
}

/** Takes a constraint into the bounds where each of its rows reads one component; `false` where it stays a row. */
function tighten(constraint: ConstraintIR, decision: Layout, lower: number[], upper: number[]): boolean {
  if (constraint.relation === "==") return false;
  try {
    const n = decision.size;
    const { offset, coefficients } = affineForm(foldParams(constraint.graph), decision);
    const rows = Array.from(offset, (_, i) => Array.from(coefficients?.subarray(i * n, (i + 1) * n) ?? []));
    const used = rows.map((row) => row.flatMap((c, j) => (c === 0 ? [] : [j])));
    if (used.some((columns) => columns.length !== 1)) return false;
    used.forEach(([column], i) => {
      const factor = rows[i]![column!]!;
      const limit = -offset[i]! / factor + 0;
      if (factor > 0) upper[column!] = Math.min(upper[column!]!, limit);
      else lower[column!] = Math.max(lower[column!]!, limit);
    });
    return true;
  } catch (failure) {
    if (failure instanceof FormFailure) return false;
    throw failure;
  }
}

/** The canonical form of a model's decision problem, with the loss's pieces as its solver has them. */
export function reformulateModel(
  ir: ModelIR,
  options: CanonicaliseOptions & { readonly ambiguity?: WassersteinBall } = {},
): CanonicalForm {
  return canonicalise(problemOf(ir, options.ambiguity), { loss: options.loss ?? "pieces" });
}
