import { describe, expect, it } from "vitest";
import { analyseExpression, type ExpressionFacts } from "../../../compiler/analyse/curvature/index.ts";
import { modelOf, ranges, variables } from "./expressions.ts";
import { table } from "./table.ts";

const signs = { constant: "0", "non-decreasing": "+", "non-increasing": "-", unknown: "?" } as const;
const kinks = { everywhere: "", "almost-everywhere": "^", jumps: "!" } as const;
const definite = { "positive-semidefinite": "Q+", "negative-semidefinite": "Q-", indefinite: "Q?" } as const;

function monotonicity(facts: ExpressionFacts): string {
  return facts.monotonicity
    .map(({ name, direction, components }) => {
      const each = components.map((one) => signs[one]).join("");
      return name + (new Set(each).size > 1 && direction !== "constant" ? `(${each})` : signs[direction]);
    })
    .sort()
    .join(" ");
}

function form(facts: ExpressionFacts): string {
  const shape =
    facts.pieces !== null ? facts.pieces : facts.quadratic !== null ? definite[facts.quadratic.definiteness] : ".";
  return `${shape}${kinks[facts.differentiability]}`;
}

describe("what is proved of an expression", () => {
  it.each(table)("%s", (text, ...expected) => {
    const { graph } = modelOf(text).loss;
    const facts = analyseExpression(graph, { variables, ranges });
    expect([facts.curvature, facts.sign, monotonicity(facts), form(facts)]).toEqual(expected);
  });

  it("covers enough", () => {
    expect(new Set(table.map(([text]) => text)).size).toBeGreaterThanOrEqual(150);
  });
});
