import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { artefacts } from "../../grammar/generate/artefacts.ts";
import { grammarRules } from "../../grammar/generate/productions.ts";
import { WORDS } from "../../grammar/lexing/words.ts";
import { TOKENS } from "../../grammar/lexing/tokens.ts";
import { FileParser } from "../../grammar/parser/file-parser.ts";

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
