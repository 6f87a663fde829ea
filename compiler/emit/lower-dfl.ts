import type { DflLossSpec } from "../../runtime/dfl/loss-spec.ts";
import type { SetObjective } from "../../runtime/dfl/sets/objectives.ts";
import type { PredictorSpec } from "../../runtime/dfl/types.ts";
import type { OptionsIR } from "../../runtime/ir/model.ts";
import type { AdamSpec, DflMethodSpec, DiffDroSpec, UncertaintySetSpec } from "../../runtime/spec.ts";
import { OptionReader, type Choices } from "./choices.ts";

/** A predictor that is trained for its decisions; `null` for other methods. */
export function lowerDflMethod(
  group: OptionsIR,
  choices: Choices,
): DflMethodSpec | DiffDroSpec | UncertaintySetSpec | null {
  const read = new OptionReader(group);
  if (group.name === "diff_dro") {
    const layer: DiffDroSpec = {
      method: "diff_dro",
      strengths: read.choice("strength").candidates,
      predictor: choices.lowered(lowerPredictor(read.group("predictor")), read.group("predictor")),
      steps: read.number("steps"),
      batch: read.number("batch"),
      optimizer: lowerAdam(read.group("optimizer"), choices),
    };
    return choices.lowered(layer, group, { strengths: "strength" });
  }
  const { name } = group;
  if (name === "lro" || name === "e2e_cro" || name === "e2e_conformal") {
    const set: UncertaintySetSpec = {
      method: "uncertainty_set",
      name,
      objective: choices.lowered(lowerObjective(name, read), group),
      predictor: choices.lowered(lowerPredictor(read.group("predictor")), read.group("predictor")),
      warmup: read.number("warmup"),
      steps: read.number("steps"),
      batch: read.number("batch"),
      optimizer: lowerAdam(read.group("optimizer"), choices),
    };
    return choices.lowered(set, group);
  }
  const loss = lowerLoss(group.name, read);
  if (loss === null) return null;
  const predictor = lowerPredictor(read.group("predictor"));
  const spec: DflMethodSpec = {
    method: "dfl",
    name: group.name,
    loss: choices.lowered(loss, group),
    predictor: choices.lowered(predictor, read.group("predictor")),
    steps: read.number("steps"),
    batch: read.number("batch"),
    optimizer: lowerAdam(read.group("optimizer"), choices),
    solve: read.has("solve") ? read.number("solve") : 1,
    ...(read.has("evaluations") ? { evaluations: read.number("evaluations") } : {}),
    ...(read.has("relax") && read.boolean("relax") ? { relax: true as const } : {}),
  };
  return choices.lowered(spec, group);
}

function lowerObjective(name: UncertaintySetSpec["name"], read: OptionReader): SetObjective {
  switch (name) {
    case "lro":
      return { kind: "promise", tail: read.number("tail"), penalty: read.number("penalty") };
    case "e2e_cro":
      return { kind: "conditional", coverage: read.number("coverage"), weight: read.number("weight") };
    case "e2e_conformal":
      return { kind: "conformal", coverage: read.number("coverage"), calibration: read.number("calibration") };
  }
}

function lowerPredictor(group: OptionsIR): PredictorSpec {
  if (group.name === "linear") return { kind: "linear" };
  return { kind: "mlp", hidden: new OptionReader(group).numbers("hidden"), activation: "relu" };
}

function lowerAdam(group: OptionsIR, choices: Choices): AdamSpec {
  const read = new OptionReader(group);
  const spec: AdamSpec = { kind: "adam", rate: read.number("rate"), weightDecay: read.number("weight_decay") };
  return choices.lowered(spec, group, { weightDecay: "weight_decay" });
}

/** The loss behind a method's name; `null` where none is called so. */
function lowerLoss(name: string, read: OptionReader): DflLossSpec | null {
  const outer = (): "regret" | "squared_error" | "absolute_error" =>
    read.word("outer", ["regret", "squared_error", "absolute_error"]);
  const sides = (): "one" | "two" => read.word("sides", ["one", "two"]);
  const noise = (): "additive" | "multiplicative" => read.word("noise", ["additive", "multiplicative"]);
  const perturbed = (): { samples: number; sigma: number } => ({
    samples: read.number("samples"),
    sigma: read.number("sigma"),
  });
  switch (name) {
    case "two_stage":
      return { loss: "mse" };
    case "task_e2e":
      return { loss: "task" };
    case "spo_plus":
    case "nce":
    case "map":
    case "pointwise":
      return { loss: name };
    case "pg":
      return { loss: "pg", sigma: read.number("sigma"), sides: sides() };
    case "dbb":
      return { loss: "dbb", lambda: read.number("lambda"), outer: outer() };
    case "nid":
      return { loss: "nid", outer: outer() };
    case "dpo":
      return { loss: "dpo", noise: noise(), ...perturbed(), outer: outer() };
    case "pfyl":
      return { loss: "pfyl", noise: noise(), ...perturbed() };
    case "i_mle": {
      const [kappa, lambda] = [read.number("kappa"), read.number("lambda")];
      return { loss: "imle", ...perturbed(), kappa, lambda, sides: sides(), outer: outer() };
    }
    case "ai_mle":
      return { loss: "aimle", ...perturbed(), kappa: read.number("kappa"), sides: sides(), outer: outer() };
    case "rfwo":
      return { loss: "rfwo", lambda: read.number("lambda"), outer: outer() };
    case "rfy":
      return { loss: "rfy", lambda: read.number("lambda") };
    case "cave":
      return { loss: "cave", inner: read.number("inner") };
    case "listwise":
      return { loss: "listwise", temperature: read.number("temperature") };
    case "pairwise":
      return { loss: "pairwise", margin: read.number("margin") };
    case "policy_gradient":
      return { loss: "policy_gradient", ...perturbed() };
    default:
      return null;
  }
}
