import type { Direction } from "./direction.ts";
import type { PivotProblem } from "./pivot-problem.ts";
import type { TailScenarios } from "./tail-scenarios.ts";
import type { Position, WorkingSet } from "./working-set.ts";

/** Multipliers wrong by less than this share of their range are right. */
const RIGHT = 1e-9;

/** Looks for an equality that a step should not keep. */
export interface Pricing {
  /**
   * At the minimum on the equations, lets go the equality whose multiplier is the most wrong, measured by what its square
   * gains in the metric, and aims at the minimum without it. Returns the direction's descent, 0 where there is none
   * before the working set is listed anew; `null` where every multiplier is right.
   */
  letGo(): number | null;
}

/** The most wrong so far. `equation` is its number among the equations, −1 of a tail's reference and of a bound. */
interface Worst {
  kind: "none" | "kink" | "row" | "component";
  index: number;
  equation: number;
  gain: number;
}

export function createPricing(
  { program, set, metric, mostHeld }: PivotProblem,
  position: Position,
  tails: TailScenarios,
  working: WorkingSet,
  direction: Direction,
): Pricing {
  const { size: n } = program;
  const m = program.tails.length;
  const { kinks, base } = tails;
  const { equations, gradient } = working;
  const { multipliers, lengths } = direction;
  const worst: Worst = { kind: "none", index: -1, equation: -1, gain: 0 };
  /** Multiplier of each tail's reference. */
  const rest = new Float64Array(m);
  /** Squared length of the longest of a tail's equations. */
  const reach = new Float64Array(m);
  /** 1 at the equations let go. */
  const change = new Float64Array(mostHeld);

  function take(kind: Worst["kind"], index: number, equation: number, gain: number): void {
    worst.kind = kind;
    worst.index = index;
    worst.equation = equation;
    worst.gain = gain;
  }

  /** Looks at the kinks; returns the number of their equations. */
  function priceKinks(): number {
    for (let c = 0; c < m; c++) {
      rest[c] = tails.remaining[c]!;
      reach[c] = 0;
    }
    let e = 0;
    for (let b = 0; b < kinks.count; b++) {
      const c = kinks.tail[b]!;
      if (kinks.reference[c] === b) continue;
      const own = multipliers[e]!;
      rest[c]! -= own;
      reach[c] = Math.max(reach[c]!, lengths[e]!);
      const wrong = wrongOf(own, tails.massOf(c, kinks.candidate[b]!));
      const gain = wrong * wrong * lengths[e]!;
      if (gain > worst.gain) take("kink", b, e, gain);
      e++;
    }
    for (let c = 0; c < m; c++) {
      const b = kinks.reference[c]!;
      const wrong = wrongOf(rest[c]!, tails.massOf(c, kinks.candidate[b]!));
      const gain = wrong * wrong * (reach[c]! > 0 ? reach[c]! : Infinity);
      if (wrong > 0 && gain > worst.gain) take("kink", b, -1, gain);
    }
    return e;
  }

  /** Looks at the active rows, whose equations begin there. */
  function priceRows(first: number): void {
    for (let a = 0; a < working.activeCount; a++) {
      const own = multipliers[first + a]!;
      const gain = own * own * lengths[first + a]!;
      if (own >= 0 || gain <= worst.gain) continue;
      take("row", working.activeRows[a]!, first + a, gain);
    }
  }

  function priceBounds(): void {
    let scale = 0;
    for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(program.linear[i]!), Math.abs(base[i]!));
    for (let i = 0; i < n; i++) {
      const force = position.components[i]! * gradient[i]!;
      if (force <= RIGHT * scale) continue;
      const gain = (force * force) / metric[i]!;
      if (gain <= worst.gain) continue;
      take("component", i, -1, gain);
    }
  }

  function letGo(): number | null {
    take("none", -1, -1, 0);
    priceRows(priceKinks() + set.equalities.rank);
    priceBounds();
    const { index } = worst;
    switch (worst.kind) {
      case "none":
        return null;
      case "component":
        return letGoBound(index);
      case "row":
        return letGoRow(index, worst.equation);
      case "kink":
        return letGoKink(index, worst.equation);
    }
  }

  function letGoBound(component: number): number {
    const descent = direction.aimOff(component);
    position.components[component] = 0;
    return descent;
  }

  function letGoRow(row: number, equation: number): number {
    change.fill(0, 0, equations.count);
    change[equation] = 1;
    const descent = direction.aimAlong(change, multipliers[equation]!);
    position.rows[row] = 0;
    return descent;
  }

  function letGoKink(kink: number, equation: number): number {
    const c = kinks.tail[kink]!;
    const isReference = equation === -1;
    const own = isReference ? rest[c]! : multipliers[equation]!;
    const excess = own < 0 ? own : own - tails.massOf(c, kinks.candidate[kink]!);
    change.fill(0, 0, equations.count);
    // Past its reference the other kinks of a tail, which stay equal, all go the other way.
    if (isReference) markTail(c);
    else change[equation] = 1;
    const descent = direction.aimAlong(change, isReference ? -excess : excess);
    return tails.release(kink, !(own < 0)) ? descent : 0;
  }

  /** 1 at the equations of a tail's kinks. */
  function markTail(c: number): void {
    for (let b = 0, e = 0; b < kinks.count; b++) {
      if (kinks.reference[kinks.tail[b]!] === b) continue;
      if (kinks.tail[b] === c) change[e] = 1;
      e++;
    }
  }

  return { letGo };
}

/** How far a multiplier is from its range, in its own unit; 0 within rounding. */
function wrongOf(own: number, mass: number): number {
  const wrong = Math.max(-own, own - mass);
  return wrong > RIGHT * mass ? wrong : 0;
}
