import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.ts";
import type { Constraint, Expr, SourceFile } from "../../grammar/index.ts";

function fileOf(source: string): SourceFile {
  const { file, problems } = parse(source);
  expect(problems).toEqual([]);
  return file;
}

/** The tree of an expression with every grouping shown. */
function tree(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return expr.text;
    case "string":
      return JSON.stringify(expr.value);
    case "date":
      return expr.value;
    case "bool":
      return String(expr.value);
    case "name":
      return expr.primed ? `${expr.name}'` : expr.name;
    case "binary":
    case "compare-expr":
      return `(${tree(expr.left)} ${expr.op} ${tree(expr.right)})`;
    case "unary":
      return `(${expr.op} ${tree(expr.operand)})`;
    case "range":
      return `(${tree(expr.from)} .. ${tree(expr.to)})`;
    case "pipe":
      return `(${tree(expr.source)} |> ${tree(expr.stage)})`;
    case "where":
      return `(${tree(expr.source)} where ${tree(expr.condition)})`;
    case "by":
      return `(${tree(expr.value)} ${expr.word} ${expr.criterion.name})`;
    case "over":
      return `(${tree(expr.value)} over ${expr.dim.name})`;
    case "if":
      return `(if ${tree(expr.condition)} ${tree(expr.then)} ${tree(expr.else)})`;
    case "list":
      return `[${expr.items.map(tree).join(" ")}]`;
    case "member":
      return `${tree(expr.object)}.${expr.member.name}`;
    case "index":
      return `${tree(expr.object)}[${expr.indices.map(tree).join(" ")}]`;
    case "counted":
      return `<${expr.word.name} ${tree(expr.quantity)}>`;
    case "call":
    case "configured": {
      const args = expr.arguments.map(
        (arg) => (arg.name ? `${arg.name.name}${arg.type ? ":" : "="}` : "") + (arg.type ? "type" : tree(arg.value)),
      );
      const options =
        expr.kind === "configured"
          ? ` {${expr.options.entries.map((entry) => `${entry.key.name}: ${tree(entry.value)}`).join(", ")}}`
          : "";
      return `${expr.callee.name}(${args.join(" ")})${options}`;
    }
    case "error":
      return "<error>";
  }
}

function expressionOf(source: string): string {
  const [declaration] = fileOf(`risk ${source}`).declarations;
  if (declaration?.kind !== "risk") throw new Error("expected a risk");
  return tree(declaration.value);
}

describe("expressions group as on paper", () => {
  const cases: Readonly<Record<string, string>> = {
    "a + b * c - d": "((a + (b * c)) - d)",
    "a - b - c": "((a - b) - c)",
    "a / b * c": "((a / b) * c)",
    "a ^ b ^ c": "(a ^ (b ^ c))",
    "-x ^ 2": "(- (x ^ 2))",
    "2 ^ -x": "(2 ^ (- x))",
    "-a * b": "((- a) * b)",
    "a - -b": "(a - (- b))",
    "not a == b and c": "((not (a == b)) and c)",
    "a or b and c": "(a or (b and c))",
    "a + 1 <= b * 2": "((a + 1) <= (b * 2))",
    "-50..50": "((- 50) .. 50)",
    "0..n - 1": "(0 .. (n - 1))",
    "1..10 by aic": "((1 .. 10) by aic)",
    "regret on validation": "(regret on validation)",
    "m where date < 2020-01-01 and ok": "(m where ((date < 2020-01-01) and ok))",
    'columns("f_*") |> log1p |> standardize': '((columns("f_*") |> log1p) |> standardize)',
    "sum(a + b over Store)": "sum(((a + b) over Store))",
    "if a then b else if c then d else e + 1": "(if a b (if c d (e + 1)))",
    "(a + b) * c": "((a + b) * c)",
    'z["NoDur"] + G.edges[0, i]': '(z["NoDur"] + G.edges[0 i])',
    "cvar(L, level = 90%)": "cvar(L level=90%)",
    "softmax(theta: real[Industry])": "softmax(theta:type)",
    "f(y)[0]": "f(y)[0]",
    "gmm { stop: gap 1%, k: first 3 }": "gmm() {stop: <gap 1%>, k: <first 3>}",
    "lstm(2) { a: [1, 2,] }": "lstm(2) {a: [1 2]}",
    "w' - w": "(w' - w)",
    "a * b >= c != true": "error",
  };
  for (const [source, expected] of Object.entries(cases)) {
    if (expected === "error")
      it(`${source} is a chain`, () =>
        expect(parse(`risk ${source}`).problems.map((problem) => problem.code)).toEqual(["chained-relation"]));
    else it(source, () => expect(expressionOf(source)).toBe(expected));
  }

  it("words of the language name things where they stand for values", () => {
    const words =
      "price level index state stage next loss data set train by on over where per each via lift to from split unit seed".split(
        " ",
      );
    for (const word of words) {
      expect(expressionOf(`${word} * ${word}(${word} = ${word}) + f { ${word}: ${word} }.${word}`)).toContain(
        `${word}(${word}=${word})`,
      );
      expect(
        fileOf(`param ${word} = 1\nsubject to {\n  ${word} <= 1\n  ${word}: ${word} >= 0\n}`).declarations.length,
      ).toBe(2);
    }
  });
});

