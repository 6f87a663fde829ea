import { describe, it, expect } from "vitest";
import type { Catalogue } from "../../runtime/errors/droc-error.ts";
import { RuntimeError, renderDataPlace, renderRuntimeError } from "../../runtime/errors/runtime-error.ts";

const CATALOGUE = {
  "cell-bad": {
    severity: "error",
    message: "`{cell}` is not a number.",
    why: "Column {column} is declared real.",
    help: "Write a number.",
  },
  plain: { severity: "warning", message: "Nothing to fill.", why: "", help: "" },
} as const satisfies Catalogue;

describe("RuntimeError", () => {
  it("fills message, why and help from the catalogue and keeps both places", () => {
    const cause = new Error("library");
    const error = new RuntimeError(
      CATALOGUE,
      "cell-bad",
      { cell: "abc", column: "r_1" },
      { place: "model.dro:3:1", data: { file: "a.csv", line: 4, column: "r_1" }, cause },
    );
    expect(error).toBeInstanceOf(Error);
    expect([error.code, error.severity, error.message]).toEqual(["cell-bad", "error", "`abc` is not a number."]);
    expect(error.cause).toBe(cause);
    expect(renderRuntimeError(error)).toBe(
      [
        "error[cell-bad]: `abc` is not a number.",
        "  --> model.dro:3:1",
        '  data: a.csv:4, column "r_1"',
        "  why: Column r_1 is declared real.",
        "  help: Write a number.",
      ].join("\n"),
    );
  });

  it("leaves out what is not known", () => {
    const error = new RuntimeError(CATALOGUE, "plain", {});
    expect(error.place).toBeUndefined();
    expect(renderRuntimeError(error)).toBe("warning[plain]: Nothing to fill.");
  });

  it("refuses an unknown code or a missing argument at compile time", () => {
    // @ts-expect-error: not a code of the catalogue
    expect(() => new RuntimeError(CATALOGUE, "cell-worse", {})).toThrow();
    // @ts-expect-error: `column` is needed by `why`
    expect(new RuntimeError(CATALOGUE, "cell-bad", { cell: "x" }).why).toContain("{column}");
  });

  it("names rows where there are no lines", () => {
    expect(renderDataPlace({ file: "a.parquet", row: 7, column: "x" })).toBe('a.parquet, row 7, column "x"');
    expect(renderDataPlace({ file: "a.csv", line: 7, column: 3, row: 6 })).toBe("a.csv:7:3");
  });
});
