import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, it, expect } from "vitest";
import { literal, openConfined } from "../../runtime/data/duckdb.ts";
import { writeTable } from "../../runtime/data/index.ts";
import { scratchFolder } from "./support.ts";

const folder = scratchFolder();
afterAll(() => folder.remove());

describe("writeTable", () => {
  const columns = [
    { name: 'a "b"', values: Float64Array.of(0.1, Number.NaN, -1e-300) },
    { name: "count", values: Int32Array.of(1, -2, 3) },
    { name: "it's", values: ["x,", 'y"', "z\nz"] },
    { name: "ok", values: [true, false, true] },
  ];

  it("writes Parquet that reads back to the same values", async () => {
    const path = join(folder.path, "t.parquet");
    await writeTable(path, columns);
    const database = await openConfined([path]);
    try {
      expect(await database.columns(`SELECT * FROM read_parquet(${literal(path)})`)).toEqual(
        columns.map((column) => [...column.values]),
      );
      const described = await database.rows(`DESCRIBE SELECT * FROM read_parquet(${literal(path)})`);
      expect(described.map((row) => row.slice(0, 2))).toEqual([
        ['a "b"', "DOUBLE"],
        ["count", "INTEGER"],
        ["it's", "VARCHAR"],
        ["ok", "BOOLEAN"],
      ]);
    } finally {
      database.close();
    }
  });

  it("writes CSV with a header, replaces what was there and leaves nothing beside it", async () => {
    const path = join(folder.path, "t.csv");
    await writeTable(path, columns);
    await writeTable(path, [{ name: "n", values: Int32Array.of(7) }]);
    expect(readFileSync(path, "utf8")).toBe("n\n7\n");
    expect(readdirSync(folder.path).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("writes a table without rows", async () => {
    await writeTable(join(folder.path, "empty.csv"), [{ name: "n", values: new Float64Array(0) }]);
    expect(readFileSync(join(folder.path, "empty.csv"), "utf8")).toBe("n\n");
  });

  it("refuses what is no table", async () => {
    const one = { name: "n", values: Float64Array.of(1) };
    await expect(writeTable(join(folder.path, "t.xlsx"), [one])).rejects.toThrow(RangeError);
    await expect(writeTable(join(folder.path, "t.csv"), [])).rejects.toThrow(RangeError);
    await expect(writeTable(join(folder.path, "t.csv"), [one, { ...one, name: "N" }])).rejects.toThrow("same name");
    await expect(
      writeTable(join(folder.path, "t.csv"), [one, { name: "m", values: Float64Array.of(1, 2) }]),
    ).rejects.toThrow("one length");
  });

  it("fails, and leaves no file, where the folder is missing", async () => {
    await expect(writeTable(join(folder.path, "absent/t.csv"), columns)).rejects.toThrow();
    expect(existsSync(join(folder.path, "absent"))).toBe(false);
  });
});
