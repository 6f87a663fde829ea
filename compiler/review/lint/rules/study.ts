import type { AnyModelIR, ModelIR, OptionsIR, OptionValue } from "../../../../runtime/ir/model.ts";
import type { Span } from "../../../../grammar/ast.ts";
import type { LintedModel, LintContext, LintRule } from "../context.ts";
import { equalValues } from "../../diff/options.ts";
import { numberText, percentText } from "../../diff/text.ts";
import { degreeOf } from "../../../analyse/degree.ts";
import { layoutsOf } from "../../../analyse/index.ts";
import { namesOf } from "../../../analyse/layout.ts";
import { STRONGEST, weightingLikelyHurts, type WeightingFacts } from "../../../analyse/weighting.ts";
import { isSingleStage } from "../../../compile.ts";

/** Rules about how a study is set up: seeds, baselines, tests, strengths, splits. */

/** The place of a declaration of the model, or the model's name where it has none. */
function placeOf({ decl }: LintedModel, ...kinds: readonly string[]): Span {
  const found = decl.declarations.find((one) => kinds.includes(one.kind));
  return found?.span ?? decl.name.span;
}

/** The first line of a declaration: what an editor underlines. */
function headOf(context: LintContext, span: Span): Span {
  const end = context.source.text.indexOf("\n", span.start);
  return { start: span.start, end: end < 0 ? span.end : Math.min(end, span.end) };
}

function numberOf(value: OptionValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function seedsOf(ir: AnyModelIR): number {
  return numberOf(ir.evaluate.options["seeds"]?.value) ?? 1;
}

function comparedOf(ir: AnyModelIR): readonly OptionsIR[] {
  return "compare" in ir ? ir.compare : [];
}

export const seedUnset: LintRule = (context) => {
  for (const { decl, ir } of context.models) {
    if (ir.seed.origin !== "implicit") continue;
    const end = decl.extends?.span.end ?? decl.name.span.end;
    const fix = [{ span: { start: end, end }, text: `\n\nseed ${ir.seed.value}` }];
    context.report("seed-unset", decl.name.span, { seed: ir.seed.value }, fix);
  }
};

export const singleSeed: LintRule = (context) => {
  for (const model of context.models) {
    if (seedsOf(model.ir) > 1) continue;
    context.report("single-seed", headOf(context, placeOf(model, "evaluate")), {});
  }
};

/** Below this many seeds the paired t test over them can hardly find anything. */
const FEW_SEEDS = 3;

export const comparisonWithoutTest: LintRule = (context) => {
  for (const model of context.models) {
    const seeds = seedsOf(model.ir);
    // One seed has a rule of its own.
    if (comparedOf(model.ir).length === 0 || seeds === 1 || seeds >= FEW_SEEDS) continue;
    const why = "the paired test over seeds has one degree of freedom";
    context.report("comparison-without-test", headOf(context, placeOf(model, "compare")), { seeds, why });
  }
};

/** Methods that fit nothing, or look rows up. */
const SIMPLE = new Set([
  "saa",
  "knn_saa",
  "kernel_saa",
  "forest_saa",
  "equal_weights",
  "observational_saa",
  "oracle_saa",
  "ml",
]);

export const missingBaseline: LintRule = (context) => {
  for (const model of context.models) {
    if (!("compare" in model.ir) || model.ir.kind === "generation" || model.ir.kind === "multi_stage") continue;
    const compared = model.ir.compare;
    if (compared.some(({ name }) => SIMPLE.has(name) && name !== "oracle_saa")) continue;
    const found = compared.length === 0 ? "nothing is compared with" : "every method that is compared with is trained";
    context.report("missing-baseline", headOf(context, placeOf(model, "compare", "train", "evaluate")), { found });
  }
};

/** A compared method shares what it is not told with the trained one, so its own options decide. */
export const comparedWithItself: LintRule = (context) => {
  for (const { ir } of context.models) {
    if (!("train" in ir)) continue;
    const { train } = ir;
    for (const { name, options, at } of comparedOf(ir)) {
      if (at?.file !== 0 || name !== train.name) continue;
      const same = Object.entries(options).every(([key, setting]) => {
        const own = train.options[key];
        return own !== undefined && equalValues(own.value, setting.value);
      });
      if (same) context.report("compared-with-itself", at, { name });
    }
  }
};

/**
 * What {@link weightingLikelyHurts} finds of the weights, and a choice of strengths that cannot fall back on none. One
 * of them is said, the gravest first.
 */
export const weights: LintRule = (context) => {
  for (const model of context.models) {
    const { ir } = model;
    if (!isSingleStage(ir) || ir.train.name !== "dw_fm") continue;
    const facts = weightingFactsOf(ir);
    const span = headOf(context, placeOf(model, "train"));
    const reason = weightingLikelyHurts(facts);
    const strengths = facts.strengths.map(numberText).join(", ");
    if (reason?.rule === "equal-weights") context.report("weights-all-equal", span, {});
    else if (reason?.rule === "strong-tilt") {
      const most = numberText(STRONGEST);
      context.report("weighting-may-hurt", span, { strength: numberText(reason.strength), most });
    } else if (reason?.rule === "tilt-without-choice") {
      context.report("weighting-without-choice", span, { strengths, rows: reason.rows });
    } else if (facts.strengths.length > 1 && !facts.strengths.includes(0)) {
      context.report("strength-without-zero", span, { strengths });
    }
  }
};

function weightingFactsOf(ir: ModelIR): WeightingFacts {
  const { lambda, lambda_relative: relative } = ir.train.options;
  const { outcome } = layoutsOf(ir);
  const tails = ir.risk.cvar.map(({ level }) => 1 - level);
  return {
    strengths: numbersOf((lambda ?? relative)?.value),
    scale: lambda === undefined ? "relative" : "absolute",
    detilt: [ir.train, ...ir.compare].some(
      ({ name, options }) => name === "dw_fm" && options["detilt"]?.value === true,
    ),
    rows: rowsOf(ir),
    tail: tails.length === 0 ? null : Math.min(...tails),
    affineInOutcome: degreeOf(ir.loss.graph, namesOf(outcome)) <= 1,
  };
}

function numbersOf(value: OptionValue | undefined): readonly number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || !("oneOf" in value)) return [];
  return value.oneOf.filter((one) => typeof one === "number");
}

