import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, it, expect } from "vitest";
import { DATA_MESSAGES, writeTable } from "../../runtime/data/index.ts";
import type { FieldSpec, SplitSpec } from "../../runtime/spec.ts";
import {
  HALVES,
  column,
  columns,
  failure,
  field,
  fileSpec,
  lag,
  load,
  message,
  put,
  scratchFolder,
} from "./support.ts";

const folder = scratchFolder();
afterAll(() => folder.remove());

const GOOD = "x,s\n1,2\n3,4\n5,6\n7,8\n";
const DATED = [field("index", "day", { type: "date" }), field("context", "x"), field("outcome", "s")];
const TIMED = [field("index", "day", { type: "datetime" }), ...DATED.slice(1)];
const x = (more: Partial<FieldSpec>): FieldSpec[] => [field("context", "x", more), field("outcome", "s")];

/** Codes asserted here and in the other files of this folder; those of context files are asserted in test/decision. */
const asserted = new Set<string>(["data-path-outside", "data-task-size"]);

interface Case {
  readonly it: string;
  readonly text: string | Uint8Array;
  readonly file?: string;
  readonly fields?: readonly FieldSpec[];
  readonly split?: SplitSpec;
  readonly expect: string;
}

const CASES: readonly Case[] = [
  // the file
  { it: "an empty file", text: "", expect: "data-file-empty | m.dro:source | FILE" },
  { it: "white space alone", text: " \n\n", expect: "data-file-empty | m.dro:source | FILE" },
  { it: "a header alone", text: "x,s\n", expect: "data-file-empty | m.dro:source | FILE" },
  { it: "an empty JSON array", file: "a.json", text: "[]", expect: "data-file-empty | m.dro:source | FILE" },
  {
    it: "Latin-1",
    text: Buffer.from("x,s\n1,2\n3,Zürich\n", "latin1"),
    expect: "data-not-utf8 | m.dro:source | FILE:3:4",
  },
  {
    it: "UTF-16",
    text: Buffer.from(`\ufeff${GOOD}`, "utf16le"),
    expect: "data-not-utf8 | m.dro:source | FILE:1:1",
  },
  {
    it: "a character cut in two at the end",
    text: Buffer.concat([Buffer.from(GOOD), Buffer.from([0xe2, 0x82])]),
    expect: "data-not-utf8 | m.dro:source | FILE:6:1",
  },
  { it: "a row cut off at the end", text: "x,s\n1,2\n3,4\n5", expect: "data-truncated | m.dro:source | FILE:4" },
  { it: "an open quote", text: 'x,s\n1,2\n"3,4\n5,6\n', expect: "data-truncated | m.dro:source | FILE:3" },
  {
    it: "a cut gzip stream",
    file: "cut.csv.gz",
    text: gzipSync(GOOD.repeat(500)).subarray(0, 30),
    expect: "data-truncated | m.dro:source | FILE",
  },
  {
    it: "a gzip that is none",
    file: "no.csv.gz",
    text: GOOD,
    expect: "data-format | m.dro:source | FILE",
  },
  { it: "a Parquet that is none", file: "no.parquet", text: GOOD, expect: "data-format | m.dro:source | FILE" },
  {
    it: "a cut Parquet",
    file: "cut.parquet",
    text: Buffer.from("PAR1 and then nothing more"),
    expect: "data-truncated | m.dro:source | FILE",
  },
  {
    it: "a Parquet whose footer is garbage",
    file: "garbage.parquet",
    text: Buffer.from("PAR1________PAR1"),
    expect: "data-format | m.dro:source | FILE",
  },
  { it: "a cut JSON", file: "cut.json", text: '[{"x":1,"s":2},{"x":', expect: "data-truncated | m.dro:source | FILE" },
  {
    it: "a broken JSON line",
    file: "bad.ndjson",
    text: '{"x":1,"s":2}\n{"x":1 "s":2}\n',
    expect: "data-format | m.dro:source | FILE:2",
  },
  {
    it: "JSON that is no object",
    file: "flat.json",
    text: '[{"x":1,"s":2}, 3]',
    expect: "data-format | m.dro:source | FILE, row 2",
  },
  {
    it: "a JSON line cut off at the end",
    file: "cut.ndjson",
    text: '{"x":1,"s":2}\n{"x":1,"s"',
    expect: "data-truncated | m.dro:source | FILE:2",
  },
  {
    it: "a blank line in JSON",
    file: "blank.ndjson",
    text: '{"x":1,"s":2}\n\n{"x":1,"s":2}\n\n',
    expect: "data-blank-line | m.dro:source | FILE:2",
  },
  {
    it: "a JSON key twice",
    file: "twice.ndjson",
    text: '{"x":1,"s":2}\n{"x":1,"s":2,"x":3}\n',
    expect: "data-format | m.dro:source | FILE:2",
  },
  { it: "semicolons", text: "x;s\n1;2\n", expect: "data-format | m.dro:source | FILE:1" },
  { it: "text after a quote", text: 'x,s\n1,"2"3\n', expect: "data-format | m.dro:source | FILE:2" },
  { it: "a short row", text: "x,s\n1,2\n3\n5,6\n", expect: "data-row-short | m.dro:source | FILE:3" },
  { it: "a long row", text: "x,s\n1,2\n3,4,5\n", expect: "data-row-long | m.dro:source | FILE:3" },
  { it: "a trailing empty cell", text: "x,s\n1,2\n3,4,\n", expect: "data-row-long | m.dro:source | FILE:3" },
  {
    it: "a short row after a quoted newline",
    text: 'x,s\n"1\n",2\n3\n',
    expect: "data-row-short | m.dro:source | FILE:4",
  },
  { it: "a blank line", text: "x,s\n1,2\n\n3,4\n", expect: "data-blank-line | m.dro:source | FILE:3" },
  { it: "mixed line endings", text: "x,s\r\n1,2\n3,4\r\n", expect: "data-mixed-newlines | m.dro:source | FILE:2" },
  { it: "lone carriage returns", text: "x,s\r1,2\r", expect: "data-mixed-newlines | m.dro:source | FILE:1" },
  // columns
  {
    it: "a missing column",
    text: "xx,s\n1,2\n",
    expect: "data-column-missing | m.dro:x | FILE:1",
  },
  { it: "two columns of one name", text: "x,x,s\n1,2,3\n", expect: "data-column-duplicate | m.dro:x | FILE:1" },
  {
    it: "a pattern that matches nothing",
    text: GOOD,
    fields: x({ columns: columns("f_*") }),
    expect: "data-pattern-empty | m.dro:x | FILE:1",
  },
  {
    it: "a pattern that matches fewer columns than declared",
    text: "f_1,f_2,s\n1,2,3\n",
    fields: x({ columns: columns("f_*"), size: 3 }),
    expect: "data-field-size | m.dro:x | FILE",
  },
  {
    it: "a context that is the outcome",
    text: GOOD,
    fields: x({ columns: columns("*"), size: 2 }),
    expect: 'data-leak | m.dro:x | FILE, column "s"',
  },
  {
    it: "a window over the outcome that ends at its own row",
    text: GOOD,
    fields: x({ columns: { kind: "rolling", source: column("s"), statistic: "mean", window: 2 } }),
    expect: 'data-leak | m.dro:x | FILE, column "s"',
  },
  {
    it: "a context of type text",
    text: GOOD,
    fields: x({ type: "text" }),
    expect: "data-field-type | m.dro:x | ",
  },
  {
    it: "two indices",
    text: GOOD,
    fields: [field("index", "x"), field("index", "s"), field("outcome", "s")],
    expect: "data-index-several | m.dro:s | ",
  },
  {
    it: "a negative lag",
    text: GOOD,
    fields: x({ columns: lag(column("x"), -1) }),
    expect: "data-window | m.dro:x | ",
  },
  {
    it: "a standard deviation of one value",
    text: GOOD,
    fields: x({ columns: { kind: "rolling", source: column("x"), statistic: "sd", window: 1 } }),
    expect: "data-window | m.dro:x | ",
  },
  {
    it: "a season without dates",
    text: GOOD,
    fields: x({ columns: { kind: "season", period: "year" }, size: 2 }),
    expect: "data-season | m.dro:x | ",
  },
  {
    it: "a season of the day from dates",
    text: "day,s\n2020-01-01,1\n",
    fields: [DATED[0]!, field("context", "x", { columns: { kind: "season", period: "day" }, size: 2 }), DATED[2]!],
    expect: "data-season | m.dro:x | ",
  },
  // cells
  { it: "an empty cell", text: "x,s\n1,2\n,4\n", expect: 'data-cell-missing | m.dro:x | FILE:3, column "x"' },
  { it: "a quoted empty cell", text: 'x,s\n1,2\n3,""\n', expect: 'data-cell-missing | m.dro:s | FILE:3, column "s"' },
  {
    it: "a JSON null",
    file: "n.json",
    text: '[{"x":1,"s":null}]',
    expect: 'data-cell-missing | m.dro:s | FILE, row 1, column "s"',
  },
  {
    it: "a JSON key left out",
    file: "k.ndjson",
    text: '{"x":1,"s":1}\n{"x":1}\n',
    expect: 'data-cell-missing | m.dro:s | FILE:2, column "s"',
  },
  { it: "a word", text: "x,s\n1,2\nn/a,4\n", expect: 'data-cell-not-number | m.dro:x | FILE:3, column "x"' },
  {
    it: "a thousands separator",
    text: "x,s\n1_000,2\n",
    expect: 'data-cell-not-number | m.dro:x | FILE:2, column "x"',
  },
  {
    it: "a number in quotes in JSON",
    file: "q.json",
    text: '[{"x":"1","s":1}]',
    expect: 'data-cell-not-number | m.dro:x | FILE, row 1, column "x"',
  },
  {
    it: "a JSON truth value",
    file: "b.json",
    text: '[{"x":true,"s":1}]',
    expect: 'data-cell-not-number | m.dro:x | FILE, row 1, column "x"',
  },
  { it: "NaN", text: "x,s\n1,2\n3,NaN\n", expect: 'data-cell-nan | m.dro:s | FILE:3, column "s"' },
  { it: "an infinity", text: "x,s\n1,2\n3,-inf\n", expect: 'data-cell-infinite | m.dro:s | FILE:3, column "s"' },
  {
    it: "a number too large",
    text: "x,s\n1,2\n1e400,4\n",
    expect: 'data-cell-infinite | m.dro:x | FILE:3, column "x"',
  },
  {
    it: "the first of several bad cells, by row and then by column",
    text: "x,s\n1,2\n3,bad\nbad,bad\n",
    expect: 'data-cell-not-number | m.dro:s | FILE:3, column "s"',
  },
  {
    it: "a bad cell after a quoted newline in another column",
    text: 'note,x,s\n"a\nb",1,2\nc,3,oops\n',
    expect: 'data-cell-not-number | m.dro:s | FILE:4, column "s"',
  },
  {
    it: "the logarithm of a negative number",
    text: "x,s\n1,2\n-3,4\n",
    fields: x({ columns: { kind: "map", source: column("x"), fn: "log" } }),
    expect: 'data-value-not-finite | m.dro:x | FILE:3, column "x"',
  },
  {
    it: "an overflow",
    text: "x,s\n1,2\n1e200,4\n",
    fields: x({ columns: { kind: "map", source: column("x"), fn: "square" } }),
    expect: 'data-value-not-finite | m.dro:x | FILE:3, column "x"',
  },
  {
    it: "a fraction in an int field",
    text: "x,s\n1,2\n3.5,4\n",
    fields: x({ type: "int" }),
    expect: 'data-value-not-integer | m.dro:x | FILE:3, column "x"',
  },
  {
    it: "a value out of range",
    text: "x,s\n1,2\n3,4\n",
    fields: x({ range: { lower: 0, upper: 2.5 } }),
    expect: 'data-value-out-of-range | m.dro:x | FILE:3, column "x"',
  },
  {
    it: "a value out of range after leading rows were consumed",
    text: "x,s\n1,2\n9,4\n3,4\n4,4\n",
    fields: x({ columns: lag(column("x"), 1), range: { lower: 0, upper: 5 } }),
    expect: 'data-value-out-of-range | m.dro:x | FILE:4, column "x"',
  },
  // the index
  {
    it: "an empty index",
    text: "day,x,s\n2020-01-01,1,2\n,3,4\n",
    fields: DATED,
    expect: 'data-index-missing | m.dro:day | FILE:3, column "day"',
  },
  {
    it: "a date that is none",
    text: "day,x,s\n2020-01-01,1,2\n2020-02-30,3,4\n",
    fields: DATED,
    expect: 'data-index-unparsable | m.dro:day | FILE:3, column "day"',
  },
  {
    it: "a date with the day first",
    text: "day,x,s\n31.12.2020,1,2\n",
    fields: DATED,
    expect: 'data-index-unparsable | m.dro:day | FILE:2, column "day"',
  },
  {
    it: "a time in a date",
    text: "day,x,s\n2020-01-01 05:00,1,2\n",
    fields: DATED,
    expect: 'data-index-unparsable | m.dro:day | FILE:2, column "day"',
  },
  {
    it: "an hour that is none",
    text: "day,x,s\n2020-01-01T25,1,2\n",
    fields: TIMED,
    expect: 'data-index-unparsable | m.dro:day | FILE:2, column "day"',
  },
  {
    it: "a fraction in an int index",
    text: "day,x,s\n1.5,1,2\n",
    fields: [field("index", "day", { type: "int" }), ...DATED.slice(1)],
    expect: 'data-index-unparsable | m.dro:day | FILE:2, column "day"',
  },
  {
    it: "a date twice, written in two ways",
    text: "day,x,s\n2020-01-01,1,2\n2020/01/01,3,4\n",
    fields: DATED,
    expect: 'data-index-duplicate | m.dro:day | FILE:3, column "day"',
  },
  {
    it: "a text index twice",
    text: "day,x,s\na,1,2\nb,1,2\na,3,4\n",
    fields: [field("index", "day", { type: "text" }), ...DATED.slice(1)],
    expect: 'data-index-duplicate | m.dro:day | FILE:4, column "day"',
  },
  {
    it: "dates that go back",
    text: "day,x,s\n2020-01-02,1,2\n2020-01-01,3,4\n",
    fields: DATED,
    expect: 'data-index-order | m.dro:day | FILE:3, column "day"',
  },
  // rows
  {
    it: "fewer rows than the lags need",
    text: GOOD,
    fields: x({ columns: lag(column("x"), 4) }),
    expect: "data-too-few-rows | m.dro:source | FILE",
  },
  {
    it: "a part without rows",
    text: GOOD,
    split: { ...HALVES, train: 0.9, validation: 0.05, test: 0.05, kind: "random" },
    expect: "data-split-empty | m.dro:split | ",
  },
  {
    it: "a test part of nothing",
    text: GOOD,
    split: { ...HALVES, train: 1, validation: 0, test: 0, kind: "chronological" },
    expect: "data-split-empty | m.dro:split | ",
  },
  {
    it: "parts that do not add up",
    text: GOOD,
    split: { ...HALVES, train: 0.5, validation: 0.2, test: 0.2, kind: "chronological" },
    expect: "data-split-fractions | m.dro:split | ",
  },
];

