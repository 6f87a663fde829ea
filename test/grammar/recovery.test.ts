import { describe, expect, it } from "vitest";
import type { Decl } from "../../grammar/index.ts";
import { parse, SYNTAX_PROBLEMS } from "../../grammar/index.ts";
import type { SyntaxCode } from "../../grammar/index.ts";

/** A file with one typo. `«…»` marks the span of its only problem; `keeps` are the declarations that must survive. */
interface Typo {
  readonly code: SyntaxCode;
  readonly source: string;
  readonly keeps?: readonly string[];
}

const ALL = ["dim", "param", "data", "decision", "loss", "risk", "train", "evaluate"];

/** A small model with one part replaced. */
function model(
  replace: Partial<Record<"dim" | "param" | "data" | "decision" | "loss" | "risk" | "train" | "evaluate", string>>,
): string {
  const parts = {
    dim: `dim Industry = 10`,
    param: `param gamma = 2.0 // weight`,
    data: `data market = csv("m.csv") {\n  context x: real[5] = columns("f_*") |> standardize\n  outcome s: real[Industry]\n  split chronological { train: 70%, validation: 10%, test: 20% }\n}`,
    decision: `decision z: real[Industry] in simplex { cap: 0.30 }`,
    loss: `loss L(z, s) = -dot(s, z)`,
    risk: `risk mean(L) + gamma * cvar(L, level = 90%)`,
    train: `train dw_fm {\n  lambda: one_of(0, 0.1)\n  reference: saa { folds: 5 }\n  steps: 200_000\n}`,
    evaluate: `evaluate on test { regret, regret hardest 25%, tail_w1 { worst: 10% }, seeds: 5 }`,
    ...replace,
  };
  return `model M\n${Object.values(parts).join("\n")}\n`;
}

