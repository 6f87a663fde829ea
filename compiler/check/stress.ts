import type { StressDecl } from "../../grammar/ast.ts";
import type { OptionsIR, StressIR } from "../../runtime/ir/model.ts";
import { didYouMean } from "../diagnostics/index.ts";
import { corruptions } from "../registry/index.ts";
import { isSuspect, locate, originOf, type CheckContext, type Env } from "./context.ts";

/** `stress test with gaussian { … }, cutout { … }`; `null` after reporting. */
export function checkStress(ctx: CheckContext, decl: StressDecl, env: Env): StressIR | null {
  const { name } = decl.target;
  const checked = decl.corruptions.map((expr) => ctx.checkGroup(expr, corruptions, env));
  if (name !== "test" && name !== "validation") {
    const suggestion = didYouMean(name, ["test", "validation"]);
    if (!isSuspect(ctx, name)) ctx.reporter.report("evaluate-on", locate(env, decl.target), { name, suggestion });
    return null;
  }
  const found: OptionsIR[] = [];
  for (const one of checked) {
    if (one === null) return null;
    found.push(one.ir);
  }
  return { on: name, corruptions: found, at: originOf(ctx, locate(env, decl)) };
}
