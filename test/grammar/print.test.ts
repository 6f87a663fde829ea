import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { format, parse, print } from "../../grammar/index.ts";
import type { SourceFile } from "../../grammar/index.ts";
import { expression, sourceFile } from "./support/arbitraries.ts";
import { fixtures } from "./support/fixtures.ts";
import { shapeOf } from "./support/trees.ts";

function comments(source: string): string[] {
  return parse(source).file.comments.map((comment) => comment.text);
}

/** Formats, and checks what must hold of every formatted text: it means the same and is its own canonical form. */
function canonical(source: string): string {
  const { text, problems } = format(source);
  expect(problems).toEqual([]);
  expect(shapeOf(parse(text).file)).toEqual(shapeOf(parse(source).file));
  expect(format(text)).toEqual({ text, problems: [] });
  expect(comments(text).sort()).toEqual(comments(source).sort());
  return text;
}

/** Input and canonical output, without the newline at the end. */
const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  "spaces and empty lines": ['\n\n  dim   A=3\n\n\n\ndim B  = [ "a" ,"b" ]  \n\n', 'dim A = 3\n\ndim B = ["a", "b"]'],
  "a model and its first declaration": [
    "seed 1\nmodel M\nseed 2\nmodel N extends M\nseed 3",
    "seed 1\n\nmodel M\n\nseed 2\n\nmodel N extends M\n\nseed 3",
  ],
  "neighbouring definitions line up": [
    "dim A = 1\ndim Long = 2\nparam a = 1 // x\nparam bcd = 2 // y",
    "dim A    = 1\ndim Long = 2\nparam a   = 1  // x\nparam bcd = 2  // y",
  ],
  "an empty line ends a column": ["dim A = 1\n\ndim Long = 2", "dim A = 1\n\ndim Long = 2"],
  "a comment ends a column": ["dim A = 1\n// why\ndim Long = 2", "dim A = 1\n// why\ndim Long = 2"],
  "typed params line up after the colon": [
    "param a: real = 1\nparam bcd: int = 2",
    "param a:   real = 1\nparam bcd: int = 2",
  ],
  "parentheses only where they are needed": [
    "risk ((a + b)) * (c) - (d - (e)) - ((f * g) ^ 2) ^ 3 + (-x) ^ 2 - (x ^ 2)",
    "risk (a + b) * c - (d - e) - ((f * g) ^ 2) ^ 3 + (-x) ^ 2 - x ^ 2",
  ],
  "logic and conditions": [
    "param p = (not (a and b)) or ((c < d)) and (if e then f else g) == 1",
    "param p = not (a and b) or c < d and (if e then f else g) == 1",
  ],
  "options that fit": ["train   a{b:1,\n c : [1,2]\n\n d: e{ }}", "train a { b: 1, c: [1, 2], d: e {} }"],
  "options that do not fit": [
    `train a { first: ${"x".repeat(40)}, second_one: ${"y".repeat(40)}, third: 3 }`,
    `train a {\n  first:      ${"x".repeat(40)}\n  second_one: ${"y".repeat(40)}\n  third:      3\n}`,
  ],
  "options with a comment": ["train a { b: 1 // one\n c: 2 }", "train a {\n  b: 1  // one\n  c: 2\n}"],
  "a comment after the brace": ["train a { // of the paper\n b: 1 }", "train a {  // of the paper\n  b: 1\n}"],
  "comments before the closing brace": ["train a { b: 1\n // last\n}", "train a {\n  b: 1\n  // last\n}"],
  "a comment inside an expression": ["loss L = a + // cost\n  b", "loss L = a + b  // cost"],
  "several comments inside an expression": [
    "loss L = a + // one\n  b + // two\n c",
    "// one\n// two\nloss L = a + b + c",
  ],
  "comments in a list": [
    'dim A = ["x", // first\n "y" // second\n]',
    'dim A = [\n  "x",  // first\n  "y"   // second\n]',
  ],
  "comments in a list without brackets": [
    "compare a, // first\n  b {steps:3}, // second\n  // third\n  c // last\ntrain d",
    "compare a,         // first\n  b { steps: 3 },  // second\n  // third\n  c  // last\ntrain d",
  ],
  "fields line up": [
    'data d = csv("f") { index t: date, context x: real[F]=columns("f_*")|>standardize, split chronological{train:70%} }',
    'data d = csv("f") {\n  index   t: date\n  context x: real[F] = columns("f_*") |> standardize\n  split   chronological { train: 70% }\n}',
  ],
  "a data set without fields": ['data d = csv("f") { }', 'data d = csv("f")'],
  "doc comments": ["///  two\n///\n///lines\n\n// note\nmodel M", "// note\n///  two\n///\n/// lines\nmodel M"],
  "decisions that do not fit": [
    `decision ${"a".repeat(40)}: real >= 0, ${"b".repeat(40)}, c: real<MWh / h>[A,B] in 0 .. cap`,
    `decision ${"a".repeat(40)}: real >= 0,\n  ${"b".repeat(40)}, c: real<MWh/h>[A, B] in 0..cap`,
  ],
  constraints: [
    "subject to { a: 0<=x<=1, -x == (y)\n (x) + 1 >= 2 }",
    "subject to {\n  a: 0 <= x <= 1\n  -x == y\n  x + 1 >= 2\n}",
  ],
  "long sums break after the operator": [
    `loss L = ${"a".repeat(50)} * b + ${"c".repeat(50)} - d`,
    `loss L = ${"a".repeat(50)} * b +\n  ${"c".repeat(50)} -\n  d`,
  ],
  "long pipes break before the operator": [
    `risk ${"a".repeat(60)} |> ${"b".repeat(60)} |> c`,
    `risk ${"a".repeat(60)}\n  |> ${"b".repeat(60)}\n  |> c`,
  ],
  "long calls": [
    `risk f(${"a".repeat(60)}, level = ${"b".repeat(60)})`,
    `risk f(\n  ${"a".repeat(60)},\n  level = ${"b".repeat(60)}\n)`,
  ],
  "an item that begins like a continuation": [
    `evaluate on test { ${"a".repeat(60)}, on hardest 25%, ${"b".repeat(60)} }`,
    `evaluate on test {\n  ${"a".repeat(60)},\n  on hardest 25%\n  ${"b".repeat(60)}\n}`,
  ],
  strings: ['waive a because "tab\\t quote\\" \\u{e9} é \\\\"', 'waive a because "tab\\t quote\\" é é \\\\"'],
  "line ends of other systems": ["dim A = 1\r\n\r\ndim B = 2\r\n", "dim A = 1\n\ndim B = 2"],
  imports: ['import {b as c,a} from "x"\ndim A = 1', 'import { b as c, a } from "x"\n\ndim A = 1'],
  "empty lines between comments, docs and items": [
    "/// head\n\n// one\n\n\n// two\n/// doc\ndim A = 1\n// three\n\ndim B = 2",
    "/// head\n\n// one\n\n// two\n/// doc\ndim A = 1\n// three\n\ndim B = 2",
  ],
  "only comments": ["// a\n\n\n// b", "// a\n\n// b"],
};

