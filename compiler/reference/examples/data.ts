import type { dataMessages } from "../../diagnostics/catalogue/data.ts";
import type { DiagnosticExample } from "./example.ts";

const market = { base: "market" } as const;
const source = 'csv("market.csv")';
const index = "  index date: date";
const context = '  context x: real[Feature] = columns("f_*") |> standardize';
const outcome = '  outcome s: real[Asset] = columns("r_*")';
const chronological = "  split chronological { train: 70%, validation: 10%, test: 20% }";
const fields = `${index}\n${context}\n${outcome}\n${chronological}`;
const zones = '  split by zone { train: ["north", "south"], test: each }';

/** Data declarations: a wrong and a right spec for each code. */
export const dataExamples: Readonly<Record<keyof typeof dataMessages, DiagnosticExample>> = {
  "source-unknown": { ...market, of: source, wrong: 'excel("market.xlsx")', right: 'csv("market.csv")' },
  "source-not-named": { ...market, of: source, wrong: '"market.csv"', right: 'csv("market.csv")' },
  "source-path": { ...market, of: source, wrong: "csv(market)", right: 'csv("market.csv")' },
  "field-role": {
    ...market,
    of: outcome,
    wrong: '  target s: real[Asset] = columns("r_*")',
    right: outcome,
  },
  "field-form": {
    base: "forecast",
    of: "  window y: real[24] -> horizon: real",
    wrong: "  window y: real[24]",
    right: "  window y: real[24] -> horizon: real",
  },
  "split-part": {
    base: "forecast",
    of: zones,
    wrong: "  split by zone { train: 80%, test: each }",
    right: zones,
  },
  "split-shared": {
    base: "forecast",
    of: zones,
    wrong: '  split by zone { train: ["north", "south"], test: ["south"] }',
    right: '  split by zone { train: ["north", "south"], test: ["east"] }',
  },
  "field-missing": {
    base: "posterior",
    of: '  outcome u: real[Pixel] = columns("u_*")',
    wrong: '  context u: real[Pixel] = columns("u_*")',
    right: '  outcome u: real[Pixel] = columns("u_*")',
  },
  "field-type": {
    ...market,
    of: context,
    wrong: '  context x: text[Feature] = columns("f_*")',
    right: '  context x: real[Feature] = columns("f_*")',
  },
  "index-twice": {
    ...market,
    of: index,
    wrong: "  index date: date\n  index row: int",
    right: "  index date: date",
  },
  "columns-missing": {
    ...market,
    of: context,
    wrong: "  context x: real[Feature]",
    right: '  context x: real[Feature] = columns("f_*")',
  },
  "columns-of-task": {
    of: "  outcome s: real[Asset]",
    wrong: '  outcome s: real[Asset] = columns("r_*")',
    right: "  outcome s: real[Asset]",
  },
  "columns-form": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = "f_*"',
    right: '  context x: real[Feature] = columns("f_*")',
  },
  "columns-count": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = lag(column("volume"), 1..5)',
    right: '  context x: real[Feature] = lag(column("volume"), 1..3)',
  },
  "columns-argument": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = rolling_mean(columns("f_*"), window = 1)',
    right: '  context x: real[Feature] = rolling_mean(columns("f_*"), window = 20)',
  },
  "pipe-stage": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = columns("f_*") |> standardise',
    right: '  context x: real[Feature] = columns("f_*") |> standardize',
  },
  "pipe-after-fit": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = columns("f_*") |> standardize |> log1p',
    right: '  context x: real[Feature] = columns("f_*") |> log1p |> standardize',
  },
  "index-needed": {
    ...market,
    of: fields,
    wrong: `  context x: real[Feature] = lag(columns("f_*"), 1)\n${outcome}\n  split random { train: 70%, validation: 10%, test: 20% }`,
    right: `${index}\n  context x: real[Feature] = lag(columns("f_*"), 1)\n${outcome}\n${chronological}`,
  },
  "index-not-time": {
    ...market,
    of: `${index}\n${context}`,
    wrong: '  index date: int\n  context x: real[Feature] = concat(column("volume"), season("year"))',
    right: '  index date: date\n  context x: real[Feature] = concat(column("volume"), season("year"))',
  },
  "leak-same-row": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = rolling_mean(columns("r_*"), window = 5)',
    right: '  context x: real[Feature] = lag(rolling_mean(columns("r_*"), window = 5), 1)',
  },
  "leak-possible": {
    ...market,
    of: context,
    wrong: '  context x: real[Feature] = columns("*_energy")',
    right: '  context x: real[Feature] = columns("f_*_energy")',
  },
  "field-range": {
    ...market,
    of: outcome,
    wrong: '  outcome s: real[Asset] in 50..-50 = columns("r_*")',
    right: '  outcome s: real[Asset] in -50..50 = columns("r_*")',
  },
  "split-missing": { ...market, of: `\n${chronological}`, wrong: "", right: `\n${chronological}` },
  "split-rule": {
    ...market,
    of: chronological,
    wrong: "  split chronologic { train: 70%, validation: 10%, test: 20% }",
    right: chronological,
  },
  "split-sum": {
    ...market,
    of: chronological,
    wrong: "  split chronological { train: 70%, validation: 10%, test: 10% }",
    right: chronological,
  },
  "split-empty": {
    ...market,
    of: chronological,
    wrong: "  split chronological { train: 90%, validation: 10%, test: 0% }",
    right: chronological,
  },
  "split-of-task": {
    of: "  outcome s: real[Asset]",
    wrong: "  outcome s: real[Asset]\n  split random { train: 80%, test: 20% }",
    right: "  outcome s: real[Asset]",
  },
  "split-without-order": {
    ...market,
    of: fields,
    wrong: `${context}\n${outcome}\n${chronological}`,
    right: `${index}\n${context}\n${outcome}\n${chronological}`,
  },
  "split-random-time": {
    ...market,
    of: chronological,
    wrong: "  split random { train: 70%, validation: 10%, test: 20% }",
    right: chronological,
  },
  "task-field-missing": {
    of: `  context x: real[2]\n  outcome s: real[Asset]\n}\n`,
    wrong: "  outcome s: real[Asset]\n}\n",
    right: "  context x: real[2]\n  outcome s: real[Asset]\n}\n",
  },
  "task-field-shape": { of: "  context x: real[2]", wrong: "  context x: real[5]", right: "  context x: real[2]" },
  "task-field-count": {
    of: "  context x: real[2]",
    wrong: "  context x: real[2]\n  context season: real",
    right: "  context x: real[2]",
  },
  "task-only-library": {
    of: "model Example",
    wrong: "task harvest(rows: int = 100) {\n  outcome s: real\n}\nmodel Example",
    right: "model Example",
  },
};
