import type { CallExpr, Expr, InferDecl, ObserveDecl } from "../../grammar/ast.ts";
import type { OptionsIR } from "../../runtime/ir/model.ts";
import { samplers } from "../registry/index.ts";
import type { Location } from "../source/source-text.ts";
import { needNumber } from "./combine.ts";
import { constantNumber } from "./constants.ts";
import { isSuspect, locate, notRunnable, type CheckContext, type Env } from "./context.ts";
import type { CheckedData } from "./data.ts";
import type { Quantity } from "./quantity.ts";
import type { Term } from "./term.ts";

/** `observe y = mean(u) + normal(0, sd)` */
export interface CheckedObservation {
  readonly quantity: Quantity;
  readonly mean: Term;
  readonly noise: { readonly law: "normal"; readonly mean: number; readonly sd: number };
}

/** Enters the observation among the model's quantities; `null` after reporting. */
export function checkObservation(ctx: CheckContext, decl: ObserveDecl, env: Env): CheckedObservation | null {
  const { name } = decl.name;
  const entity = ctx.model.entities.values.get(name);
  const own = entity?.kind === "observation" && entity.decl === decl;
  if (own) ctx.quantities.set(entity, null);
  const parts = splitNoise(decl.value);
  if (parts === null) {
    if (decl.value.kind !== "error") ctx.reporter.report("observation-form", locate(env, decl.value), { name });
    return null;
  }
  const noise = checkNoise(ctx, parts.noise, name, env);
  const mean = ctx.elaborate(parts.mean, env);
  if (noise === null || mean === null || !needNumber(ctx, mean, name)) return null;
  if (mean.inputs.size === 0) {
    ctx.reporter.report("observation-form", locate(env, parts.mean), { name });
    return null;
  }
  const { axes, unit } = mean.type;
  const quantity: Quantity = {
    name,
    type: { name: "real", axes, unit: { written: unit, base: unit, factor: 1 } },
    role: "observation",
    at: locate(env, decl.name),
    doc: decl.doc,
  };
  if (own) ctx.quantities.set(entity, quantity);
  return { quantity, mean, noise };
}

/** `mean + normal(…)`, in either order. */
function splitNoise(expr: Expr): { readonly mean: Expr; readonly noise: CallExpr } | null {
  if (expr.kind !== "binary" || expr.op !== "+") return null;
  if (isNoise(expr.right)) return { mean: expr.left, noise: expr.right };
  return isNoise(expr.left) ? { mean: expr.right, noise: expr.left } : null;
}

function isNoise(expr: Expr): expr is CallExpr {
  return expr.kind === "call" && expr.callee.name === "normal";
}

function checkNoise(ctx: CheckContext, call: CallExpr, name: string, env: Env): CheckedObservation["noise"] | null {
  const [first, second, extra] = call.arguments;
  if (first === undefined || second === undefined || extra !== undefined) {
    const args = {
      name: "normal",
      expected: "2 arguments",
      found: call.arguments.length,
      signature: "normal(0, 0.05)",
    };
    ctx.reporter.report("argument-count", locate(env, call), args);
    return null;
  }
  const mean = constantNumber(ctx, first.value, env, "the mean of the noise");
  const sd = constantNumber(ctx, second.value, env, "the standard deviation of the noise");
  if (mean === null || sd === null) return null;
  if (sd > 0) return { law: "normal", mean, sd };
  ctx.reporter.report("observation-form", locate(env, second), { name });
  return null;
}

export interface CheckedInference {
  readonly target: string;
  readonly given: readonly string[];
  readonly by: OptionsIR;
  readonly at: Location;
}

/** `infer u | y by latent_langevin { … }`; `null` after reporting. */
export function checkInference(
  ctx: CheckContext,
  decl: InferDecl,
  data: CheckedData | null,
  env: Env,
): CheckedInference | null {
  const by = ctx.checkGroup(decl.by, samplers, env);
  const observed = ctx.model.declarations.flatMap(({ decl: one }) => (one.kind === "observe" ? [one.name.name] : []));
  const outcomes = data?.outcomes ?? [];
  const expected = `${outcomes[0] ?? decl.target.name} | ${observed[0] ?? "y"}`;
  const wrong = (at: Location, what: string): null => {
    ctx.reporter.report("infer-target", at, { what, expected });
    return null;
  };
  if (data === null || !data.rolesKnown) return null;
  const { name } = decl.target;
  if (!outcomes.includes(name)) {
    return isSuspect(ctx, name) ? null : wrong(locate(env, decl.target), `\`${name}\` is not an outcome of the data`);
  }
  const unknown = decl.given.find((ident) => !observed.includes(ident.name));
  if (unknown !== undefined) return wrong(locate(env, unknown), `\`${unknown.name}\` is not observed`);
  const missing = observed.find((one) => decl.given.every((ident) => ident.name !== one));
  if (missing !== undefined) return wrong(locate(env, decl), `the observation \`${missing}\` is not used`);
  if (by === null) return null;
  const at = locate(env, decl);
  notRunnable(ctx, at, "the inference of a posterior");
  return { target: name, given: decl.given.map((ident) => ident.name), by: by.ir, at };
}
