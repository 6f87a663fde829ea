import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, it, expect } from "vitest";
import { matchesPattern } from "../../runtime/data/columns.ts";
import { identifier, literal, openConfined } from "../../runtime/data/duckdb.ts";
import { writeTable } from "../../runtime/data/index.ts";
import { column, columns, failure, field, fileSpec, load, put, scratchFolder } from "./support.ts";

const folder = scratchFolder();
const outside = scratchFolder();
afterAll(() => {
  folder.remove();
  outside.remove();
});
const GOOD = "x,s\n1,2\n3,4\n5,6\n7,8\n";

describe("paths", () => {
  put(outside.path, "secret.csv", GOOD);
  put(folder.path, "sub/inner.csv", GOOD);
  symlinkSync(join(outside.path, "secret.csv"), join(folder.path, "link.csv"));
  symlinkSync(outside.path, join(folder.path, "linked"));
  symlinkSync(join(folder.path, "sub/inner.csv"), join(folder.path, "inside.csv"));

  it.each([
    join(outside.path, "secret.csv"),
    join(outside.path, "absent.csv"),
    `../${outside.path.split("/").at(-1)!}/secret.csv`,
    "sub/../../x.csv",
    "link.csv",
    "linked/secret.csv",
    "/etc/passwd",
    "..",
  ])("%s is outside", async (path) => {
    expect(await failure(load(folder.path, fileSpec(path)))).toBe("data-path-outside | m.dro:source | ");
  });

  it.each(["sub/inner.csv", "./sub/../sub/inner.csv", "inside.csv"])("%s is inside", async (path) => {
    expect(await failure(load(folder.path, fileSpec(path)))).toBe("loaded");
  });

  it("an allowed folder or file may be read, also through a link", async () => {
    const secret = join(outside.path, "secret.csv");
    expect(await failure(load(folder.path, fileSpec(secret), { allow: [outside.path] }))).toBe("loaded");
    expect(await failure(load(folder.path, fileSpec("link.csv"), { allow: [secret] }))).toBe("loaded");
    put(outside.path, "other.csv", GOOD);
    expect(await failure(load(folder.path, fileSpec(join(outside.path, "other.csv")), { allow: [secret] }))).toContain(
      "data-path-outside",
    );
    expect(await failure(load(folder.path, fileSpec(secret), { allow: [`${outside.path}-else`] }))).toContain(
      "data-path-outside",
    );
  });
});

