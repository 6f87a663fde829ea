import { describe, expect, it } from "vitest";
import { globsMeet, matchesGlob } from "../../compiler/check/glob.ts";
import { TASKS } from "../../runtime/tasks/index.ts";
import { compileText, diagnose, lower, spec } from "../support/tester.ts";

const fields = {
  index: "  index date: date",
  context: '  context x: real[Feature] = columns("f_*")',
  outcome: '  outcome s: real[Asset] = columns("r_*")',
  split: "  split chronological { train: 70%, validation: 10%, test: 20% }",
};
const withData = (parts: Partial<typeof fields> = {}, source = 'csv("market.csv")', more = ""): string =>
  spec({ data: `data market = ${source} {\n${Object.values({ ...fields, ...parts }).join("\n")}\n}`, more });
const columnsOf = (context: string): unknown =>
  lower(withData({ context: `  context x: real[Feature] = ${context}` })).data.fields[1]!;

describe("data files", () => {
  it("are kept by path, with fields in order", () => {
    const { data } = lower(withData());
    expect(data.source).toMatchObject({ kind: "csv", path: "market.csv" });
    expect(data.fields.map(({ role, name, type }) => [role, name, type])).toEqual([
      ["index", "date", "date"],
      ["context", "x", "real"],
      ["outcome", "s", "real"],
    ]);
    expect(data.split.value).toMatchObject({ kind: "chronological", train: 0.7, validation: 0.1, test: 0.2 });
    expect(lower(withData({}, 'parquet("a/b.parquet")')).data.source).toMatchObject({ path: "a/b.parquet" });
  });

  it.each([
    ['csv(~~~"../market.csv"~~~)', "path-escapes"],
    ['csv(~~~"/etc/passwd"~~~)', "path-escapes"],
    ['csv(~~~"https://host/market.csv"~~~)', "path-remote"],
    ['csv(~~~""~~~)', "path-not-valid"],
    ["~~~csv(market)~~~", "source-path"],
    ["~~~csv()~~~", "source-path"],
    ['~~~cvs("market.csv")~~~', "source-unknown"],
    ["~~~portfolio~~~", "source-unknown"],
    ['~~~"market.csv"~~~', "source-not-named"],
    ['~~~("market.csv")~~~', "source-not-named"],
    ["~~~[1, 2]~~~", "source-not-named"],
  ])("are refused as %s", (source, code) => {
    diagnose(withData({}, source), [code]);
  });

  it("are not opened by a check", () => {
    expect(lower(withData({}, 'csv("does-not-exist.csv")')).name).toBe("M");
  });
});

describe("fields", () => {
  it.each([
    [{ context: '  ~~~contxt~~~ x: real[Feature] = columns("f_*")' }, "field-role"],
    [{ context: '  context x: ~~~text[Feature]~~~ = columns("f_*")' }, "field-type"],
    [{ index: "  index date: ~~~date[2]~~~" }, "field-type"],
    [{ index: "  index date: ~~~real~~~" }, "field-type"],
    [{ index: "  index date: date\n  index ~~~day~~~: int" }, "index-twice"],
    [{ context: "  context ~~~x~~~: real[Feature]" }, "columns-missing"],
    [{ outcome: '  outcome s: real[Asset] in ~~~3..1~~~ = columns("r_*")' }, "field-range"],
    [{ outcome: '  outcome s: real[Asset] in ~~~3~~~ = columns("r_*")' }, "not-an-expression"],
    [{ context: "  ~~~window~~~ y: real[24] -> x: real" }, "wrong-problem"],
  ])("%o", (parts, code) => {
    diagnose(withData(parts), [code]);
  });

  it("need an outcome", () => {
    const marked = spec({
      data: `data ~~~market~~~ = csv("m.csv") {\n${fields.index}\n${fields.context}\n${fields.split}\n}`,
      loss: "loss L(z) = sum(z)",
      uncertainty: "uncertainty s | x ~ flow_matching",
    });
    const { text } = { text: marked.replaceAll("~~~", "") };
    expect(compileText(text).diagnostics.map((d) => d.code)).toContain("field-missing");
  });

  it("keep a declared range in their own unit", () => {
    const data = `data market = csv("m.csv") {
  index date: date
  context x: real[Feature] = columns("f_*")
  outcome s: real[Asset] in -50..50 = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}`;
    expect(lower(spec({ data })).data.fields[2]!.range).toEqual({ lower: -50, upper: 50 });
  });

  it("of one value come from the column of their name", () => {
    const data = `data market = csv("m.csv") {
  index date: date
  context wind: real
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}`;
    const ir = lower(spec({ data, uncertainty: "uncertainty s | wind ~ flow_matching" }));
    expect(ir.data.fields[1]!.columns).toEqual({ kind: "column", name: "wind" });
  });
});

