import { createCombinatorialSolver } from "../decide/classical/index.ts";
import { recogniseCombinatorial } from "../decide/classical/recognise.ts";
import { createCostSearch } from "../decide/cost-search.ts";
import { createDecider } from "../decide/decider.ts";
import { createDecisionDerivatives } from "../decide/derivative/index.ts";
import { createPiecePullback } from "../decide/derivative/piece-pullback.ts";
import type { DecisionAnswer } from "../decide/types.ts";
import { getHighs } from "../decide/highs.ts";
import { deterministicRisk } from "../risk/index.ts";
import type { DecisionProblem } from "../spec.ts";
import { attempt, type OracleOptions } from "./combinatorial-oracle.ts";
import { bindingNormals } from "./normals.ts";
import { probeCost } from "./probe.ts";
import type { FaceAnswer } from "./quadratic/face.ts";
import { createQuadraticProgram, isQuadraticProgram } from "./quadratic/quadratic-oracle.ts";
import type { DecisionOracle, OracleAnswer } from "./types.ts";

/**
 * A decision problem taken at one outcome as if it were certain: `f(z, s)` is the risk of `ℓ(z, s)` with all mass on s.
 * Where the constraints are those of a combinatorial set and the cost is linear its algorithm solves it, strictly convex
 * quadratic programs go to methods that start from a decision nearby, and all others to `createDecider`;
 * decisions of convex problems can be differentiated. With `relax` whole components may be any number in between, and the
 * rest of the problem is as it was.
 *
 * @throws RuntimeError as `createDecider`
 */
export async function createOracle(stated: DecisionProblem, options: OracleOptions = {}): Promise<DecisionOracle> {
  const problem = options.relax === true ? relaxed(stated) : stated;
  const costs = costOf(problem);
  const shape = probeCost(problem, costs);
  const { feasible: set, sizes } = problem;
  const combinatorial = isLinearInDecision(problem) ? recogniseCombinatorial(set) : null;
  const vertices = combinatorial !== null && !(combinatorial.kind === "knapsack" && combinatorial.fractional === true);
  const zeroOne = set.lower.every((bound) => bound >= 0) && set.upper.every((bound) => bound <= 1);
  const binary = vertices || (set.integer.length === set.size && zeroOne);
  const known = {
    outcome: sizes.outcome,
    decision: sizes.decision,
    ...shape,
    ...costs,
    binary,
    ...(problem.conic === undefined ? { normals: (z: Float64Array) => bindingNormals(set, z) } : {}),
  };
  if (combinatorial === null) {
    const general = await generalSolver(problem, costs, options);
    if (isQuadraticProgram(problem)) return { ...known, ...(await quadraticSolver(problem, costs, general)) };
    return { ...known, ...((await linearSolver(problem, costs, general, options)) ?? general) };
  }
  const timeLimit = options.timeLimit ?? problem.search?.timeLimit;
  const { solve } = await createCombinatorialSolver(combinatorial, timeLimit === undefined ? {} : { timeLimit });
  const cost = createLinearCost(problem);
  return {
    ...known,
    solve: (s, x) =>
      attempt(sizes.decision, sizes.outcome, () => {
        const { z, status } = solve(cost(s, x));
        return { status, ...priced(costs, z, s, x) };
      }),
  };
}

type Costs = Required<Pick<DecisionOracle, "value" | "slope" | "gradientZ">>;

/** f and its derivatives. */
function costOf(problem: DecisionProblem): Costs {
  const { risk, sizes, loss, lossGradientS, lossGradientZ } = problem;
  const { decision: n, outcome: d } = sizes;
  const mass = massOf(problem);
  return {
    value: (z, s, x) => mass * loss(z, s, x) + deterministicRisk(risk, z),
    slope(z, s, x, out) {
      lossGradientS(z, s, x, out);
      for (let i = 0; i < d; i++) out[i]! *= mass;
    },
    gradientZ(z, s, x, out) {
      lossGradientZ(z, s, x, out);
      for (let i = 0; i < n; i++) {
        let curvature = 0;
        if (risk.quadratic !== null) for (let j = 0; j < n; j++) curvature += risk.quadratic[i * n + j]! * z[j]!;
        out[i] = mass * out[i]! + risk.linear[i]! + 2 * curvature;
      }
    },
  };
}

/** The problem without whole components; itself where it has none. */
function relaxed(problem: DecisionProblem): DecisionProblem {
  const { feasible } = problem;
  return feasible.integer.length === 0 ? problem : { ...problem, feasible: { ...feasible, integer: [] } };
}

/** Weight of the loss where it is certain: every CVaR is then the mean. */
function massOf({ risk }: DecisionProblem): number {
  return risk.cvar.reduce((sum, { weight }) => sum + weight, risk.mean);
}

function isLinearInDecision({ pieces, risk, conic, ambiguity }: DecisionProblem): boolean {
  const flat = risk.quadratic === null || risk.quadratic.every((value) => value === 0);
  return pieces.count === 1 && flat && risk.curved === undefined && conic === undefined && ambiguity === undefined;
}

/** Costs of the decision's components at an outcome. */
function createLinearCost(problem: DecisionProblem): (s: Float64Array, x: Float64Array) => Float64Array {
  const n = problem.sizes.decision;
  const mass = massOf(problem);
  const slopes = new Float64Array(n);
  const offsets = new Float64Array(1);
  return (s, x) => {
    problem.pieces.fill(s, x, slopes, offsets);
    return slopes.map((slope, i) => mass * slope + problem.risk.linear[i]!);
  };
}

