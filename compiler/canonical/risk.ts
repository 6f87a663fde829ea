import { FormFailure } from "../analyse/problem.ts";
import { maxAffinePieces } from "../analyse/pieces.ts";
import type { ProblemRisk } from "./problem.ts";
import type { Reducer } from "./reduce.ts";
import type { Workspace } from "./workspace.ts";

/** Ids of the parts of an objective: `fixed + Σ_k p_k · scenario_k`. */
export interface ObjectiveParts {
  readonly fixed: number;
  readonly scenario: number | null;
}

/** How the loss goes above its scenarios' values: as the largest of affine pieces where it has them, or part by part. */
export type LossEpigraph = "pieces" | "parts";

/**
 * Mean and CVaR of the loss over the scenarios. `CVaR_β[L] = min_t t + E[(L − t)⁺] / (1 − β)` (Rockafellar–Uryasev
 * 2000, Theorem 1): one t a term, one shortfall `v ≥ L − t`, `v ≥ 0` a scenario.
 *
 * @param quadratic whether a convex quadratic loss may stand in the objective
 */
export function writeRisk(
  ws: Workspace,
  reducer: Reducer,
  risk: ProblemRisk,
  options: { readonly loss: LossEpigraph; readonly quadratic: boolean },
): ObjectiveParts {
  const { builder: b, facts } = ws;
  const loss = ws.graft(risk.loss);
  const value = lossValue();
  let fixed = b.const(0);
  let scenario = b.binary("mul", b.const(risk.mean), value);
  for (const { weight, level, at } of risk.cvar) {
    const t = valueAtRisk(ws, level, at);
    const v = ws.auxiliary({
      base: "v",
      shape: [],
      repeat: "scenario",
      role: "shortfall",
      text: `the loss beyond the value at risk at ${percent(level)}`,
      lower: 0,
      at,
    });
    ws.linear(value, "<=", b.binary("add", t, v), { label: "shortfall", at });
    fixed = b.binary("add", fixed, b.binary("mul", b.const(weight), t));
    scenario = b.binary("add", scenario, b.binary("mul", b.const(weight / (1 - level)), v));
  }
  return { fixed, scenario };

  function lossValue(): number {
    const pieces = options.loss === "pieces" ? piecesOf(ws, loss) : null;
    if (pieces === null) {
      return options.quadratic && risk.cvar.length === 0 ? reducer.quadratic(loss) : reducer.bound(loss, 1);
    }
    if (pieces.length === 1) return pieces[0]!;
    const { at } = b.node(loss);
    const shared = { shape: [], repeat: facts.repeat(loss), role: "epigraph", text: "the loss, from above" } as const;
    const u = ws.auxiliary({ base: "u", ...shared, at });
    for (const piece of pieces) ws.linear(piece, "<=", u, { label: "loss", at });
    return u;
  }
}

/** The variable t of a CVaR term, whose value at a solution is the loss's quantile at the level. */
export function valueAtRisk(ws: Workspace, level: number, at: ProblemRisk["cvar"][number]["at"]): number {
  const text = `value at risk at ${percent(level)}`;
  return ws.auxiliary({ base: "t", shape: [], repeat: "once", role: "value-at-risk", text, at });
}

function piecesOf(ws: Workspace, loss: number): readonly number[] | null {
  try {
    return maxAffinePieces(ws.builder, loss, ws.facts.degree, ws.facts.interval);
  } catch (failure) {
    if (failure instanceof FormFailure) return null;
    throw failure;
  }
}

function percent(level: number): string {
  return `${Number((100 * level).toPrecision(6))}%`;
}
