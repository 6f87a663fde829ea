import type { Basis, Highs, Model } from "highs";
import type { FeasibleSet } from "../spec.ts";
import { dot } from "./dot.ts";
import { HIGHS_OPTIONS, solveWithHighs, toModelData } from "./highs.ts";
import type { Proposal } from "./library-solver.ts";
import { addSetRows, columnUnits, createModelWriter } from "./linear-model.ts";
import type { LinearModel } from "./linear-model.ts";
import { bringLeastLast, type OpenNode } from "./open-nodes.ts";
import { violation } from "./violation.ts";

/** How near to a whole number counts as one. */
const WHOLE = 1e-6;
/** Largest relative violation of a row by whole components that were rounded. */
const ROUNDED = 1e-9;
/** Gap at which a search without a stated one ends, relative to the objective and absolute in the model's units. */
const LEAST_GAP = 1e-9;
/**
 * Relaxations that are solved before HiGHS's own search is asked: where the relaxation is tight the first dives prove an
 * optimum, and where it is not, cuts and presolve are worth more than further nodes.
 */
const RELAXATIONS = 40;

/** `min cost·z` over one set, at any number of costs. */
export interface CostSearch {
  /**
   * @param cost n values, in the decision's own units
   * @param guess a decision nearby, from which the search starts where it is feasible; it changes the answer by no more
   *   than the gap
   * @param seconds after which the best decision found is returned, `stopped`
   */
  solve(cost: Float64Array, guess: Float64Array | undefined, seconds: number): Proposal;
}

export interface CostSearchOptions {
  /** Gap, relative to the objective, at which a decision is good enough; 1e-9. */
  readonly gap?: number;
}

/**
 * Prepares the search for decisions that differ in costs alone. The relaxation starts from a vertex that was found once,
 * so that it takes the primal simplex a few pivots; then branch and bound dives from its solution, each node from the
 * basis of the last. What `RELAXATIONS` of them do not settle goes to HiGHS with the incumbent.
 *
 * Every answer is a function of costs and guess alone, not of what was solved before.
 *
 * @returns `null` where the relaxation has no vertex to start from
 */
export function createCostSearch(
  highs: Highs,
  set: FeasibleSet,
  { gap = LEAST_GAP }: CostSearchOptions = {},
): CostSearch | null {
  const { size, integer } = set;
  const unit = columnUnits(set);
  const model = modelOf(set, unit);
  const start = firstVertex(highs, model);
  if (start === null) return null;
  const whole = new Uint8Array(size);
  for (const i of integer) whole[i] = 1;

  /** In the decision's units: inside the bounds, whole where it must be. */
  function decisionOf(x: Float64Array): Float64Array {
    return x.map((value, i) => {
      const inside = Math.min(Math.max(value * unit[i]!, set.lower[i]!), set.upper[i]!);
      return whole[i] === 1 ? Math.round(inside) : inside;
    });
  }

  return {
    solve(cost, guess, seconds) {
      const until = performance.now() + 1000 * seconds;
      const scaled = cost.map((value, i) => value * unit[i]!);
      const scale = scaled.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
      const own: LinearModel = { ...model, cost: scaled.map((value) => value / scale) };
      const usable = guess !== undefined && isDecision(set, guess);
      const first = usable
        ? incumbentOf(
            guess.map((value, i) => value / unit[i]!),
            own.cost,
          )
        : null;
      const settled = dive(highs, own, start, {
        whole,
        gap,
        until,
        incumbent: first,
        accept: (x) => integer.length === 0 || violation(set, decisionOf(x)) <= ROUNDED,
      });
      if (settled.proved && settled.incumbent !== null) {
        const { x, objective } = settled.incumbent;
        const bound = Math.min(settled.bound, objective) * scale;
        return { status: "optimal", detail: "optimal", z: decisionOf(x), multipliers: null, bound };
      }
      const left = Math.max(0, (until - performance.now()) / 1000);
      const best = settled.incumbent;
      const found = solveWithHighs(highs, own, left, { gap, ...(best === null ? {} : { start: best.x }) });
      const answered = found.status === "optimal" || found.status === "stopped";
      if (!answered && best === null) {
        const z = new Float64Array(size).fill(NaN);
        return { status: found.status, detail: found.detail, z, multipliers: null, bound: -Infinity };
      }
      const better = best === null || (answered && dot(found.x, own.cost) <= best.objective);
      return {
        status: answered ? found.status : "stopped",
        detail: found.detail,
        z: decisionOf(better ? found.x : best.x),
        multipliers: null,
        bound: Math.max(found.bound, settled.bound) * scale,
      };
    },
  };
}

function modelOf(set: FeasibleSet, unit: Float64Array): LinearModel {
  const writer = createModelWriter();
  for (let i = 0; i < set.size; i++) writer.addColumn(0, set.lower[i]! / unit[i]!, set.upper[i]! / unit[i]!);
  addSetRows(writer, set, unit);
  return writer.finish({ integer: set.integer });
}