describe("columns", () => {
  it.each([
    [
      'columns("f_*") |> log1p |> standardize',
      { kind: "map", fn: "log1p", source: { kind: "columns", pattern: "f_*" } },
    ],
    ['lag(column("a"), 1..3)', { kind: "lag", steps: [1, 2, 3], source: { kind: "column", name: "a" } }],
    ['lag(column("a"), [1, 5, 20])', { kind: "lag", steps: [1, 5, 20], source: { kind: "column", name: "a" } }],
    [
      'concat(lag(rolling_sd(column("a"), window = 20), 1), season("year"))',
      {
        kind: "concat",
        sources: [
          {
            kind: "lag",
            steps: [1],
            source: { kind: "rolling", statistic: "sd", window: 20, source: { kind: "column", name: "a" } },
          },
          { kind: "season", period: "year" },
        ],
      },
    ],
    ['columns("f_*") * 0.5', { kind: "scale", factor: 0.5, source: { kind: "columns", pattern: "f_*" } }],
    ['-columns("f_*") / 4 |> minmax', undefined],
    ['cube(columns("f_*"))', { kind: "map", fn: "cube", source: { kind: "columns", pattern: "f_*" } }],
    ['columns("f_*") |> rolling_mean(window = 5)', undefined],
  ])("%s", (context, expected) => {
    const field = columnsOf(context);
    if (expected !== undefined) expect(field).toMatchObject({ columns: expected });
  });

  it("keep what is fitted apart from what is computed", () => {
    expect(columnsOf('columns("f_*") |> log1p |> standardize')).toMatchObject({ transforms: ["standardize"] });
  });

  it.each([
    ['~~~lag(column("a"), 1..5)~~~', "columns-count"],
    ['~~~lag(columns("f_*"), -1)~~~', "columns-argument"],
    ['~~~lag(columns("f_*"))~~~', "columns-argument"],
    ['~~~lag(columns("f_*"), 5..1)~~~', "columns-argument"],
    ['~~~rolling_mean(columns("f_*"))~~~', "columns-argument"],
    ['~~~rolling_mean(columns("f_*"), window = 1)~~~', "columns-argument"],
    ["~~~columns(f)~~~", "columns-argument"],
    ['~~~season("month")~~~', "columns-argument"],
    ['~~~colums("f_*")~~~', "columns-form"],
    ["~~~1 + 2~~~", "columns-form"],
    ['~~~columns("f_*") * columns("g_*")~~~', "columns-form"],
    ['columns("f_*") |> ~~~standardise~~~', "pipe-stage"],
    ['columns("f_*") |> standardize |> ~~~log1p~~~', "pipe-after-fit"],
    ['~~~columns("f_*") / 0~~~', "not-finite"],
  ])("%s is reported", (context, code) => {
    diagnose(withData({ context: `  context x: real[Feature] = ${context}` }), [code]);
  });

  it("that look back need an order of the rows", () => {
    const context = '  context x: real[Feature] = ~~~lag(columns("f_*"), 1)~~~';
    const random = "  split random { train: 70%, validation: 10%, test: 20% }";
    diagnose(withData({ index: "", context, split: random }), ["index-needed"]);
    diagnose(withData({ index: "", split: "  ~~~split chronological { train: 80%, test: 20% }~~~" }), [
      "split-without-order",
    ]);
    const season = '  context x: real[Feature] = concat(column("a"), ~~~season("year")~~~)';
    diagnose(withData({ index: "  index date: int", context: season }), ["index-not-time"]);
  });
});