describe("bad data ends in one error with a code and both places", () => {
  it.each(CASES)("$it", async ({ text, file, fields, split, expect: expected }) => {
    const name = file ?? "data.csv";
    put(folder.path, name, text);
    asserted.add(expected.split(" ")[0]!);
    expect(await failure(load(folder.path, fileSpec(name, fields, split)))).toBe(expected.replaceAll("FILE", name));
  });

  it("cells of a Parquet are checked as those of a CSV are", async () => {
    const path = join(folder.path, "cells.parquet");
    const write = (s: number | string) =>
      writeTable(path, [
        { name: "x", values: Float64Array.of(1, 2) },
        { name: "s", values: typeof s === "number" ? Float64Array.of(3, s) : ["3", s] },
      ]);
    const outcomes: string[] = [];
    for (const s of [Number.NaN, -Infinity, "many"]) {
      await write(s);
      outcomes.push(await failure(load(folder.path, fileSpec("cells.parquet"))));
    }
    expect(outcomes).toEqual(
      ["nan", "infinite", "not-number"].map((kind) => `data-cell-${kind} | m.dro:s | cells.parquet, row 2, column "s"`),
    );
  });
});

describe("paths", () => {
  it("a missing file suggests its neighbours", async () => {
    put(folder.path, "prices.csv", GOOD);
    asserted.add("data-file-missing");
    expect(await failure(load(folder.path, fileSpec("price.csv")))).toBe("data-file-missing | m.dro:source | ");
    expect(await message(load(folder.path, fileSpec("price.csv")))).toContain('Did you mean "prices.csv"?');
    expect(await failure(load(folder.path, fileSpec("prices.csv/x.csv")))).toContain("data-file-missing");
    expect(await failure(load(folder.path, fileSpec("http://example.org/a.csv")))).toContain("data-file-missing");
    expect(await failure(load(folder.path, fileSpec("a\0b.csv")))).toContain("data-file-missing");
  });

  it("a directory and something that is no file are refused", async () => {
    mkdirSync(join(folder.path, "sub"), { recursive: true });
    asserted.add("data-file-directory");
    expect(await failure(load(folder.path, fileSpec("sub")))).toBe("data-file-directory | m.dro:source | ");
    symlinkSync("/dev/zero", join(folder.path, "zero.csv"));
    asserted.add("data-file-unreadable");
    expect(await failure(load(folder.path, fileSpec("zero.csv"), { allow: ["/dev"] }))).toBe(
      "data-file-unreadable | m.dro:source | ",
    );
  });
});

