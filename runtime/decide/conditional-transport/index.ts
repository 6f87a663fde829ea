import { RuntimeError } from "../../errors/runtime-error.ts";
import { deterministicRisk } from "../../risk/index.ts";
import type { DecisionProblem } from "../../spec.ts";
import { createConeSolver } from "../ambiguity/cone-solver.ts";
import { outcomeSlopes } from "../ambiguity/outcome-slopes.ts";
import { createRobustProgram, extendedPieces, setSlopes, slopeNorms } from "../ambiguity/robust-program.ts";
import type { ConditionalLaw } from "../ambiguity/robust-program.ts";
import { createHeldProgram, holdNearest, rankPieces, sumSure, type RankedPieces } from "../ambiguity/sure-pieces.ts";
import { decideCatalogue } from "../catalogue.ts";
import { createDecider } from "../decider.ts";
import { boundPlace, checkFeasible } from "../feasible-set.ts";
import { getHighs } from "../highs.ts";
import { findUnboundedDirection } from "../recession.ts";
import { createProgramBuilder, NUMBERS_SHARE } from "../scenario-program.ts";
import type { ContextTransport, DecisionAnswer, Decider, ScenarioSet } from "../types.ts";
import { violation } from "../violation.ts";
import { withoutAnswer, type UntimedAnswer } from "../without-answer.ts";
import { leastTransport } from "./budget.ts";
import { leastPrice } from "./price.ts";
import { worstExpectation } from "./worst-expectation.ts";

export { leastTransport } from "./budget.ts";

/** As of `createDecider`. */
const OPTIMAL_GAP = 1e-6;
/** Rows about every kink of Λ that the first program holds, and those that each later one adds. */
const FIRST_ROWS = 20;
const MORE_ROWS = 10;
/** By how much the number grows where the program of those held has no minimum. */
const MANY_MORE = 3;

/** The risk at a decision against all rows, for given t and λ. */
interface Valued {
  readonly objective: number;
  readonly scale: number;
  /** K × R × J: every piece of Λ with what moving it adds. */
  readonly pieces: Float64Array;
  /** K values that the pieces stand against: what the row's context costs, and η. */
  readonly floor: Float64Array;
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
 * The program holds the rows whose largest piece of Λ, or whether they are worth their cost, is in doubt; of the others the
 * piece that is largest at a guess stands for the row, which makes the minimum no larger. They are checked afterwards: the
 * gap counts them.
 *
 * @param radius r, in the unit of the outcome
 * @throws RuntimeError a code of `decideCatalogue`
 */
export async function createConditionalTransportDecider(problem: DecisionProblem, radius: number): Promise<Decider> {
  const nominal = await createDecider(problem);
  if (radius === 0) {
    return {
      decide: (scenarios, context, warm) => nominal.decide(nearestRows(scenarios), context, warm),
    };
  }
  const { feasible } = problem;
  const { blame } = await checkFeasible(feasible);
  const highs = await getHighs();
  const builder = createProgramBuilder(problem);
  const { program } = builder;
  const shape = { decision: program.size, levels: problem.risk.cvar.length };
  const set = { kind: "wasserstein", order: 2, norm: "l2", radius } as const;
  const robust = createRobustProgram(problem, set, program);
  const rowsHeld = createHeldProgram(program);
  const reduced = createRobustProgram(problem, set, rowsHeld.program);
  const solveCones = createConeSolver(reduced, feasible);
  const tailIndex = problem.risk.cvar.flatMap(({ level, weight }, c) => (weight > 0 && level > 0 ? [c] : []));
  const unit = radius * radius;

  /** An upper bound on the least worst risk at z, tight where t and λ are best. */
  function value(z: Float64Array, t: Float64Array, multiplier: number, law: ConditionalLaw): Valued {
    const { regimes, nominal: filled } = robust;
    const { count } = filled;
    const pieces = extendedPieces(robust, z, t);
    const width = regimes.length * filled.pieces;
    const added = addedByMoving(z, multiplier);
    const values = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      let largest = -Infinity;
      for (let at = 0; at < width; at++) {
        const piece = pieces[k * width + at]! + added[at]!;
        pieces[k * width + at] = piece;
        largest = Math.max(largest, piece);
      }
      values[k] = largest - multiplier * unit * law.costs[k]!;
    }
    const { value: worst, threshold } = worstExpectation(values, multiplier * unit, law);
    const fixed = deterministicRisk(problem.risk, z);
    const shifts = robust.tails.reduce((sum, { weight }, c) => sum + weight * t[c]!, 0);
    return {
      objective: fixed + shifts + worst,
      scale: Math.abs(fixed - problem.risk.constant) + Math.abs(shifts + worst) + NUMBERS_SHARE * filled.magnitude,
      pieces,
      floor: law.costs.map((cost) => multiplier * unit * cost + threshold),
    };
  }

