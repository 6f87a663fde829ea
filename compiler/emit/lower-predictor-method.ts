import type { ForecastModelIR, OptionsIR } from "../../runtime/ir/model.ts";
import type { PredictorMethodSpec } from "../../runtime/predict/spec.ts";
import { exactFit, setOf } from "../analyse/predictor-sets.ts";
import { OptionReader, type Choices } from "./choices.ts";
import { lowerOptimizer } from "./lower-methods.ts";
import { lowerPredictorSet } from "./lower-predictor-set.ts";

/** The option behind a member of several candidates. */
const OPTIONS = {
  radii: "radius",
  temperatures: "temperature",
  shares: "share",
  budgets: "budget",
  dualRate: "dual_rate",
  generatorRate: "generator_rate",
};

/** A method that trains a predictor. */
export function lowerPredictorMethod(group: OptionsIR, ir: ForecastModelIR, choices: Choices): PredictorMethodSpec {
  return choices.lowered(methodOf(group, ir, choices), group, OPTIONS);
}

function methodOf(group: OptionsIR, ir: ForecastModelIR, choices: Choices): PredictorMethodSpec {
  const read = new OptionReader(group);
  const training = {
    steps: read.number("steps"),
    batch: read.number("batch"),
    optimizer: lowerOptimizer(read.group("optimizer"), choices),
  };
  const fitted = () => ({
    pretraining: read.number("pretraining"),
    rows: read.word("rows", ["joint", "inputs_given_targets"]),
  });
  const candidates = (key: string): readonly number[] => read.choice(key).candidates;
  switch (group.name) {
    case "ml":
      return { method: "ml", ...training };
    case "dml":
      return { method: "dml", shares: candidates("share"), ...fitted(), ...training };
    case "w_dro": {
      const form = read.word("form", ["adversarial", "penalty"]);
      // The candidates that droc has are radii; those of penalties are the method's own.
      const radii = form === "penalty" && read.isImplicit("radius") ? {} : { radii: candidates("radius") };
      const more = { inner: read.number("inner"), targets: read.boolean("targets") };
      return { method: "w_dro", form, ...radii, ...more, ...training };
    }
    case "kl_dro":
      return { method: "kl_dro", radii: candidates("radius"), ...training };
    case "dro": {
      const exact = exactFit(group, ir);
      const set = lowerPredictorSet(setOf(group, ir), choices);
      return { method: "dro", set, ...(exact === null ? {} : { exact }), ...training };
    }
    case "dragen": {
      const more = { inner: read.number("inner"), latent: read.number("latent") };
      return { method: "dragen", radii: candidates("radius"), ...more, ...fitted(), ...training };
    }
    case "p_dro": {
      const more = { window: read.number("window"), inner: read.number("inner"), outer: read.number("outer") };
      return { method: "p_dro", temperatures: candidates("temperature"), ...more, ...fitted(), ...training };
    }
    case "gas_dro":
      return {
        method: "gas_dro",
        ...(read.has("budget") ? { budgets: candidates("budget") } : {}),
        estimator: lowerEstimator(read.group("estimator"), choices),
        dualRate: read.number("dual_rate"),
        generatorRate: read.number("generator_rate"),
        inner: read.number("inner"),
        outer: read.number("outer"),
        ...fitted(),
        ...training,
      };
    default:
      throw new Error(`no method that trains a predictor is called ${group.name}`);
  }
}

type Estimator = NonNullable<Extract<PredictorMethodSpec, { readonly method: "gas_dro" }>["estimator"]>;

function lowerEstimator(group: OptionsIR, choices: Choices): Estimator {
  const read = new OptionReader(group);
  const lastSteps = read.number("last_steps");
  const spec: Estimator =
    group.name === "ppo"
      ? {
          kind: "ppo",
          clip: read.number("clip"),
          lastSteps,
          reference: read.word("reference", ["current", "pretrained"]),
        }
      : { kind: "policy_gradient", lastSteps };
  return choices.lowered(spec, group, { lastSteps: "last_steps" });
}
