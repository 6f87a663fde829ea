import type { AmbiguityIR, FieldIR, ModelIR } from "../../../runtime/ir/model.ts";
import type { Guarantee } from "../../analyse/guarantees/index.ts";
import type { CanonicalProblem, Part } from "../../analyse/index.ts";
import type { ExplainedModel } from "../commands/explain.ts";
import { showText } from "../../diagnostics/index.ts";
import { padEnd, paint, type Terminal } from "../terminal.ts";
import { factLines } from "./facts.ts";
import { reformulationLines } from "./reformulation.ts";
import { columnText, numberText, typeText, unitText, valueText } from "./text-of.ts";

/** The text of `droc explain` for one model. */
export function describeModel(model: ExplainedModel, canonical: CanonicalProblem, terminal: Terminal): string {
  const { ir } = model;
  const heading = (text: string): string => paint(terminal, text, "bold");
  const lines = [
    `${heading(`model ${model.name}`)}  ${paint(terminal, `${ir.files[0] ?? ""} · ${model.hash.slice(0, 8)}`, "dim")}`,
    ...(ir.doc === undefined ? [] : ir.doc.split("\n").map((line) => `  ${line.trim()}`)),
    "",
    heading("problem"),
    ...problemLines(ir, canonical),
    "",
    heading("data"),
    ...dataLines(ir),
    "",
    heading("canonical form, at each context"),
    ...canonicalLines(model, canonical),
    "",
    heading("reformulation"),
    ...reformulationLines(model.reformulation),
    "",
    heading("what is proved of the expressions"),
    ...factLines(model.facts),
    "",
    heading("what holds"),
    ...model.guarantees.flatMap((guarantee) => guaranteeLines(guarantee, terminal)),
    "",
    `${heading("settings")}  ${paint(terminal, "• chosen by droc: the spec does not say", "dim")}`,
    ...settingLines(model, terminal),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** One line for what holds, further ones for its bound and for what would make it stronger. */
function guaranteeLines({ holds, text, bound, source, stronger }: Guarantee, terminal: Terminal): string[] {
  const mark = holds === true ? paint(terminal, "✓", "green") : paint(terminal, holds === false ? "–" : "?", "yellow");
  const from = source === undefined ? "" : `  (${source})`;
  return [
    `  ${mark} ${showText(text)}${bound === undefined ? from : ""}`,
    ...(bound === undefined ? [] : [`    ${paint(terminal, `${bound}${from}`, "dim")}`]),
    ...(stronger === undefined ? [] : [`    ${paint(terminal, `stronger: ${stronger}`, "dim")}`]),
  ];
}

function problemLines(ir: ModelIR, canonical: CanonicalProblem): string[] {
  const unit = Object.keys(ir.loss.unit).length === 0 ? "" : `, in ${unitText(ir.loss.unit)}`;
  const given = ir.uncertainty.given.length === 0 ? "" : ` | ${ir.uncertainty.given.join(", ")}`;
  return [
    ...canonical.layouts.decision.parts.map((part) => decisionLine(ir, part, canonical)),
    `  minimise   ${showText(ir.risk.text)}`,
    `  loss       ${ir.loss.name}${unit}`,
    `  under      ${ir.uncertainty.targets.join(", ")}${given} ~ ${ir.uncertainty.generator.name}`,
    ...(ir.ambiguity === undefined ? [] : [`  worst of   ${describeBall(ir.ambiguity)}`]),
    `  trained by ${ir.train.name}`,
    ...(ir.compare.length === 0 ? [] : [`  against    ${ir.compare.map((m) => m.name).join(", ")}`]),
    ...ir.params.map((p) => {
      const value = p.value.length > 4 ? `${p.value.length} values` : p.value.map(numberText).join(", ");
      return `  param      ${p.name}: ${typeText(p)} = ${value}${p.overridden ? "  (by --set)" : ""}`;
    }),
  ];
}

/** `decide  z: real[Asset = 10] in simplex { cap: 0.3 }`, or with the bounds where no set is named. */
function decisionLine(ir: ModelIR, part: Part, { feasible }: CanonicalProblem): string {
  const sets = ir.decision.sets.filter((s) => s.block === part.name).map((s) => showText(s.text));
  const own = (bounds: readonly number[]): number[] => [...new Set(bounds.slice(part.offset, part.offset + part.size))];
  const [lower, upper] = [own(feasible.lower), own(feasible.upper)];
  const between =
    lower.length === 1 && upper.length === 1 ? `${numberText(lower[0]!)}..${numberText(upper[0]!)}` : "own bounds";
  return `  decide     ${part.name}: ${typeText(part.quantity)} in ${sets.length > 0 ? sets.join(", ") : between}`;
}

function dataLines(ir: ModelIR): string[] {
  const { source } = ir.data;
  const from =
    source.kind === "synthetic" ? `synthetic ${source.task.name}` : `${source.kind} ${JSON.stringify(source.path)}`;
  return [`  ${ir.data.name}: ${showText(from)}`, ...ir.data.fields.map(fieldLine)];
}

function fieldLine(field: FieldIR): string {
  const range =
    field.range === undefined ? "" : ` in ${numberText(field.range.lower)}..${numberText(field.range.upper)}`;
  const columns = field.columns === null ? "" : ` = ${columnText(field.columns)}`;
  const stages = field.transforms.map((stage) => ` |> ${stage}`).join("");
  return `  ${padEnd(field.role, 8)} ${field.name}: ${showText(`${typeText(field)}${range}${columns}${stages}`)}`;
}

function canonicalLines(model: ExplainedModel, canonical: CanonicalProblem): string[] {
  const { canonical: form, sizes } = model;
  const { feasible } = canonical;
  const size = (n: { readonly fixed: number; readonly perScenario: number }): string =>
    `${n.fixed + n.perScenario * form.scenarios}`;
  const integer = feasible.integer.length === 0 ? "" : `, ${feasible.integer.length} integer`;
  const curved =
    feasible.curved.length === 0 ? "" : `, ${count(feasible.curved.length, "curved constraint", "curved constraints")}`;
  return [
    `  ${form.name} over ${form.scenarios} scenarios: ${size(form.variables)} variables, ${size(form.rows)} rows`,
    `  context ${sizes.context} values, outcome ${sizes.outcome}, decision ${sizes.decision}${integer}`,
    `  the loss ${lossText(form.pieces)} in the decision`,
    `  the set has ${count(feasible.equalities.length, "equality", "equalities")}, ${count(feasible.inequalities.length, "inequality", "inequalities")}${curved} and bounds`,
  ];
}

function lossText(pieces: number): string {
  if (pieces === 0) return "curves";
  return `is ${pieces === 1 ? "affine" : `the largest of ${pieces} affine pieces`}`;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function settingLines(model: ExplainedModel, terminal: Terminal): string[] {
  const width = Math.max(...model.settings.map((s) => s.name.length));
  return model.settings.map(({ name, value, origin }) => {
    const mark = origin === "implicit" ? paint(terminal, "•", "yellow") : " ";
    return `  ${mark} ${padEnd(name, width)}  ${showText(value)}`;
  });
}

/** `wasserstein { order: 2, radius: 0.1 } around its scenarios at the context` */
function describeBall({ set: { name, options } }: AmbiguityIR): string {
  const written = ["order", "radius"].flatMap((key) => {
    const setting = options[key];
    return setting === undefined ? [] : [`${key}: ${valueText(setting.value)}`];
  });
  const center = options["center"]?.value === "empirical" ? "the training outcomes" : "its scenarios at the context";
  return `${name} { ${written.join(", ")} } around ${center}`;
}
