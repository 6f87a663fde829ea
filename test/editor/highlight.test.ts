import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { semanticTokens, type SemanticType } from "../../compiler/lsp/features/semantic-tokens.ts";
import { programOf } from "../../compiler/lsp/program.ts";
import { tokenize } from "../../grammar/index.ts";
import { fixtures } from "../grammar/support/fixtures.ts";
import { LINES, SCOPES, TEXT, type Piece } from "./cases.ts";
import { monarchTokens } from "./monarch.ts";
import { openGrammar } from "./textmate.ts";

const colour = await openGrammar();

/** `[line, text, piece]` of every piece that has a colour. */
type Row = readonly [line: number, text: string, piece: Piece];

const byPosition: readonly Row[] = LINES.flatMap(([, pieces], i) =>
  pieces.map(([text, piece]): Row => [i, text, piece]),
);
const byMeaning: readonly Row[] = LINES.flatMap(([, pieces], i) =>
  pieces.map(([text, piece, meant]): Row => [i, text, meant ?? piece]),
);

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length - 1;
}

const meanings: Readonly<Record<SemanticType, Piece>> = {
  comment: "comment",
  string: "string",
  number: "number",
  keyword: "keyword",
  operator: "operator",
  class: "name",
  enum: "name",
  enumMember: "constant",
  type: "type",
  function: "name",
  struct: "name",
  method: "name",
  namespace: "name",
  variable: "name",
  parameter: "key",
  property: "key",
};

const scopes = (line: string) => colour(line).map(({ text, scope }) => [text, scope]);

describe("colours by position", () => {
  it("the TextMate grammar gives every piece of the table its colour", () => {
    const rows = colour(TEXT).flatMap(({ text, scope, start }): Row[] => {
      const piece = SCOPES.find(([prefix]) => scope.startsWith(prefix))?.[1];
      if (piece === undefined) throw new Error(`${JSON.stringify(text)} has the scope ${scope}`);
      return piece === null ? [] : [[lineOf(TEXT, start), text, piece]];
    });
    expect(rows).toEqual(byPosition);
  });

  it("every token of the fixtures and examples has a scope of its own", () => {
    for (const { source } of fixtures) {
      const scoped = colour(source);
      for (const token of tokenize(source)) {
        if (token.category === "error") continue;
        const found = scoped.find(
          ({ start, text }) => start <= token.span.start && token.span.start < start + text.length,
        );
        expect([token.text, found?.scope]).not.toEqual([token.text, "source"]);
        expect(found).toBeDefined();
      }
    }
  });

  it("a name that is a word elsewhere is no keyword", () => {
    expect(scopes("  loss <= state + level")[0]).toEqual(["loss", "variable.other"]);
    expect(scopes("  loss = -w'")[0]).toEqual(["loss", "keyword.declaration"]);
    expect(scopes("  loss = -w'").at(-1)).toEqual(["w'", "variable.other"]);
  });

  it("the Monarch definition colours the same words, literals, operators and comments", () => {
    // Names before a colon are keys to it: it knows nothing of what stands before them.
    const loose: readonly Piece[] = ["name", "key", "unit"];
    const expected = byPosition.filter(([, , piece]) => !loose.includes(piece));
    const found = monarchTokens(TEXT).map(({ text, start, piece }): Row => [lineOf(TEXT, start), text, piece]);
    for (const row of expected) expect(found).toContainEqual(row);
  });
});

describe("colours by meaning", () => {
  const program = programOf({ path: "/nowhere/droc-tests/model.dro", text: TEXT });

  it("the table is a sound spec", () => {
    expect(program.compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("the semantic tokens give every piece of the table its colour", () => {
    const units = new Set(["usd", "item", "dozen"]);
    const rows = semanticTokens(program).map(({ span, type, modifiers }): Row => {
      const text = TEXT.slice(span.start, span.end);
      const doc = type === "comment" && modifiers.includes("documentation");
      const piece = doc ? "doc" : type === "type" && units.has(text) ? "unit" : meanings[type];
      return [lineOf(TEXT, span.start), text, piece];
    });
    expect(rows).toEqual(byMeaning);
  });
});

const read = (path: string) => readFileSync(new URL(`../../editor/${path}`, import.meta.url), "utf8");

describe("what is generated", () => {
  it("names the grammar of code-hosting sites by the TextMate grammar's scope", () => {
    const { scopeName } = JSON.parse(read("dro.tmLanguage.json")) as { scopeName: string };
    expect(read("linguist/languages.yml")).toContain(`tm_scope: ${scopeName}`);
  });
});
