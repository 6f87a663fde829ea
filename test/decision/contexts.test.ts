import { EventEmitter, once } from "node:events";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { array, assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { writeTable } from "../../runtime/data/index.ts";
import { contextFile } from "../../runtime/data/context-source.ts";
import { csvRecords } from "../../runtime/data/context-records.ts";
import type { DataPlace } from "../../runtime/errors/runtime-error.ts";
import { dataOf, field, fileOf, readAll, stream, workFolder } from "./support.ts";

const two = dataOf(
  field({ name: "a" }),
  field({ name: "b", type: "int", range: { lower: 0, upper: 10 }, at: "model.dro:4:5" }),
  field({ role: "outcome", name: "y" }),
);
const names = ["a", "b"];
const read = async (text: string | Uint8Array, name = "new.csv", spec = two, wanted: readonly string[] = names) =>
  readAll(spec, wanted, await fileOf(name, text));

/** A place in new.csv. */
function at(line: number, column?: string): DataPlace {
  return { file: "new.csv", line, ...(column === undefined ? {} : { column }) };
}

describe("contexts of a CSV", () => {
  it("are found by name, whatever the order of the columns and the line endings", async () => {
    const { rows, errors, unused } = await read('\ufeffb,y,"a"\r\n2,9,"1.5"\r\n3,9,-2e1\r\n');
    expect(rows).toEqual([
      [1.5, 2],
      [-20, 3],
    ]);
    expect(errors).toEqual({});
    // The outcome is known to the model, though nothing of it is read.
    expect(unused).toEqual([]);
  });

  it("may be gzipped, end without a line ending, and be no row at all", async () => {
    expect((await read(gzipSync("a,b\n1,2"), "new.csv.gz")).rows).toEqual([[1, 2]]);
    expect((await read("a,b\n")).rows).toEqual([]);
    expect((await read("a,b")).rows).toEqual([]);
    expect((await read("a,b\n1,2\n\n\n")).rows).toEqual([[1, 2]]);
  });

  it("say which cell of which row is wrong, and go on", async () => {
    const text = 'a,b\n1,2\nfoo,2\n1,\n1,2.5\n1,11\nNaN,1\n1e400,1\n1_0,1\n1\n1,2,3\n\n"x\ny",1\n5,6\n';
    const { rows, errors } = await read(text);
    expect(errors).toEqual({
      2: { code: "data-cell-not-number", data: at(3, "a") },
      3: { code: "data-cell-missing", data: at(4, "b") },
      4: { code: "data-value-not-integer", data: at(5, "b") },
      5: { code: "data-value-out-of-range", data: at(6, "b") },
      6: { code: "data-cell-nan", data: at(7, "a") },
      7: { code: "data-cell-infinite", data: at(8, "a") },
      8: { code: "data-cell-not-number", data: at(9, "a") },
      9: { code: "data-row-short", data: at(10) },
      10: { code: "data-row-long", data: at(11) },
      11: { code: "data-blank-line", data: at(12) },
      12: { code: "data-cell-not-number", data: at(13, "a") },
    });
    expect(rows[0]).toEqual([1, 2]);
    expect(rows[12]).toEqual([5, 6]);
  });

  it("find the one row that DuckDB refuses, by its line", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => (i === 27 ? '"1"2,3' : `${i},1`));
    const { errors } = await read(`a,b\n${rows.join("\n")}\n`);
    expect(Object.keys(errors)).toEqual(["28"]);
    expect(errors[28]!.data).toMatchObject({ line: 29 });
  });

  it("end at a quote that never closes, at bytes that are no UTF-8 and at lone carriage returns", async () => {
    expect((await read('a,b\n1,2\n"3,4\n5,6\n')).errors[2]).toEqual({
      code: "data-truncated",
      data: { file: "new.csv", line: 3 },
    });
    const latin = Buffer.from("a,b\n1,2\n\xe9,4\n5,6\n", "latin1");
    expect((await read(latin)).errors[2]).toEqual({
      code: "data-not-utf8",
      data: { file: "new.csv", line: 3, column: 1 },
    });
    expect((await read("a,b\n1,2\r3,4\n5,6\n")).errors[1]?.code).toBe("data-mixed-newlines");
  });

  it("need a header with every column", async () => {
    await expect(read("")).rejects.toMatchObject({ code: "context-file-empty" });
    await expect(read("a,c\n1,2\n")).rejects.toMatchObject({
      code: "context-columns-missing",
      place: "model.dro:4:5",
      data: { file: "new.csv", line: 1 },
      message: expect.stringContaining("field `b`: b."),
    });
    await expect(read("a,b,a\n1,2,3\n")).rejects.toMatchObject({ code: "data-column-duplicate" });
    await expect(contextFile("none.csv", workFolder)).rejects.toMatchObject({
      code: "context-file-unreadable",
    });
  });

  it("warn of columns that nothing is made of", async () => {
    expect((await read("a,b,c,d\n1,2,3,4\n")).unused).toEqual(["The model does not read the columns c, d."]);
  });
});

