import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import { degreeIn } from "../analyse/degree.ts";
import { maxAffinePieces } from "../analyse/pieces.ts";
import { FormFailure } from "../analyse/problem.ts";
import { reverse } from "../derive/index.ts";
import { CanonicalFailure } from "./failure.ts";
import type { DataInput, ProblemRisk, WassersteinBall } from "./problem.ts";
import type { Reducer } from "./reduce.ts";
import { valueAtRisk, type ObjectiveParts } from "./risk.ts";
import type { Workspace } from "./workspace.ts";

/** Ids of `slope(z)`, of d elements, and of the scalar `offset(z)`, both affine in the decision. */
export interface OutcomePiece {
  readonly slope: number;
  readonly offset: number;
}

/**
 * The loss as `max_j slope_j(z) · s + offset_j(z)`, s the joined outcome: the rules of `maxAffinePieces`, for values
 * that are affine in the decision for each outcome and in the outcome for each decision.
 *
 * @throws CanonicalFailure with the sub-expression to blame
 */
export function outcomePieces(ws: Workspace, loss: number, outcomes: readonly DataInput[]): readonly OutcomePiece[] {
  const { builder: b, facts } = ws;
  const names = new Set(outcomes.map((outcome) => outcome.name));
  const inOutcome = degreeIn(b, names);
  const degree = (id: number): number => Math.max(facts.degree(id), inOutcome(id));
  const inputs = outcomes.map((outcome) => b.input(outcome.name, outcome.shape));
  const values = ((): readonly number[] => {
    try {
      return maxAffinePieces(b, loss, degree, facts.interval);
    } catch (failure) {
      if (failure instanceof FormFailure) throw CanonicalFailure.of("affine-outcome", failure.node);
      throw failure;
    }
  })();
  return values.map((value) => {
    const gradient = reverse(b, value, inputs).map((part) => b.reshape(part, [sizeOf(b.shape(part))]));
    return { slope: b.concat(gradient), offset: at0(b, value, names) };
  });
}

/** A value with zero for the named inputs. */
function at0(b: GraphBuilder, value: number, names: ReadonlySet<string>): number {
  const graph = b.finish(value);
  const replace = (name: string, shape: readonly number[]): number | undefined =>
    names.has(name) ? b.const(0, shape) : undefined;
  return b.graft(graph, { replace })[graph.output]!;
}

/**
 * The worst `mean · E[L] + Σ weight · CVaR[L]` over a Wasserstein ball of radius r around the scenarios. With
 * `Λ = mean · L + Σ weight (t + (L − t)⁺ / (1 − level))`, the largest of pieces `a_j(z) · s + b_j(z, t)`, it is
 * `min_t sup E[Λ]`, and
 *
 * - order 2 (002 §3; `sup_s a·s + b − λ‖s − s_k‖² = a·s_k + b + ‖a‖² / 4λ`):
 *   `min λr² + Σ_k p_k t_k` over `u_kj = t_k − a_j·s_k − b_j`, `‖(a_j, λ − u_kj)‖ ≤ λ + u_kj`;
 * - order 1 (Mohajerin Esfahani and Kuhn 2018, Corollary 5.1, support R^d): `min λr + Σ_k p_k t_k` over
 *   `a_j·s_k + b_j ≤ t_k`, `‖a_j‖_* ≤ λ`, the norm dual to the ground metric's.
 */
export function writeWorstCase(
  ws: Workspace,
  reducer: Reducer,
  risk: ProblemRisk,
  ball: WassersteinBall,
  outcomes: readonly DataInput[],
): ObjectiveParts {
  const { builder: b } = ws;
  const loss = ws.graft(risk.loss);
  const { at } = b.node(loss);
  const { pieces, fixed } = compositePieces(ws, risk, outcomePieces(ws, loss, outcomes));
  const s = b.concat(outcomes.map(({ name, shape }) => b.reshape(b.input(name, shape), [sizeOf(shape)])));
  const lambda = ws.auxiliary({
    base: "lambda",
    shape: [],
    repeat: "once",
    role: "multiplier",
    text: "price of moving the scenarios",
    lower: 0,
    at,
  });
  const t = ws.auxiliary({
    base: "t",
    shape: [],
    repeat: "scenario",
    role: "epigraph",
    text: "the worst loss around the scenario",
    at,
  });
  const source = { label: `Wasserstein ball of order ${ball.order}`, at };
  const dual = { l1: "norm_inf", l2: "norm2", linf: "norm1" } as const;
  for (const { slope, offset, steepest } of pieces) {
    const value = b.binary("add", b.dot(slope, s), offset);
    if (b.uniform(slope) === 0 || ball.order === 1) {
      ws.linear(value, "<=", t, source);
    } else {
      const u = ws.auxiliary({
        base: "u",
        shape: [],
        repeat: "scenario",
        role: "cone",
        text: "slack of a piece",
        lower: 0,
        at,
      });
      ws.linear(u, "==", b.binary("sub", t, value), source);
      ws.soc([slope, b.binary("sub", lambda, u)], b.binary("add", lambda, u), source);
    }
    // Scaled copies of a slope need no row of their own beside the steepest.
    if (ball.order === 1 && steepest && b.uniform(slope) !== 0) {
      reducer.constrain(b.reduce(dual[ball.norm ?? "l2"], slope), 1, lambda, source);
    }
  }
  const price = ball.order === 1 ? ball.radius : ball.radius ** 2;
  return { fixed: b.binary("add", fixed, b.binary("mul", b.const(price), lambda)), scenario: t };
}

interface CompositePiece extends OutcomePiece {
  /** Whether no other piece has the same slope times a larger factor. */
  readonly steepest: boolean;
}

/** The pieces of Λ: Λ rises with L, so they are Λ's own pieces in L, one for each set of CVaR terms, of each piece of L. */
function compositePieces(
  ws: Workspace,
  risk: ProblemRisk,
  pieces: readonly OutcomePiece[],
): { readonly pieces: readonly CompositePiece[]; readonly fixed: number } {
  const { builder: b } = ws;
  let fixed = b.const(0);
  let factors: readonly { readonly slope: number; readonly offset: number }[] = [
    { slope: risk.mean, offset: b.const(0) },
  ];
  for (const { weight, level, at } of risk.cvar) {
    const t = valueAtRisk(ws, level, at);
    fixed = b.binary("add", fixed, b.binary("mul", b.const(weight), t));
    const steep = weight / (1 - level);
    factors = factors.flatMap((factor) => [
      factor,
      {
        slope: factor.slope + steep,
        offset: b.binary("sub", factor.offset, b.binary("mul", b.const(steep), t)),
      },
    ]);
  }
  const most = factors.reduce((a, { slope }) => Math.max(a, slope), 0);
  const scaled = factors.flatMap((factor) =>
    (factor.slope === 0 ? pieces.slice(0, 1) : pieces).map(({ slope, offset }) => ({
      slope: b.binary("mul", b.const(factor.slope), slope),
      offset: b.binary("add", b.binary("mul", b.const(factor.slope), offset), factor.offset),
      steepest: factor.slope === most,
    })),
  );
  return { pieces: scaled, fixed };
}
