import type { Origin } from "../../../runtime/ir/expr.ts";
import type { ParamIR } from "../../../runtime/ir/model.ts";
import { typeText } from "../../cli/explain/text-of.ts";
import { change, type Change, type DiffSide } from "./change.ts";
import { numberText } from "./text.ts";

/**
 * Values of parameters have no meaning of their own: they are in the parts that read them. Notes at each change which
 * changed parameters stand at its place, and lists the parameters that reach no change at all.
 */
export function withParams(changes: readonly Change[], a: DiffSide, b: DiffSide): readonly Change[] {
  const params = changedParams(a.ir.params, b.ir.params);
  if (params.length === 0) return changes;
  const used = new Set<string>();
  const noted = changes.map((one): Change => {
    const text = `${one.before ?? ""} ${one.after ?? ""} ${textAt(a, one.at.before)} ${textAt(b, one.at.after)}`;
    const through = params.filter(
      ({ name }) => new RegExp(`\\b${name}\\b`).test(text) && one.verdict !== "NO CHANGE OF MEANING",
    );
    for (const { name } of through) used.add(name);
    if (through.length === 0) return one;
    // Where the formula reads the same, its parameters are what changed.
    if (isFormula(one) && formulaAt(a, one.at.before) === formulaAt(b, one.at.after)) {
      const [before, after] = (["before", "after"] as const).map((side) =>
        through.map((param) => `${param.name} ${param[side] ?? "(none)"}`).join(", "),
      );
      return { ...one, before: before!, after: after! };
    }
    return { ...one, through: through.map(({ text: said }) => said) };
  });
  const rest = params.filter(({ name }) => !used.has(name));
  const real = noted.filter((one) => one.verdict !== "NO CHANGE OF MEANING");
  return [
    ...noted,
    ...rest.map(({ name, before, after, at }) =>
      change({
        what: `param ${name}`,
        before,
        after,
        verdict: "NO CHANGE OF MEANING",
        because:
          real.length === 0
            ? "nothing that is decided, trained or reported reads it"
            : "what it changes, if anything, is listed by itself",
        at,
      }),
    ),
  ];
}

/** Formulas as the sources have them, where there are sources. */
export function withTexts(changes: readonly Change[], a: DiffSide, b: DiffSide): readonly Change[] {
  return changes.map((one) => {
    if (!isFormula(one)) return one;
    const [before, after] = [formulaAt(a, one.at.before), formulaAt(b, one.at.after)];
    return before === "" || after === "" ? one : { ...one, before, after };
  });
}

/** Whether the change is one of a formula that is not printed yet. */
function isFormula({ before }: Change): boolean {
  return before === "its formula";
}

const LONGEST = 160;

function formulaAt({ sources }: DiffSide, at: Origin | null): string {
  const source = at === null ? undefined : sources?.[at.file];
  if (source === undefined || at === null) return "";
  const text = source.text
    .slice(at.start, at.end)
    .replaceAll(/\/\/[^\n]*/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

interface ChangedParam {
  readonly name: string;
  readonly text: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: readonly [Origin | undefined, Origin | undefined];
}

function changedParams(a: readonly ParamIR[], b: readonly ParamIR[]): readonly ChangedParam[] {
  const names = [...new Set([...a, ...b].map((param) => param.name))];
  return names.flatMap((name) => {
    const [x, y] = [a, b].map((params) => params.find((param) => param.name === name));
    const [before, after] = [x, y].map((param) => (param === undefined ? null : valueText(param)));
    if (before === after || before === undefined || after === undefined) return [];
    return [
      {
        name,
        before,
        after,
        text: `${name} ${before ?? "(none)"} → ${after ?? "(none)"}`,
        at: [x?.at, y?.at] as const,
      },
    ];
  });
}

function valueText(param: ParamIR): string {
  const values = param.value.map(numberText);
  const shown = values.length === 1 ? values[0]! : `[${values.join(", ")}]`;
  const type = typeText(param);
  return type === "real" ? shown : `${shown} (${type})`;
}

/** The text of the line that a place begins on, to its end where the place is longer. */
function textAt({ sources }: DiffSide, at: Origin | null): string {
  const source = at === null ? undefined : sources?.[at.file];
  if (source === undefined || at === null) return "";
  const end = source.text.indexOf("\n", at.end);
  return source.text.slice(at.start, end < 0 ? undefined : end).split("//")[0] ?? "";
}
