import { meanOf, type Estimate } from "./sample.ts";

/** Levels of the central intervals whose coverage is measured. */
export const COVERAGE_LEVELS = [0.5, 0.8, 0.9] as const;

/** Groups of contexts by difficulty, the easiest first. */
export const DIFFICULTY_GROUPS = 3;

export interface Coverage extends Estimate {
  /** Probability that the interval claims. */
  readonly level: number;
  /** Coverage in each group of contexts, the easiest first; empty where difficulty says nothing. */
  readonly byDifficulty: readonly Estimate[];
}

/**
 * Share of the outcomes within the generator's central intervals, over contexts and components. An outcome is within the
 * interval of level β where its PIT value is within β/2 of one half: for a right generator that has probability β
 * exactly, whatever the number of scenarios. Standard errors take contexts as independent and components as not.
 *
 * @param pit n × m × d
 * @param groups positions of the contexts of each group
 */
export function coverage(
  pit: Float64Array,
  contexts: number,
  groups: readonly Int32Array[],
  levels: readonly number[] = COVERAGE_LEVELS,
): Coverage[] {
  const width = contexts === 0 ? 0 : pit.length / contexts;
  return levels.map((level) => {
    const shares = Float64Array.from({ length: contexts }, (_, i) => {
      let inside = 0;
      for (let k = i * width; k < (i + 1) * width; k++) if (Math.abs(pit[k]! - 0.5) <= level / 2) inside++;
      return inside / width;
    });
    return {
      level,
      ...meanOf(shares),
      byDifficulty: groups.map((group) => meanOf(Float64Array.from(group, (i) => shares[i]!))),
    };
  });
}

/**
 * Contexts in groups of nearly equal size by a score, the lowest first; ties by position.
 * @returns no group where the score is the same everywhere or a group would have fewer than two contexts
 */
export function difficultyGroups(score: Float64Array, count: number = DIFFICULTY_GROUPS): Int32Array[] {
  const n = score.length;
  if (n < 2 * count || score.every((value) => value === score[0])) return [];
  const order = Array.from(score.keys()).sort((a, b) => score[a]! - score[b]! || a - b);
  return Array.from({ length: count }, (_, g) =>
    Int32Array.from(order.slice(Math.floor((g * n) / count), Math.floor(((g + 1) * n) / count))),
  );
}
