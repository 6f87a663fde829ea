import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, it, expect } from "vitest";
import { writeTable } from "../../runtime/data/index.ts";
import type { ColumnIR } from "../../runtime/ir/model.ts";
import { HALVES, column, columns, field, fileSpec, lag, load, put, scratchFolder } from "./support.ts";

const folder = scratchFolder();
afterAll(() => folder.remove());

const DAY = field("index", "day", { type: "date" });
const S = field("outcome", "s");
/** A split that three rows can serve. */
const TWO = { ...HALVES, train: 0.5, validation: 0, test: 0.5 };

/** Values of one column expression over x = 1, 4, 9, 16, 25, 36. */
async function evaluate(source: ColumnIR, size = 1, xs = [1, 4, 9, 16, 25, 36]): Promise<number[][]> {
  put(folder.path, "e.csv", `day,x,s\n${xs.map((x, i) => `2020-01-0${i + 1},${x},0`).join("\n")}\n`);
  const { contexts, rows } = await load(
    folder.path,
    fileSpec("e.csv", [DAY, field("context", "x", { columns: source, size }), S], TWO),
  );
  return Array.from({ length: rows }, (_, i) => Array.from(contexts.subarray(i * size, (i + 1) * size)));
}

const rolling = (statistic: "mean" | "sd" | "min" | "max" | "sum", window: number, source = column("x")): ColumnIR => ({
  kind: "rolling",
  source,
  statistic,
  window,
});

const wave = (shares: number[]) => shares.flatMap((u) => [Math.sin(2 * Math.PI * u), Math.cos(2 * Math.PI * u)]);
const close = (values: number[], expected: number[]) => {
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
};

describe("column expressions", () => {
  it("lags are step by step, each over all columns, and cost the leading rows", async () => {
    expect(await evaluate(lag(column("x"), 0, 1, 3), 3)).toEqual([
      [16, 9, 1],
      [25, 16, 4],
      [36, 25, 9],
    ]);
    expect(
      await evaluate(
        lag({ kind: "concat", sources: [column("x"), { kind: "scale", source: column("x"), factor: -1 }] }, 1, 2),
        4,
      ),
    ).toEqual([
      [4, -4, 1, -1],
      [9, -9, 4, -4],
      [16, -16, 9, -9],
      [25, -25, 16, -16],
    ]);
  });

  it.each([
    ["mean", [14 / 3, 29 / 3, 50 / 3, 77 / 3]],
    ["sum", [14, 29, 50, 77]],
    ["min", [1, 4, 9, 16]],
    ["max", [9, 16, 25, 36]],
    // Sample standard deviations of (1, 4, 9), (4, 9, 16), …
    ["sd", [Math.sqrt(49 / 3), Math.sqrt(109 / 3), Math.sqrt(193 / 3), Math.sqrt(301 / 3)]],
  ] as const)("rolling_%s takes the window that ends at the row", async (statistic, expected) => {
    const values = (await evaluate(rolling(statistic, 3))).flat();
    expect(values).toHaveLength(4);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
  });

  it("nests windows", async () => {
    expect(await evaluate(lag(rolling("sum", 2, lag(column("x"), 1)), 1))).toEqual([[5], [13], [25]]);
    expect(await evaluate(rolling("max", 2, rolling("sum", 2)))).toEqual([[13], [25], [41], [61]]);
  });

  it.each([
    ["log", Math.log],
    ["log1p", Math.log1p],
    ["exp", Math.exp],
    ["abs", Math.abs],
    ["square", (v: number) => v * v],
    ["sqrt", Math.sqrt],
    ["cube", (v: number) => v ** 3],
  ] as const)("maps by %s", async (fn, same) => {
    const xs = [1e-12, 0.5, 3, 7.25, 1e-5, 20];
    const values = (await evaluate({ kind: "map", source: column("x"), fn }, 1, xs)).flat();
    for (const [i, x] of xs.entries()) expect(Math.abs(values[i]! / same(x) - 1)).toBeLessThan(1e-14);
  });

  it("takes log1p of values on both sides of 0", async () => {
    const xs = [-0.75, -1e-9, 0, 1e-17];
    const values = (await evaluate({ kind: "map", source: column("x"), fn: "log1p" }, 1, xs)).flat();
    for (const [i, x] of xs.entries())
      expect(Math.abs(values[i]! - Math.log1p(x))).toBeLessThanOrEqual(1e-15 * Math.abs(x));
  });

  it("gives sine and cosine of the season", async () => {
    put(folder.path, "t.csv", "t,s\n2021-01-01T00,1\n2021-01-01T06,2\n2021-01-04 12:00,3\n2021-07-02T12:00:00Z,4\n");
    const read = async (period: "year" | "week" | "day") => {
      const x = field("context", "x", { columns: { kind: "season", period }, size: 2 });
      const data = await load(folder.path, fileSpec("t.csv", [field("index", "t", { type: "datetime" }), x, S]));
      return [...data.contexts];
    };
    close(await read("day"), wave([0, 0.25, 0.5, 0.5]));
    // 2021-01-01 is a Friday, 01-04 a Monday, 07-02 a Friday.
    close(await read("week"), wave([4 / 7, 4.25 / 7, 0.5 / 7, 4.5 / 7]));
    close(await read("year"), wave([0, 0.25 / 365, 3.5 / 365, 0.5]));
  });

  it("patterns take columns in the order of the file, without the index", async () => {
    put(
      folder.path,
      "p.csv",
      "b2,day,a1,b1,s\n1,2020-01-01,2,3,4\n5,2020-01-02,6,7,8\n1,2020-01-03,2,3,4\n5,2020-01-04,6,7,8\n",
    );
    const names = async (pattern: string, size: number) =>
      (
        await load(
          folder.path,
          fileSpec("p.csv", [DAY, field("context", "x", { columns: lag(columns(pattern), 1), size }), S], TWO),
        )
      ).contextNames;
    expect(await names("b*", 2)).toEqual(["lag(b2, 1)", "lag(b1, 1)"]);
    expect(await names("?1", 2)).toEqual(["lag(a1, 1)", "lag(b1, 1)"]);
    expect(await names("*", 4)).toEqual(["lag(b2, 1)", "lag(a1, 1)", "lag(b1, 1)", "lag(s, 1)"]);
  });
});

