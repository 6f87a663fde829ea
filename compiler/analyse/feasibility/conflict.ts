import type { ModelIR } from "../../../runtime/ir/model.ts";
import type { FeasibleForm } from "../feasible.ts";
import type { Layout } from "../layout.ts";
import { findPoint, rangeOf, type Certificate, type Work } from "./simplex.ts";
import { isOfSet, sourcesOf, systemOf, type SourcedSystem } from "./system.ts";
import { componentName, listOf, numberText } from "./text.ts";

/** Constraints that cannot hold together, though they can without any one of them. */
export interface Conflict {
  /** Indices into the model's constraints, in their order. */
  readonly constraints: readonly number[];
  /** The constraint that the message is about. */
  readonly anchor: number;
  /** What the others allow and what the anchor needs. */
  readonly arithmetic: string;
}

/**
 * An irreducible subset by the deletion filter (Chinneck 2008, §6.2) over the constraints in the support of a
 * certificate of emptiness.
 */
export function findConflict(
  ir: ModelIR,
  form: FeasibleForm,
  decision: Layout,
  found: { readonly system: SourcedSystem; readonly certificate: Certificate },
  work: Work,
): Conflict {
  let current = found;
  const first = supportOf(current);
  let kept: ReadonlySet<number> = first;
  for (const candidate of first) {
    if (!kept.has(candidate)) continue;
    const fewer = new Set(kept);
    fewer.delete(candidate);
    const system = systemOf(form, fewer);
    const answer = findPoint(system, work);
    if (answer.status !== "empty") continue;
    current = { system, certificate: answer.certificate };
    // The certificate of a smaller set may need fewer still.
    const support = supportOf(current);
    kept = new Set([...fewer].filter((constraint) => support.has(constraint)));
  }
  return explain(
    ir,
    decision,
    current,
    [...kept].toSorted((a, b) => a - b),
  );
}

interface Found {
  readonly system: SourcedSystem;
  readonly certificate: Certificate;
}

function supportOf({ system, certificate: { weights, crossed } }: Found): Set<number> {
  if (crossed === null) {
    const { least, slack } = rangeOf(system, weights);
    return sourcesOf(system, weights, least > slack);
  }
  return new Set([...sourcesOf(system, weights, true), ...sourcesOf(system, weights, false)]);
}

function explain(ir: ModelIR, decision: Layout, found: Found, constraints: readonly number[]): Conflict {
  const { system, certificate } = found;
  const { crossed } = certificate;
  const label = (constraint: number): string => `\`${ir.decision.constraints[constraint]!.label}\``;
  const labelOr = (constraint: number | null): string =>
    constraint !== null && constraint >= 0 ? label(constraint) : "its type `bool`";
  if (crossed !== null && crossed < system.size) {
    const [below, above] = [system.lowerFrom[crossed]!, system.upperFrom[crossed]!];
    const name = `\`${componentName(ir, decision, crossed)}\``;
    const owners = [below, above].filter((one) => one !== null && one >= 0).map((one) => label(one!));
    const anchor = below !== null && below >= 0 ? below : above!;
    const [low, high] = system.stated(crossed);
    const arithmetic =
      low <= high
        ? `${listOf(owners)} ${new Set(owners).size === 1 ? "leaves" : "leave"} no whole number for ${name}`
        : `${labelOr(below)} makes ${name} at least ${numberText(low)}, but ${labelOr(above)} allows at most ${numberText(high)}`;
    return { constraints, anchor, arithmetic };
  }
  // Any one row of the certificate may be read as what the others deny: an equality or a `>=` says what is needed.
  const all = system.rowFrom.flatMap((constraint, i) =>
    certificate.weights[system.size + i] === 0 ? [] : [{ constraint, row: system.rows[i]!, k: system.size + i }],
  );
  // What the spec itself says comes before what its sets bring along.
  const written = all.filter(({ constraint }) => !isOfSet(ir, constraint));
  const rows = written.length > 0 ? written : all;
  const isEqual = ({ row }: (typeof rows)[number]): boolean => row.lower === row.upper;
  const isLower = ({ constraint }: (typeof rows)[number]): boolean =>
    ir.decision.constraints[constraint]!.label.includes(">=");
  const chosen = rows.findLast(isEqual) ?? rows.findLast(isLower) ?? rows.at(-1)!;
  const { constraint: anchor, row } = chosen;
  // A `>=` is kept as right − left ≤ 0; it is told as it is written.
  const sign = !isEqual(chosen) && isLower(chosen) ? -1 : 1;
  // Σ w·v = 0 gives the anchor's activity as the negative sum of all others.
  const own = certificate.weights[chosen.k]!;
  const others = Float64Array.from(certificate.weights, (w) => (-sign * w) / own);
  others[chosen.k] = 0;
  const { least, most } = rangeOf(system, others);
  const names = [...new Set(constraints.filter((one) => one !== anchor).map(label))];
  if (names.length === 0) return { constraints, anchor, arithmetic: `${label(anchor)} can never hold` };
  const [low, high] = sign > 0 ? [row.lower, row.upper] : [-row.upper, -row.lower];
  const needs =
    low === high
      ? `needs ${numberText(low)}`
      : low > -Infinity
        ? `needs at least ${numberText(low)}`
        : `allows at most ${numberText(high)}`;
  const plural = names.length > 1;
  const deny =
    most < low
      ? `${plural ? "allow" : "allows"} at most ${numberText(most)}`
      : `${plural ? "make" : "makes"} it at least ${numberText(least)}`;
  return { constraints, anchor, arithmetic: `${label(anchor)} ${needs}, but ${listOf(names)} ${deny}` };
}
