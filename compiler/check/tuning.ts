import type { ChoiceIR, OptionsIR, OptionValue } from "../../runtime/ir/model.ts";
import { MOST_CANDIDATES, tuningCriteria } from "../registry/index.ts";
import type { Location } from "../source/source-text.ts";
import type { CheckContext } from "./context.ts";

/** Reports a baseline whose values would be chosen by two criteria, or from too many combinations. */
export function checkTuning(ctx: CheckContext, group: OptionsIR, at: Location): boolean {
  const choices = tunedChoices(group);
  const criteria = [...new Set(choices.map(({ by }) => by))];
  if (criteria.length > 1) {
    const [first, second] = criteria;
    ctx.reporter.report("tuning-criteria", at, { name: group.name, first: first!, second: second! });
    return false;
  }
  const count = choices.reduce((product, { oneOf }) => product * oneOf.length, 1);
  if (count <= MOST_CANDIDATES) return true;
  ctx.reporter.report("tuning-size", at, { name: group.name, count, most: MOST_CANDIDATES });
  return false;
}

/** Choices of the group's options and of options of its options that are made on validation. */
function tunedChoices(group: OptionsIR): readonly (ChoiceIR & { readonly by: string })[] {
  return Object.values(group.options).flatMap(({ value }) => choicesOf(value));
}

function choicesOf(value: OptionValue): readonly (ChoiceIR & { readonly by: string })[] {
  if (typeof value !== "object") return [];
  if ("options" in value) return tunedChoices(value);
  if (!("oneOf" in value)) return [];
  const { oneOf, by } = value;
  return by !== null && tuningCriteria.some((criterion) => criterion === by) ? [{ oneOf, by }] : [];
}