describe("format", () => {
  for (const [name, [source, expected]] of Object.entries(PAIRS)) {
    it(name, () => {
      expect(canonical(source)).toBe(`${expected}\n`);
    });
  }

  it("leaves an empty file empty", () => {
    expect(format("")).toEqual({ text: "", problems: [] });
    expect(format(" \n\n")).toEqual({ text: "", problems: [] });
  });

  it("refuses a file with problems and leaves it alone", () => {
    const source = "dim  A  3";
    const { text, problems } = format(source);
    expect(text).toBe(source);
    expect(problems.map((problem) => problem.code)).toEqual(["missing-equals"]);
  });

  for (const { name, source } of fixtures) {
    it(`${name} keeps its meaning and comments, and is canonical afterwards`, () => {
      canonical(source);
    });
  }

  it("keeps comments and empty lines wherever lines end", () => {
    const insertion = fc.record({
      at: fc.nat({ max: 10_000 }),
      text: fc.constantFrom("// c", "\n", "\n// own", "\n\n// own\n\n", "\n/// loose", "  // d"),
    });
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.array(insertion, { maxLength: 12 }), ({ source }, insertions) => {
        const lines = source.split("\n");
        for (const [i, { at, text }] of insertions.entries()) {
          const index = at % lines.length;
          // A comment would swallow a second one on its line.
          if (!lines[index]?.includes("//")) lines[index] += `${text} ${text.includes("//") ? i : ""}`;
        }
        const text = lines.join("\n");
        fc.pre(parse(text).problems.length === 0);
        canonical(text);
      }),
      { numRuns: 600, seed: 3 },
    );
  });
});

describe("trees", () => {
  it("come back from print and parse as they were", () => {
    fc.assert(
      fc.property(sourceFile, (file) => {
        const text = print(file, "");
        const back = parse(text);
        expect(back.problems, text).toEqual([]);
        expect(shapeOf(back.file), text).toEqual(shapeOf(file));
        expect(print(back.file, text)).toBe(text);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });

  it("keep the grouping of expressions", () => {
    fc.assert(
      fc.property(expression, (value) => {
        const span = { start: 0, end: 0 };
        const declarations = [{ kind: "risk" as const, span, value }];
        const file: SourceFile = { kind: "file", span, imports: [], declarations, models: [], comments: [] };
        const text = print(file, "");
        const back = parse(text);
        expect(back.problems, text).toEqual([]);
        expect(shapeOf(back.file), text).toEqual(shapeOf(file));
      }),
      { numRuns: 3000, seed: 2 },
    );
  });
});