describe("context values over columns", () => {
  const mapped = dataOf(
    field({ role: "index", name: "day", type: "date" }),
    field({ size: 2, columns: { kind: "map", fn: "log1p", source: { kind: "columns", pattern: "f_*" } } }),
    field({ name: "season", size: 2, columns: { kind: "season", period: "year" } }),
  );
  const wanted = ["log1p(f_2)", "log1p(f_1)", 'sin(season("year"))', 'cos(season("year"))'];

  it("are computed as in training, in training's order, with the index beside them", async () => {
    const { rows, index } = await read("f_1,day,f_2,f_3\n0,2024-01-01,1,7\n", "new.csv", mapped, wanted);
    expect(index).toEqual(["2024-01-01"]);
    expect(rows[0]!.map((value) => Number(value.toFixed(12)))).toEqual([Number(Math.log(2).toFixed(12)), 0, 0, 1]);
  });

  it("name an index that a season cannot be read from", async () => {
    const { errors } = await read("f_1,day,f_2\n0,May,1\n", "new.csv", mapped, wanted);
    expect(errors[1]).toEqual({ code: "data-index-unparsable", data: { file: "new.csv", line: 2, column: "day" } });
  });

  it("are named alone where one column of several is not there", async () => {
    const sources = [
      { kind: "column", name: "f_1" },
      { kind: "column", name: "f_2" },
      { kind: "season", period: "year" },
    ] as const;
    const joined = dataOf(
      field({ role: "index", name: "day", type: "date" }),
      field({ size: 4, columns: { kind: "concat", sources } }),
    );
    const values = ["f_1", "f_2", 'sin(season("year"))', 'cos(season("year"))'];
    await expect(read("f_1,day\n0,2024-01-01\n", "new.csv", joined, values)).rejects.toMatchObject({
      code: "context-columns-missing",
      message: expect.stringMatching(/lack one of the 4 columns|lack 1 of the 4 columns/),
    });
  });

  it("over several rows are columns of their own, and the message lists them", async () => {
    const lagged = dataOf(
      field({ size: 2, columns: { kind: "lag", steps: [1, 2], source: { kind: "column", name: "r" } } }),
      field({ role: "outcome", name: "r" }),
    );
    const columns = ["lag(r, 1)", "lag(r, 2)"];
    await expect(read("r\n1\n", "new.csv", lagged, columns)).rejects.toMatchObject({
      code: "context-columns-missing",
      message: expect.stringContaining('"lag(r, 1)", "lag(r, 2)"'),
      why: expect.stringContaining("one row cannot tell its value"),
    });
    const { rows } = await read('"lag(r, 2)","lag(r, 1)"\n1,2\n', "new.csv", lagged, columns);
    expect(rows).toEqual([[2, 1]]);
  });
});

describe("contexts of other formats", () => {
  it("are lines of JSON", async () => {
    const text = '{"b": 1, "a": 2.5}\n{"a": "3", "b": 1}\n{"a": 4}\nnonsense\n{"b":2,"a":5}\n';
    const { rows, errors } = await read(text, "new.jsonl");
    expect(rows[0]).toEqual([2.5, 1]);
    expect(rows[4]).toEqual([5, 2]);
    expect(errors).toMatchObject({
      2: { code: "data-cell-not-number", data: { line: 2, column: "a" } },
      3: { code: "data-cell-missing", data: { line: 3, column: "b" } },
      4: { code: "data-format", data: { line: 4 } },
    });
  });

  it("are rows of Parquet", async () => {
    await writeTable(join(workFolder, "new.parquet"), [
      { name: "a", values: Float64Array.of(0.1, 1 / 3) },
      { name: "b", values: Float64Array.of(1, 11) },
    ]);
    const { rows, errors } = await readAll(two, names, await contextFile("new.parquet", workFolder));
    expect(rows[0]).toEqual([0.1, 1]);
    expect(errors).toEqual({
      2: { code: "data-value-out-of-range", data: { file: "new.parquet", row: 2, column: "b" } },
    });
  });
});

describe("a stream of contexts", () => {
  it("goes out in blocks of bounded size, and before its end where it pauses", async () => {
    let released = false;
    const gate = new EventEmitter();
    const source = stream(
      "standard input",
      (async function* () {
        yield Buffer.from("a,b\n1,2\n3,");
        await once(gate, "open");
        yield Buffer.from(`4\n${"5,6\n".repeat(10_000)}`);
      })(),
    );
    const { openContexts } = await import("../../runtime/data/contexts.ts");
    const reader = await openContexts(two, names, source);
    const sizes: number[] = [];
    for await (const block of reader.blocks()) {
      if (sizes.length === 0) {
        // The first row is there while the source still waits.
        expect(released).toBe(false);
        released = true;
        gate.emit("open");
      }
      sizes.push(block.rows);
    }
    await reader.close();
    expect(sizes[0]).toBe(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(10_002);
  });

  it("is cut into the same records wherever its bytes are cut", () => {
    const text = 'a,"b"\r\n1,"x\n""y"""\n\n2,\u00e9\n3\n"4",5';
    const whole = csvRecords("f");
    const expected = [...whole.push(Buffer.from(text)), ...whole.end()];
    const shown = (records: typeof expected) =>
      records.map(({ line, bytes, fault }) => [line, bytes.toString("utf8"), fault?.code ?? null]);
    expect(shown(expected)).toEqual([
      [1, 'a,"b"', null],
      [2, '1,"x\n""y"""', null],
      [4, "", "data-blank-line"],
      [5, "2,\u00e9", null],
      [6, "3", "data-row-short"],
      [7, '"4",5', null],
    ]);
    assert(
      property(array(integer({ min: 1, max: 7 }), { minLength: 1 }), (lengths) => {
        const bytes = Buffer.from(text);
        const cutter = csvRecords("f");
        const records = [];
        for (let at = 0, k = 0; at < bytes.length; k++) {
          const to = at + lengths[k % lengths.length]!;
          records.push(...cutter.push(Buffer.from(bytes.subarray(at, to))));
          at = to;
        }
        expect(shown([...records, ...cutter.end()])).toEqual(shown(expected));
      }),
    );
  });
});
