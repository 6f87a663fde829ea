import { solveCone } from "../../../runtime/decide/cone/index.ts";
import type { Cone } from "../../../runtime/decide/cone/index.ts";
import { sparseFromEntries, type Entry } from "../../../runtime/decide/sparse/matrix.ts";
import type { ScenarioSet } from "../../../runtime/decide/index.ts";
import type { DecisionProblem } from "../../../runtime/spec.ts";

/**
 * The decision by the epigraph form as a cone program, to many digits: nothing shared with the structured solver, whose
 * answers are too coarse for differences. Columns: z, then u_k of the mean, then t and u_k of each CVaR.
 */
export function preciseDecision(problem: DecisionProblem, scenarios: ScenarioSet): Float64Array {
  const { feasible, risk, sizes, pieces } = problem;
  const { decision: n, outcome: d } = sizes;
  const weights = scenarios.weights ?? new Float64Array(scenarios.count).fill(1);
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  const entries: Entry[] = [];
  const b: number[] = [];
  const q = [...risk.linear];
  const row = (values: readonly (readonly [number, number])[], bound: number): void => {
    for (const [column, value] of values) entries.push({ row: b.length, column, value });
    b.push(bound);
  };
  for (const { coefficients, bound } of feasible.equalities) row([...coefficients.entries()], bound);
  const equalities = b.length;
  for (const { coefficients, bound } of feasible.inequalities) row([...coefficients.entries()], bound);
  for (let i = 0; i < n; i++) {
    if (feasible.upper[i]! < Infinity) row([[i, 1]], feasible.upper[i]!);
    if (feasible.lower[i]! > -Infinity) row([[i, -1]], -feasible.lower[i]!);
  }
  const slopes = new Float64Array(pieces.count * n);
  const offsets = new Float64Array(pieces.count);
  const block = (weight: number, level: number | null): void => {
    const t = level === null ? null : q.push(weight) - 1;
    for (let k = 0; k < scenarios.count; k++) {
      if (weights[k] === 0) continue;
      const u = q.push((weight * weights[k]!) / mass / (level === null ? 1 : 1 - level)) - 1;
      pieces.fill(scenarios.outcomes.slice(k * d, (k + 1) * d), new Float64Array(0), slopes, offsets);
      for (let j = 0; j < pieces.count; j++) {
        const along = Array.from({ length: n }, (_, i): [number, number] => [i, slopes[j * n + i]!]);
        row([...along, [u, -1], ...(t === null ? [] : [[t, -1] as const])], -offsets[j]!);
      }
      if (t !== null) row([[u, -1]], 0);
    }
  };
  if (risk.mean > 0) block(risk.mean, null);
  for (const { weight, level } of risk.cvar) block(weight, level);
  const quadratic: Entry[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) quadratic.push({ row: i, column: j, value: 2 * (risk.quadratic?.[i * n + j] ?? 0) });
  }
  const cones: Cone[] = [];
  if (equalities > 0) cones.push({ kind: "zero", size: equalities });
  cones.push({ kind: "nonnegative", size: b.length - equalities });
  const answer = solveCone(
    {
      p: sparseFromEntries(q.length, q.length, quadratic),
      q: Float64Array.from(q),
      a: sparseFromEntries(b.length, q.length, entries),
      b: Float64Array.from(b),
      cones,
    },
    { tolerance: 1e-13 },
  );
  return answer.x.slice(0, n);
}
