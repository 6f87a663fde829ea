import { createSample, fillSample, selectQuantile } from "../../risk/weighted-sample.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { ABOVE, BELOW, KINK, positiveDiagonal } from "./active-set.ts";
import type { ActiveSet } from "./active-set.ts";
import { createBreakpoints } from "./breakpoints.ts";
import { addProducts, createEntries, dot, factorize, solveFactored, takeEntries, takeNonzero } from "./dense.ts";
import type { RelativeInterior } from "./relative-interior.ts";

export interface Pivots {
  /**
   * Moves from a decision in the set to an optimum and writes what holds with equality there into `active`, which has
   * room for the program's scenarios. False where it gave up; `decision` is then no worse than the start.
   *
   * @param until when to give up, on the clock of `performance.now()`
   */
  solve(start: Float64Array, active: ActiveSet, until: number): boolean;
  /** After a solve whose result leaves scenarios above t that were not looked at: goes on with them; false without. */
  resume(active: ActiveSet, until: number): boolean;
  /** Where the last solve ended, n values. */
  readonly decision: Float64Array;
  /** Steps and corrections of the last solve. */
  readonly iterations: number;
}

/** Scenarios looked at, in units of the largest tail's mass; the others are looked at when these are solved. */
const LOOKED_AT = 2.5;
/** Iterations before it is given up, in units of the unknowns. */
const PATIENCE = 12;
/** Multipliers wrong by less than this share of their range are right. */
const RIGHT = 1e-9;
/** A decision nearer than this to a bound, relative to the bound and 1, is at it. */
const AT_BOUND = 1e-10;
/** Directions that change the decision by less than this, relative to the set's size, are none. */
const STILL = 1e-11;
/** Losses above t by less than this, relative to their spread and the objective's size, are on it. */
const ON = 1e-11;
/** Iterations between two looks at the clock. */
const CLOCK = 64;

/**
 * The primal active-set method for a loss with one piece and a quadratic that is a positive diagonal, or none
 * (`null` for other programs): the objective is convex and piecewise quadratic in z, with a kink where a scenario's loss
 * equals a CVaR term's t. From any decision, hold to equality the bounds and rows that touch and some kinks; step to the
 * minimum on what they leave, along the way past every kink that the slope still falls behind (the line search of
 * Barrodale and Roberts 1973 for L1 regression); hold what stopped the step too; where no step is left, let go what has
 * a multiplier of the wrong sign. With kinks and free components a handful at the optimum, a step costs the product of
 * the few scenarios near the tail with the few free components, and a neighbour's decision is some tens of steps away.
 *
 * One takes O(M' F + N² F + N³ + N n) for M' scenarios looked at, F free components and N equations.
 *
 * Which inequalities hold is all that is taken from here: `ActiveSetSolver` solves for the optimum itself.
 */
