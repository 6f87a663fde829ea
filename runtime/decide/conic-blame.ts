import type { DecisionProblem, ConicForm, Place } from "../spec.ts";
import { solveCone } from "./cone/index.ts";
import { rowSources, withoutRows, type ConicProgram } from "./conic-program.ts";
import { boundPlace } from "./feasible-set.ts";
import type { MissingBound } from "./types.ts";

/** Share of a certificate's largest entry below which an entry is rounding. */
const SUPPORT = 1e-6;

/**
 * Places whose rows contradict each other: those in the support of a certificate of infeasibility (`null`: all), less
 * what the deletion filter finds that the others contradict each other without (Chinneck and Dravnieks 1991).
 */
export function infeasiblePlaces(
  problem: DecisionProblem,
  conic: ConicForm,
  program: ConicProgram,
  certificate: Float64Array | null,
): readonly Place[] {
  const places = rowSources(conic, program).map((source): Place | null => {
    if ("row" in source) return conic.rowsAt[source.row] ?? null;
    const component = program.columns.indexOf(source.column);
    return component < 0 ? null : boundPlace(problem.feasible, component, source.side);
  });
  const most = largestOf(certificate ?? []);
  const supports = (row: number): boolean => certificate === null || Math.abs(certificate[row]!) > SUPPORT * most;
  const involved = places.filter((place, row) => place !== null && supports(row));
  const kept = new Set(involved);
  const flat = { ...program.problem, p: null, q: new Float64Array(program.problem.q.length) };
  for (const place of kept) {
    const fewer = withoutRows(
      flat,
      (row) => places[row] !== null && (places[row] === place || !kept.has(places[row]!)),
    );
    if (solveCone(fewer).status === "infeasible") kept.delete(place);
  }
  // What a message can show of them is first of all what is curved.
  const curved = new Set(conic.constraints.map(({ at }) => at));
  const all = [...kept].filter((place) => place !== null);
  return [...all.filter((place) => curved.has(place)), ...all.filter((place) => !curved.has(place))];
}

/** Sides without a bound towards which the decision moves along a direction of endless descent. */
export function missingBounds(
  { feasible }: DecisionProblem,
  { columns }: ConicProgram,
  direction: Float64Array,
): readonly MissingBound[] {
  const steps = Array.from(columns, (column) => direction[column]!);
  const most = largestOf(steps);
  return steps.flatMap((step, component) => {
    const side = step < 0 ? "lower" : "upper";
    const open = !Number.isFinite(feasible[side][component]);
    return open && Math.abs(step) > SUPPORT * most ? [{ component, side }] : [];
  });
}

function largestOf(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
