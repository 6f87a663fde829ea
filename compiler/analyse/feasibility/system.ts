import type { ModelIR } from "../../../runtime/ir/model.ts";
import type { FeasibleForm, Row } from "../feasible.ts";
import type { LinearSystem } from "./simplex.ts";

/** Nearest a whole number that counts as one, so that `0.3 / 0.1` bounds an integer at 3. */
const WHOLE = 1e-9;

/** The feasible set of some of the constraints, with the constraint behind each bound and row. */
export interface SourcedSystem extends LinearSystem {
  /** Constraint of each component's tightest bound; `null` where there is none, −1 for the type's own. */
  readonly lowerFrom: readonly (number | null)[];
  readonly upperFrom: readonly (number | null)[];
  readonly rowFrom: readonly number[];
  /** Bounds of a component before those of integers are rounded. */
  stated(component: number): readonly [lower: number, upper: number];
}

/**
 * The system that the constraints in `kept` state; `null` keeps all. Bounds of integer components are rounded inwards,
 * which is all that is done about integrality: the rest is the relaxation.
 */
export function systemOf(form: FeasibleForm, kept: ReadonlySet<number> | null): SourcedSystem {
  const n = form.size;
  const lower = new Float64Array(n).fill(-Infinity);
  const upper = new Float64Array(n).fill(Infinity);
  const lowerFrom: (number | null)[] = Array.from({ length: n }, () => null);
  const upperFrom: (number | null)[] = Array.from({ length: n }, () => null);
  for (const { component: i, side, value, constraint } of form.bounds) {
    if (kept !== null && constraint >= 0 && !kept.has(constraint)) continue;
    if (side === "lower" && value > lower[i]!) [lower[i], lowerFrom[i]] = [value, constraint];
    if (side === "upper" && value < upper[i]!) [upper[i], upperFrom[i]] = [value, constraint];
  }
  const [statedLower, statedUpper] = [lower.slice(), upper.slice()];
  for (const i of form.integer) {
    lower[i] = Math.ceil(lower[i]! - WHOLE * (1 + Math.abs(lower[i]!)));
    upper[i] = Math.floor(upper[i]! + WHOLE * (1 + Math.abs(upper[i]!)));
  }
  const has = (row: Row): boolean => kept === null || kept.has(row.constraint);
  const equalities = form.equalities.filter(has);
  const inequalities = form.inequalities.filter(has);
  return {
    size: n,
    lower,
    upper,
    lowerFrom,
    upperFrom,
    rows: [
      ...equalities.map(({ coefficients, bound }) => ({ coefficients, lower: bound, upper: bound })),
      ...inequalities.map(({ coefficients, bound }) => ({ coefficients, lower: -Infinity, upper: bound })),
    ],
    rowFrom: [...equalities, ...inequalities].map((row) => row.constraint),
    stated: (i) => [statedLower[i]!, statedUpper[i]!],
  };
}

/** Whether a constraint comes with a named set, rather than being written in the spec by itself. */
export function isOfSet(ir: ModelIR, constraint: number): boolean {
  const at = ir.decision.constraints[constraint]!.at;
  return ir.decision.sets.some(
    (set) => at !== undefined && set.at?.file === at.file && set.at.start === at.start && set.at.end === at.end,
  );
}

/** Constraints whose bounds hold the variables of an identity: x by the sign of its weight, then rows. */
export function sourcesOf(system: SourcedSystem, weights: ArrayLike<number>, least: boolean): Set<number> {
  const sources = new Set<number>();
  for (let k = 0; k < weights.length; k++) {
    const w = weights[k]!;
    if (w === 0) continue;
    const from =
      k >= system.size ? system.rowFrom[k - system.size]! : (w > 0 === least ? system.lowerFrom : system.upperFrom)[k]!;
    if (from !== null && from >= 0) sources.add(from);
  }
  return sources;
}
