import type { Highs } from "highs";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { FeasibleSet, LinearRow, Place } from "../spec.ts";
import { decideCatalogue } from "./catalogue.ts";
import { getHighs, solveWithHighs } from "./highs.ts";
import { addSetRows, columnUnits, createModelWriter } from "./linear-model.ts";

/** @throws RuntimeError `set-malformed` */
export function validateSet(set: FeasibleSet): void {
  const { size } = set;
  const malformed = (what: string): RuntimeError =>
    new RuntimeError(decideCatalogue, "set-malformed", { what, size }, place(set.boundsAt?.[0]));
  for (const [name, bounds, wrong] of [
    ["lower", set.lower, Infinity],
    ["upper", set.upper, -Infinity],
  ] as const) {
    if (bounds.length !== size) throw malformed(`${bounds.length} ${name} bounds for ${size} components`);
    bounds.forEach((bound, i) => {
      if (Number.isNaN(bound) || bound === wrong) throw malformed(`${name} bound ${i} is ${bound}`);
    });
  }
  for (const row of [...set.inequalities, ...set.equalities]) {
    if (row.coefficients.length === size && [...row.coefficients, row.bound].every(Number.isFinite)) continue;
    const what = `a row has ${row.coefficients.length} coefficients or a number that is not finite`;
    throw new RuntimeError(decideCatalogue, "set-malformed", { what, size }, place(row.at));
  }
  for (const i of set.integer) {
    if (!(Number.isInteger(i) && i >= 0 && i < size)) throw malformed(`component ${i} is marked integer`);
  }
}

function place(at: Place | undefined): { place?: Place } {
  return at === undefined ? {} : { place: at };
}

/** Where the bound of a component is declared; the bound itself where the set does not say. */
export function boundPlace(set: FeasibleSet, component: number, side: "lower" | "upper"): Place {
  const places = set.boundsAt ?? [];
  const declared = places.length === 1 ? places[0] : places[component];
  if (declared !== undefined) return declared;
  const bound = side === "lower" ? set.lower[component]! : set.upper[component]!;
  return `z[${component}] ${side === "lower" ? ">=" : "<="} ${bound}`;
}

/**
 * Whether some decision satisfies every bound and row (integrality included). If none does, `blame` names an
 * irreducible set: together these contradict each other, and without any one of them the rest do not.
 *
 * @param seconds that one check of integer components may take; a set that it is too short for passes as feasible
 * @throws RuntimeError `set-malformed`, `solver-failed`
 */
export async function checkFeasible(
  set: FeasibleSet,
  seconds = Infinity,
): Promise<{ readonly feasible: boolean; readonly blame: readonly Place[] }> {
  validateSet(set);
  const highs = await getHighs();
  if (isFeasible(highs, set, seconds)) return { feasible: true, blame: [] };
  return { feasible: false, blame: findConflict(highs, set, seconds) };
}

function isFeasible(highs: Highs, set: FeasibleSet, seconds: number): boolean {
  const until = performance.now() + 1000 * seconds;
  if (set.lower.some((lower, i) => lower > set.upper[i]!)) return false;
  const writer = createModelWriter();
  const unit = columnUnits(set);
  for (let i = 0; i < set.size; i++) writer.addColumn(0, set.lower[i]! / unit[i]!, set.upper[i]! / unit[i]!);
  addSetRows(writer, set, unit);
  const { status, detail } = solveWithHighs(highs, writer.finish({ integer: set.integer }), seconds);
  if (status === "optimal" || status === "stopped") return true;
  if (status === "infeasible") return false;
  if (performance.now() >= until) return true;
  throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "highs", status: detail });
}

/** One bound or row, which can be left out of a set. */
type Restriction =
  | { readonly kind: "lower" | "upper"; readonly component: number }
  | { readonly kind: "inequality" | "equality"; readonly row: LinearRow };

/**
 * Deletion filter (Chinneck and Dravnieks 1991): leave restrictions out, in blocks that halve down to one; what cannot
 * be left out without the rest becoming feasible is the conflict. Bounds go first, so that rows are blamed with as few
 * bounds as possible.
 */
function findConflict(highs: Highs, set: FeasibleSet, seconds: number): readonly Place[] {
  let kept: readonly Restriction[] = crossedBounds(set) ?? allRestrictions(set);
  for (let block = Math.ceil(kept.length / 2); ; block = Math.ceil(block / 2)) {
    for (let start = 0; start < kept.length;) {
      const rest = [...kept.slice(0, start), ...kept.slice(start + block)];
      if (isFeasible(highs, restrict(set, rest), seconds)) start += block;
      else kept = rest;
    }
    if (block <= 1) break;
  }
  const places = kept.map((restriction) =>
    "row" in restriction ? restriction.row.at : boundPlace(set, restriction.component, restriction.kind),
  );
  return [...new Set(places)];
}

/** A component whose bounds cross is a conflict by itself. */
function crossedBounds(set: FeasibleSet): readonly Restriction[] | undefined {
  const component = set.lower.findIndex((lower, i) => lower > set.upper[i]!);
  if (component < 0) return undefined;
  return [
    { kind: "lower", component },
    { kind: "upper", component },
  ];
}

function allRestrictions(set: FeasibleSet): Restriction[] {
  const restrictions: Restriction[] = [];
  for (let component = 0; component < set.size; component++) {
    if (set.lower[component]! > -Infinity) restrictions.push({ kind: "lower", component });
    if (set.upper[component]! < Infinity) restrictions.push({ kind: "upper", component });
  }
  for (const row of set.inequalities) restrictions.push({ kind: "inequality", row });
  for (const row of set.equalities) restrictions.push({ kind: "equality", row });
  return restrictions;
}

function restrict(set: FeasibleSet, restrictions: readonly Restriction[]): FeasibleSet {
  const lower = set.lower.map(() => -Infinity);
  const upper = set.upper.map(() => Infinity);
  const inequalities: LinearRow[] = [];
  const equalities: LinearRow[] = [];
  for (const restriction of restrictions) {
    if ("row" in restriction) (restriction.kind === "equality" ? equalities : inequalities).push(restriction.row);
    else if (restriction.kind === "lower") lower[restriction.component] = set.lower[restriction.component]!;
    else upper[restriction.component] = set.upper[restriction.component]!;
  }
  return { ...set, lower, upper, inequalities, equalities };
}
