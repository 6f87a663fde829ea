import { createDecisionLayer } from "../../decide/layer/index.ts";
import { createSolutionPool, type SolutionPool } from "../../decide/pool.ts";
import type { Decider, DecisionAnswer, ScenarioSet } from "../../decide/types.ts";
import { RuntimeError } from "../../errors/runtime-error.ts";
import type { TrainingSet } from "../../models/sampler.ts";
import type { DecisionProblem, GenDflSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { NeighbourFinder } from "../neighbours.ts";
import { contrastiveLoss } from "./contrastive.ts";
import { createLossSlopes } from "./loss-slopes.ts";
import type { ProxyLaw } from "./proxy.ts";
import { differenceRegret } from "./regret.ts";
import type { SampleRisk } from "../../risk/sample-risk.ts";

/** A solve without a decision: its row has no gradient at that step, and nothing else is lost. */
export interface RowFailure {
  /** Row of the training data, from 0. */
  readonly row: number;
  /** Step, from 0. */
  readonly step: number;
  readonly detail: string;
}

/** What a context's decision costs and how that moves its scenarios. */
export interface RowLoss {
  readonly loss: number;
  /** Regret under the proxy, where a decision was taken. */
  readonly regret: number | null;
}

/** The host's part of Gen-DFL at one context of a step. */
export interface RowDecision {
  /**
   * @param scenarios K × d in the data's units
   * @param position of the context in the whole training, for what is drawn
   * @param out receives `∂loss/∂scenarios`, K × d
   * @returns `null` where there is no decision, with what is wrong
   */
  at(
    row: number,
    position: number,
    scenarios: Float64Array,
    share: number,
    out: Float64Array,
  ): Promise<RowLoss | { readonly detail: string }>;
}

export interface RowDecisionParts {
  /** With the training tail's risk. */
  readonly problem: DecisionProblem;
  readonly measure: SampleRisk;
  readonly decider: Decider;
  readonly proxy: ProxyLaw;
  readonly train: TrainingSet;
  readonly stream: RandomStream;
}

/** Decisions of which each context's target is compared with at most so many, drawn anew at each step. */
const MOST_OTHERS = 64;
/** Nearest training contexts whose targets `neighbours` compares with. */
const NEIGHBOURS = 10;

export function openRowDecision(
  spec: GenDflSpec["surrogate"],
  parts: RowDecisionParts,
  finder: NeighbourFinder,
): Promise<RowDecision> {
  return spec.kind === "implicit" ? implicitDecision(parts) : contrastiveDecision(spec, parts, finder);
}

/** Through the optimality conditions of the sample average problem (004 §4.2; Donti et al. 2017). */
async function implicitDecision({ problem, measure, proxy, train }: RowDecisionParts): Promise<RowDecision> {
  const { context: p, outcome: d, decision: n } = problem.sizes;
  const layer = await createDecisionLayer(problem);
  const regret = differenceRegret(problem, measure);
  const slope = new Float64Array(n);
  return {
    async at(row, _position, scenarios, share, out) {
      const context = train.contexts.slice(row * p, (row + 1) * p);
      const best = await proxy.target(row);
      if (!isDecision(best)) return { detail: `under the proxy its status is ${best.status}` };
      const outcomes = await proxy.scenarios(row);
      const batch = { contexts: 1, context, outcomes: scenarios, scenarios: scenarios.length / d, keys: [row] };
      const decided = refusing(() => layer.forward(batch));
      if ("detail" in decided) return decided;
      const value = regret.at(decided.decisions, best.z, outcomes, proxy.count, context, slope);
      const gradient = refusing(() => decided.backward(slope.map((part) => share * part)));
      if ("detail" in gradient) return gradient;
      out.set(gradient.outcomes);
      return { loss: share * value, regret: value };
    },
  };
}

/** Against other decisions of a pool (004 §4.2; Mulamba et al. 2021). */
async function contrastiveDecision(
  spec: Extract<GenDflSpec["surrogate"], { kind: "contrastive" }>,
  { problem, measure, decider, proxy, train, stream }: RowDecisionParts,
  finder: NeighbourFinder,
): Promise<RowDecision> {
  const { context: p, outcome: d, decision: n } = problem.sizes;
  const slopes = createLossSlopes(problem, stream.child("slopes"));
  const regret = differenceRegret(problem, measure);
  const unused = new Float64Array(n);
  const pool = createSolutionPool(problem, { solveProbability: spec.solve, stream: stream.child("pool") });
  for (let row = 0; row < train.rows; row++) {
    const target = await proxy.target(row);
    if (isDecision(target)) pool.add(target.z);
    // The decision that would have been best for the outcome that came.
    const context = train.contexts.slice(row * p, (row + 1) * p);
    const outcome = train.outcomes.slice(row * d, (row + 1) * d);
    const known = decideOrSay(decider, { count: 1, outcomes: outcome }, context);
    if (!("detail" in known)) pool.add(known.z);
  }
  return {
    async at(row, position, scenarios, share, out) {
      const context = train.contexts.slice(row * p, (row + 1) * p);
      const count = scenarios.length / d;
      const best = await proxy.target(row);
      if (!isDecision(best)) return { detail: `under the proxy its status is ${best.status}` };
      let failure: string | null = null;
      let answer: DecisionAnswer | null = null;
      pool.grow(position, () => {
        const decided = decideOrSay(decider, { count, outcomes: scenarios }, context);
        if ("detail" in decided) {
          failure = decided.detail;
          return best.z;
        }
        answer = decided;
        return decided.z;
      });
      if (failure !== null) return { detail: failure };
      const others =
        spec.pool === "cache"
          ? drawOthers(pool, best.z, stream.child(`others/${position}`))
          : await neighbours(context, best.z, row);
      const { hinge } = spec;
      const pairs = { target: best.z, others, scenarios, count, context, hinge };
      const value = contrastiveLoss(measure, slopes, pairs, share, out);
      const taken = regretOf(answer, best.z, await proxy.scenarios(row), context);
      return { loss: share * value, regret: taken };
    },
  };

  function regretOf(
    answer: DecisionAnswer | null,
    best: Float64Array,
    outcomes: Float64Array,
    context: Float64Array,
  ): number | null {
    return answer === null ? null : regret.at(answer.z, best, outcomes, proxy.count, context, unused);
  }

  async function neighbours(context: Float64Array, best: Float64Array, row: number): Promise<Float64Array[]> {
    const found: Float64Array[] = [];
    for (const near of finder.nearest(context, NEIGHBOURS + 1)) {
      if (near === row) continue;
      const target = await proxy.target(near);
      if (isDecision(target) && !same(target.z, best)) found.push(target.z);
    }
    return found;
  }
}

/** Decisions of the pool other than the target: all, or as many drawn of them. */
function drawOthers(pool: SolutionPool, target: Float64Array, stream: RandomStream): Float64Array[] {
  const others = pool.solutions.filter((z) => !same(z, target));
  if (others.length <= MOST_OTHERS) return others;
  return Array.from(stream.permutation(others.length).subarray(0, MOST_OTHERS), (k) => others[k]!);
}

function same(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => Math.abs(value - b[i]!) <= 1e-7 * (1 + Math.abs(value)));
}

/** Whether an answer is a decision. */
export function isDecision({ status }: DecisionAnswer): boolean {
  return status === "optimal" || status === "inaccurate";
}

/** The decision, or what is wrong where there is none. */
function decideOrSay(
  decider: Decider,
  scenarios: ScenarioSet,
  context: Float64Array,
): DecisionAnswer | { readonly detail: string } {
  const answer = refusing(() => decider.decide(scenarios, context));
  return "detail" in answer || isDecision(answer) ? answer : { detail: `its status is ${answer.status}` };
}

/** What a solver says of a row that it cannot decide or differentiate; everything else is thrown on. */
function refusing<T>(work: () => T): T | { readonly detail: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof RuntimeError) return { detail: error.message };
    throw error;
  }
}
