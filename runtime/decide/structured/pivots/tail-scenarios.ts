import { createSample, fillSample, selectQuantile } from "../../../risk/weighted-sample.ts";
import { ABOVE, BELOW, KINK, tailDensities } from "../active-set.ts";
import { addScaled, affineValues, createEntries } from "../dense.ts";
import { createKinks, markReferences } from "../equations.ts";
import type { Kinks } from "../equations.ts";
import type { PivotProblem } from "./pivot-problem.ts";

/** Scenarios looked at, in units of the largest tail's mass; the others are looked at when these are solved. */
const LOOKED_AT = 2.5;
/** Losses above t by less than this, relative to their spread and the objective's size, are on it. */
const ON = 1e-11;

/** Kinks by their numbers among the candidates too. */
export interface CandidateKinks extends Kinks {
  readonly candidate: Int32Array;
}

/** The scenarios near and above the tails, the candidates, and where each lies against each tail's t. */
export interface TailScenarios {
  /** Candidates. */
  readonly count: number;
  /** Of each candidate: its scenario, its loss, and for each tail `BELOW`, `KINK` or `ABOVE`. */
  readonly candidates: Int32Array;
  readonly losses: Float64Array;
  readonly places: readonly Uint8Array[];
  /** Value at risk of each tail, m. */
  readonly t: Float64Array;
  readonly kinks: CandidateKinks;
  /** Weight of each tail that the scenarios above leave to its kinks. */
  readonly remaining: Float64Array;
  /** Gradient of the linear terms and of the scenarios above; n. */
  readonly base: Float64Array;
  /** Mass of a candidate in a tail. */
  massOf(tail: number, candidate: number): number;
  /** Chooses the candidates at a decision, and puts each t at its value at risk, with the only kink of its tail there. */
  begin(z: Float64Array): void;
  /** A scenario goes past t. */
  cross(tail: number, candidate: number): void;
  /** A scenario that has come to t is held there. */
  hold(tail: number, candidate: number): void;
  /**
   * Lets a kink go to the side above or below t; false where it was its tail's only one, and t went to the value at risk
   * instead.
   */
  release(kink: number, above: boolean): boolean;
  /** The decision has moved: losses and t by `step` times what they change a unit of it. */
  advance(step: number, lossSteps: Float64Array, tSteps: Float64Array): void;
  /** Looks at the scenarios left out and takes those that lie above some t at a decision; false where there are none. */
  takeMissed(z: Float64Array): boolean;
  /** Mean of `|L − t|`. */
  spread(): number;
  /** Writes where every scenario of the program lies, for each tail. */
  write(scenarios: readonly Uint8Array[]): void;
}

