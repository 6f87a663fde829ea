import type { CanonicalProblem, Layout } from "../analyse/index.ts";
import { renderText } from "../canonical/index.ts";
import type { CanonicalForm, CanonicalRow } from "../../runtime/ir/canonical.ts";
import type { ExprGraph, ExprNode } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import type { FunctionText } from "./functions.ts";
import type { LiteralWriter } from "./literal.ts";
import type { Places } from "./places.ts";
import { commentText, excerpt, stringLiteral } from "./text.ts";

/** The constant `conic` of an emitted module: its comment and its value. */
export interface ConicText {
  readonly doc: readonly string[];
  readonly initializer: string;
}

/**
 * A conic form as an object literal: variables, data and rows as typed data, with the problem as mathematics above it and
 * the line of the spec at each row.
 *
 * @param constraints functions of the constraints that are not affine, in the order of `feasible.curved`
 */
export function conicText(
  ir: ModelIR,
  canonical: CanonicalProblem & { readonly conic: CanonicalForm },
  constraints: readonly FunctionText[],
  places: Places,
  literals: LiteralWriter,
): ConicText {
  const { conic: form, layouts, feasible } = canonical;
  const rowPlace = (row: CanonicalRow): string => places.place(row.at ?? ir.loss.at);
  const variables = form.variables.map(({ name, shape, repeat, role, text, type, lower, upper }) =>
    literals.write({ name, shape, repeat, role, text, type, lower, upper }),
  );
  const curved = feasible.curved.map((index, k) => {
    const { label, at } = ir.decision.constraints[index]!;
    const { parameters, lines } = constraints[k]!;
    const names = parameters.map(([name]) => name).join(", ");
    const members = `label: ${stringLiteral(label)}, at: ${stringLiteral(places.place(at))},`;
    return `{ ${members} value(${names}) {\n${lines.join("\n")}\n} },`;
  });
  return {
    doc: [
      "What is solved at each context: an equal problem of linear rows and cones, u_k and the like once for each scenario.",
      "",
      ...renderText(form).trimEnd().split("\n").map(commentLine),
    ],
    initializer: [
      "{",
      "form: {",
      `version: ${form.version}, class: ${stringLiteral(form.class)}, reason: ${stringLiteral(form.reason)},`,
      `variables: [\n${variables.join(",\n")},\n],`,
      `data: ${literals.write(form.data)},`,
      "objective: {",
      `fixed: ${graphText(form.objective.fixed, literals)},`,
      `scenario: ${form.objective.scenario === null ? "null" : graphText(form.objective.scenario, literals)},`,
      "},",
      `rows: [\n${form.rows.map((row) => `// ${excerpt(row.label)} (${commentText(places.line(row.at ?? ir.loss.at))})\n${rowText(row, literals)},`).join("\n")}\n],`,
      "},",
      `rowsAt: ${literals.write(form.rows.map(rowPlace))},`,
      `decision: ${partsText(layouts.decision, literals)},`,
      `outcome: ${partsText(layouts.outcome, literals)},`,
      `context: ${partsText(layouts.context, literals)},`,
      `constraints: [${curved.join("\n")}],`,
      "}",
    ].join("\n"),
  };
}

/** A line whose indentation means something. */
function commentLine(line: string): string {
  const indent = /^ */.exec(line)![0];
  return indent + commentText(line);
}

function partsText({ parts }: Layout, literals: LiteralWriter): string {
  return literals.write(parts.map(({ name, offset, size }) => ({ name, offset, size })));
}

function rowText(row: CanonicalRow, literals: LiteralWriter): string {
  const graph = (value: ExprGraph): string => graphText(value, literals);
  const head = `kind: ${stringLiteral(row.kind)}, repeat: ${stringLiteral(row.repeat)}, label: ${stringLiteral(row.label)},`;
  switch (row.kind) {
    case "linear":
      return `{ ${head} relation: ${stringLiteral(row.relation)}, left: ${graph(row.left)}, right: ${graph(row.right)} }`;
    case "soc":
      return `{ ${head} parts: [${row.parts.map(graph).join(", ")}], bound: ${graph(row.bound)} }`;
    case "exp":
      return `{ ${head} exponent: ${graph(row.exponent)}, scale: ${graph(row.scale)}, bound: ${graph(row.bound)} }`;
    case "smooth":
      throw new Error("a smooth row is not solved over cones");
  }
}

/** Nodes without their places, which `rowsAt` has. */
function graphText({ nodes, output }: ExprGraph, literals: LiteralWriter): string {
  return `{ nodes: [${nodes.map((node) => literals.write(plain(node))).join(", ")}], output: ${output} }`;
}

function plain(node: ExprNode): object {
  const kept = Object.entries(node).filter(([key, value]) => key !== "at" && key !== "param" && value !== undefined);
  return Object.fromEntries(kept);
}
