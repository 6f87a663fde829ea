import type { OptionsIR } from "../../runtime/ir/model.ts";
import type { SetSpec } from "../../runtime/robust/sets/spec.ts";
import { OptionReader, type Choices } from "./choices.ts";

/** The option behind a member of several candidates. */
const OPTIONS = { kind: "", radii: "radius", tails: "tail", covariances: "covariance", labelCost: "label_cost" };

/** A set of laws around the training rows of a predictor. */
export function lowerPredictorSet(group: OptionsIR, choices: Choices): SetSpec {
  return choices.lowered(setSpec(group), group, OPTIONS);
}

function setSpec(group: OptionsIR): SetSpec {
  const read = new OptionReader(group);
  const candidates = (key: string): readonly number[] => read.choice(key).candidates;
  const norm = () => read.word("norm", ["l1", "l2", "linf"]);
  const { name } = group;
  switch (name) {
    case "chi2":
    case "kl":
    case "total_variation":
      return { kind: name, radii: candidates("radius") };
    case "cressie_read":
      return { kind: name, power: read.number("power"), radii: candidates("radius") };
    case "cvar":
    case "group_cvar":
      return { kind: name, tails: candidates("tail") };
    case "marginal_cvar": {
      const [lipschitz, order] = [read.number("lipschitz"), read.number("order")];
      return { kind: name, tails: candidates("tail"), lipschitz, order };
    }
    case "mmd":
      return { kind: name, radii: candidates("radius"), width: read.number("width") };
    case "sinkhorn": {
      const [regularisation, draws] = [read.number("regularisation"), read.number("draws")];
      return { kind: name, radii: candidates("radius"), regularisation, draws };
    }
    case "bayesian": {
      const around = read.word("around", ["kl", "chi2", "total_variation"]);
      return { kind: name, around, radii: candidates("radius"), draws: read.number("draws") };
    }
    case "wasserstein": {
      const labelCost = read.has("label_cost") ? { labelCost: read.number("label_cost") } : {};
      return { kind: name, order: orderOf(read), norm: norm(), radii: candidates("radius"), ...labelCost };
    }
    case "moments":
      return { kind: name, mean: read.number("mean"), covariances: candidates("covariance") };
    case "outlier_robust": {
      const [outliers, spread] = [read.number("outliers"), read.number("spread")];
      return { kind: name, radii: candidates("radius"), outliers, spread, norm: norm() };
    }
    case "holistic": {
      const [corruption, noise, support] = [read.number("corruption"), read.number("noise"), read.number("support")];
      return { kind: name, radii: candidates("radius"), corruption, noise, support, norm: norm() };
    }
    default:
      throw new Error(`no set of laws around rows is called ${name}`);
  }
}

function orderOf(read: OptionReader): 1 | 2 | "infinity" {
  const order = read.value("order");
  if (order === 1 || order === 2 || order === "infinity") return order;
  throw new Error("option order of wasserstein is not 1, 2 or infinity");
}