describe("numbers, dates and strings", () => {
  it("read values as written", () => {
    const values = fileOf(
      'dim A = [200_000, 1e-3, 25%, 29%, 0.07%, 2.5E+2, 1.5e2%, "a\\"\\\\\\n\\u{1F600}", 2024-02-29]',
    ).declarations[0];
    if (values?.kind !== "dim" || values.value.kind !== "list") throw new Error("expected a list");
    expect(values.value.items.map((item) => ("value" in item ? item.value : null))).toEqual([
      200_000,
      0.001,
      0.25,
      0.29,
      0.0007,
      250,
      1.5,
      'a"\\\n😀',
      "2024-02-29",
    ]);
  });
});

function constraints(body: string): string[] {
  const [declaration] = fileOf(`subject to {\n${body}\n}`).declarations;
  if (declaration?.kind !== "subject-to") throw new Error("expected constraints");
  return declaration.constraints.map((constraint: Constraint) =>
    [tree(constraint.first), ...constraint.relations.map(({ op, right }) => `${op} ${tree(right)}`)].join(" "),
  );
}

describe("where items end", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "a <= b\n-c <= d": ["a <= b", "(- c) <= d"],
    "a <= b\n(c) <= d": ["a <= b", "c <= d"],
    "a <= b\n[c][0] <= d": ["a <= b", "[c][0] <= d"],
    "a\n+ b <= c": ["(a + b) <= c"],
    "a -\nb <= c": ["(a - b) <= c"],
    "(a\n- b) <= c": ["(a - b) <= c"],
    "sum(a\n over I) <= c, d == 0": ["sum((a over I)) <= c", "d == 0"],
    "a <= b,\n\n\nc >= d,": ["a <= b", "c >= d"],
    "0 <= a <= 1": ["0 <= a <= 1"],
    "on <= 1\nby >= 0": ["on <= 1", "by >= 0"],
    "a <=\n  b": ["a <= b"],
    "a <= if b\n then c\n else d": ["a <= (if b c d)"],
  };
  for (const [source, expected] of Object.entries(cases)) {
    it(JSON.stringify(source), () => expect(constraints(source)).toEqual(expected));
  }

  it("a clause on the next line belongs to the declaration above", () => {
    const source =
      'model A\n  extends B\nuncertainty s\n  | x\n  ~ f\nambiguity w\n  { r: 1 }\n  each stage\n  via p\n  lift q\ninfer u | y\n  by m\nwaive a\n  because "b"\nevaluate\n  on test { r }';
    expect(fileOf(source).models[0]?.declarations.map((declaration) => declaration.kind)).toEqual([
      "uncertainty",
      "ambiguity",
      "infer",
      "waive",
      "evaluate",
    ]);
  });
});