describe("a loaded file", () => {
  const text = "day,x,s\n2020-01-01,1,10\n2020-01-02,3,20\n2020-01-03,100,30\n2020-01-04,200,40\n";

  it("standardises on the training rows alone and keeps undeclared outcomes in their units", async () => {
    put(folder.path, "f.csv", text);
    const data = await load(
      folder.path,
      fileSpec("f.csv", [DAY, field("context", "x", { transforms: ["standardize"] }), S]),
    );
    // Training rows 1 and 2: mean 2, standard deviation 1.
    expect([...data.contexts]).toEqual([-1, 1, 98, 198]);
    expect([...data.outcomes]).toEqual([10, 20, 30, 40]);
    expect([...data.transformContext(Float64Array.of(5, 2))]).toEqual([3, 0]);
    expect(data.index).toEqual(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]);
    expect(data.split).toEqual({ train: Int32Array.of(0, 1), validation: Int32Array.of(2), test: Int32Array.of(3) });
    expect(data.truth).toBeNull();
    expect(data.notes).toEqual([]);
    expect(data.dataHash).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("composes transforms in order and inverts those of the outcome", async () => {
    put(folder.path, "f.csv", text);
    const x = field("context", "x", { transforms: ["minmax", "standardize"] });
    const s = field("outcome", "s", { transforms: ["minmax"] });
    const data = await load(folder.path, fileSpec("f.csv", [DAY, x, s]));
    // minmax: 0, 1; standardize: −1, 1.
    expect(data.contexts.slice(0, 2)).toEqual(Float64Array.of(-1, 1));
    expect([...data.outcomes]).toEqual([0, 1, 2, 3]);
    expect([...data.naturalOutcome(data.outcomes)]).toEqual([10, 20, 30, 40]);
  });

  it("only shifts what is constant on the training rows, and says so", async () => {
    put(folder.path, "c.csv", "x,s\n5,1\n5,2\n6,3\n7,4\n");
    const data = await load(
      folder.path,
      fileSpec("c.csv", [field("context", "x", { transforms: ["standardize"] }), S]),
    );
    expect([...data.contexts]).toEqual([0, 0, 1, 2]);
    expect(data.notes).toEqual(["x: x is constant on the training rows; standardize only shifts it."]);
  });

  it("notes the rows that lags consume", async () => {
    put(folder.path, "f.csv", text);
    const data = await load(
      folder.path,
      fileSpec("f.csv", [DAY, field("context", "x", { columns: lag(column("s"), 1) }), S], {
        ...HALVES,
        train: 1 / 3,
        validation: 1 / 3,
        test: 1 / 3,
      }),
    );
    expect(data.rows).toBe(3);
    expect(data.notes).toEqual(["The first 1 of 4 rows only serve lags and windows (to 2020-01-01); 3 rows remain."]);
    expect([...data.contexts]).toEqual([10, 20, 30]);
    expect(data.index[0]).toBe("2020-01-02");
  });

  it("splits at random by the seed, every row once", async () => {
    put(folder.path, "r.csv", `x,s\n${Array.from({ length: 40 }, (_, i) => `${i},${i}`).join("\n")}\n`);
    const split = { ...HALVES, kind: "random" as const };
    const parts = async (seed: number) =>
      (await load(folder.path, fileSpec("r.csv", undefined, split), { seed })).split;
    const [a, b, c] = [await parts(1), await parts(1), await parts(2)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect([a.train.length, a.validation.length, a.test.length]).toEqual([20, 10, 10]);
    expect([...a.train, ...a.validation, ...a.test].sort((i, j) => i - j)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    expect([...a.train]).toEqual([...a.train].sort((i, j) => i - j));
    expect([...a.train]).not.toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("does not mind what stands in columns that no field reads", async () => {
    put(folder.path, "u.csv", "x,note,s\n1,,2\n3,NaN,4\n5,text,6\n7,1e999,8\n");
    expect([...(await load(folder.path, fileSpec("u.csv"))).contexts]).toEqual([1, 3, 5, 7]);
  });

  it("takes names and cells with quotes, commas and newlines, and CR LF with a byte-order mark", async () => {
    put(folder.path, "q.csv", '\ufeffx,"a ""quoted"",\r\nname"\r\n1," 2 "\r\n3,4\r\n5,6\r\n7,8');
    const s = field("outcome", "s", { columns: column('a "quoted",\r\nname') });
    expect([...(await load(folder.path, fileSpec("q.csv", [field("context", "x"), s]))).outcomes]).toEqual([
      2, 4, 6, 8,
    ]);
  });

  it("has no context where none is declared", async () => {
    put(folder.path, "f.csv", text);
    const data = await load(folder.path, fileSpec("f.csv", [S]));
    expect(data.contexts).toHaveLength(0);
    expect(data.index).toEqual(["1", "2", "3", "4"]);
  });
});

describe("formats", () => {
  const rows = [
    { day: "2020-01-01", x: 0.1, s: 1 },
    { day: "2020-01-02", x: -2.5e-7, s: 2 },
    { day: "2020-01-03", x: 12345.678, s: 3 },
    { day: "2020-01-04", x: 4, s: 4 },
  ];
  it.each(["a.csv", "a.csv.gz", "a.json", "a.ndjson", "a.ndjson.gz", "a.parquet"])(
    "%s gives the same numbers",
    async (name) => {
      const csv = `day,x,s\n${rows.map((r) => `${r.day},${r.x},${r.s}`).join("\n")}\n`;
      const lines = rows.map((r) => JSON.stringify(r)).join("\n");
      if (name.endsWith(".parquet"))
        await writeTable(join(folder.path, name), [
          { name: "day", values: rows.map((r) => r.day) },
          { name: "x", values: Float64Array.from(rows, (r) => r.x) },
          { name: "s", values: Int32Array.from(rows, (r) => r.s) },
        ]);
      else {
        const plain = name.includes("csv") ? csv : name.includes("nd") ? lines : JSON.stringify(rows);
        put(folder.path, name, name.endsWith(".gz") ? gzipSync(plain) : plain);
      }
      const data = await load(folder.path, fileSpec(name, [DAY, field("context", "x"), S]));
      expect([...data.contexts]).toEqual(rows.map((r) => r.x));
      expect([...data.outcomes]).toEqual([1, 2, 3, 4]);
      expect(data.index).toEqual(rows.map((r) => r.day));
    },
  );
});

const SHARED = join(import.meta.dirname, "../../../shared/data");
describe.skipIf(!existsSync(SHARED))("real files (skipped where ../shared/data is absent)", () => {
  it("reads 98 years of industry returns", async () => {
    const x = field("context", "x", { columns: lag(columns("*"), 1, 2), size: 20, transforms: ["standardize"] });
    const s = field("outcome", "s", { columns: { kind: "scale", source: columns("*"), factor: 0.01 }, size: 10 });
    const spec = fileSpec("ff_industry10_daily.csv.gz", [field("index", "date", { type: "date" }), x, s]);
    const data = await load(SHARED, spec);
    expect(data.rows).toBe(25_980);
    expect([data.index[0], data.index.at(-1)]).toEqual(["1926-07-06", "2025-04-30"]);
    expect(data.contextNames[11]).toBe("lag(Durbl, 2)");
    let sum = 0;
    for (const row of data.split.train) sum += data.contexts[row * 20 + 7]!;
    expect(Math.abs(sum / data.split.train.length)).toBeLessThan(1e-10);
  });
  it("reads hours written as YYYY-MM-DD HH", async () => {
    const fields = [
      field("index", "datetime", { type: "datetime" }),
      field("outcome", "s", { columns: column("da_price") }),
    ];
    const data = await load(SHARED, fileSpec("pjm_price_hourly.csv.gz", fields));
    expect([data.rows, data.index[0]]).toEqual([52_560, "2011-01-03T00:00:00"]);
  });
});
