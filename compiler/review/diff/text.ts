import { styledValue } from "../../cli/explain/text-of.ts";
import type { OptionsIR, OptionValue } from "../../../runtime/ir/model.ts";

/** A number as a spec would write it, to at most nine digits, so that a small change shows. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(9)) + 0;
  const size = Math.abs(rounded);
  return size > 0 && size < 1e-3 ? rounded.toExponential() : String(rounded);
}

/** `0.7` as `70%`. */
export function percentText(value: number): string {
  return `${numberText(100 * value)}%`;
}

/** A value on one line, as a spec writes it; of a group the options that the spec states. */
export function valueText(value: OptionValue): string {
  return styledValue(value, { number: numberText, group: optionsText });
}

/** `wasserstein { order: 2, radius: 0.1 }`: what the spec states of it, without defaults. */
export function optionsText({ name, options }: OptionsIR): string {
  const written = Object.entries(options).flatMap(([key, setting]) =>
    setting.origin === "explicit" ? [`${key}: ${valueText(setting.value)}`] : [],
  );
  return written.length === 0 ? name : `${name} { ${written.join(", ")} }`;
}
