import {
  canonicalSizes,
  type CanonicalForm,
  type CanonicalRow,
  type CanonicalVariable,
  type Count,
} from "../../../runtime/ir/canonical.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { renderExpression } from "./expression.ts";
import { latexNotation, latexSigns, textNotation, type Notation } from "./notation.ts";

/** A form's lines before they are laid out. */
interface Lines {
  readonly objective: string;
  readonly over: string;
  readonly rows: readonly { readonly text: string; readonly quantifier: boolean }[];
  readonly bounds: readonly { readonly text: string; readonly quantifier: boolean }[];
  readonly legend: readonly string[];
}

/**
 * A canonical form as mathematics for a terminal: `min … s.t. …`, a subscript k for what each of the K scenarios has,
 * then what the auxiliary variables stand for.
 */
export function renderText(form: CanonicalForm): string {
  const header = `${form.class}: ${form.reason}`;
  if (form.class === "none") return `${header}\n`;
  const { objective, over, rows, bounds, legend } = linesOf(form, textNotation);
  const all = [...rows, ...bounds].map(({ text, quantifier }) => ({ text, tail: quantifier ? "k = 1…K" : "" }));
  const width = Math.max(0, ...all.filter(({ tail }) => tail !== "").map(({ text }) => [...text].length));
  const line = ({ text, tail }: { text: string; tail: string }): string =>
    tail === "" ? text : `${text}${" ".repeat(width - [...text].length)}   ${tail}`;
  return [
    header,
    `min   ${objective}   over ${over}`,
    ...all.map((row, i) => `${i === 0 ? "s.t.  " : "      "}${line(row)}`),
    ...legend.map((text, i) => `${i === 0 ? "with  " : "      "}${text}`),
    `size  ${sizeText(form)}`,
    "",
  ].join("\n");
}

/** The same in LaTeX: an `aligned` block for display mathematics. */
export function renderLatex(form: CanonicalForm): string {
  if (form.class === "none") return `\\text{none: ${form.reason.replaceAll("`", "").replaceAll("_", "\\_")}}\n`;
  const { objective, over, rows, bounds } = linesOf(form, latexNotation);
  const all = [...rows, ...bounds];
  const line = ({ text, quantifier }: (typeof all)[number]): string =>
    `${text}${quantifier ? " && k = 1, \\dots, K" : ""}`;
  return [
    "\\begin{aligned}",
    `\\min_{${over}} \\quad & ${objective}${all.length === 0 ? "" : " \\\\"}`,
    ...all.map(
      (row, i) => `${i === 0 ? "\\text{s.t.} \\quad " : ""}& ${line(row)}${i === all.length - 1 ? "" : " \\\\"}`,
    ),
    "\\end{aligned}",
    "",
  ].join("\n");
}

function linesOf(form: CanonicalForm, notation: Notation): Lines {
  const repeated = new Set([...form.variables, ...form.data].filter((v) => v.repeat === "scenario").map((v) => v.name));
  const indexOf = (name: string): string | null => (repeated.has(name) ? "k" : null);
  const write = (graph: ExprGraph): string => spelled(renderExpression(graph, notation, indexOf), notation);
  const symbol = (variable: CanonicalVariable): string =>
    notation.symbol(variable.name, variable.repeat === "scenario" ? ["k"] : []);
  const { fixed, scenario } = form.objective;
  const parts = [write(fixed), ...(scenario === null ? [] : [expectation(write(scenario), notation)])];
  const stated = parts[0] === "0" && parts.length > 1 ? parts.slice(1) : parts;
  return {
    objective: stated.join(" + "),
    over: form.variables.map(symbol).join(", "),
    rows: form.rows.map((row) => ({ text: rowText(row, write, notation), quantifier: row.repeat === "scenario" })),
    bounds: form.variables.flatMap((variable) => boundsOf(variable, symbol(variable), notation)),
    legend: form.variables
      .filter((variable) => variable.role !== "decision")
      .map((variable) => `${symbol(variable)}: ${variable.text}`),
  };
}

function spelled(text: string, notation: Notation): string {
  return notation === latexNotation ? latexSigns(text) : text;
}

