import type { Expr, IndexExpr } from "../../grammar/ast.ts";
import { stridesOf } from "../../runtime/ir/shape.ts";
import { suggestName } from "../diagnostics/index.ts";
import { textAt } from "../source/source-text.ts";
import { elementsOf, sameAxis, shapeOf, type Axis } from "./axes.ts";
import { shorten } from "./combine.ts";
import { constantNumber } from "./constants.ts";
import { locate, place, type CheckContext, type Env } from "./context.ts";
import type { Term } from "./term.ts";

/** `z[0]`, `z["Energy"]`, `z[Store, 3]`: a number or label selects along its axis, the name of the dim keeps it. */
export function elaborateIndex(ctx: CheckContext, expr: IndexExpr, env: Env): Term | null {
  const object = ctx.elaborate(expr.object, env);
  if (object === null) return null;
  const { axes } = object.type;
  if (expr.indices.length !== axes.length) {
    const value = `\`${shorten(textAt(locate(env, expr.object)))}\``;
    const expected = axes.length === 0 ? "no dims" : `${axes.length} dim${axes.length === 1 ? "" : "s"}`;
    ctx.reporter.report("index-count", locate(env, expr), { found: expr.indices.length, value, expected });
    return null;
  }
  const chosen: (number | "all")[] = [];
  for (const [i, index] of expr.indices.entries()) {
    const one = indexAlong(ctx, index, axes[i]!, env);
    if (one === null) return null;
    chosen.push(one);
  }
  const kept = axes.filter((_, i) => chosen[i] === "all");
  if (kept.length === axes.length) return object;
  const strides = stridesOf(shapeOf(axes));
  const start = chosen.reduce<number>((sum, one, i) => sum + (one === "all" ? 0 : one * strides[i]!), 0);
  const keptStrides = axes.flatMap((_, i) => (chosen[i] === "all" ? [strides[i]!] : []));
  const steps = stridesOf(shapeOf(kept));
  const indices = Array.from({ length: elementsOf(kept) }, (_, flat) =>
    kept.reduce((index, axis, i) => index + (Math.floor(flat / steps[i]!) % axis.size) * keptStrides[i]!, start),
  );
  return ctx.build.gather(object, indices, { ...object.type, axes: kept }, place(env, expr));
}

function indexAlong(ctx: CheckContext, index: Expr, axis: Axis, env: Env): number | "all" | null {
  const at = locate(env, index);
  const dim = axis.dim === null ? "this axis" : `dim \`${axis.dim}\``;
  if (index.kind === "error") return null;
  if (index.kind === "string") {
    const found = axis.labels?.indexOf(index.value) ?? -1;
    if (found >= 0) return found;
    const otherwise =
      axis.labels === null
        ? `use its number, or give the dim labels: \`dim ${axis.dim ?? "Name"} = ["a", "b"]\``
        : "use one of its labels";
    const suggestion = suggestName(index.value, axis.labels ?? [], otherwise);
    ctx.reporter.report("index-label", at, { dim, label: index.value, suggestion });
    return null;
  }
  if (index.kind === "name" && !env.locals.has(index.name)) {
    const entity = env.scope.lookup(index.name);
    if (entity?.kind === "dim") {
      const named = ctx.meaning.dim(entity);
      if (named === null) return null;
      if (sameAxis(named, axis)) return "all";
      const args = { name: "this index", expected: `a place in ${dim}`, found: `dim ${entity.name}` };
      ctx.reporter.report("shape-mismatch", at, args);
      return null;
    }
  }
  const value = constantNumber(ctx, index, env, "an index");
  if (value === null) return null;
  if (Number.isInteger(value) && value >= 0 && value < axis.size) return value;
  ctx.reporter.report("index-range", at, { index: value, dim, size: axis.size, last: axis.size - 1 });
  return null;
}