  /** `f² ‖a_j‖² / 4λ`, R × J. */
  function addedByMoving(z: Float64Array, multiplier: number): Float64Array {
    const { regimes, nominal: filled } = robust;
    const norms = slopeNorms(robust, z);
    return Float64Array.from({ length: regimes.length * filled.pieces }, (_, at) => {
      const steepness = regimes[Math.floor(at / filled.pieces)]!.factor * norms[at % filled.pieces]!;
      return steepness === 0 ? 0 : (steepness * steepness) / (4 * multiplier);
    });
  }

  function solve(
    scenarios: ScenarioSet,
    context: Float64Array,
    transport: ContextTransport,
    warm: DecisionAnswer | undefined,
  ): UntimedAnswer {
    const { costs, probability } = transport;
    const rows = costs.length;
    const least = leastTransport(transport);
    const law: ConditionalLaw = {
      costs: costs.map((cost) => cost / unit),
      budget: (least.budget - least.inside) / unit + probability,
      rows,
      probability,
    };
    const near = warm?.z.every(Number.isFinite) === true ? warm : nominal.decide(nearestRows(scenarios), context);
    builder.fill(alike(scenarios), context);
    setSlopes(robust, outcomeSlopes(problem, scenarios, context));
    setSlopes(reduced, robust.slopes!);
    robust.conditional = law;
    const held = new Uint8Array(rows);
    let sure: Int32Array | null = null;
    let ranked: RankedPieces | null = null;
    let wanted = FIRST_ROWS;
    if (near.z.every(Number.isFinite)) {
      const t = Float64Array.from(tailIndex, (c) => near.t[c]!);
      const price = leastPrice(extendedPieces(robust, near.z, t), addedByMoving(near.z, 1), law, unit);
      const { pieces, floor } = value(near.z, t, price, law);
      ranked = rankPieces(robust, pieces, floor);
      holdNearest(held, ranked, wanted, null);
      sure = ranked.largest;
    } else held.fill(1);
    for (;;) {
      const whole = held.every((isHeld) => isHeld === 1);
      rowsHeld.take(held);
      reduced.conditional = { ...law, costs: law.costs.filter((_, k) => held[k] === 1) };
      reduced.sure = whole || sure === null ? null : sumSure(robust, held, sure);
      const proposal = solveCones(Infinity);
      const usable = proposal.z.every(Number.isFinite);
      if (!whole && (!usable || proposal.status === "unbounded")) {
        // Sure pieces far from the optimum's may fall without end.
        wanted *= MANY_MORE;
        if (ranked === null || wanted > rows) held.fill(1);
        else holdNearest(held, ranked, wanted, null);
        continue;
      }
      if (proposal.status === "unbounded" || proposal.status === "infeasible") {
        const missing = findUnboundedDirection(highs, program, feasible) ?? [];
        const places = [...new Set(missing.map(({ component, side }) => boundPlace(feasible, component, side)))];
        return withoutAnswer(shape, { status: "unbounded", blame: places, missing, solver: "cone" });
      }
      if (!usable)
        throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "cone", status: proposal.status });
      const { objective, scale, pieces, floor } = value(proposal.z, proposal.t, proposal.multiplier, law);
      const gap = objective - proposal.bound;
      const optimal = gap <= OPTIMAL_GAP * scale;
      if (!optimal && !whole) {
        ranked = rankPieces(robust, pieces, floor);
        // Where every sure piece is right, it is the solver that was not accurate.
        if (holdNearest(held, ranked, MORE_ROWS, sure) === 0) held.fill(1);
        sure = ranked.largest;
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
    decide(scenarios, context, warm) {
      const start = performance.now();
      const answer =
        blame.length > 0
          ? withoutAnswer(shape, { status: "infeasible", blame, solver: "cone" })
          : solve(scenarios, context, required(scenarios.transport), warm);
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}

/** The conditional law of the least transport. */
function nearestRows({ transport, ...set }: ScenarioSet): ScenarioSet {
  return { ...set, weights: leastTransport(required(transport)).weights };
}

/** Every row, alike in weight. */
function alike({ count, outcomes }: ScenarioSet): ScenarioSet {
  return { count, outcomes };
}

/** @throws Error on scenarios that do not say what their contexts cost, which the method that decides so gives */
function required(transport: ContextTransport | undefined): ContextTransport {
  if (transport === undefined) throw new Error("scenarios without the costs of their contexts have no conditional law");
  return transport;
}
