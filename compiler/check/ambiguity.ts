import type { AmbiguityDecl } from "../../grammar/ast.ts";
import type { AmbiguityIR, OptionsIR, UncertaintyIR } from "../../runtime/ir/model.ts";
import { adversaries, ambiguitySets, generators, predictorSets } from "../registry/index.ts";
import { locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";

const reconstructing: readonly string[] = ["ddpm", "vae"];
/** Generators that are fitted by their own criterion, so that a fit for each part of the rows costs little. */
const refittedAtOnce: readonly string[] = ["gmm", "gmm_nf", "gaussian", "kernel", "knn", "empirical"];

/** `ambiguity wasserstein { … } [each stage] [via particles [lift flow_matching]]`; `null` after reporting. */
export function checkAmbiguity(
  ctx: CheckContext,
  decl: AmbiguityDecl,
  uncertainty: UncertaintyIR | null,
  env: Env,
): AmbiguityIR | null {
  const set = ctx.checkGroup(decl.value, ctx.problem === "forecast" ? predictorSets : ambiguitySets, env);
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
  const refitted = uncertainty !== null && refittedAtOnce.includes(uncertainty.generator.name);
  if (typeof radius === "object" && "oneOf" in radius && radius.by === "cross_validation" && !refitted) {
    const what = "the choice of a radius by cross-validation, which trains the generator once for each part,";
    notRunnable(ctx, locate(env, decl.value), what, ", or write `by holdout`");
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
  const own = ["components", "coverage"].find((name) => Object.hasOwn(set.options, name));
  if (own !== undefined) {
    const obstacle = mixtureObstacle(set, uncertainty);
    if (obstacle !== null) {
      ctx.reporter.report("ambiguity-needs", at, { name: own, ...obstacle });
      return false;
    }
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

/** What a radius that follows from the mixture's own law lacks, or `null`. */
function mixtureObstacle(
  { options }: OptionsIR,
  uncertainty: UncertaintyIR | null,
): { readonly needs: string; readonly reason: string; readonly advice: string } | null {
  if (uncertainty !== null && uncertainty.generator.name !== "gmm") {
    return {
      needs: "the generator gmm",
      reason: "the distance of two mixtures follows from their components",
      advice: "write `uncertainty … ~ gmm`, or choose among radii: `radius: one_of(0, 0.1, 1) by holdout`",
    };
  }
  if (options["order"]?.value !== 2 || options["norm"]?.value !== "l2") {
    return {
      needs: "`order: 2` and the norm l2",
      reason: "the distance of two Gaussians is known for the squared Euclidean distance alone",
      advice: "write `order: 2, norm: l2`",
    };
  }
  if (options["center"]?.value === "empirical") {
    return {
      needs: "`center: conditional`",
      reason: "it is the distance between conditional laws of mixtures",
      advice: "remove `center: empirical`",
    };
  }
  return null;
}
