import type { Decl } from "../../grammar/ast.ts";
import type { CheckContext } from "./context.ts";

/** Declarations that parse and that droc cannot run yet, and what to do instead. */
const later: ReadonlyMap<Decl["kind"], readonly [what: string, instead: string]> = new Map([
  ["graph", ["a graph", "; write the constraints of the network in `subject to`"]],
  ["stages", ["a problem of several stages", "; state the first stage's problem"]],
  ["state", ["a state between stages", ""]],
  ["stage", ["a stage", "; state its problem as a model of its own"]],
  ["next", ["a transition of state", ""]],
  ["ambiguity", ["ambiguity", ", and use `cvar` in the risk to guard against bad outcomes"]],
  ["observe", ["an observation", ""]],
  ["infer", ["inference of a posterior", ""]],
  ["solve", ["the choice of a solver", "; droc chooses by the form of the problem"]],
  ["stress", ["a stress test", ""]],
]);

/** Reports every declaration of the model that would otherwise be ignored. */
export function reportLater(ctx: CheckContext): void {
  for (const { decl, module } of ctx.model.declarations) {
    const known = later.get(decl.kind);
    if (known === undefined) continue;
    const [what, instead] = known;
    ctx.reporter.report("not-yet-supported", { source: module.source, span: decl.span }, { what, instead });
  }
}