describe("messages", () => {
  it("a misspelt column is answered with the near one and the known ones", async () => {
    put(folder.path, "near.csv", "day,r_Hlth,r_Utils\n1,2,3\n");
    const loading = load(folder.path, fileSpec("near.csv", [field("outcome", "s", { columns: column("r_Helth") })]));
    expect(await message(loading)).toBe(
      'The file has no column `r_Helth`. Did you mean "r_Hlth"? Columns of the file: day, r_Hlth, r_Utils.',
    );
  });

  it("sizes that the pipeline was not built for are refused", async () => {
    put(folder.path, "good.csv", GOOD);
    const { loadData } = await import("../../runtime/data/index.ts");
    const loading = loadData(
      fileSpec("good.csv"),
      { context: 1, outcome: 3, decision: 1 },
      { root: folder.path, allow: [], seed: 1, replicate: 0 },
    );
    asserted.add("data-size-mismatch");
    expect(await failure(loading)).toBe("data-size-mismatch | m.dro:source | ");
  });

  it("every code of the catalogue is asserted here, but those of contexts and of predictors", () => {
    const elsewhere = /^(context|data-zone|data-window|data-class|data-group|series)-/;
    expect(Object.keys(DATA_MESSAGES).filter((code) => !elsewhere.test(code) && !asserted.has(code))).toEqual([]);
  });
});