function priced(
  { value, slope }: Costs,
  z: Float64Array,
  s: Float64Array,
  x: Float64Array,
): Omit<OracleAnswer, "status"> {
  const own = new Float64Array(s.length);
  slope(z, s, x, own);
  return { z, objective: value(z, s, x), slope: own };
}

/**
 * Linear programs, each from the basis of the set's first: between solves the costs alone differ. `null` for other problems
 * and where there is no vertex to start from. Derivatives are the general solver's, which then solves again.
 */
async function linearSolver(
  problem: DecisionProblem,
  costs: Costs,
  general: Pick<DecisionOracle, "solve" | "pull">,
  { timeLimit = Infinity }: OracleOptions,
): Promise<Pick<DecisionOracle, "solve" | "pull"> | null> {
  if (!isLinearInDecision(problem) || problem.feasible.integer.length > 0) return null;
  const search = createCostSearch(await getHighs(), problem.feasible);
  if (search === null) return null;
  const { outcome: d, decision: n } = problem.sizes;
  const cost = createLinearCost(problem);
  const solve = (s: Float64Array, x: Float64Array): OracleAnswer =>
    attempt(n, d, () => {
      const own = cost(s, x);
      // The general solver says what is wrong with a cost, which rows are in conflict, or which direction has no end.
      if (!own.every(Number.isFinite)) return general.solve(s, x);
      const { status, z } = search.solve(own, undefined, timeLimit);
      const answered = status === "optimal" || status === "stopped";
      return answered ? { status, ...priced(costs, z, s, x) } : general.solve(s, x);
    });
  const { pull } = general;
  if (pull === undefined) return { solve };
  return { solve, pull: (_, s, x, zBar, out) => pull(general.solve(s, x), s, x, zBar, out) };
}

/** Numbers that kept decisions may have in all. */
const MOST_KEPT = 4e6;

async function generalSolver(
  problem: DecisionProblem,
  costs: Costs,
  { timeLimit }: OracleOptions,
): Promise<Pick<DecisionOracle, "solve" | "pull">> {
  const decider = await createDecider(problem, timeLimit === undefined ? {} : { timeLimit });
  const { decision: n, outcome: d } = problem.sizes;
  /** The solvers' own answers, which derivatives are taken at. */
  const decided = new WeakMap<OracleAnswer, DecisionAnswer>();
  /** Of a search for whole components: what it decided last for each key, to start the next search from. */
  const last = problem.feasible.integer.length === 0 ? null : new Map<number, DecisionAnswer>();

  function solve(s: Float64Array, x: Float64Array, key?: number): OracleAnswer {
    return attempt(n, d, () => {
      const guess = key === undefined ? undefined : last?.get(key);
      const answer = decider.decide({ count: 1, outcomes: s }, x, guess);
      if (key !== undefined && last !== null && (guess !== undefined || last.size < MOST_KEPT / n))
        last.set(key, answer);
      const { status, z, blame } = answer;
      if (status === "infeasible" || status === "unbounded") {
        const detail = blame.length === 0 ? {} : { detail: `because of ${blame.join(", ")}` };
        return { status, z, objective: NaN, slope: new Float64Array(d).fill(NaN), ...detail };
      }
      const found = { status: status === "optimal" ? status : ("stopped" as const), ...priced(costs, z, s, x) };
      decided.set(found, answer);
      return found;
    });
  }

  const differentiable =
    problem.feasible.integer.length === 0 &&
    problem.conic === undefined &&
    (problem.ambiguity?.radius ?? 0) === 0 &&
    (problem.pieces.count === 1 || problem.pieces.pull !== undefined);
  if (!differentiable) return { solve };
  const derivatives = createDecisionDerivatives(problem);
  return {
    solve,
    pull(answer, s, x, zBar, out) {
      const own = decided.get(answer);
      if (own === undefined) throw new RangeError("the answer is none that this oracle solved for");
      const derivative = derivatives.at({ count: 1, outcomes: s }, x, own);
      out.set(derivative.pull(zBar).outcomes);
      return derivative.differentiability;
    },
  };
}

/** Solves and derivatives of quadratic programs; `general` says why there is no decision. */
async function quadraticSolver(
  problem: DecisionProblem,
  costs: Costs,
  general: Pick<DecisionOracle, "solve" | "pull">,
): Promise<Pick<DecisionOracle, "solve" | "pull">> {
  const program = createQuadraticProgram(await getHighs(), problem);
  const linearCost = createLinearCost(problem);
  const solved = new WeakMap<OracleAnswer, FaceAnswer>();
  const mass = massOf(problem);
  const pullback = createPiecePullback(problem);

  function solve(s: Float64Array, x: Float64Array, key?: number): OracleAnswer {
    const cost = linearCost(s, x);
    const answer = cost.every(Number.isFinite) ? program.solve(cost, key) : null;
    if (answer === null) return general.solve(s, x);
    const found = { status: "optimal" as const, ...priced(costs, answer.z, s, x) };
    solved.set(found, answer);
    return found;
  }

  return {
    solve,
    pull(answer, s, x, zBar, out) {
      const own = solved.get(answer);
      if (own === undefined) {
        if (general.pull === undefined) throw new RangeError("the answer is none that this oracle solved for");
        return general.pull(answer, s, x, zBar, out);
      }
      const { slopes } = pullback;
      const how = program.pull(own, zBar, slopes);
      for (let i = 0; i < slopes.length; i++) slopes[i]! *= -mass;
      pullback.s.set(s);
      pullback.run(x);
      out.set(pullback.out);
      return how;
    },
  };
}