describe("splits", () => {
  it.each([
    ["  ~~~split chronological { train: 70%, test: 20% }~~~", "split-sum"],
    ["  ~~~split chronological { train: 100% }~~~", "split-empty"],
    ["  ~~~split chronological { test: 100% }~~~", "split-empty"],
    ["  split ~~~cronological~~~ { train: 80%, test: 20% }", "split-rule"],
    ["  split chronological { ~~~trian~~~: 80%, test: 20% }", "option-unknown"],
    ["  split chronological { train: 80%, ~~~train~~~: 20% }", "option-twice"],
    ["  split chronological { train: ~~~120%~~~, test: 20% }", "option-range"],
    ["  split by zone { train: ~~~80%~~~ }", "split-part"],
    [
      "  split chronological { train: 80%, test: 20% }\n  ~~~split random { train: 80%, test: 20% }~~~",
      "duplicate-declaration",
    ],
  ])("%s", (split, code) => {
    diagnose(withData({ split }), [code]);
  });

  it("are declared", () => {
    const marked = withData({ split: "" }).replace("data market", "data ~~~market~~~");
    diagnose(marked, ["split-missing"]);
  });

  it("of rows in time are chronological, unless that is waived with a reason", () => {
    const split = "  ~~~split random { train: 70%, validation: 10%, test: 20% }~~~";
    diagnose(withData({ split }), ["split-random-time"]);
    const plain = split.replaceAll("~~~", "");
    const ir = lower(withData({ split: plain }, undefined, 'waive random_split because "rows are independent days"'));
    expect(ir.waivers).toMatchObject([{ assumption: "random_split", because: "rows are independent days" }]);
    diagnose(withData({ split: plain }, undefined, 'waive random_split because ~~~""~~~'), ["waive-without-reason"]);
    lower(withData({ index: "", split: plain }));
  });

  it("need no waiver that nothing asks for", () => {
    diagnose(withData({}, undefined, 'waive ~~~random_split~~~ because "no reason"'), ["waive-unused"]);
    diagnose(withData({}, undefined, 'waive ~~~random_splits~~~ because "no reason"'), ["waive-unknown"]);
  });
});

describe("leakage", () => {
  const outcome = '  outcome s: real[Asset] = columns("r_*")';
  it.each([
    'columns("r_*")',
    'columns("*")',
    'concat(columns("f_*"), column("r_a"))',
    'rolling_mean(columns("r_*"), window = 5)',
    'lag(columns("r_*"), 0..2)',
    'columns("r_a*") |> standardize',
  ])("of the outcome's own row is an error: %s", (context) => {
    diagnose(withData({ context: `  context ~~~x~~~: real[Feature] = ${context}`, outcome }), ["leak-same-row"]);
  });

  it.each([
    'lag(columns("r_*"), 1)',
    'lag(rolling_mean(columns("r_*"), window = 5), 1)',
    'columns("f_*")',
    'concat(columns("f_*"), lag(columns("r_*"), [1, 2]))',
  ])("is none where only earlier rows are read: %s", (context) => {
    lower(withData({ context: `  context x: real[Feature] = ${context}`, outcome }));
  });

  it("that is possible is a warning", () => {
    const { models } = diagnose(withData({ context: '  context ~~~x~~~: real[Feature] = columns("*_lag")' }), [
      "leak-possible",
    ]);
    expect(models).toHaveLength(1);
  });

  it("is judged by which columns two patterns can share", () => {
    expect(matchesGlob("r_*", "r_energy")).toBe(true);
    expect(matchesGlob("r_?", "r_energy")).toBe(false);
    expect(matchesGlob("*a*b*", `${"a".repeat(5000)}b`)).toBe(true);
    expect(globsMeet("*_lag", "r_*")).toBe(true);
    expect(globsMeet("f_*", "r_*")).toBe(false);
    expect(globsMeet("a?c", "*b*")).toBe(true);
    expect(globsMeet("a?c", "abd")).toBe(false);
  });
});

const task = (options: string, more = "", outcome = "  outcome s: real[Asset]"): string =>
  spec({
    data: `data d = synthetic portfolio { assets: 4, covariates: 3${options} } {\n  context x: real[Feature]\n${outcome}\n${more}}`,
  });

