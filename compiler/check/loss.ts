import type { LossDecl } from "../../grammar/ast.ts";
import { listNames, relatedPlace, suggestName } from "../diagnostics/index.ts";
import type { Location } from "../source/source-text.ts";
import { showAxes } from "./axes.ts";
import { needNumber } from "./combine.ts";
import { quantityNamed } from "./constraints.ts";
import { isSuspect, locate, type CheckContext, type Env } from "./context.ts";
import type { Term } from "./term.ts";

/** The loss `ℓ(z, s, x)`: one number for each decision and scenario. */
export interface CheckedLoss {
  readonly name: string;
  readonly term: Term;
  readonly at: Location;
}

export function checkLoss(ctx: CheckContext, decl: LossDecl, env: Env): CheckedLoss | null {
  const name = decl.name?.name ?? "loss";
  const at = locate(env, decl.name ?? decl);
  const listed = checkParameters(ctx, decl, env);
  const term = ctx.elaborate(decl.value, env);
  if (term === null || listed === null || !needNumber(ctx, term, name)) return null;
  if (term.type.axes.length > 0) {
    ctx.reporter.report("loss-shape", locate(env, decl.value), { loss: name, found: showAxes(term.type.axes) });
    return null;
  }
  if (listed.size === 0) return { name, term, at };
  for (const used of term.inputs) {
    if (listed.has(used)) continue;
    const parameters = [...listed, used].join(", ");
    const quantity = quantityNamed(ctx, used);
    const related = quantity === null ? [] : [relatedPlace("declared", quantity.at, { name: used })];
    ctx.reporter.report("loss-unlisted", at, { loss: name, name: used, parameters }, related);
    return null;
  }
  return { name, term, at };
}

/** Names of the parameters, each a decision or field; `null` after reporting one that is neither. */
function checkParameters(ctx: CheckContext, decl: LossDecl, env: Env): ReadonlySet<string> | null {
  const listed = new Set<string>();
  let failed = false;
  const isData = new Set(decl.dataParameters);
  for (const parameter of [...decl.parameters, ...decl.dataParameters]) {
    const { name } = parameter;
    const entity = env.scope.lookup(name);
    const decided = entity?.kind === "decision" && !isData.has(parameter);
    if (decided || entity?.kind === "field" || entity?.kind === "horizon") {
      if (ctx.quantities.get(entity) === null) failed = true;
      listed.add(name);
      continue;
    }
    failed = true;
    if (entity?.kind === "poison" || isSuspect(ctx, name)) continue;
    const names = [...ctx.quantities.values()].flatMap((quantity) => (quantity === null ? [] : [quantity.name]));
    const otherwise = `it can take: ${listNames(names)}`;
    ctx.reporter.report("loss-parameter", locate(env, parameter), {
      name,
      suggestion: suggestName(name, names, otherwise),
    });
  }
  return failed ? null : listed;
}
