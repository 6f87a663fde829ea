import type { Ident, UncertaintyDecl } from "../../grammar/ast.ts";
import type { UncertaintyIR } from "../../runtime/ir/model.ts";
import { generators } from "../registry/index.ts";
import { isSuspect, locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";
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
  if (primed !== undefined && ctx.problem !== "multi_stage") {
    ctx.reporter.report("primed-name", locate(env, primed), { name: primed.name });
    return null;
  }
  // Once a role is mended, what the generator draws fits or is wrong in another way.
  if (data === null || !data.rolesKnown) return null;
  const subject = subjectOf(ctx, decl, data);
  if (!targetsFit(ctx, decl, subject, env) || generator === null) return null;
  if (ctx.problem === "single_stage" && decl.given.length === 0) {
    const instead = subject.contexts.length === 0 ? "" : `, or condition on the context: \`${expectedOf(subject)}\``;
    notRunnable(ctx, locate(env, decl), "uncertainty without a context", instead);
  }
  const given = ctx.problem === "multi_stage" || decl.given.length > 0 ? subject.contexts : [];
  return {
    targets: subject.targets,
    given,
    generator: generator.ir,
    at: originOf(ctx, locate(env, decl)),
  };
}

/** What the generator must draw, and what it may be conditioned on. */
interface Subject {
  readonly targets: readonly string[];
  readonly targetRole: string;
  readonly contexts: readonly string[];
  readonly contextRole: string;
  /** True where targets are values of the next stage, and contexts those of this one. */
  readonly next: boolean;
}

function subjectOf(ctx: CheckContext, decl: UncertaintyDecl, data: CheckedData): Subject {
  const { outcomes, contexts, windows, trajectories } = data;
  if (ctx.problem === "forecast") {
    if (windows.length === 0) {
      // What is predicted and what it is predicted from are drawn together.
      const targets = [...contexts, ...outcomes];
      return { targets, targetRole: "a context or an outcome", contexts: [], contextRole: "a context", next: false };
    }
    const targets = windows.flatMap(({ name, horizon }) => [name, horizon]);
    return { targets, targetRole: "a window or a horizon", contexts, contextRole: "a context", next: false };
  }
  if (ctx.problem !== "multi_stage") {
    return { targets: outcomes, targetRole: "an outcome", contexts, contextRole: "a context", next: false };
  }
  // Independent stages are not conditioned on anything.
  const given = decl.given.length === 0 ? [] : trajectories;
  return {
    targets: trajectories,
    targetRole: "a trajectory",
    contexts: given,
    contextRole: "a trajectory",
    next: true,
  };
}

/** As it should be written. */
function expectedOf({ targets, contexts, next }: Subject): string {
  const names = targets.map((name) => (next ? `${name}'` : name));
  const left = names.length === 1 ? names[0]! : `(${names.join(", ")})`;
  return contexts.length === 0 ? left : `${left} | ${contexts.join(", ")}`;
}

/** The generator draws all targets, given nothing or all contexts. */
function targetsFit(ctx: CheckContext, decl: UncertaintyDecl, subject: Subject, env: Env): boolean {
  const { targets, targetRole, contexts, contextRole, next } = subject;
  if (targets.length === 0 || ctx.model.incomplete) return targets.length > 0;
  const report = (at: Ident | UncertaintyDecl, what: string): false => {
    ctx.reporter.report("uncertainty-target", locate(env, at), { what, expected: expectedOf(subject) });
    return false;
  };
  for (const [idents, known, role, primed] of [
    [decl.targets, targets, targetRole, next],
    [decl.given, contexts, contextRole, false],
  ] as const) {
    for (const ident of idents) {
      if (!known.includes(ident.name)) {
        return isSuspect(ctx, ident.name) ? false : report(ident, `\`${ident.name}\` is not ${role} of the data`);
      }
      if (ident.primed === primed) continue;
      return report(
        ident,
        primed ? `\`${ident.name}\` is drawn for the next stage` : `\`${ident.name}'\` is not known yet`,
      );
    }
  }
  const missing = targets.find((name) => decl.targets.every((target) => target.name !== name));
  if (missing !== undefined) return report(decl, `${targetRole.replace(/^an? /, "the ")} \`${missing}\` is not drawn`);
  if (decl.given.length === 0) return true;
  const unused = contexts.find((name) => decl.given.every((given) => given.name !== name));
  return unused === undefined || report(decl, `the context \`${unused}\` is not conditioned on`);
}