export function createPivots(program: ScenarioProgram, set: RelativeInterior): Pivots | null {
  const { size: n, tails, quadratic, pieces } = program;
  const m = tails.length;
  const given = positiveDiagonal(quadratic, n);
  const flat = quadratic === null || quadratic.every((value) => value === 0);
  if (pieces !== 1 || m === 0 || (given === null && !flat)) return null;
  /** Curvature, and without one the metric that a steepest descent goes by. */
  const size = sizeOf(set);
  const metric = given ?? size.map((value) => 1 / (value * value));
  const mobility = metric.map((value) => 1 / value);
  const { basis, rank } = set.equalities;
  const rowCount = set.rows.length;
  const tailMass = 1 - Math.min(...tails.map((tail) => tail.level));
  const largestWorking = n + m + 1;

  const z = new Float64Array(n);
  const t = new Float64Array(m);
  /** Without curvature and the references' part. */
  const base = new Float64Array(n);
  const gradient = new Float64Array(n);
  const direction = new Float64Array(n);
  const components = new Int8Array(n);
  const free = new Int32Array(n);
  const rowActive = new Uint8Array(rowCount);
  const activeRows = new Int32Array(rowCount);
  /** Tail and candidate of each kink; those of a tail need not be next to each other. */
  const kinkTail = new Int32Array(largestWorking);
  const kinkOf = new Int32Array(largestWorking);
  /** First kink of each tail, which takes what the others leave of the tail's weight. */
  const reference = new Int32Array(m);
  /** Weight of each tail that the scenarios above leave to its kinks. */
  const remaining = new Float64Array(m);
  const multipliers = new Float64Array(largestWorking);
  /** Multiplier of each tail's first kink. */
  const rest = new Float64Array(m);
  /** Squared length of the longest of a tail's equations. */
  const reach = new Float64Array(m);
  const tStep = new Float64Array(m);
  /** Of the decision, or of its direction. */
  const entries = createEntries(n);
  const scaled = new Float64Array(n);
  /** Squared length of each equation in the metric. */
  const lengths = new Float64Array(largestWorking);
  /** Which equations are let go, and the inverse of their products on that. */
  const change = new Float64Array(largestWorking);
  const pulls = new Float64Array(largestWorking);
  /** What a direction prepared for what was let go falls by at first; 0 where there is none. */
  let descentAfter = 0;
  let equations = new Float64Array(0);
  let gram = new Float64Array(0);
  let kinkCount = 0;
  let freeCount = 0;
  let activeCount = 0;
  let equationCount = 0;
  let iterations = 0;

  /** Scenarios looked at. */
  let capacity = 0;
  let candidates = new Int32Array(0);
  let isCandidate = new Uint8Array(0);
  let count = 0;
  /** Of the candidates: probability, loss, its direction, and for each tail the place. */
  let weights = new Float64Array(0);
  let losses = new Float64Array(0);
  let lossStep = new Float64Array(0);
  let places: Uint8Array[] = [];
  let sample = createSample(0);
  let all = new Float64Array(0);
  let breakpoints = createBreakpoints(0);

  function reserve(): void {
    if (program.count <= capacity) return;
    capacity = program.count;
    candidates = new Int32Array(capacity);
    isCandidate = new Uint8Array(capacity);
    weights = new Float64Array(capacity);
    losses = new Float64Array(capacity);
    lossStep = new Float64Array(capacity);
    all = new Float64Array(capacity);
    places = tails.map(() => new Uint8Array(capacity));
    sample = createSample(capacity);
    breakpoints = createBreakpoints(m * capacity);
  }

  const densities = Float64Array.from(tails, ({ weight, level }) => weight / (1 - level));
  const massOf = (c: number, j: number): number => densities[c]! * weights[j]!;

  /** Losses of every scenario at z, by the components that are not 0. */
  function measure(): void {
    const { slopes, offsets } = program;
    for (let k = 0; k < program.count; k++) all[k] = offsets[k]!;
    takeNonzero(z, entries);
    addProducts(slopes, n, null, program.count, entries, all);
  }

  function begin(start: Float64Array): void {
    reserve();
    kinkCount = 0;
    for (let i = 0; i < n; i++) {
      const lower = set.lower[i]!;
      const upper = set.upper[i]!;
      const value = start[i]!;
      const side = isAt(value, lower) ? -1 : isAt(value, upper) ? 1 : 0;
      components[i] = side;
      z[i] = side === 0 ? value : side < 0 ? lower : upper;
    }
    for (let r = 0; r < rowCount; r++) {
      const slack = set.rowBounds[r]! - dot(set.rows[r]!, 0, z, 0, n);
      rowActive[r] = slack <= AT_BOUND * (1 + Math.abs(set.rowBounds[r]!)) ? 1 : 0;
    }
    measure();
    const total = program.count;
    fillSample(sample, all.subarray(0, total), program.probabilities.subarray(0, total));
    const threshold = selectQuantile(sample, Math.max(0, 1 - LOOKED_AT * tailMass));
    count = 0;
    for (let k = 0; k < total; k++) {
      isCandidate[k] = all[k]! >= threshold ? 1 : 0;
      if (isCandidate[k] === 0) continue;
      losses[count] = all[k]!;
      weights[count] = program.probabilities[k]!;
      candidates[count++] = k;
    }
    for (let c = 0; c < m; c++) placeAround(c);
    sumBase();
  }

  /** Puts t of a tail at the value at risk at z, and its only kink there. */
  function placeAround(c: number): void {
    const { weight, level } = tails[c]!;
    fillSample(sample, losses.subarray(0, count), weights.subarray(0, count));
    const threshold = selectQuantile(sample, Math.max(0, 1 - (1 - level) / sample.total));
    t[c] = threshold;
    const place = places[c]!;
    let left = weight;
    for (let j = 0; j < count; j++) {
      place[j] = losses[j]! > threshold ? ABOVE : BELOW;
      if (place[j] === ABOVE) left -= massOf(c, j);
    }
    let kept = 0;
    for (let b = 0; b < kinkCount; b++) {
      if (kinkTail[b] === c) continue;
      kinkTail[kept] = kinkTail[b]!;
      kinkOf[kept++] = kinkOf[b]!;
    }
    kinkCount = kept;
    for (let j = 0; j < count; j++) {
      if (losses[j] !== threshold) continue;
      const mass = massOf(c, j);
      if (left > mass) {
        place[j] = ABOVE;
        left -= mass;
        continue;
      }
      hold(c, j);
      break;
    }
    remaining[c] = left;
  }

  function hold(c: number, j: number): void {
    places[c]![j] = KINK;
    kinkTail[kinkCount] = c;
    kinkOf[kinkCount++] = j;
  }

  /** Gradient of the linear terms and of the scenarios above, whose masses leave `remaining`. */
  function sumBase(): void {
    for (let i = 0; i < n; i++) base[i] = program.linear[i]!;
    for (let c = 0; c < m; c++) {
      remaining[c] = tails[c]!.weight;
      for (let j = 0; j < count; j++) if (places[c]![j] === ABOVE) weigh(c, j, 1);
    }
  }

  /** A scenario comes to lie above (`sign` 1) or leaves there (−1). */
  function weigh(c: number, j: number, sign: number): void {
    const mass = sign * massOf(c, j);
    const row = candidates[j]! * n;
    const { slopes } = program;
    remaining[c]! -= mass;
    for (let i = 0; i < n; i++) base[i]! += mass * slopes[row + i]!;
  }

  /** Lists what is free and the equations `row · direction = 0`; false where a tail has no kink. */
  function list(): boolean {
    const { slopes } = program;
    freeCount = equationCount = activeCount = 0;
    for (let i = 0; i < n; i++) if (components[i] === 0) free[freeCount++] = i;
    for (let r = 0; r < rowCount; r++) if (rowActive[r] === 1) activeRows[activeCount++] = r;
    const most = kinkCount + rank + activeCount;
    if (most > largestWorking) return false;
    if (equations.length < most * n) {
      equations = new Float64Array(2 * most * n);
      gram = new Float64Array(4 * most * most);
    }
    const rows = equations;
    reference.fill(-1);
    for (let i = 0; i < n; i++) gradient[i] = base[i]! + (given === null ? 0 : given[i]! * z[i]!);
    for (let b = 0; b < kinkCount; b++) {
      const c = kinkTail[b]!;
      const row = candidates[kinkOf[b]!]! * n;
      if (reference[c] === -1) {
        reference[c] = b;
        const weight = remaining[c]!;
        for (let i = 0; i < n; i++) gradient[i]! += weight * slopes[row + i]!;
        continue;
      }
      const other = candidates[kinkOf[reference[c]!]!]! * n;
      const at = equationCount++ * n;
      for (let i = 0; i < n; i++) rows[at + i] = slopes[row + i]! - slopes[other + i]!;
    }
    for (let e = 0; e < rank; e++) {
      const { values } = basis[e]!;
      const at = equationCount++ * n;
      for (let i = 0; i < n; i++) rows[at + i] = values[i]!;
    }
    for (let a = 0; a < activeCount; a++) rows.set(set.rows[activeRows[a]!]!, equationCount++ * n);
    for (let c = 0; c < m; c++) if (reference[c] === -1) return false;
    return true;
  }

  /** Direction of the free components to the minimum on the equations, in the metric; returns `−gradient · direction`. */
  function aim(): number {
    // Variables of the enclosing function are read anew at every use; constants of this one stay in registers.
    const order = equationCount;
    const unknowns = freeCount;
    const rows = equations;
    const products = gram;
    for (let e = 0; e < order; e++) {
      const row = e * n;
      let value = 0;
      for (let f = 0; f < unknowns; f++) {
        const i = free[f]!;
        const own = rows[row + i]! * mobility[i]!;
        scaled[f] = own;
        value -= own * gradient[i]!;
      }
      multipliers[e] = value;
      for (let other = 0; other <= e; other++) {
        const at = other * n;
        let sum = 0;
        for (let f = 0; f < unknowns; f++) sum += scaled[f]! * rows[at + free[f]!]!;
        products[e * order + other] = sum;
      }
      lengths[e] = products[e * (order + 1)]!;
    }
    factorize(products, order, order);
    solveFactored(products, order, order, multipliers);
    for (let e = 0; e < order; e++) {
      const pull = multipliers[e]!;
      const row = e * n;
      for (let i = 0; i < n; i++) gradient[i]! += pull * rows[row + i]!;
    }
    let descent = 0;
    for (let f = 0; f < unknowns; f++) {
      const i = free[f]!;
      const force = gradient[i]!;
      const move = -force * mobility[i]!;
      direction[i] = move;
      descent -= force * move;
    }
    return descent;
  }

  /** Whether the direction, under so many equations, moves the decision by more than rounding. */
  function moves(order: number): boolean {
    if (freeCount <= order) return false;
    for (let f = 0; f < freeCount; f++) {
      const i = free[f]!;
      if (Math.abs(direction[i]!) > STILL * size[i]!) return true;
    }
    return false;
  }

  /**
   * Lets go the equality whose multiplier is the most wrong, measured by what its square gains in the metric, and aims at
   * the minimum without it; false where all are right.
   */
  function letGo(): boolean {
    let most = 0;
    let kink = -1;
    let component = -1;
    let row = -1;
    let rowEquation = -1;
    let kinkEquation = -1;
    let scale = 0;
    descentAfter = 0;
    for (let c = 0; c < m; c++) rest[c] = remaining[c]!;
    let e = 0;
    for (let b = 0; b < kinkCount; b++) {
      const c = kinkTail[b]!;
      if (reference[c] === b) continue;
      const own = multipliers[e]!;
      rest[c]! -= own;
      reach[c] = Math.max(reach[c]!, lengths[e]!);
      const wrong = wrongOf(own, massOf(c, kinkOf[b]!));
      const gain = wrong * wrong * lengths[e]!;
      if (gain > most) {
        most = gain;
        kink = b;
        kinkEquation = e;
      }
      e++;
    }
    for (let c = 0; c < m; c++) {
      const b = reference[c]!;
      const wrong = wrongOf(rest[c]!, massOf(c, kinkOf[b]!));
      const gain = wrong * wrong * (reach[c]! > 0 ? reach[c]! : Infinity);
      if (wrong > 0 && gain > most) {
        most = gain;
        kink = b;
        kinkEquation = -1;
      }
    }
    reach.fill(0);
    for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(program.linear[i]!), Math.abs(base[i]!));
    for (let a = 0; a < activeCount; a++) {
      const own = multipliers[e + rank + a]!;
      const gain = own * own * lengths[e + rank + a]!;
      if (own >= 0 || gain <= most) continue;
      most = gain;
      row = activeRows[a]!;
      rowEquation = e + rank + a;
    }
    for (let i = 0; i < n; i++) {
      const force = components[i]! * gradient[i]!;
      if (force <= RIGHT * scale) continue;
      const gain = (force * force) / metric[i]!;
      if (gain <= most) continue;
      most = gain;
      component = i;
    }
    if (component !== -1) {
      aimOff(component);
      components[component] = 0;
    } else if (row !== -1) {
      change.fill(0, 0, equationCount);
      change[rowEquation] = 1;
      aimAlong(multipliers[rowEquation]!);
      rowActive[row] = 0;
    } else if (kink !== -1) {
      const c = kinkTail[kink]!;
      const own = kinkEquation === -1 ? rest[c]! : multipliers[kinkEquation]!;
      const excess = own < 0 ? own : own - massOf(c, kinkOf[kink]!);
      change.fill(0, 0, equationCount);
      // Past its reference the other kinks of a tail, which stay equal, all go the other way.
      if (kinkEquation === -1) markTail(c);
      else change[kinkEquation] = 1;
      aimAlong(kinkEquation === -1 ? -excess : excess);
      if (!release(kink)) descentAfter = 0;
    } else return false;
    return true;
  }

  /** 1 at the equations of a tail's kinks. */
  function markTail(c: number): void {
    for (let b = 0, e = 0; b < kinkCount; b++) {
      if (reference[kinkTail[b]!] === b) continue;
      if (kinkTail[b] === c) change[e] = 1;
      e++;
    }
  }

  /**
   * At the minimum on the equations `B d = 0`, the direction to the minimum without the one along `change`, whose
   * multiplier is wrong by `excess`: with `S = B M⁻¹ Bᵀ`, factored, and `Bd = α·change` it is `α M⁻¹ Bᵀ S⁻¹ change` for
   * `α = excess/(changeᵀ S⁻¹ change)`. Leaves no descent where the equations are dependent.
   */
  function aimAlong(excess: number): void {
    const order = equationCount;
    if (!isRegular()) return;
    pulls.set(change.subarray(0, order));
    solveFactored(gram, order, order, pulls);
    let length = 0;
    for (let e = 0; e < order; e++) length += change[e]! * pulls[e]!;
    if (!(length > 0)) return;
    const along = excess / length;
    spread(along);
    if (moves(order - 1)) descentAfter = along * excess;
  }

  /** The same where a bound is let go: `d_i = −g_i/(M_i + wᵀ S⁻¹ w)` for its column w of B, `d = −M⁻¹ Bᵀ S⁻¹ w d_i` else. */
  function aimOff(component: number): void {
    const order = equationCount;
    if (!isRegular()) return;
    for (let e = 0; e < order; e++) pulls[e] = equations[e * n + component]!;
    solveFactored(gram, order, order, pulls);
    let length = metric[component]!;
    for (let e = 0; e < order; e++) length += equations[e * n + component]! * pulls[e]!;
    const along = -gradient[component]! / length;
    spread(-along);
    direction[component] = along;
    free[freeCount++] = component;
    if (moves(order)) descentAfter = -gradient[component]! * along;
  }

  /** `direction = along · M⁻¹ Bᵀ pulls` on the free components. */
  function spread(along: number): void {
    const rows = equations;
    const order = equationCount;
    for (let f = 0; f < freeCount; f++) {
      const i = free[f]!;
      let value = 0;
      for (let e = 0; e < order; e++) value += pulls[e]! * rows[e * n + i]!;
      direction[i] = along * value * mobility[i]!;
    }
  }

  /** Whether no equation was lost to rounding when they were factored. */
  function isRegular(): boolean {
    for (let e = 0; e < equationCount; e++) if (gram[e * (equationCount + 1)] === Infinity) return false;
    return true;
  }

  /**
   * Takes a kink away to the side that its multiplier points to; false where it was its tail's only one, which moves to
   * the value at risk.
   */
  function release(b: number): boolean {
    const c = kinkTail[b]!;
    let others = 0;
    for (let other = 0; other < kinkCount; other++) if (kinkTail[other] === c) others++;
    if (others === 1) {
      placeAround(c);
      sumBase();
      return false;
    }
    const j = kinkOf[b]!;
    const isReference = reference[c] === b;
    let own = rest[c]!;
    if (!isReference) {
      let e = 0;
      for (let other = 0; other < b; other++) if (reference[kinkTail[other]!] !== other) e++;
      own = multipliers[e]!;
    }
    kinkCount--;
    kinkTail.copyWithin(b, b + 1, kinkCount + 1);
    kinkOf.copyWithin(b, b + 1, kinkCount + 1);
    losses[j] = t[c]!;
    if (own < 0) places[c]![j] = BELOW;
    else {
      places[c]![j] = ABOVE;
      weigh(c, j, 1);
    }
    reference.fill(-1);
    for (let other = kinkCount - 1; other >= 0; other--) reference[kinkTail[other]!] = other;
    return true;
  }

  /**
   * Along the direction to the least value: past every kink behind which the slope still falls, to a kink, a bound, a row
   * or the minimum of the curvature. False where nothing ends it.
   */
  function step(descent: number): boolean {
    const { slopes } = program;
    let longest = Infinity;
    let component = -1;
    let row = -1;
    let curvature = 0;
    for (let f = 0; f < freeCount; f++) {
      const i = free[f]!;
      const move = direction[i]!;
      if (given !== null) curvature += given[i]! * move * move;
      if (move === 0) continue;
      const end = move < 0 ? set.lower[i]! : set.upper[i]!;
      const room = Math.max(0, (end - z[i]!) / move);
      if (room < longest) {
        longest = room;
        component = i;
      }
    }
    for (let r = 0; r < rowCount; r++) {
      if (rowActive[r] === 1) continue;
      const normal = set.rows[r]!;
      let move = 0;
      for (let f = 0; f < freeCount; f++) move += normal[free[f]!]! * direction[free[f]!]!;
      if (move <= 0) continue;
      const room = Math.max(0, (set.rowBounds[r]! - dot(normal, 0, z, 0, n)) / move);
      if (room < longest) {
        longest = room;
        row = r;
      }
    }
    takeEntries(direction, free, freeCount, entries);
    lossStep.fill(0, 0, count);
    addProducts(slopes, n, candidates, count, entries, lossStep);
    breakpoints.clear();
    const [known, steps, points] = [losses, lossStep, breakpoints];
    const looked = count;
    const end = curvature > 0 ? Math.min(longest, descent / curvature) : longest;
    for (let c = 0; c < m; c++) {
      const place = places[c]!;
      const own = t[c]!;
      const ownStep = lossStep[kinkOf[reference[c]!]!]!;
      tStep[c] = ownStep;
      const small = STILL * Math.abs(ownStep);
      for (let j = 0; j < looked; j++) {
        const state = place[j]!;
        if (state === KINK) continue;
        const change = steps[j]! - ownStep;
        if (state === BELOW ? !(change > small) : !(change < -small)) continue;
        const when = (own - known[j]!) / change;
        if (when < end) points.add(Math.max(0, when), c * looked + j);
      }
    }
    breakpoints.arrange();
    let slope = -descent;
    let stop = -1;
    let length = end;
    while (breakpoints.count > 0) {
      const when = breakpoints.nearest();
      if (slope + curvature * when >= 0) break;
      const item = breakpoints.takeNearest();
      const c = Math.floor(item / count);
      const j = item - c * count;
      slope += massOf(c, j) * Math.abs(lossStep[j]! - tStep[c]!);
      if (slope + curvature * when >= 0) {
        stop = item;
        length = when;
        break;
      }
      const above = places[c]![j] === BELOW;
      places[c]![j] = above ? ABOVE : BELOW;
      weigh(c, j, above ? 1 : -1);
    }
    if (stop === -1) {
      if (curvature > 0) length = -slope / curvature;
      if (length < longest) component = row = -1;
      else length = longest;
      if (length === Infinity) return false;
    }
    for (let f = 0; f < freeCount; f++) z[free[f]!]! += length * direction[free[f]!]!;
    for (let j = 0; j < looked; j++) known[j]! += length * steps[j]!;
    for (let c = 0; c < m; c++) t[c]! += length * tStep[c]!;
    if (stop !== -1) {
      const c = Math.floor(stop / count);
      const j = stop - c * count;
      if (places[c]![j] === ABOVE) weigh(c, j, -1);
      losses[j] = t[c]!;
      hold(c, j);
    } else if (row !== -1) rowActive[row] = 1;
    else if (component !== -1) {
      const side = direction[component]! < 0 ? -1 : 1;
      components[component] = side;
      z[component] = side < 0 ? set.lower[component]! : set.upper[component]!;
    }
    return true;
  }

  /** Looks at the scenarios left out and takes those that lie above some t; false where there are none. */
  function takeMissed(spread: number): boolean {
    measure();
    const room = ON * (spread + program.magnitude);
    const before = count;
    const total = program.count;
    const measured = all;
    let lowest = Infinity;
    for (let c = 0; c < m; c++) lowest = Math.min(lowest, t[c]! + room);
    for (let k = 0; k < total; k++) {
      const loss = measured[k]!;
      if (!(loss > lowest) || isCandidate[k] === 1) continue;
      isCandidate[k] = 1;
      losses[count] = loss;
      weights[count] = program.probabilities[k]!;
      candidates[count] = k;
      for (let c = 0; c < m; c++) {
        places[c]![count] = loss > t[c]! + room ? ABOVE : BELOW;
        if (loss > t[c]! + room) weigh(c, count, 1);
      }
      count++;
    }
    return count > before;
  }

  function spreadOf(): number {
    let sum = 0;
    for (let c = 0; c < m; c++) for (let j = 0; j < count; j++) sum += Math.abs(losses[j]! - t[c]!);
    return sum / (m * count);
  }

  function write(active: ActiveSet): void {
    active.spread = spreadOf();
    active.components.set(components);
    active.rows.set(rowActive);
    for (let c = 0; c < m; c++) {
      const states = active.scenarios[c]!;
      states.fill(BELOW, 0, program.count);
      for (let j = 0; j < count; j++) states[candidates[j]!] = places[c]![j]!;
    }
  }

  function solve(start: Float64Array, active: ActiveSet, until: number): boolean {
    begin(start);
    iterations = 0;
    return run(active, until);
  }

  function run(active: ActiveSet, until: number): boolean {
    const patience = PATIENCE * (largestWorking + rowCount);
    for (; iterations < patience; iterations++) {
      if (until < Infinity && iterations % CLOCK === 0 && performance.now() > until) return false;
      if (!list()) return false;
      const descent = aim();
      if (moves(equationCount)) {
        if (!step(descent)) return false;
      } else if (letGo()) {
        if (descentAfter > 0 && !step(descentAfter)) return false;
      } else if (!takeMissed(spreadOf())) {
        write(active);
        return true;
      }
    }
    return false;
  }

  return {
    solve,
    resume: (active, until) => takeMissed(spreadOf()) && run(active, until),
    decision: z,
    get iterations() {
      return iterations;
    },
  };
}

/** How far a multiplier is from its range, in its own unit; 0 within rounding. */
function wrongOf(own: number, mass: number): number {
  const wrong = Math.max(-own, own - mass);
  return wrong > RIGHT * mass ? wrong : 0;
}

function isAt(value: number, bound: number): boolean {
  return Math.abs(value - bound) <= AT_BOUND * (1 + Math.abs(bound)) && Number.isFinite(bound);
}

/** Width of each component's range, for those that have one; else the size of its bound, or 1. */
function sizeOf(set: RelativeInterior): Float64Array {
  return set.lower.map((lower, i) => {
    const width = set.upper[i]! - lower;
    if (width < Infinity) return width;
    const bound = Math.max(Math.abs(lower), Math.abs(set.upper[i]!), Math.abs(set.point[i]!));
    return bound > 0 && bound < Infinity ? bound : Math.max(1, Math.abs(set.point[i]!));
  });
}