describe("comments and docs", () => {
  it("docs are on their declaration, other comments in order with whether they stand alone", () => {
    const file = fileOf(
      '// one\n/// first\n/// second\nmodel M // two\n\n/// for a\ndim A = 1\ndata d = csv("f") {\n  /// field\n  context x: real\n}\n/// of nothing\n',
    );
    expect(file.models[0]?.doc).toBe("first\nsecond");
    const [dim, data] = file.models[0]?.declarations ?? [];
    expect(dim?.doc).toBe("for a");
    expect(data?.kind === "data" ? data.fields[0]?.doc : null).toBe("field");
    expect(file.comments.map(({ text, ownLine }) => [text, ownLine])).toEqual([
      ["// one", true],
      ["// two", false],
      ["/// of nothing", true],
    ]);
  });
});

const sourceOf = (text: string): unknown => {
  const [declaration] = fileOf(text).declarations;
  if (declaration?.kind !== "data") throw new Error("expected data");
  return [
    declaration.source.synthetic,
    tree(declaration.source.value),
    declaration.fields.length,
    declaration.splits.length,
  ];
};

describe("data sources", () => {
  it("a brace opens options if it holds `key: value`, and the fields otherwise", () => {
    expect(sourceOf('data d = csv("f") { index t: date, split by year { train: first 3 } }')).toEqual([
      false,
      'csv("f")',
      1,
      1,
    ]);
    expect(sourceOf('data d = csv("f") { sep: 1 } { index t: date }')).toEqual([false, 'csv("f") {sep: 1}', 1, 0]);
    expect(sourceOf('data d = csv("f") {}')).toEqual([false, 'csv("f")', 0, 0]);
    expect(sourceOf("data d = synthetic t { n: 5 } { context x: real }")).toEqual([true, "t() {n: 5}", 1, 0]);
    expect(sourceOf("data d = synthetic t { context x: real }")).toEqual([true, "t", 1, 0]);
    expect(sourceOf("data d = synthetic")).toEqual([false, "synthetic", 0, 0]);
    expect(sourceOf("data d = f(g { })")).toEqual([false, "f(g() {})", 0, 0]);
  });
});

describe("spans", () => {
  it("cover an empty file, and end where the text ends", () => {
    expect(parse("")).toEqual({
      file: { kind: "file", span: { start: 0, end: 0 }, imports: [], declarations: [], models: [], comments: [] },
      problems: [],
    });
    const source = "model M\nseed 7";
    const file = fileOf(source);
    expect(file.models[0]?.span).toEqual({ start: 0, end: source.length });
    expect(file.models[0]?.declarations[0]?.span).toEqual({ start: 8, end: source.length });
  });

  it("stay inside the text where a bracket was inserted or a value is missing at the end", () => {
    const source = "model M\nparam a = f(1, [2";
    const { file } = parse(source);
    const [declaration] = file.models[0]?.declarations ?? [];
    expect(declaration?.span).toEqual({ start: 8, end: source.length });
    const missing = parse("model M\nparam a = ").file.models[0]?.declarations[0];
    expect(missing?.kind === "param" ? missing.value : null).toEqual({ kind: "error", span: { start: 16, end: 17 } });
  });

  it.each(["(u) ^ p", "-(u)", "(a) + (b)", "((a)) * b", "(a)..(b)", "0 - ((b))", "(a + b) >= (c)", "(x) |> (f)"])(
    "of %s reach to its parentheses",
    (source) => {
      const [declaration] = fileOf(`risk ${source}`).declarations;
      const value = declaration?.kind === "risk" ? declaration.value : null;
      expect(value?.span).toEqual({ start: 5, end: 5 + source.length });
    },
  );

  it("count UTF-16 units", () => {
    const file = fileOf('waive a because "😀" // 😀\nseed 7');
    expect(file.declarations[1]?.span).toEqual({ start: 27, end: 33 });
  });
});
