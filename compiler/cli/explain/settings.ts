import type { AnyModelIR, OptionsIR, OptionValue, Setting } from "../../../runtime/ir/model.ts";
import { isOptions, numberText, percentText, splitText, valueText } from "./text-of.ts";

/** One value that shapes the result, and whether the spec states it. */
export interface ExplainedSetting {
  /** `train.optimizer.rate` */
  readonly name: string;
  readonly value: string;
  /** `implicit`: chosen by droc, since the spec says nothing. */
  readonly origin: "explicit" | "implicit";
}

/** Every setting of a model in reading order, options of options after the option itself. */
export function settingsOf(ir: AnyModelIR): readonly ExplainedSetting[] {
  const settings: ExplainedSetting[] = [];
  const add = (name: string, setting: Setting<OptionValue>): void => {
    settings.push({ name, value: valueText(setting.value), origin: setting.origin });
    if (isOptions(setting.value)) addAll(name, setting.value.options);
  };
  const addAll = (prefix: string, options: OptionsIR["options"]): void => {
    for (const [key, setting] of Object.entries(options)) add(`${prefix}.${key}`, setting);
  };

  add("seed", ir.seed);
  const split = ir.data.split;
  settings.push({ name: "split", value: splitText(split.value), origin: split.origin });
  if (ir.data.source.kind === "synthetic") addAll(ir.data.source.task.name, ir.data.source.task.options);
  addAll(ir.uncertainty.generator.name, ir.uncertainty.generator.options);
  for (const [prefix, group] of ownGroups(ir)) addAll(`${prefix}${group.name}`, group.options);
  addAll("evaluate", ir.evaluate.options);
  for (const metric of ir.evaluate.metrics) addAll(`evaluate.${metric.name}`, metric.options);
  for (const term of "risk" in ir ? ir.risk.cvar : []) {
    const value = `level ${percentText(term.level)}, weight ${numberText(term.weight)}`;
    settings.push({ name: "risk.cvar", value, origin: "explicit" });
  }
  return settings;
}

/** Groups of options that only some kinds of problem have. */
function ownGroups(ir: AnyModelIR): readonly (readonly [prefix: string, group: OptionsIR])[] {
  const found: (readonly [string, OptionsIR])[] = [];
  if ("predictor" in ir) found.push(["decision ", ir.predictor.network]);
  if ("ambiguity" in ir && ir.ambiguity !== undefined) {
    const { set, via, lift } = ir.ambiguity;
    found.push(["ambiguity ", set]);
    if (via !== undefined) found.push(["via ", via]);
    if (lift !== undefined) found.push(["lift ", lift]);
  }
  if ("train" in ir) found.push(["train ", ir.train]);
  if ("solve" in ir && ir.solve !== undefined) found.push(["solve ", ir.solve]);
  if ("inference" in ir) found.push(["infer by ", ir.inference.by]);
  if ("compare" in ir) for (const method of ir.compare) found.push(["compare ", method]);
  if ("stress" in ir) for (const one of ir.stress?.corruptions ?? []) found.push(["stress ", one]);
  return found;
}