export function createTailScenarios({ program, mostHeld }: PivotProblem): TailScenarios {
  const { size: n, tails } = program;
  const m = tails.length;
  const densities = tailDensities(program);
  const tailMass = 1 - Math.min(...tails.map((tail) => tail.level));
  const kinks: CandidateKinks = { ...createKinks(mostHeld, m), candidate: new Int32Array(mostHeld) };
  const t = new Float64Array(m);
  const remaining = new Float64Array(m);
  const base = new Float64Array(n);
  const entries = createEntries(n);
  let capacity = 0;
  let count = 0;
  let candidates = new Int32Array(0);
  let isCandidate = new Uint8Array(0);
  let probabilities = new Float64Array(0);
  let losses = new Float64Array(0);
  let places: Uint8Array[] = [];
  /** Losses of every scenario. */
  let all = new Float64Array(0);
  let sample = createSample(0);

  function reserve(): void {
    if (program.count <= capacity) return;
    capacity = program.count;
    candidates = new Int32Array(capacity);
    isCandidate = new Uint8Array(capacity);
    probabilities = new Float64Array(capacity);
    losses = new Float64Array(capacity);
    places = tails.map(() => new Uint8Array(capacity));
    all = new Float64Array(capacity);
    sample = createSample(capacity);
  }

  const massOf = (c: number, j: number): number => densities[c]! * probabilities[j]!;

  function measure(z: Float64Array): void {
    affineValues(program.slopes, program.offsets, program.count, z, entries, all);
  }

  function take(k: number): void {
    isCandidate[k] = 1;
    losses[count] = all[k]!;
    probabilities[count] = program.probabilities[k]!;
    candidates[count++] = k;
  }

  function begin(z: Float64Array): void {
    reserve();
    kinks.count = count = 0;
    measure(z);
    const total = program.count;
    fillSample(sample, all.subarray(0, total), program.probabilities.subarray(0, total));
    const threshold = selectQuantile(sample, Math.max(0, 1 - LOOKED_AT * tailMass));
    isCandidate.fill(0, 0, total);
    for (let k = 0; k < total; k++) if (all[k]! >= threshold) take(k);
    for (let c = 0; c < m; c++) placeAround(c);
    sumBase();
  }

  /** Puts t of a tail at the value at risk, and its only kink there. */
  function placeAround(c: number): void {
    const { weight, level } = tails[c]!;
    fillSample(sample, losses.subarray(0, count), probabilities.subarray(0, count));
    const threshold = selectQuantile(sample, Math.max(0, 1 - (1 - level) / sample.total));
    t[c] = threshold;
    const place = places[c]!;
    let left = weight;
    for (let j = 0; j < count; j++) {
      place[j] = losses[j]! > threshold ? ABOVE : BELOW;
      if (place[j] === ABOVE) left -= massOf(c, j);
    }
    dropKinks(c);
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

  function dropKinks(c: number): void {
    const { tail, candidate, scenario } = kinks;
    let kept = 0;
    for (let b = 0; b < kinks.count; b++) {
      if (tail[b] === c) continue;
      tail[kept] = tail[b]!;
      candidate[kept] = candidate[b]!;
      scenario[kept++] = scenario[b]!;
    }
    kinks.count = kept;
  }

  function sumBase(): void {
    base.set(program.linear);
    for (let c = 0; c < m; c++) {
      remaining[c] = tails[c]!.weight;
      const place = places[c]!;
      for (let j = 0; j < count; j++) if (place[j] === ABOVE) weigh(c, j, 1);
    }
  }

  /** A scenario comes to lie above (`sign` 1) or leaves there (−1). */
  function weigh(c: number, j: number, sign: number): void {
    const mass = sign * massOf(c, j);
    remaining[c]! -= mass;
    addScaled(base, mass, program.slopes, candidates[j]! * n, n);
  }

  function cross(c: number, j: number): void {
    const place = places[c]!;
    const above = place[j] === BELOW;
    place[j] = above ? ABOVE : BELOW;
    weigh(c, j, above ? 1 : -1);
  }

  function hold(c: number, j: number): void {
    if (places[c]![j] === ABOVE) weigh(c, j, -1);
    places[c]![j] = KINK;
    losses[j] = t[c]!;
    kinks.tail[kinks.count] = c;
    kinks.candidate[kinks.count] = j;
    kinks.scenario[kinks.count++] = candidates[j]!;
  }

  function release(b: number, above: boolean): boolean {
    const { tail, candidate, scenario } = kinks;
    const c = tail[b]!;
    let others = 0;
    for (let other = 0; other < kinks.count; other++) if (tail[other] === c) others++;
    if (others === 1) {
      placeAround(c);
      sumBase();
      return false;
    }
    const j = candidate[b]!;
    kinks.count--;
    for (let later = b; later < kinks.count; later++) {
      tail[later] = tail[later + 1]!;
      candidate[later] = candidate[later + 1]!;
      scenario[later] = scenario[later + 1]!;
    }
    losses[j] = t[c]!;
    places[c]![j] = above ? ABOVE : BELOW;
    if (above) weigh(c, j, 1);
    markReferences(kinks);
    return true;
  }

  function advance(step: number, lossSteps: Float64Array, tSteps: Float64Array): void {
    const values = losses;
    const looked = count;
    for (let j = 0; j < looked; j++) values[j]! += step * lossSteps[j]!;
    for (let c = 0; c < m; c++) t[c]! += step * tSteps[c]!;
  }

  function takeMissed(z: Float64Array): boolean {
    const room = ON * (spread() + program.magnitude);
    measure(z);
    const before = count;
    const total = program.count;
    const measured = all;
    let lowest = Infinity;
    for (let c = 0; c < m; c++) lowest = Math.min(lowest, t[c]! + room);
    for (let k = 0; k < total; k++) {
      const loss = measured[k]!;
      if (!(loss > lowest) || isCandidate[k] === 1) continue;
      const j = count;
      take(k);
      for (let c = 0; c < m; c++) {
        places[c]![j] = loss > t[c]! + room ? ABOVE : BELOW;
        if (loss > t[c]! + room) weigh(c, j, 1);
      }
    }
    return count > before;
  }

  function spread(): number {
    let sum = 0;
    for (let c = 0; c < m; c++) for (let j = 0; j < count; j++) sum += Math.abs(losses[j]! - t[c]!);
    return sum / (m * count);
  }

  function write(scenarios: readonly Uint8Array[]): void {
    for (let c = 0; c < m; c++) {
      const states = scenarios[c]!;
      states.fill(BELOW, 0, program.count);
      for (let j = 0; j < count; j++) states[candidates[j]!] = places[c]![j]!;
    }
  }

  return {
    get count() {
      return count;
    },
    get candidates() {
      return candidates;
    },
    get losses() {
      return losses;
    },
    get places() {
      return places;
    },
    t,
    kinks,
    remaining,
    base,
    massOf,
    begin,
    cross,
    hold,
    release,
    advance,
    takeMissed,
    spread,
    write,
  };
}