/** A basis at a vertex of the relaxation; `null` where there is none. */
function firstVertex(highs: Highs, model: LinearModel): Basis | null {
  return highs.withModel(toModelData(highs, { ...model, integer: [] }, 1), (instance) => {
    instance.options.set({ ...HIGHS_OPTIONS, ...SIMPLEX });
    instance.run();
    return instance.getModelStatus() === highs.constants.modelStatus.optimal ? instance.getBasis() : null;
  });
}

/** Each relaxation starts from a basis, which presolve would throw away. */
const SIMPLEX = { presolve: "off", solver: "simplex" };
const DUAL = 1;
const PRIMAL = 4;

interface Incumbent {
  /** In the model's units. */
  readonly x: Float64Array;
  readonly objective: number;
}

interface DiveSetting {
  readonly whole: Uint8Array;
  readonly gap: number;
  readonly until: number;
  readonly incumbent: Incumbent | null;
  /** Whether a vertex with whole components is a decision once they are rounded. */
  readonly accept: (x: Float64Array) => boolean;
}

interface Settled {
  readonly incumbent: Incumbent | null;
  readonly bound: number;
  /** Whether the incumbent is within the gap of the bound. */
  readonly proved: boolean;
}

/**
 * Branch and bound (Land and Doig 1960) that dives: a node's child is next, the one above first, since a column that leaves
 * 0 settles more than one that stays there; after a leaf the open node of least bound, the newest of equals.
 */
function dive(highs: Highs, model: LinearModel, start: Basis, setting: DiveSetting): Settled {
  const { whole, gap, until, accept } = setting;
  const { modelStatus } = highs.constants;
  return highs.withModel(toModelData(highs, { ...model, integer: [] }, 1), (instance): Settled => {
    instance.options.set({ ...HIGHS_OPTIONS, ...SIMPLEX, simplex_strategy: PRIMAL });
    const seconds = (until - performance.now()) / 1000;
    if (seconds < Infinity) instance.options.set({ time_limit: Math.max(seconds, 0) });
    instance.setBasis({ colStatus: start.colStatus, rowStatus: start.rowStatus });
    let { incumbent } = setting;
    const open: OpenNode[] = [{ lower: model.columnLower, upper: model.columnUpper, bound: -Infinity }];
    let solved = 0;
    /** Least bound of the nodes that were given up for the incumbent. */
    let closed = Infinity;
    const cutoff = (): number =>
      incumbent === null ? Infinity : incumbent.objective - Math.max(LEAST_GAP, gap * Math.abs(incumbent.objective));
    const lowest = (): number =>
      open.reduce((least, node) => Math.min(least, node.bound), Math.min(closed, incumbent?.objective ?? Infinity));

    let leaf = false;
    while (open.length > 0) {
      if (leaf) bringLeastLast(open);
      leaf = true;
      const node = open.at(-1)!;
      if (node.bound >= cutoff()) {
        closed = Math.min(closed, node.bound);
        open.pop();
        continue;
      }
      if (solved >= RELAXATIONS || performance.now() >= until) break;
      const status = relax(instance, node, solved++);
      // A relaxation without a point, or with no end, is for the caller to explain.
      if (status === modelStatus.infeasible && solved > 1) {
        open.pop();
        continue;
      }
      if (status !== modelStatus.optimal) break;
      const bound = Math.max(node.bound, instance.getObjectiveValue());
      if (bound >= cutoff()) {
        closed = Math.min(closed, bound);
        open.pop();
        continue;
      }
      const x = instance.getSolution().colValue;
      const branch = mostFractional(x, whole);
      if (branch < 0) {
        if (!accept(x)) break;
        open.pop();
        incumbent = incumbentOf(x, model.cost);
        continue;
      }
      open.pop();
      const value = Math.floor(x[branch]!);
      const down = node.upper.slice();
      down[branch] = value;
      const up = node.lower.slice();
      up[branch] = value + 1;
      open.push({ lower: node.lower, upper: down, bound }, { lower: up, upper: node.upper, bound });
      leaf = false;
    }
    return { incumbent, bound: lowest(), proved: incumbent !== null && open.every((node) => node.bound >= cutoff()) };
  });
}

function relax(instance: Model, node: OpenNode, position: number): number {
  if (position > 0) {
    // Other bounds leave the basis dual feasible.
    instance.options.set({ simplex_strategy: DUAL });
    const all = { kind: "range", from: 0, to: node.lower.length - 1 } as const;
    instance.changeColsBounds(all, node.lower, node.upper);
  }
  instance.run();
  return instance.getModelStatus();
}

/** The fractional column that is furthest from whole; −1 where there is none. */
function mostFractional(x: Float64Array, whole: Uint8Array): number {
  let branch = -1;
  let most = WHOLE;
  for (let i = 0; i < x.length; i++) {
    const distance = Math.abs(x[i]! - Math.round(x[i]!));
    if (whole[i] === 0 || distance <= most) continue;
    branch = i;
    most = distance;
  }
  return branch;
}

function incumbentOf(x: Float64Array, cost: Float64Array): Incumbent {
  return { x, objective: dot(x, cost) };
}

function isDecision(set: FeasibleSet, z: Float64Array): boolean {
  return set.integer.every((i) => Number.isInteger(z[i])) && violation(set, z) <= ROUNDED;
}
