import type { Ident, UncertaintyDecl } from "../../grammar/ast.ts";
import type { UncertaintyIR } from "../../runtime/ir/model.ts";
import { generators } from "../registry/index.ts";
import { isSuspect, locate, originOf, type CheckContext, type Env } from "./context.ts";
import type { CheckedData } from "./data.ts";

/** `uncertainty s | x ~ generator { … }`; `null` after reporting. */
export function checkUncertainty(
  ctx: CheckContext,
  decl: UncertaintyDecl,
  data: CheckedData | null,
  env: Env,
): UncertaintyIR | null {
  const generator = ctx.checkGroup(decl.generator, generators, env);
  const primed = [...decl.targets, ...decl.given].find((ident) => ident.primed);
  if (primed !== undefined) {
    ctx.reporter.report("not-yet-supported", locate(env, primed), { what: "a transition between stages", instead: "" });
    return null;
  }
  if (data === null || !targetsFit(ctx, decl, data, env) || generator === null) return null;
  return {
    targets: data.outcomes,
    given: data.contexts,
    generator: generator.ir,
    at: originOf(ctx, locate(env, decl)),
  };
}

/** The generator draws all outcomes given all contexts. */
function targetsFit(ctx: CheckContext, decl: UncertaintyDecl, data: CheckedData, env: Env): boolean {
  const { outcomes, contexts } = data;
  if (outcomes.length === 0 || ctx.model.incomplete) return outcomes.length > 0;
  const left = outcomes.length === 1 ? outcomes[0]! : `(${outcomes.join(", ")})`;
  const expected = contexts.length === 0 ? left : `${left} | ${contexts.join(", ")}`;
  const report = (at: Ident | UncertaintyDecl, what: string): false => {
    ctx.reporter.report("uncertainty-target", locate(env, at), { what, expected });
    return false;
  };
  for (const [idents, known, role] of [
    [decl.targets, outcomes, "an outcome"],
    [decl.given, contexts, "a context"],
  ] as const) {
    for (const ident of idents) {
      if (known.includes(ident.name)) continue;
      if (isSuspect(ctx, ident.name)) return false;
      return report(ident, `\`${ident.name}\` is not ${role} of the data`);
    }
  }
  const missing = outcomes.find((name) => decl.targets.every((target) => target.name !== name));
  if (missing !== undefined) return report(decl, `the outcome \`${missing}\` is not drawn`);
  if (decl.given.length === 0) {
    const instead = contexts.length === 0 ? "; add a `context` field to the data" : `; write \`${expected}\``;
    ctx.reporter.report("not-yet-supported", locate(env, decl), { what: "uncertainty without a context", instead });
    return false;
  }
  const unused = contexts.find((name) => decl.given.every((given) => given.name !== name));
  return unused === undefined || report(decl, `the context \`${unused}\` is not conditioned on`);
}
