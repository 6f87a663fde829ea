import type { CallExpr, DecisionDecl, DecisionGroup } from "../../grammar/ast.ts";
import type { OptionsIR } from "../../runtime/ir/model.ts";
import { predictors } from "../registry/index.ts";
import type { CheckedData } from "./data.ts";
import { locate, place, type CheckContext, type Env } from "./context.ts";
import type { Quantity } from "./quantity.ts";
import { quantityTerm } from "./quantity-term.ts";
import type { CheckedLoss } from "./loss.ts";
import { argsOfTerm, type Term } from "./term.ts";
import type { Location } from "../source/source-text.ts";

/** `decision f: predictor(y -> horizon) = lstm { … }` */
export interface CheckedPredictor {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: Quantity;
  readonly network: OptionsIR;
  readonly at: Location;
}

export function callOf({ name, from }: CheckedPredictor): string {
  return `${name}(${from.join(", ")})`;
}

/** The model's predictor, entered where calls of it find it; `null` after reporting. */
export function checkPredictor(
  ctx: CheckContext,
  decl: DecisionDecl,
  data: CheckedData | null,
  env: Env,
): CheckedPredictor | null {
  const [group, other] = decl.groups;
  const second = other ?? decl.groups[0]?.names[1];
  const name = group?.names[0];
  if (group === undefined || name === undefined) return null;
  const [window] = data?.windows ?? [];
  const plain = `${data?.contexts.join(", ") ?? ""} -> ${data?.outcomes[0] ?? ""}`;
  const without = data === null || data.contexts.length === 0 || data.outcomes.length === 0 ? "y -> horizon" : plain;
  const expected = window === undefined ? without : `${window.name} -> ${window.horizon}`;
  const wrong = (at: Location, what: string): null => {
    ctx.reporter.report("predictor-form", at, { name: name.name, what, expected });
    return null;
  };
  if (second !== undefined) return wrong(locate(env, second), "a model has one predictor");
  const { type, value } = group;
  if (type?.kind !== "predictor-type") return null;
  const restricted = group.domain ?? group.bounds[0];
  if (restricted !== undefined) return wrong(locate(env, restricted), "a network's prediction has no bounds");
  if (value === undefined) return wrong(locate(env, type), "its network is not said");
  const network = ctx.checkGroup(value, predictors, env);
  // What the windows are is not known where the data has something wrong with it.
  if (data?.ir == null) return null;
  for (const ident of type.from) {
    const known = data.windows.some((one) => one.name === ident.name) || data.contexts.includes(ident.name);
    if (!known) return wrong(locate(env, ident), `\`${ident.name}\` is neither a window nor a context of the data`);
  }
  if (window !== undefined && data.windows.every((one) => one.horizon !== type.to.name)) {
    return wrong(locate(env, type.to), `\`${type.to.name}\` is not what follows a window`);
  }
  if (window === undefined && !data.outcomes.includes(type.to.name)) {
    return wrong(locate(env, type.to), `\`${type.to.name}\` is not an outcome of the data`);
  }
  const entity = ctx.model.entities.values.get(type.to.name);
  const to = entity === undefined ? undefined : ctx.quantities.get(entity);
  if (network === null || to === undefined || to === null) return null;
  const from = type.from.map((ident) => ident.name);
  const checked: CheckedPredictor = { name: name.name, from, to, network: network.ir, at: locate(env, name) };
  enter(ctx, group, checked);
  return checked;
}

function enter(ctx: CheckContext, group: DecisionGroup, checked: CheckedPredictor): void {
  const entity = ctx.model.entities.values.get(checked.name);
  if (entity?.kind === "decision" && entity.decl === group) ctx.predictors.set(entity, checked);
}

/** `f(y)`: a value of the horizon's type, an input under the predictor's name. */
export function predictionTerm(ctx: CheckContext, predictor: CheckedPredictor, expr: CallExpr, env: Env): Term | null {
  const given = expr.arguments.map(({ name, value }) =>
    name === undefined && value.kind === "name" && !value.primed ? value.name : "",
  );
  if (given.length !== predictor.from.length || given.some((name, i) => name !== predictor.from[i])) {
    ctx.reporter.report("predictor-call", locate(env, expr), { name: predictor.name, call: callOf(predictor) });
    return null;
  }
  return quantityTerm(ctx, { ...predictor.to, name: predictor.name, at: predictor.at }, place(env, expr));
}

/** Whether the loss of a row reads nothing but the predictor's inputs, what it predicts and its prediction. */
export function lossFits(ctx: CheckContext, predictor: CheckedPredictor, loss: CheckedLoss): boolean {
  const known = [predictor.name, predictor.to.name, ...predictor.from];
  const seen = new Set<Term>();
  const pending = [loss.term];
  while (pending.length > 0) {
    const term = pending.pop()!;
    if (seen.has(term)) continue;
    seen.add(term);
    pending.push(...argsOfTerm(term));
    if (term.op !== "input" || known.includes(term.name)) continue;
    const what = `the loss reads \`${term.name}\`, which it neither reads nor predicts`;
    const expected = `${predictor.from.join(", ")} -> ${predictor.to.name}`;
    ctx.reporter.report("predictor-form", term.at, { name: predictor.name, what, expected });
    return false;
  }
  return true;
}
