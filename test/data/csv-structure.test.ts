import * as fc from "fast-check";
import { describe, it, expect } from "vitest";
import { CsvStructure } from "../../runtime/data/csv-structure.ts";

function scan(text: string, chunk = 1 << 20): CsvStructure {
  const bytes = new TextEncoder().encode(text);
  const structure = new CsvStructure();
  for (let at = 0; at < bytes.length; at += chunk) structure.push(bytes.subarray(at, at + chunk));
  structure.end();
  return structure;
}

const cell = fc.string({ unit: fc.constantFrom("a", "1", '"', ",", "\n", " ", "é"), maxLength: 5 });
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));

describe("the outline of a CSV", () => {
  it("counts cells, records and lines as the writer laid them out, however the bytes are cut", () => {
    fc.assert(
      fc.property(table, fc.boolean(), fc.integer({ min: 1, max: 7 }), (rows, last, chunk) => {
        // Every cell in quotes: a record of one empty cell is then no blank line.
        const lines = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(","));
        const structure = scan(lines.join("\n") + (last ? "\n" : ""), chunk);
        expect(structure.fault).toBeNull();
        expect([structure.columns, structure.records]).toEqual([rows[0]!.length, rows.length]);
        let line = 1;
        for (const [i, text] of lines.entries()) {
          expect(structure.lineOf(i)).toBe(line);
          line += text.split("\n").length;
        }
        expect(structure.unterminated).toBe(!last);
      }),
      { numRuns: 500, seed: 30 },
    );
  });

  it("names the line of the first row that is short or long", () => {
    fc.assert(
      fc.property(table, fc.nat(), fc.boolean(), (rows, at, longer) => {
        fc.pre(rows.length > 1 && (longer || rows[0]!.length > 1));
        const which = 1 + (at % (rows.length - 1));
        const cells = rows.map((row, i) => (i !== which ? row : longer ? [...row, "z"] : row.slice(1)));
        const lines = cells.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(","));
        const line = 1 + lines.slice(0, which).reduce((sum, text) => sum + text.split("\n").length, 0);
        const found = cells[which]!.length;
        expect(scan(`${lines.join("\n")}\n`).fault).toEqual({
          kind: "row-length",
          line,
          found,
          expected: rows[0]!.length,
        });
      }),
      { numRuns: 500, seed: 31 },
    );
  });
});
