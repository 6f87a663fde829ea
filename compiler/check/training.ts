import type { CompareDecl, TrainDecl } from "../../grammar/ast.ts";
import type { OptionsIR, OptionValue, UncertaintyIR } from "../../runtime/ir/model.ts";
import {
  baselines,
  fittedNames,
  likelihoodGenerators,
  predictorSets,
  trainers,
  weightedGenerators,
} from "../registry/index.ts";
import { locate, type CheckContext, type Env } from "./context.ts";
import type { CheckedData } from "./data.ts";
import { checkTuning } from "./tuning.ts";

/** How the generator is trained; a mixture without `train` is fitted by its own criterion. `null` after reporting. */
export function checkTrain(
  ctx: CheckContext,
  decl: TrainDecl,
  uncertainty: UncertaintyIR | null,
  data: CheckedData | null,
  env: Env,
): OptionsIR | null {
  const checked = ctx.checkGroup(decl.value, trainers, env);
  if (checked === null) return null;
  const at = locate(env, decl.value);
  const trained = checked.schema.generators;
  if (uncertainty !== null && trained !== undefined && !trained.includes(uncertainty.generator.name)) {
    const names = trained.join(", ").replace(/, ([^,]*)$/, " or $1");
    ctx.reporter.report("method-needs", at, {
      name: checked.ir.name,
      needs: `the generator ${names}`,
      reason: fittedNames.includes(uncertainty.generator.name)
        ? `\`${uncertainty.generator.name}\` is fitted by its own likelihood, not by steps of an optimizer`
        : `\`${uncertainty.generator.name}\` is not trained by the loss that this method weighs`,
      advice: `remove \`train\`, or write \`uncertainty … ~ ${trained[0]!}\``,
    });
    return null;
  }
  const needs = needsOfSet(checked.ir.name, setName(ctx));
  if (needs !== null) {
    ctx.reporter.report("method-needs", at, { name: checked.ir.name, ...needs });
    return null;
  }
  const candidates = strengths(checked.ir);
  if (candidates > 1 && data?.withoutValidation === true) {
    ctx.reporter.report("method-needs", at, {
      name: checked.ir.name,
      needs: "a validation part",
      reason: `it chooses among ${candidates} strengths, and choosing on the test data would spoil the test`,
      advice: "give `validation` a share of the rows, or write one strength: `lambda_relative: 0.05`",
    });
    return null;
  }
  return checked.ir;
}

/** The name of the model's ambiguity set; `undefined` without one. */
function setName({ model }: CheckContext): string | undefined {
  for (const { decl } of model.declarations) {
    if (decl.kind !== "ambiguity") continue;
    const { value } = decl;
    if (value.kind === "configured") return value.callee.name;
    return value.kind === "name" ? value.name : "";
  }
  return undefined;
}

/** What the training of a predictor lacks of the model's ambiguity set, or has too much. */
function needsOfSet(method: string, set: string | undefined): Lack | null {
  const sets = predictorSets.groups.map(({ name }) => name);
  // A preset is one of either kind: its own name says nothing.
  const known = set !== undefined && sets.includes(set);
  if (method === "gas_dro" && (set === undefined || (known && set !== "generative"))) {
    return {
      needs: set === undefined ? "an ambiguity set" : "the ambiguity set generative",
      reason: "without a budget the worst law has no bound",
      advice: `${set === undefined ? "add" : "write"} \`ambiguity generative { budget: 0.015 }\`${set === undefined ? "" : ", or `train dro`"}`,
    };
  }
  if (method === "dro" && (set === undefined || set === "generative")) {
    return {
      needs: "an ambiguity set around the training rows",
      reason:
        set === undefined
          ? "the worst law is one of a set"
          : "the laws of `generative` are those of a generator, which `gas_dro` trains against",
      advice:
        set === undefined
          ? "add, for instance, `ambiguity chi2 { radius: one_of(0.1, 0.5) by holdout }`"
          : "write `train gas_dro`, or a set such as `chi2 { radius: 0.5 }`",
    };
  }
  if (method === "ml" && set !== undefined) {
    return {
      needs: "a model without an ambiguity set",
      reason: "it trains on the rows as they are, so that the set would change nothing",
      advice: `remove \`ambiguity\`, or write \`train ${known && set !== "generative" ? "dro" : "gas_dro"}\``,
    };
  }
  return null;
}

/** Number of strengths that a run would choose from. */
function strengths(train: OptionsIR): number {
  const { options } = train;
  const value: OptionValue | undefined = (options["beta"] ?? options["lambda"] ?? options["lambda_relative"])?.value;
  return typeof value === "object" && "oneOf" in value ? value.oneOf.length : 1;
}

/** Baselines; those that need what the model does not have are reported. */
export function checkCompare(
  ctx: CheckContext,
  decl: CompareDecl,
  model: {
    readonly uncertainty: UncertaintyIR | null;
    readonly train: OptionsIR | null;
    readonly data: CheckedData | null;
  },
  env: Env,
): readonly OptionsIR[] | null {
  const methods: OptionsIR[] = [];
  const seen = new Set<string>();
  let failed = false;
  for (const expr of decl.methods) {
    const checked = ctx.checkGroup(expr, baselines, env);
    if (checked === null) {
      failed = true;
      continue;
    }
    const at = locate(env, expr);
    const { name } = checked.ir;
    if (!checkTuning(ctx, checked.ir, at)) {
      failed = true;
      continue;
    }
    const lacking = lackOf(name, model);
    if (lacking !== null) {
      ctx.reporter.report("method-needs", at, { name, ...lacking });
      failed = true;
      continue;
    }
    const key = JSON.stringify([
      name,
      Object.entries(checked.ir.options).map(([option, { value }]) => [option, value]),
    ]);
    if (seen.has(key)) {
      ctx.reporter.report("method-twice", at, { name });
      continue;
    }
    seen.add(key);
    methods.push(checked.ir);
  }
  return failed ? null : methods;
}

interface Lack {
  readonly needs: string;
  readonly reason: string;
  readonly advice: string;
}

function lackOf(
  name: string,
  model: {
    readonly uncertainty: UncertaintyIR | null;
    readonly train: OptionsIR | null;
    readonly data: CheckedData | null;
  },
): Lack | null {
  if (name === "oracle_saa" && model.data !== null && !model.data.synthetic) {
    return {
      needs: "the true law of the outcome",
      reason: "only a synthetic task knows it",
      advice: "remove it, or use `synthetic` data",
    };
  }
  if (
    name === "uniform_fm" &&
    model.uncertainty !== null &&
    !weightedGenerators.includes(model.uncertainty.generator.name)
  ) {
    return {
      needs: "the generator flow_matching",
      reason: "it is the model's own generator, trained without weights",
      advice: "remove it, or write `uncertainty … ~ flow_matching { … }`",
    };
  }
  if (name === "gen_dfl" && model.uncertainty !== null) {
    const { name: generator } = model.uncertainty.generator;
    if (!likelihoodGenerators.includes(generator)) {
      return {
        needs: `the generator ${likelihoodGenerators.join(", ")}`,
        reason: `\`${generator}\` has no likelihood that decisions could be weighed against`,
        advice: "remove it, or write `uncertainty … ~ normalizing_flow { … }`",
      };
    }
  }
  if (name === "dw_fm" && model.train !== null && model.train.name !== "dw_fm") {
    return {
      needs: "`train dw_fm`",
      reason: "it is the model's own training with another de-tilting",
      advice: "train with `dw_fm`, and compare with `uniform_fm`",
    };
  }
  return null;
}