describe("the database", () => {
  it("reaches its own file and nothing else, and cannot be opened up again", async () => {
    const own = join(folder.path, "sub/inner.csv");
    const other = join(outside.path, "secret.csv");
    const database = await openConfined([own]);
    try {
      expect(await database.rows(`SELECT count(*)::INTEGER FROM read_csv(${literal(own)})`)).toEqual([[4]]);
      const forbidden = [
        `SELECT * FROM read_csv(${literal(other)})`,
        `SELECT * FROM read_text(${literal(other)})`,
        `SELECT * FROM glob(${literal(`${outside.path}/*`)})`,
        `COPY (SELECT 1) TO ${literal(join(folder.path, "written.csv"))}`,
        `ATTACH ${literal(join(folder.path, "written.db"))} AS other`,
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_csv('https://example.org/a.csv')",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        `SET allowed_paths = [${literal(other)}]`,
        "SET lock_configuration = false",
        "RESET lock_configuration",
        `IMPORT DATABASE ${literal(outside.path)}`,
        "SELECT getenv('HOME')",
      ];
      const passed: string[] = [];
      for (const sql of forbidden) {
        const refused = await database.rows(sql).then(
          () => false,
          () => true,
        );
        if (!refused) passed.push(sql);
      }
      expect(passed).toEqual([]);
      expect(readdirSync(folder.path)).not.toContain("written.csv");
    } finally {
      database.close();
    }
  });
});

/** Texts that would end a string, a name or a statement, among arbitrary ones. */
const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }) },
  fc.constantFrom(
    "'; DROP TABLE texts; --",
    '"; DROP TABLE texts; --',
    "') FROM read_text('/etc/passwd') --",
    "c0",
    "row",
    "a'b",
    'a"b',
    "a\\",
    "$1",
    "{x}",
    "*",
    "%",
    "/*",
    "~0~1/",
    "ts",
    "k",
    "x\ny",
    "\u{1f600}",
  ),
);
const usable = hostile.filter((text) => !text.includes("\0") && !/^\s*$/.test(text) && text !== "out");

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe("no text of a spec or of a file becomes SQL", () => {
  it("column names are found as they are, in CSV, JSON and Parquet", async () => {
    await fc.assert(
      fc.asyncProperty(usable, async (name) => {
        const fields = [field("context", "x", { columns: column(name) }), field("outcome", "out")];
        put(folder.path, "h.csv", `${quoted(name)},out\n1,2\n3,4\n5,6\n7,8\n`);
        const rows = [1, 3, 5, 7].map((v) => ({ [name]: v, out: v + 1 }));
        put(folder.path, "h.json", JSON.stringify(rows));
        if (name.toLowerCase() !== "out")
          await writeTable(join(folder.path, "h.parquet"), [
            { name, values: Float64Array.of(1, 3, 5, 7) },
            { name: "out", values: Float64Array.of(2, 4, 6, 8) },
          ]);
        for (const file of ["h.csv", "h.json", ...(name.toLowerCase() === "out" ? [] : ["h.parquet"])]) {
          const data = await load(folder.path, fileSpec(file, fields));
          expect([...data.contexts], file).toEqual([1, 3, 5, 7]);
          expect(data.contextNames).toEqual([name]);
        }
      }),
      { numRuns: 60, seed: 20 },
    );
  });

  it("missing columns, patterns and paths end in their own errors", async () => {
    put(folder.path, "plain.csv", GOOD);
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const by = (columns: ReturnType<typeof column>) =>
          failure(
            load(folder.path, fileSpec("plain.csv", [field("context", "x", { columns }), field("outcome", "s")])),
          );
        const byName = await by(column(text));
        expect(byName).toMatch(text === "x" ? /^loaded/ : text === "s" ? /^data-leak/ : /^data-column-missing/);
        expect(await by(columns(text))).toMatch(/^(loaded|data-pattern-empty|data-field-size|data-leak)/);
        expect(await failure(load(folder.path, fileSpec(`absent-${text}`)))).toMatch(
          /^data-(file-missing|path-outside|file-unreadable|file-directory)/,
        );
      }),
      { numRuns: 80, seed: 21 },
    );
  });

  it("files are read by their exact names, whatever a glob would make of them", async () => {
    for (const name of ["a*.csv", "a[1].csv", "a?.csv", "it's.csv", 'say "hi".csv', "semi;colon.csv", "{a,b}.csv"]) {
      put(folder.path, name, GOOD);
      put(folder.path, "a1.csv", "x,s\n9,9\n9,9\n9,9\n9,9\n");
      expect([...(await load(folder.path, fileSpec(name))).contexts], name).toEqual([1, 3, 5, 7]);
    }
    mkdirSync(join(folder.path, "glob*dir"), { recursive: true });
    put(folder.path, "globdir/f.csv", "x,s\n9,9\n9,9\n9,9\n9,9\n");
    put(folder.path, "glob*dir/f.csv", GOOD);
    expect((await load(join(folder.path, "glob*dir"), fileSpec("f.csv"))).rows).toBe(4);
  });

  it("quoting survives any text", async () => {
    const database = await openConfined([]);
    try {
      await fc.assert(
        fc.asyncProperty(usable, async (text) => {
          expect(await database.rows(`SELECT ${literal(text)} AS ${identifier(text)}`)).toEqual([[text]]);
        }),
        { numRuns: 200, seed: 22 },
      );
    } finally {
      database.close();
    }
    expect(() => literal("a\0b")).toThrow(RangeError);
    expect(() => identifier("a\0b")).toThrow(RangeError);
  });
});

describe("patterns", () => {
  it("agree with a regular expression of the same meaning", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, name) => {
        const source = pattern.replaceAll("*", "[^]*").replaceAll("?", "[^]");
        expect(matchesPattern(pattern, name)).toBe(new RegExp(`^${source}$`, "u").test(name));
      }),
      { numRuns: 2000, seed: 23 },
    );
  });
  it("with many stars cost no more than the product of the lengths", () => {
    expect(matchesPattern(`${"*a".repeat(200)}b`, "a".repeat(2000))).toBe(false);
  });
});
