import { BELOW, KINK } from "../active-set.ts";
import { addProducts, createEntries, dot, takeEntries } from "../dense.ts";
import { createBreakpoints } from "./breakpoints.ts";
import type { Direction } from "./direction.ts";
import type { PivotProblem } from "./pivot-problem.ts";
import type { TailScenarios } from "./tail-scenarios.ts";
import type { Position, WorkingSet } from "./working-set.ts";

/** Losses that change against t by less than this, relative to t's change, never meet it. */
const STILL = 1e-11;

export interface LineSearch {
  /**
   * Moves along the direction to the least value: past every kink behind which the slope still falls, to a kink, a bound,
   * a row or the minimum of the curvature, and holds what ended it. False where nothing does.
   *
   * @param descent how steeply the objective falls at first
   */
  step(descent: number): boolean;
}

export function createLineSearch(
  { program, set, curvature }: PivotProblem,
  position: Position,
  tails: TailScenarios,
  working: WorkingSet,
  direction: Direction,
): LineSearch {
  const { size: n } = program;
  const m = program.tails.length;
  const { z } = position;
  const { t, kinks } = tails;
  const { free } = working;
  const { values } = direction;
  const entries = createEntries(n);
  /** Change of each candidate's loss and of each t a unit of step. */
  let lossSteps = new Float64Array(0);
  const tSteps = new Float64Array(m);
  let breakpoints = createBreakpoints(0);
  /** What ends the longest step that the set allows: a component's bound or else a row, −1 without. */
  let component = -1;
  let row = -1;

  function reserve(): void {
    const capacity = tails.losses.length;
    if (lossSteps.length >= capacity) return;
    lossSteps = new Float64Array(capacity);
    breakpoints = createBreakpoints(m * capacity);
  }

  function findLongest(): number {
    let longest = Infinity;
    component = row = -1;
    for (let f = 0; f < working.freeCount; f++) {
      const i = free[f]!;
      const move = values[i]!;
      if (move === 0) continue;
      const end = move < 0 ? set.lower[i]! : set.upper[i]!;
      const room = Math.max(0, (end - z[i]!) / move);
      if (room < longest) {
        longest = room;
        component = i;
      }
    }
    for (let r = 0; r < set.rows.length; r++) {
      if (position.rows[r] === 1) continue;
      const normal = set.rows[r]!;
      let move = 0;
      for (let f = 0; f < working.freeCount; f++) move += normal[free[f]!]! * values[free[f]!]!;
      if (move <= 0) continue;
      const room = Math.max(0, (set.rowBounds[r]! - dot(normal, 0, z, 0, n)) / move);
      if (room < longest) {
        longest = room;
        row = r;
      }
    }
    return longest;
  }

  /** Second derivative of the objective along the direction, between kinks. */
  function curvatureAlong(): number {
    if (curvature === null) return 0;
    let sum = 0;
    for (let f = 0; f < working.freeCount; f++) {
      const i = free[f]!;
      sum += curvature[i]! * values[i]! * values[i]!;
    }
    return sum;
  }

  function project(): void {
    takeEntries(values, free, working.freeCount, entries);
    lossSteps.fill(0, 0, tails.count);
    addProducts(program.slopes, n, tails.candidates, tails.count, entries, lossSteps);
    for (let c = 0; c < m; c++) tSteps[c] = lossSteps[kinks.candidate[kinks.reference[c]!]!]!;
  }

  /** Where losses meet a t before `end`; the item `c·count + j` stands for tail c and candidate j. */
  function collect(end: number): void {
    // Constants of this function stay in registers.
    const { losses, count } = tails;
    const [steps, points] = [lossSteps, breakpoints];
    points.clear();
    for (let c = 0; c < m; c++) {
      const place = tails.places[c]!;
      const own = t[c]!;
      const ownStep = tSteps[c]!;
      const small = STILL * Math.abs(ownStep);
      for (let j = 0; j < count; j++) {
        const state = place[j]!;
        if (state === KINK) continue;
        const change = steps[j]! - ownStep;
        if (state === BELOW ? !(change > small) : !(change < -small)) continue;
        const when = (own - losses[j]!) / change;
        if (when < end) points.add(Math.max(0, when), c * count + j);
      }
    }
    points.arrange();
  }

  function step(descent: number): boolean {
    reserve();
    const longest = findLongest();
    project();
    const curve = curvatureAlong();
    collect(curve > 0 ? Math.min(longest, descent / curve) : longest);
    const { count } = tails;
    /** Of the piece between two kinks, continued to the step 0. */
    let slope = -descent;
    let stop = -1;
    let length = longest;
    while (breakpoints.count > 0) {
      const when = breakpoints.nearest();
      if (slope + curve * when >= 0) break;
      const item = breakpoints.takeNearest();
      const c = Math.floor(item / count);
      const j = item - c * count;
      slope += tails.massOf(c, j) * Math.abs(lossSteps[j]! - tSteps[c]!);
      if (slope + curve * when >= 0) {
        stop = item;
        length = when;
        break;
      }
      tails.cross(c, j);
    }
    if (stop === -1) {
      const least = curve > 0 ? -slope / curve : longest;
      if (least < longest) component = row = -1;
      length = least < longest ? least : longest;
      if (length === Infinity) return false;
    }
    for (let f = 0; f < working.freeCount; f++) z[free[f]!]! += length * values[free[f]!]!;
    tails.advance(length, lossSteps, tSteps);
    if (stop !== -1) {
      const c = Math.floor(stop / count);
      tails.hold(c, stop - c * count);
    } else touch();
    return true;
  }

  /** Holds the inequality that ended a step, if one did. */
  function touch(): void {
    if (row !== -1) position.rows[row] = 1;
    else if (component !== -1) {
      const side = values[component]! < 0 ? -1 : 1;
      position.components[component] = side;
      z[component] = side < 0 ? set.lower[component]! : set.upper[component]!;
    }
  }

  return { step };
}
