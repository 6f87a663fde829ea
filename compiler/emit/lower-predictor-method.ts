import type { OptionsIR } from "../../runtime/ir/model.ts";
import type { PredictorMethodSpec } from "../../runtime/predict/spec.ts";
import { OptionReader, type Choices } from "./choices.ts";
import { lowerOptimizer } from "./lower-methods.ts";

/** A method that trains a predictor. */
export function lowerPredictorMethod(group: OptionsIR, choices: Choices): PredictorMethodSpec {
  const read = new OptionReader(group);
  const training = {
    steps: read.number("steps"),
    batch: read.number("batch"),
    optimizer: lowerOptimizer(read.group("optimizer"), choices),
  };
  switch (group.name) {
    case "ml":
      return choices.lowered({ method: "ml", ...training }, group);
    default:
      throw new Error(`no method that trains a predictor is called ${group.name}`);
  }
}
