import type { AmbiguityDecl } from "../../grammar/ast.ts";
import type { AmbiguityIR, OptionsIR, UncertaintyIR } from "../../runtime/ir/model.ts";
import { adversaries, ambiguitySets, generators } from "../registry/index.ts";
import { locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";

const reconstructing: readonly string[] = ["ddpm", "vae"];

/** `ambiguity wasserstein { … } [each stage] [via particles [lift flow_matching]]`; `null` after reporting. */
export function checkAmbiguity(
  ctx: CheckContext,
  decl: AmbiguityDecl,
  uncertainty: UncertaintyIR | null,
  env: Env,
): AmbiguityIR | null {
  const set = ctx.checkGroup(decl.value, ambiguitySets, env);
  const via = decl.via === undefined ? undefined : ctx.checkGroup(decl.via, adversaries, env);
  const lift = decl.lift === undefined ? undefined : ctx.checkGroup(decl.lift, generators, env);
  if (decl.eachStage !== (ctx.problem === "multi_stage")) {
    ctx.reporter.report("ambiguity-needs", locate(env, decl), {
      name: decl.eachStage ? "each stage" : "ambiguity",
      needs: decl.eachStage ? "several stages" : "to be said of each stage",
      reason: decl.eachStage
        ? "this model decides once"
        : "the worst law is chosen anew at every stage of a problem of several",
      advice: decl.eachStage ? "remove `each stage`" : "write `each stage` after the set",
    });
    return null;
  }
  if (set === null || via === null || lift === null) return null;
  if (!fits(ctx, set.ir, via?.ir, uncertainty, decl, env)) return null;
  const radius = set.ir.options["radius"]?.value;
  if (typeof radius === "object" && "oneOf" in radius && radius.by === "cross_validation") {
    notRunnable(ctx, locate(env, decl.value), "the choice of a radius by cross-validation", ", or write `by holdout`");
  }
  return {
    set: set.ir,
    eachStage: decl.eachStage,
    ...(via === undefined ? {} : { via: via.ir }),
    ...(lift === undefined ? {} : { lift: lift.ir }),
    at: originOf(ctx, locate(env, decl)),
  };
}

function fits(
  ctx: CheckContext,
  set: OptionsIR,
  via: OptionsIR | undefined,
  uncertainty: UncertaintyIR | null,
  decl: AmbiguityDecl,
  env: Env,
): boolean {
  const at = locate(env, decl.value);
  if (set.name === "generative" && uncertainty !== null && !reconstructing.includes(uncertainty.generator.name)) {
    ctx.reporter.report("ambiguity-needs", at, {
      name: set.name,
      needs: "the generator ddpm or vae",
      reason: `the budget bounds a reconstruction loss, which \`${uncertainty.generator.name}\` does not have`,
      advice: "write `uncertainty … ~ ddpm`, or use `wasserstein`",
    });
    return false;
  }
  if (via === undefined || set.name === "wasserstein") return true;
  ctx.reporter.report("ambiguity-needs", at, {
    name: via.name,
    needs: "the set wasserstein",
    reason: "scenarios are moved at a price for their distance",
    advice: "remove `via`, or write `ambiguity wasserstein { order: 2, penalty: 0.1 }`",
  });
  return false;
}