const TYPOS: Readonly<Record<string, Typo>> = {
  "misspelt declaration": {
    code: "unknown-declaration",
    source: model({ decision: "«desicion» z: real[Industry] in simplex { cap: 0.30 }" }),
    keeps: ALL,
  },
  "unknown declaration": {
    code: "unknown-declaration",
    source: model({ decision: "«variable» z: real[Industry]\n  in simplex\n" }),
    keeps: ALL.filter((kind) => kind !== "decision"),
  },
  "unknown declaration with a block": {
    code: "unknown-declaration",
    source: model({ train: "«configuration» {\n  steps: 5\n  rate: 3\n}" }),
    keeps: ALL.filter((kind) => kind !== "train"),
  },
  "missing equals": { code: "missing-equals", source: model({ param: "param gamma «2.0»" }), keeps: ALL },
  "missing value": { code: "missing-value", source: model({ param: "param gamma =«»" }), keeps: ALL },
  "missing base": { code: "missing-value", source: "model M extends«»\ndim K = 3\n", keeps: ["dim"] },
  "missing value before the end of the file": { code: "missing-value", source: "model M\nparam gamma =«»" },
  "missing value after an operator": { code: "missing-value", source: model({ risk: "risk mean(L) +«»" }), keeps: ALL },
  "two operators": { code: "missing-value", source: model({ loss: "loss L(z, s) = 2 * «/» dot(s, z)" }), keeps: ALL },
  "missing operator": { code: "unexpected-token", source: model({ loss: "loss L(z, s) = 2 «dot»(s, z)" }), keeps: ALL },
  "missing name": {
    code: "expected-token",
    source: model({ param: "param «=» 2" }),
    keeps: ALL.filter((kind) => kind !== "param"),
  },
  "reserved word as a name": {
    code: "reserved-name",
    source: model({ param: "param «if» = 2" }),
    keeps: ALL.filter((kind) => kind !== "param"),
  },
  "reserved word as a value": {
    code: "unexpected-keyword",
    source: model({ param: "param gamma = «then»" }),
    keeps: ALL,
  },
  "unclosed parenthesis": {
    code: "unclosed-bracket",
    source: model({ loss: "loss L(z, s) = -dot«(»s, z" }),
    keeps: ALL,
  },
  "unclosed inner parenthesis": {
    code: "unclosed-bracket",
    source: model({ risk: "risk mean«(»L + gamma * cvar(L, level = 90%)" }),
    keeps: ALL,
  },
  "unclosed bracket of a type": {
    code: "unclosed-bracket",
    source: model({ decision: "decision z: real«[»Industry in simplex { cap: 0.30 }" }),
    keeps: ALL,
  },
  "unclosed list in options": {
    code: "unclosed-bracket",
    source: model({ train: "train dw_fm {\n  hidden: «[»64, 64\n  steps: 200\n}" }),
    keeps: ALL,
  },
  "unclosed brace": {
    code: "unclosed-bracket",
    source: model({ train: "train dw_fm «{»\n  lambda: 1\n  steps: 200_000" }),
    keeps: ALL,
  },
  "unclosed brace on one line": {
    code: "unclosed-bracket",
    source: model({ decision: "decision z: real[Industry] in simplex «{» cap: 0.30" }),
    keeps: ALL,
  },
  "unclosed inner brace": {
    code: "unclosed-bracket",
    source: model({ train: "train dw_fm {\n  reference: saa «{» folds: 5\n  steps: 200_000\n}" }),
    keeps: ALL,
  },
  "unclosed data block": {
    code: "unclosed-bracket",
    source: model({ data: 'data market = csv("m.csv") «{»\n  context x: real[5]\n  outcome s: real[Industry]' }),
    keeps: ALL,
  },
  "unclosed at the end of the file": {
    code: "unclosed-bracket",
    source: "model M\nevaluate on test «{» regret, seeds: 5\n",
    keeps: ["evaluate"],
  },
  "stray parenthesis": {
    code: "unmatched-bracket",
    source: model({ loss: "loss L(z, s) = -dot(s, z)«)»" }),
    keeps: ALL,
  },
  "stray brace": { code: "unmatched-bracket", source: model({ train: "train dw_fm { steps: 5 }\n«}»" }), keeps: ALL },
  "missing opening brace": {
    code: "unmatched-bracket",
    source: model({ train: "train dw_fm\n  lambda: 1\n  steps: 200_000\n«}»" }),
    keeps: ALL,
  },
  "missing opening parenthesis": {
    code: "unmatched-bracket",
    source: model({ loss: "loss L(z, s) = -dot s, z«)»" }),
    keeps: ALL,
  },
  "wrong kind of bracket": {
    code: "mismatched-bracket",
    source: model({ train: "train dw_fm { hidden: [64, 64«)», steps: 5 }" }),
    keeps: ALL,
  },
  "unterminated string": {
    code: "unterminated-string",
    source: model({ data: 'data market = csv(«"m.csv») {\n  context x: real[5]\n}' }),
    keeps: ALL,
  },
  "unterminated string before a pipe": {
    code: "unterminated-string",
    source: model({ data: 'data market = csv("m.csv") {\n  context x: real[5] = columns(«"f_*») |> standardize\n}' }),
    keeps: ALL,
  },
  "unterminated string among others": {
    code: "unterminated-string",
    source: 'model M\ndim I = ["a, "b«"»]\nparam g = 1',
    keeps: ["dim", "param"],
  },
  "single quotes": {
    code: "single-quoted-string",
    source: model({ data: "data market = csv(«'m.csv'») {\n  context x: real[5]\n}" }),
    keeps: ALL,
  },
  "bad escape": {
    code: "bad-escape",
    source: model({ data: 'data market = csv("a«\\d»b") {\n  context x: real[5]\n}' }),
    keeps: ALL,
  },
  "trailing underscore": { code: "bad-number", source: model({ param: "param gamma = «1_000_»" }), keeps: ALL },
  "double underscore": { code: "bad-number", source: model({ param: "param gamma = «1__000»" }), keeps: ALL },
  "leading point": { code: "bad-number", source: model({ param: "param gamma = «.5»" }), keeps: ALL },
  "trailing point": { code: "bad-number", source: model({ param: "param gamma = «1.» + 2" }), keeps: ALL },
  "product without an operator": { code: "bad-number", source: model({ param: "param gamma = «2x»" }), keeps: ALL },
  "exponent without digits": { code: "bad-number", source: model({ param: "param gamma = «1e»" }), keeps: ALL },
  "number out of range": { code: "bad-number", source: model({ param: "param gamma = «1e999»" }), keeps: ALL },
  "day that does not exist": { code: "bad-date", source: model({ param: "param day = «2023-02-29»" }), keeps: ALL },
  "Greek letter": { code: "unknown-character", source: model({ param: "param «γ» = 2.0" }) },
  "unknown character in an expression": {
    code: "unknown-character",
    source: model({ loss: "loss L(z, s) = dot(s, z) «@» 2" }),
    keeps: ALL,
  },
  "unknown character at the start of a line": {
    code: "unknown-character",
    source: model({ risk: "«$»\nrisk mean(L)" }),
    keeps: ALL,
  },
  "unknown character in options": {
    code: "unknown-character",
    source: model({ train: "train dw_fm {\n  «?»lambda: 2\n  steps: 5 }" }),
    keeps: ALL,
  },
  "and of another language": {
    code: "foreign-operator",
    source: model({ param: "param ok = a < b «&&» c < d" }),
    keeps: ALL,
  },
  "less or equal sign": { code: "foreign-operator", source: model({ decision: "decision z: real «≤» 3" }), keeps: ALL },
  "typographic minus": { code: "foreign-operator", source: model({ loss: "loss L(z, s) = «−»dot(s, z)" }), keeps: ALL },
  "power of another language": {
    code: "foreign-operator",
    source: model({ loss: "loss L(z, s) = dot(s, z) «**» 2" }),
    keeps: ALL,
  },
  "comment of another language": {
    code: "foreign-comment",
    source: model({ loss: "«# what is lost»\nloss L(z, s) = -dot(s, z)" }),
    keeps: ALL,
  },
  "block comment": {
    code: "foreign-comment",
    source: model({ loss: "loss L(z, s) = «/* minus */» -dot(s, z)" }),
    keeps: ALL,
  },
  "missing comma in options": {
    code: "missing-comma",
    source: model({ train: "train dw_fm { lambda: 0.1 «steps»: 5, batch: 2 }" }),
    keeps: ALL,
  },
  "missing comma in a call": {
    code: "missing-comma",
    source: model({ loss: "loss L(z, s) = -dot(s «z»)" }),
    keeps: ALL,
  },
  "missing comma in a list": {
    code: "missing-comma",
    source: model({ train: "train dw_fm { hidden: [64 «64»] }" }),
    keeps: ALL,
  },
  "missing comma in evaluate": {
    code: "missing-comma",
    source: model({ evaluate: "evaluate on test { regret hardest 25% «cvar_loss», seeds: 5 }" }),
    keeps: ALL,
  },
  "missing comma between fields": {
    code: "missing-comma",
    source: model({ data: 'data market = csv("m.csv") { context x: real[5] «outcome» s: real[Industry] }' }),
    keeps: ALL,
  },
  "missing comma in compare": {
    code: "unexpected-token",
    source: "model M\ncompare saa «knn_saa», pto\nseed 5",
    keeps: ["compare", "seed"],
  },
  "two commas": {
    code: "extra-comma",
    source: model({ train: "train dw_fm { lambda: 0.1,«,» steps: 5 }" }),
    keeps: ALL,
  },
  "leading comma": { code: "extra-comma", source: model({ loss: "loss L(z, s) = -dot(«,» z)" }), keeps: ALL },
  "comma at the end of a declaration": {
    code: "extra-comma",
    source: "model M\ndim A = 10«,»\ndim B = 3",
    keeps: ["dim", "dim"],
  },
  "missing colon in options": {
    code: "missing-colon",
    source: model({ decision: "decision z: real[Industry] in simplex { cap «0.30» }" }),
    keeps: ALL,
  },
  "missing colon in a field": {
    code: "missing-colon",
    source: model({ data: 'data market = csv("m.csv") {\n  context x «real»[5]\n  outcome s: real[Industry]\n}' }),
    keeps: ALL,
  },
  "equals for colon": {
    code: "equals-for-colon",
    source: model({ train: "train dw_fm { lambda «=» 0.1, steps: 5 }" }),
    keeps: ALL,
  },
  "colon for equals": { code: "colon-for-equals", source: model({ risk: "risk cvar(L, level«:» 90%)" }), keeps: ALL },
  "bare level": { code: "bare-level", source: model({ risk: "risk mean(L) + cvar(L, «0.9»)" }), keeps: ALL },
  "equation with one sign": {
    code: "single-equals",
    source: "model M\nsubject to {\n  sum(z) «=» 1\n  z >= 0\n}",
    keeps: ["subject-to"],
  },
  "expression as a constraint": {
    code: "not-a-constraint",
    source: "model M\nsubject to {\n  «sum(z)»\n  z >= 0\n}",
    keeps: ["subject-to"],
  },
  "constraint that goes on with a minus": {
    code: "line-begins-new-item",
    source: "model M\nsubject to {\n  sum(z) <= 1\n    «-» y\n  z >= 0\n}",
    keeps: ["subject-to"],
  },
  "loss that goes on with a minus": {
    code: "line-begins-new-item",
    source: model({ loss: "loss L(z, s) = dot(s, z)\n  «-» 2\n  - 3" }),
    keeps: ALL,
  },
  "chained relation": { code: "chained-relation", source: model({ param: "param ok = 0 < a «<» 1" }), keeps: ALL },
  "two declarations on a line": {
    code: "missing-newline",
    source: "model M\ndim A = 10 «dim» B = 3",
    keeps: ["dim", "dim"],
  },
  "misspelt `in`": {
    code: "unexpected-token",
    source: model({ decision: "decision z: real[Industry] «im» simplex { cap: 0.30 }" }),
    keeps: ALL,
  },
  "misspelt `on`": { code: "expected-token", source: model({ evaluate: "evaluate «no» test { regret }" }) },
  "misspelt `because`": {
    code: "expected-token",
    source: 'model M\nwaive bounded «becuase» "it is"\nseed 5',
    keeps: ["seed"],
  },
  "unclosed unit": {
    code: "unclosed-unit",
    source: model({ param: "param gamma: real«<»usd/item = 1.0" }),
    keeps: ALL,
  },
  "late import": {
    code: "misplaced-import",
    source: 'model M\nseed 5\n«import» { a } from "std/losses"\ndim A = 1',
    keeps: ["seed", "dim"],
  },
  "import without from": {
    code: "expected-token",
    source: 'import { a } «"std/losses"»\nmodel M\ndim A = 1',
    keeps: ["dim"],
  },
  "model inside a stage": {
    code: "misplaced-model",
    source: "model M\nstage day {\n  «model» N\n  next a = 1\n}\nseed 5",
    keeps: ["stage", "seed"],
  },
  "split in a task": {
    code: "unexpected-token",
    source: "task t(n: int = 1) {\n  outcome s: real\n  «split chronological { train: 1 }»\n}\nmodel M\nseed 5",
    keeps: ["seed"],
  },
  "empty arguments": { code: "missing-value", source: model({ param: "param g = max(2, level =«»)" }), keeps: ALL },
  "if without else": { code: "expected-token", source: model({ param: "param g = if a then b«»" }), keeps: ALL },
};

