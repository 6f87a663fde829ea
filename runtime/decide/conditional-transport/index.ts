import { RuntimeError } from "../../errors/runtime-error.ts";
import { deterministicRisk } from "../../risk/index.ts";
import type { DecisionProblem } from "../../spec.ts";
import { createConeSolver, type ConeProposal } from "../ambiguity/cone-solver.ts";
import { outcomeSlopes } from "../ambiguity/outcome-slopes.ts";
import {
  createRobustProgram,
  extendedPieces,
  setSlopes,
  slopeNorms,
  type ConditionalLaw,
} from "../ambiguity/robust-program.ts";
import { decideCatalogue } from "../catalogue.ts";
import { createDecider } from "../decider.ts";
import { boundPlace, checkFeasible } from "../feasible-set.ts";
import { getHighs } from "../highs.ts";
import { findUnboundedDirection } from "../recession.ts";
import { createProgramBuilder, NUMBERS_SHARE } from "../scenario-program.ts";
import type { ContextTransport, Decider, ScenarioSet } from "../types.ts";
import { violation } from "../violation.ts";
import { withoutAnswer, type UntimedAnswer } from "../without-answer.ts";
import { leastTransport } from "./budget.ts";
import { worstExpectation } from "./worst-expectation.ts";

export { leastTransport } from "./budget.ts";

/** As of `createDecider`. */
const OPTIMAL_GAP = 1e-6;
/** Rows of the first program: so many times those that the least transport needs, and at least `FEWEST_ROWS`. */
const FIRST_SHARE = 2;
const FEWEST_ROWS = 64;

/** The risk at a decision, and the rows that the program lacks though they are worth their cost. */
interface Valued {
  readonly objective: number;
  readonly scale: number;
  readonly missing: readonly number[];
}

/**
 * Decides against the worst conditional law (Nguyen, Zhang, Wang, Blanchet, Delage and Ye, "Robustifying conditional
 * portfolio decisions via optimal transport", arXiv:2103.16451; 002 §5.2's OTCMC):
 *
 * `min_z sup { risk_Q[ℓ(z, s) | x ∈ N] : Q(x ∈ N) ≥ ε, Q within ρ of the rows }`,
 *
 * N a ball around the context, the cost of transport `κ‖x − x'‖² + ‖s − s'‖²` averaged over the joint law, and
 * `ρ = ρ_min + ε r²`, ρ_min the least cost at which some law has `Q(x ∈ N) ≥ ε`: r is how far, in the mean square, the
 * outcomes of the conditional law may move once the cheapest rows are in. With r = 0 that law is the nearest rows.
 *
 * With `w_i` the mass of row i in N over that of N, and `θ = 1 / Q(N)` in `[1, 1/ε]`, the supremum is linear in `(w, θ)`,
 * and its dual is
 *
 * `min_{λ ≥ 0, η} η + max(g, g/ε)`, `g = (1/N) Σ_i (φ_i(λ) − λ c_i − η)⁺ + λ (ρ − r̄)`,
 * `φ_i(λ) = sup_s Λ(s) − λ‖s − s_i‖² = max_j a_j·s_i + b_j + ‖a_j‖² / 4λ`,
 *
 * c_i the cost of bringing row i in, or minus that of taking it out, r̄ the mean of the latter, Λ the loss with its CVaR
 * terms (Rockafellar–Uryasev): a second-order cone program (`robustCone`). Where N is the context alone no row is
 * inside, g is not negative, and it is the program of that paper's published code for its order-2 ball, there with
 * `Q(x ∈ N) = ε` and ρ as a multiple of ρ_min.
 *
 * Rows too far to be worth their cost are left out of the program and checked afterwards: the gap counts them.
 *
 * @param radius r, in the unit of the outcome
 * @throws RuntimeError a code of `decideCatalogue`
 */