function expectation(body: string, notation: Notation): string {
  const simple = /^[^ +−-]+$/.test(body);
  return notation.sum(
    "k",
    "1",
    "K",
    `${notation.symbol("p", ["k"])}${notation.times}${simple ? body : notation.group(body)}`,
  );
}

function rowText(row: CanonicalRow, write: (graph: ExprGraph) => string, notation: Notation): string {
  switch (row.kind) {
    case "linear":
      return `${write(row.left)} ${row.relation === "<=" ? notation.le : notation.eq} ${write(row.right)}`;
    case "soc": {
      const parts = row.parts.map(write);
      return `${notation.norm(parts.length === 1 ? parts[0]! : notation.vector(parts), "2")} ${notation.le} ${write(row.bound)}`;
    }
    case "exp": {
      const [exponent, scale, bound] = [row.exponent, row.scale, row.bound].map(write) as [string, string, string];
      const raised =
        scale === "1"
          ? notation.call("exp", [exponent])
          : `${grouped(scale, notation)}${notation.times}${notation.call("exp", [notation.fraction(grouped(exponent, notation), grouped(scale, notation))])}`;
      return `${raised} ${notation.le} ${bound}`;
    }
    case "smooth":
      return `${write(row.graph)} ${notation.le} 0`;
  }
}

function grouped(text: string, notation: Notation): string {
  return / /.test(text) ? notation.group(text) : text;
}

function boundsOf(
  variable: CanonicalVariable,
  symbol: string,
  notation: Notation,
): readonly { readonly text: string; readonly quantifier: boolean }[] {
  const quantifier = variable.repeat === "scenario";
  if (variable.type === "bool") {
    const set = notation === latexNotation ? "\\{0, 1\\}" : "{0, 1}";
    return [{ text: spelled(`${symbol} ∈ ${set}`, notation), quantifier }];
  }
  const lines: { text: string; quantifier: boolean }[] = [];
  const lower = boundText(variable.lower, "l", notation);
  const upper = boundText(variable.upper, "u", notation);
  if (lower !== null || upper !== null) {
    const left = lower === null ? "" : `${lower} ${notation.le} `;
    const right = upper === null ? "" : ` ${notation.le} ${upper}`;
    lines.push({ text: `${left}${symbol}${right}`, quantifier });
  }
  if (variable.type === "int")
    lines.push({
      text: spelled(`${symbol} ∈ ${notation === latexNotation ? "\\mathbb{Z}" : "ℤ"}`, notation),
      quantifier,
    });
  return lines;
}

/** One number for all elements, a few written out, or the bounds' own letter. */
function boundText(bounds: readonly (number | null)[], letter: string, notation: Notation): string | null {
  if (bounds.every((bound) => bound === null)) return null;
  const infinite = letter === "l" ? `-${notation.infinity}` : notation.infinity;
  const texts = bounds.map((bound) =>
    bound === null ? infinite : notation.number(bound).replace(/^-/, notation === latexNotation ? "-" : "−"),
  );
  if (texts.every((text) => text === texts[0])) return texts[0]!;
  return texts.length <= 4 ? notation.vector(texts) : notation.symbol("bound", [letter]);
}

function sizeText(form: CanonicalForm): string {
  const sizes = canonicalSizes(form);
  return [
    ...some("variable", "variables", sizes.variables),
    ...some("equality", "equalities", sizes.equalities),
    ...some("inequality", "inequalities", sizes.inequalities),
    ...some("second-order cone", "second-order cones", sizes.secondOrderCones),
    ...some("exponential cone", "exponential cones", sizes.exponentialCones),
    ...some("smooth row", "smooth rows", sizes.smooth),
  ].join(", ");
}

function some(one: string, many: string, { fixed, perScenario }: Count): string[] {
  if (fixed + perScenario === 0) return [];
  const each = perScenario === 1 ? "K" : `${perScenario}K`;
  if (perScenario > 0) return [`${fixed === 0 ? each : `${fixed} + ${each}`} ${many}`];
  return [`${fixed} ${fixed === 1 ? one : many}`];
}