/** Takes the marks out: the plain source and the marked span. */
function marked(text: string): { source: string; span: { start: number; end: number } } {
  const start = text.indexOf("«");
  const end = text.indexOf("»") - 1;
  return { source: text.replace("«", "").replace("»", ""), span: { start, end } };
}

describe("one typo, one problem, the rest is read", () => {
  for (const [name, typo] of Object.entries(TYPOS)) {
    it(name, () => {
      const { source, span } = marked(typo.source);
      const result = parse(source);
      expect(result.problems.map((problem) => ({ code: problem.code, span: problem.span }))).toEqual([
        { code: typo.code, span },
      ]);
      const kinds = result.file.models.flatMap((model) =>
        model.declarations.map((declaration: Decl) => declaration.kind),
      );
      if (typo.keeps) expect(kinds).toEqual(typo.keeps);
    });
  }
});

describe("the catalogue of problems", () => {
  it("is covered by the table above, and by the limits' own tests", () => {
    const limits = ["nesting-too-deep", "source-too-large", "too-many-problems"];
    const covered = new Set([...Object.values(TYPOS).map((typo) => typo.code), ...limits]);
    expect(Object.keys(SYNTAX_PROBLEMS).filter((code) => !covered.has(code as SyntaxCode))).toEqual([]);
  });

  it("says what, why and what to do, without a full stop", () => {
    for (const [code, { message, why, help }] of Object.entries(SYNTAX_PROBLEMS)) {
      for (const text of [message, why, help]) {
        expect(text.length, code).toBeGreaterThan(4);
        expect(text.endsWith("."), code).toBe(false);
      }
    }
  });
});
