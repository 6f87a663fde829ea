import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { artefacts } from "../../grammar/generate/artefacts.ts";
import { grammarRules } from "../../grammar/generate/productions.ts";
import { WORDS } from "../../grammar/lexing/words.ts";
import { TOKENS } from "../../grammar/lexing/tokens.ts";
import { FileParser } from "../../grammar/parser/file-parser.ts";
import { fixtures } from "./support/fixtures.ts";

const root = new URL("../../", import.meta.url);

describe("the grammar itself", () => {
  it("has no ambiguity, left recursion or empty loop that Chevrotain finds", () => {
    expect(() => new FileParser(true)).not.toThrow();
  });
});

describe("files made from the grammar", () => {
  for (const [path, text] of artefacts()) {
    it(`${path} is up to date (node dist/grammar/generate.js writes it)`, () => {
      expect(readFileSync(new URL(path, root), "utf8")).toBe(text);
    });
  }

  it("the EBNF defines each rule that it uses, and has every word and sign of the tables", () => {
    const ebnf = (artefacts().get("docs/grammar/grammar.ebnf") ?? "").replaceAll(/\(\*[^]*?\*\)/g, "");
    const defined = new Set([...ebnf.matchAll(/^([a-z-]+) =/gm)].map(([, name]) => name));
    const plain = ebnf.replaceAll(/"[^"]*"|'[^']*'/g, "");
    const lexical = new Set(
      "character escape year month day hour minute second digits digit letter new-line".split(" "),
    );
    const used = [...plain.matchAll(/[a-z][a-z-]*/g)].map(([name]) => name).filter((name) => !lexical.has(name));
    expect(used.filter((name) => !defined.has(name))).toEqual([]);
    for (const { word } of WORDS) expect(ebnf).toContain(`"${word}"`);
    for (const spec of TOKENS) if (typeof spec.pattern === "string") expect(ebnf).toContain(`"${spec.pattern}"`);
  });

  it("the railroad page has a diagram for each rule, and needs nothing from elsewhere", () => {
    const page = artefacts().get("docs/grammar/railroad.html") ?? "";
    for (const { name } of grammarRules()) expect(page).toContain(`<section id="${name}"><h2>${name}</h2><svg`);
    expect(page).not.toMatch(/<script|<link|https?:|@import|url\(|src=/);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, name]) => name);
    const missing = targets.filter((name) => name !== "new-line" && !page.includes(`id="${name}"`));
    expect(missing).toEqual([]);
  });
});

interface TextMate {
  readonly patterns: readonly { readonly name: string; readonly match: string }[];
}

/** What a TextMate engine does with one line: the leftmost match wins, and of those the first pattern. */
function scopesOf(line: string): [text: string, scope: string][] {
  const grammar = JSON.parse(artefacts().get("editor/dro.tmLanguage.json") ?? "") as TextMate;
  const found: [string, string][] = [];
  for (let at = 0; at < line.length;) {
    let best: { index: number; text: string; name: string } | null = null;
    for (const { name, match } of grammar.patterns) {
      const pattern = new RegExp(match, "g");
      pattern.lastIndex = at;
      const result = pattern.exec(line);
      if (result && result[0] !== "" && (best === null || result.index < best.index))
        best = { index: result.index, text: result[0], name };
    }
    if (!best) break;
    found.push([best.text.trim(), best.name.replace(/\.dro$/, "")]);
    at = best.index + best.text.length;
  }
  return found;
}

describe("the TextMate grammar", () => {
  const cases: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    "/// doc": [["/// doc", "comment.line.documentation"]],
    "param gamma = 2.5e-3 // weight": [
      ["param", "keyword.declaration"],
      ["gamma", "variable.other"],
      ["=", "punctuation.separator"],
      ["2.5e-3", "constant.numeric"],
      ["// weight", "comment.line.double-slash"],
    ],
    '  context x: real[5] = columns("f_*") |> standardize': [
      ["context", "variable.other"],
      ["x", "variable.other.property"],
      [":", "punctuation.separator"],
      ["real", "support.type"],
      ["[", "punctuation.section"],
      ["5", "constant.numeric"],
      ["]", "punctuation.section"],
      ["=", "punctuation.separator"],
      ["columns", "entity.name.function"],
      ["(", "punctuation.section"],
      ['"f_*"', "string.quoted.double"],
      [")", "punctuation.section"],
      ["|>", "keyword.operator"],
      ["standardize", "variable.other"],
    ],
    "decision z in 0..25%": [
      ["decision", "keyword.declaration"],
      ["z", "variable.other"],
      ["in", "keyword.other.clause"],
      ["0", "constant.numeric"],
      ["..", "keyword.operator"],
      ["25%", "constant.numeric"],
    ],
    "  loss = -w'": [
      ["loss", "keyword.declaration"],
      ["=", "punctuation.separator"],
      ["-", "keyword.operator"],
      ["w'", "variable.other"],
    ],
    "  select: regret on validation": [
      ["select", "variable.other.property"],
      [":", "punctuation.separator"],
      ["regret", "variable.other"],
      ["on", "keyword.operator.word"],
      ["validation", "variable.other"],
    ],
    "  loss <= state + level": [
      ["loss", "variable.other"],
      ["<=", "keyword.operator"],
      ["state", "variable.other"],
      ["+", "keyword.operator"],
      ["level", "variable.other"],
    ],
    "x where date < 2020-01-01 and not true": [
      ["x", "variable.other"],
      ["where", "keyword.operator.word"],
      ["date", "variable.other"],
      ["<", "keyword.operator"],
      ["2020-01-01", "constant.other.date"],
      ["and", "keyword.operator.word"],
      ["not", "keyword.operator.word"],
      ["true", "constant.language"],
    ],
  };
  for (const [line, expected] of Object.entries(cases)) {
    it(line, () => expect(scopesOf(line)).toEqual(expected));
  }

  it("gives every character of the fixtures a scope, space apart", () => {
    for (const { source } of fixtures) {
      for (const line of source.split("\n")) {
        const covered = scopesOf(line)
          .map(([text]) => text)
          .join("");
        expect(covered.replaceAll(/\s/g, "")).toBe(line.replaceAll(/\s/g, ""));
      }
    }
  });
});