export async function createConditionalTransportDecider(problem: DecisionProblem, radius: number): Promise<Decider> {
  const nominal = await createDecider(problem);
  if (radius === 0) {
    return {
      decide: (scenarios, context, warm) => {
        const { transport, ...set } = scenarios;
        return nominal.decide({ ...set, weights: leastTransport(required(transport)).weights }, context, warm);
      },
    };
  }
  const { feasible } = problem;
  const { blame } = await checkFeasible(feasible);
  const highs = await getHighs();
  const builder = createProgramBuilder(problem);
  const { program } = builder;
  const shape = { decision: program.size, levels: problem.risk.cvar.length };
  const robust = createRobustProgram(problem, { kind: "wasserstein", order: 2, norm: "l2", radius }, program);
  const solveCones = createConeSolver(robust, feasible);
  const tailIndex = problem.risk.cvar.flatMap(({ level, weight }, c) => (weight > 0 && level > 0 ? [c] : []));
  const d = problem.sizes.outcome;

  /** The risk at the decision over all rows, for the proposal's t and λ: an upper bound, tight where they are best. */
  function value({ z, t, multiplier }: ConeProposal, law: ConditionalLaw, held: ReadonlySet<number>): Valued {
    const { regimes, nominal: filled } = robust;
    const { count, pieces } = filled;
    const width = regimes.length * pieces;
    const extended = extendedPieces(robust, z, t);
    const norms = slopeNorms(robust, z);
    const added = Float64Array.from({ length: width }, (_, at) => {
      const steepness = regimes[Math.floor(at / pieces)]!.factor * norms[at % pieces]!;
      return steepness === 0 ? 0 : (steepness * steepness) / (4 * multiplier);
    });
    const unit = radius * radius;
    const values = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      let largest = -Infinity;
      for (let at = 0; at < width; at++) largest = Math.max(largest, extended[k * width + at]! + added[at]!);
      values[k] = largest - multiplier * unit * law.costs[k]!;
    }
    const { value: worst, threshold } = worstExpectation(values, multiplier * unit, law);
    const fixed = deterministicRisk(problem.risk, z);
    const shifts = robust.tails.reduce((sum, { weight }, c) => sum + weight * t[c]!, 0);
    return {
      objective: fixed + shifts + worst,
      scale: Math.abs(fixed - problem.risk.constant) + Math.abs(shifts + worst) + NUMBERS_SHARE * filled.magnitude,
      missing: [...values.keys()].filter((k) => values[k]! >= threshold && !held.has(k)),
    };
  }

  function solve(scenarios: ScenarioSet, context: Float64Array): UntimedAnswer {
    const transport = required(scenarios.transport);
    const { costs, probability } = transport;
    const rows = costs.length;
    const least = leastTransport(transport);
    const unit = radius * radius;
    const law: ConditionalLaw = {
      costs: costs.map((cost) => cost / unit),
      budget: (least.budget - least.inside) / unit + probability,
      rows,
      probability,
    };
    const nearest = [...costs.keys()].sort((a, b) => costs[a]! - costs[b]! || a - b);
    const inside = costs.filter((cost) => cost <= 0).length;
    const needed = Math.max(inside, Math.ceil(probability * rows));
    const held = new Set(nearest.slice(0, Math.max(FEWEST_ROWS, FIRST_SHARE * needed)));
    for (;;) {
      const own = nearest.filter((row) => held.has(row));
      builder.fill(take(scenarios, own, d), context);
      setSlopes(robust, outcomeSlopes(problem, scenarios, context));
      robust.conditional = { ...law, costs: Float64Array.from(own, (row) => law.costs[row]!) };
      const proposal = solveCones(Infinity);
      if (proposal.status === "unbounded" || proposal.status === "infeasible") {
        const missing = findUnboundedDirection(highs, program, feasible) ?? [];
        const places = [...new Set(missing.map(({ component, side }) => boundPlace(feasible, component, side)))];
        return withoutAnswer(shape, { status: "unbounded", blame: places, missing, solver: "cone" });
      }
      if (!proposal.z.every(Number.isFinite)) {
        throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "cone", status: proposal.status });
      }
      builder.fill(take(scenarios, null, d), context);
      const { objective, scale, missing } = value(proposal, law, held);
      const gap = objective - proposal.bound;
      const optimal = gap <= OPTIMAL_GAP * scale;
      if (!optimal && missing.length > 0) {
        for (const row of missing) held.add(row);
        continue;
      }
      const t = new Float64Array(problem.risk.cvar.length);
      builder.evaluate(proposal.z, t);
      tailIndex.forEach((c, k) => (t[c] = proposal.t[k]!));
      return {
        z: proposal.z,
        t,
        objective,
        status: optimal ? "optimal" : "inaccurate",
        primalResidual: violation(feasible, proposal.z),
        dualResidual: proposal.residual,
        gap,
        blame: [],
        solver: "cone",
      };
    }
  }

  return {
    decide(scenarios, context) {
      const start = performance.now();
      const answer =
        blame.length > 0
          ? withoutAnswer(shape, { status: "infeasible", blame, solver: "cone" })
          : solve(scenarios, context);
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}

/** @throws Error on scenarios that do not say what their contexts cost, which the method that decides so gives */
function required(transport: ContextTransport | undefined): ContextTransport {
  if (transport === undefined) throw new Error("scenarios without the costs of their contexts have no conditional law");
  return transport;
}

/** Some of the scenarios, or all of them, alike in weight. */
function take({ count, outcomes }: ScenarioSet, rows: readonly number[] | null, d: number): ScenarioSet {
  if (rows === null) return { count, outcomes };
  const own = new Float64Array(rows.length * d);
  rows.forEach((row, k) => own.set(outcomes.subarray(row * d, (row + 1) * d), k * d));
  return { count: rows.length, outcomes: own };
}
