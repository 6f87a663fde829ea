import type { ModelIR, OptionsIR, OptionValue, WaiverIR } from "../../../runtime/ir/model.ts";
import type { Origin } from "../../../runtime/ir/expr.ts";
import type { Problem } from "../problem.ts";
import type { Facts } from "./facts.ts";
import { assumptionTable, needs, type AssumptionId, type Need, type Verdict } from "./table.ts";

export { factsOf, type Facts } from "./facts.ts";
export { assumptionTable, needs, type Assumption, type AssumptionId, type Need, type Verdict } from "./table.ts";

/** One row of the table, judged for a model. */
export interface Judgement {
  readonly need: Need;
  readonly verdict: Verdict;
  /** The waiver that accepts a violated row in the open. */
  readonly waiver: WaiverIR | null;
}

/** Assumptions that some method cannot do without, with what is waived; `waive` takes these names. */
export const waivableAssumptions: ReadonlyMap<AssumptionId, string> = new Map(
  needs
    .filter((need) => need.for === "applies")
    .map(({ assumption }) => [assumption, `that ${assumptionTable[assumption].statement}`]),
);

/** What the table asks of one method, in its order. */
export function judge(method: string, facts: Facts): readonly Judgement[] {
  return needs
    .filter((need) => need.method === method)
    .map((need) => ({
      need,
      verdict: assumptionTable[need.assumption].decide(facts),
      waiver: facts.ir.waivers?.find((waiver) => waiver.assumption === need.assumption) ?? null,
    }));
}

/** Does the method go without it? What is not proved counts as violated; what no check can decide does not. */
export function isViolated({ need, verdict }: Judgement): boolean {
  return need.for === "applies" && (verdict.holds === false || verdict.holds === "unknown");
}

/** A method of a model: its row in the table, how the spec says it, and where. */
export interface NamedMethod {
  readonly name: string;
  readonly label: string;
  readonly at: Origin | undefined;
}

/** Every method of a model, training, baselines and ambiguity, with where it is named. */
export function methodsOf(ir: ModelIR): readonly NamedMethod[] {
  const methods = [ir.train, ...ir.compare].map((group): NamedMethod => ({ ...rowOf(group), at: group.at }));
  const ambiguity = ir.ambiguity;
  // A penalised set, or one that particles search, needs no closed form of its worst case.
  if (ambiguity !== undefined && ambiguity.via === undefined && ambiguity.set.options["penalty"] === undefined) {
    methods.push({ ...rowOf(ambiguity.set), at: ambiguity.at });
  }
  // A strength of 0 alone is training without weights.
  const unweighted = ir.train.name === "dw_fm" && strengthsOf(ir).every((strength) => strength === 0);
  return methods.filter(
    ({ name }, i) => !(unweighted && name === "dw_fm") && methods.findIndex((m) => m.name === name) === i,
  );
}

function rowOf({ name, options }: OptionsIR): { readonly name: string; readonly label: string } {
  if (name === "wasserstein") {
    const order = Number(options["order"]?.value ?? 2);
    return { name: `wasserstein_${order}`, label: `wasserstein { order: ${order} }` };
  }
  const surrogate = name === "gen_dfl" ? options["surrogate"]?.value : undefined;
  const kind = typeof surrogate === "object" && "name" in surrogate ? surrogate.name : surrogate;
  return typeof kind === "string"
    ? { name: `${name}_${kind}`, label: `${name} { surrogate: ${kind} }` }
    : { name, label: name };
}

function strengthsOf(ir: ModelIR): readonly OptionValue[] {
  const value = (ir.train.options["lambda"] ?? ir.train.options["lambda_relative"])?.value;
  if (value === undefined) return [];
  return typeof value === "object" && "oneOf" in value ? value.oneOf : [value];
}

/** Reports violated rows that no waiver accepts; returns the judgements of all methods. */
export function checkAssumptions(facts: Facts, fallback: Origin, problems: Problem[]): readonly Judgement[] {
  return methodsOf(facts.ir).flatMap(({ name, label, at }) => {
    const judgements = judge(name, facts);
    for (const judgement of judgements) {
      if (!isViolated(judgement) || judgement.waiver !== null) continue;
      const { need, verdict } = judgement;
      const { statement, source, advice } = assumptionTable[need.assumption];
      problems.push({
        code: "assumption-violated",
        args: {
          method: label,
          statement,
          reason: verdict.because,
          otherwise: need.otherwise,
          source,
          advice,
          assumption: need.assumption,
        },
        at: verdict.at ?? at ?? fallback,
        ...(verdict.at === undefined || at === undefined ? {} : { related: [{ at, label }] }),
      });
    }
    return judgements;
  });
}

/** Waivers of the table's assumptions that no method of the model needs. */
export function unusedWaivers(ir: ModelIR, judgements: readonly Judgement[]): readonly WaiverIR[] {
  const names: ReadonlySet<string> = new Set(waivableAssumptions.keys());
  const used = new Set(judgements.filter(isViolated).map(({ need }): string => need.assumption));
  return (ir.waivers ?? []).filter(({ assumption }) => names.has(assumption) && !used.has(assumption));
}
