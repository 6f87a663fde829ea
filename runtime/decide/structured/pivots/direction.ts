import { addScaled, factorize, solveFactored } from "../dense.ts";
import type { PivotProblem } from "./pivot-problem.ts";
import type { WorkingSet } from "./working-set.ts";

/** Directions that change the decision by less than this, relative to the set's size, are none. */
const STILL = 1e-11;

/** Where to go from a decision under the equations of a working set B; a descent is `−gradient · direction`. */
export interface Direction {
  /** Of the decision, at the components that are free; n. */
  readonly values: Float64Array;
  /** Of each equation, after `aim`. */
  readonly multipliers: Float64Array;
  /** Squared length of each equation in the metric M. */
  readonly lengths: Float64Array;
  /** Aims at the minimum on the equations, adds their pulls to the gradient, and returns the descent. */
  aim(): number;
  /** Whether it changes the decision, under so many equations, by more than rounding. */
  moves(equations: number): boolean;
  /**
   * At the minimum on `B d = 0`, aims at the minimum without the equation along `change`, whose multiplier is wrong by
   * `excess`: with `S = B M⁻¹ Bᵀ`, factored, and `Bd = α·change` it is `α M⁻¹ Bᵀ S⁻¹ change` for
   * `α = excess/(changeᵀ S⁻¹ change)`. Returns the descent, 0 where the equations are dependent or it leads nowhere.
   *
   * @param change a value for each equation
   */
  aimAlong(change: Float64Array, excess: number): number;
  /**
   * The same where a bound is let go, whose component becomes free: `d_i = −g_i/(M_i + wᵀ S⁻¹ w)` for its column w of B,
   * and `d = −M⁻¹ Bᵀ S⁻¹ w d_i` else.
   */
  aimOff(component: number): number;
}

export function createDirection(
  { program, ranges, metric, mobility, mostHeld }: PivotProblem,
  working: WorkingSet,
): Direction {
  const { size: n } = program;
  const { free, equations, gradient } = working;
  const values = new Float64Array(n);
  const multipliers = new Float64Array(mostHeld);
  const lengths = new Float64Array(mostHeld);
  const scaled = new Float64Array(n);
  const pulls = new Float64Array(mostHeld);
  /** Cholesky factor of S. */
  let gram = new Float64Array(0);

  function aim(): number {
    // Variables of the enclosing function are read anew at every use; constants of this one stay in registers.
    const order = equations.count;
    const unknowns = working.freeCount;
    const { rows } = equations;
    if (gram.length < order * order) gram = new Float64Array(4 * order * order);
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
    for (let e = 0; e < order; e++) addScaled(gradient, multipliers[e]!, rows, e * n, n);
    let descent = 0;
    for (let f = 0; f < unknowns; f++) {
      const i = free[f]!;
      const force = gradient[i]!;
      const move = -force * mobility[i]!;
      values[i] = move;
      descent -= force * move;
    }
    return descent;
  }

  function moves(order: number): boolean {
    if (working.freeCount <= order) return false;
    for (let f = 0; f < working.freeCount; f++) {
      const i = free[f]!;
      if (Math.abs(values[i]!) > STILL * ranges[i]!) return true;
    }
    return false;
  }

  function aimAlong(change: Float64Array, excess: number): number {
    const order = equations.count;
    if (!isRegular(order)) return 0;
    pulls.set(change.subarray(0, order));
    solveFactored(gram, order, order, pulls);
    let length = 0;
    for (let e = 0; e < order; e++) length += change[e]! * pulls[e]!;
    if (!(length > 0)) return 0;
    const along = excess / length;
    spread(along);
    return moves(order - 1) ? along * excess : 0;
  }

  function aimOff(component: number): number {
    const order = equations.count;
    if (!isRegular(order)) return 0;
    const { rows } = equations;
    for (let e = 0; e < order; e++) pulls[e] = rows[e * n + component]!;
    solveFactored(gram, order, order, pulls);
    let length = metric[component]!;
    for (let e = 0; e < order; e++) length += rows[e * n + component]! * pulls[e]!;
    const along = -gradient[component]! / length;
    spread(-along);
    values[component] = along;
    free[working.freeCount++] = component;
    return moves(order) ? -gradient[component]! * along : 0;
  }

  /** `along · M⁻¹ Bᵀ pulls` on the free components. */
  function spread(along: number): void {
    const { rows, count: order } = equations;
    for (let f = 0; f < working.freeCount; f++) {
      const i = free[f]!;
      let value = 0;
      for (let e = 0; e < order; e++) value += pulls[e]! * rows[e * n + i]!;
      values[i] = along * value * mobility[i]!;
    }
  }

  /** Whether no equation was lost to rounding when they were factored. */
  function isRegular(order: number): boolean {
    for (let e = 0; e < order; e++) if (gram[e * (order + 1)] === Infinity) return false;
    return true;
  }

  return { values, multipliers, lengths, aim, moves, aimAlong, aimOff };
}