const dataOf = (source: string): string =>
  `data d = ${source} {\n  context x: real[Feature]\n  outcome s: real[Asset]\n}`;

describe("synthetic tasks", () => {
  it("have every option with its default, and a split of their own", () => {
    const { data } = lower(task(", degree: 2"));
    expect(data.split).toEqual({ value: { kind: "task" }, origin: "implicit" });
    if (data.source.kind !== "synthetic") throw new Error("not synthetic");
    const { options } = data.source.task;
    expect(options["degree"]).toMatchObject({ value: 2, origin: "explicit" });
    expect(options["signal"]).toEqual({ value: 0.02, origin: "implicit" });
  });

  it("declare the same options and defaults as the runtime implements", () => {
    for (const [name, definition] of TASKS) {
      const defaults = Object.fromEntries(definition.options.map((option) => [option.name, option.default]));
      const { context, outcome } = definition.sizes(defaults);
      const sizes = [`real[${context}]`, outcome === 1 ? "real" : `real[${outcome}]`];
      const text = spec({
        data: `data d = synthetic ${name} {\n  context x: ${sizes[0]}\n  outcome s: ${sizes[1]}\n}`,
        decision: `decision z: ${sizes[1]} in 0..1`,
        loss: sizes[1] === "real" ? "loss L(z, s) = -z * s" : "loss L(z, s) = -dot(z, s)",
        uncertainty: "uncertainty s | x ~ gmm",
        train: null,
      });
      const { source } = lower(text).data;
      if (source.kind !== "synthetic") throw new Error("not synthetic");
      const declared = Object.entries(source.task.options).map(([option, setting]) => [option, setting.value]);
      expect(declared.toSorted()).toEqual(definition.options.map((option) => [option.name, option.default]).toSorted());
    }
  });

  it.each([
    [", ~~~degre~~~: 2", "", undefined, "option-unknown"],
    [", degree: ~~~100~~~", "", undefined, "option-range"],
    [", degree: ~~~2.5~~~", "", undefined, "option-type"],
    [", trials: ~~~0~~~", "", undefined, "option-range"],
    ["", "  ~~~split random { train: 80%, test: 20% }~~~\n", undefined, "split-of-task"],
    ["", "", "  outcome ~~~s~~~: real[3]", "task-field-shape"],
    ["", "  outcome ~~~u~~~: real\n", undefined, "task-field-count"],
    ["", "", '  outcome s: real[Asset] = ~~~columns("r_*")~~~', "columns-of-task"],
  ] as const)("options %s, then %s, %s: %s", (options, more, outcome, code) => {
    const text = task(options, more, outcome);
    const others = compileText(text.replaceAll("~~~", "")).diagnostics.filter((d) => d.code !== code);
    expect(others.filter((d) => !["dim-mismatch", "uncertainty-target"].includes(d.code))).toEqual([]);
    if (others.length === 0) diagnose(text, [code]);
    else expect(compileText(text.replaceAll("~~~", "")).diagnostics.map((d) => d.code)).toContain(code);
  });

  it.each([["synthetic ~~~portfolo~~~", "method-unknown"]])("%s is reported", (source, code) => {
    const data = `data d = ${source} {\n  context x: real[Feature]\n  outcome s: real[Asset]\n}`;
    diagnose(spec({ data }), [code]);
  });

  it("of names that are something else, or calls", () => {
    diagnose(spec({ data: dataOf("~~~synthetic Asset~~~") }), ["wrong-kind"]);
    diagnose(spec({ data: dataOf("~~~synthetic portfolio(4)~~~") }), ["method-form"]);
  });

  it("need their fields", () => {
    const data = "data ~~~d~~~ = synthetic portfolio { assets: 4 } {\n  outcome s: real[Asset]\n}";
    diagnose(spec({ data, uncertainty: "uncertainty s | x ~ flow_matching" }), ["task-field-missing"]);
  });

  it("are declared by the library alone", () => {
    diagnose(spec({ before: "task ~~~mine~~~(n: int = 1) {\n  outcome s: real[n]\n}\n" }), ["task-only-library"]);
  });
});