/** Training rows, where the spec says how many there are: those of files are counted at the run. */
function rowsOf(ir: ModelIR): number | null {
  return ir.data.source.kind === "synthetic" ? numberOf(ir.data.source.task.options["train"]?.value) : null;
}

/** Draws in the tail below which its mean is hardly an estimate. */
const TAIL_DRAWS = 20;

export const thinTail: LintRule = (context) => {
  for (const model of context.models) {
    const scenarios = numberOf(model.ir.uncertainty.generator.options["scenarios"]?.value);
    if (!("risk" in model.ir) || scenarios === null) continue;
    for (const { level, at } of model.ir.risk.cvar) {
      const tail = Math.round((1 - level) * scenarios);
      if (tail >= TAIL_DRAWS) continue;
      const span = at?.file === 0 ? at : placeOf(model, "risk");
      const enough = Math.ceil(TAIL_DRAWS / (1 - level) - 1e-6);
      context.report("thin-tail", span, { scenarios, tail, level: percentText(level), enough });
    }
  }
};

const TAIL_METRICS = new Set(["cvar_loss", "tail_w1", "cvar_gap", "quantile_gap", "percentile", "worst"]);

export const riskNotReported: LintRule = (context) => {
  for (const model of context.models) {
    const { ir } = model;
    if (!("risk" in ir) || ir.risk.cvar.length === 0) continue;
    if (ir.evaluate.metrics.some(({ name }) => TAIL_METRICS.has(name))) continue;
    context.report("risk-not-reported", headOf(context, placeOf(model, "evaluate")), {});
  }
};

const SMALL = 0.1;

export const smallParts: LintRule = (context) => {
  for (const model of context.models) {
    const split = model.ir.data.split.value;
    if (split.kind !== "chronological" && split.kind !== "random") continue;
    const at = split.at?.file === 0 ? split.at : placeOf(model, "data");
    for (const part of ["validation", "test"] as const) {
      const share = split[part];
      if (share > 0 && share < SMALL - 1e-12) {
        context.report("small-part", headOf(context, at), { part, share: percentText(share) });
      }
    }
  }
};

/** Words of a reason below which nothing was said. */
const WORDS = 4;

export const thinReasons: LintRule = (context) => {
  for (const { ir } of context.models) {
    for (const { assumption, because, at } of ir.waivers ?? []) {
      if (at?.file !== 0 || because.trim().split(/\s+/).length >= WORDS) continue;
      context.report("thin-reason", at, { name: assumption, because });
    }
  }
};

/** Generators that are networks of the context. */
const NETWORKS = new Set([
  "flow_matching",
  "normalizing_flow",
  "ddpm",
  "diffusion",
  "score_matching",
  "mdn",
  "vae",
  "gan",
]);

export const unscaledContext: LintRule = (context) => {
  for (const { ir } of context.models) {
    const generator = ir.uncertainty.generator.name;
    if (ir.data.source.kind === "synthetic" || !NETWORKS.has(generator)) continue;
    for (const field of ir.data.fields) {
      if (field.role !== "context" || field.transforms.length > 0 || field.at?.file !== 0) continue;
      if (!ir.uncertainty.given.includes(field.name)) continue;
      context.report("unscaled-context", field.at, { name: field.name, generator });
    }
  }
};

export const radii: LintRule = (context) => {
  for (const { decl, ir } of context.models) {
    if (!("ambiguity" in ir) || ir.ambiguity === undefined) continue;
    const radius = ir.ambiguity.set.options["radius"];
    if (radius?.at?.file !== 0) continue;
    const written = context.source.text.slice(radius.at.start, radius.at.end);
    const choice = typeof radius.value === "object" && "oneOf" in radius.value;
    if (choice && ir.evaluate.on === "validation") {
      const how = "chosen on rows that the results are reported on";
      context.report("radius-chosen-on-test", radius.at, { radius: written, how });
    }
    const named = decl.declarations.some(
      (one) => one.kind === "param" && new RegExp(`\\b${one.name.name}\\b`).test(written),
    );
    if (typeof radius.value === "number" && radius.value !== 0 && !named) {
      const how = "written as a bare number: whether the test results chose it cannot be seen";
      context.report("radius-chosen-on-test", radius.at, { radius: written, how });
    }
  }
};
