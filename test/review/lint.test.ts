import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LINT_BASE, lintCase, lintExamples } from "../../compiler/reference/lint-examples.ts";
import { lintPage } from "../../compiler/reference/lint-page.ts";
import { hashModel } from "../../compiler/ir/index.ts";
import { applyEdits, lintCatalogue, lintCompilation, type LintConfig } from "../../compiler/review/lint/index.ts";
import { compileText } from "../support/tester.ts";

function codes(text: string, config?: LintConfig): string[] {
  const compilation = compileText(text);
  expect(compilation.diagnostics.filter((one) => one.severity === "error").map((one) => one.message)).toEqual([]);
  return lintCompilation(compilation, config).map((one) => one.code);
}

/** The spec with decision weights of another strength. */
function weighted(by: string): string {
  return LINT_BASE.replace("lambda_relative: one_of(0, 0.1)", by);
}

describe("droc lint", () => {
  it("has nothing to say of the spec of the examples", () => expect(codes(LINT_BASE)).toEqual([]));

  it("has an example for each rule", () => {
    expect(Object.keys(lintExamples).toSorted()).toEqual(Object.keys(lintCatalogue).toSorted());
    expect(Object.keys(lintExamples).length).toBeGreaterThanOrEqual(15);
  });

  it.each(Object.entries(lintExamples))(
    "%s: the wrong form breaks it, the right one breaks nothing",
    (code, example) => {
      const expected = [code, ...(example.also ?? [])].toSorted();
      expect(codes(lintCase(example, example.wrong)).toSorted()).toEqual(expected);
      expect(codes(lintCase(example, example.right))).toEqual([]);
    },
  );

  it("points at the number itself", () => {
    const text = LINT_BASE.replace("risk mean(L) + gamma", "risk mean(L) + 3.7 * gamma");
    const [finding] = lintCompilation(compileText(text));
    expect(finding && text.slice(finding.span.start, finding.span.end)).toBe("3.7");
  });

  it("says of decision weights the gravest thing that the analysis finds, and nothing where they are de-tilted", () => {
    expect(codes(weighted("lambda_relative: one_of(0, 0.2)"))).toEqual([]);
    expect(codes(weighted("lambda_relative: one_of(0.1, 0.3)"))).toEqual(["weighting-may-hurt"]);
    expect(codes(weighted("lambda_relative: one_of(0.1, 0.2)"))).toEqual(["strength-without-zero"]);
    expect(codes(weighted("lambda_relative: one_of(0, 0.3), detilt: true"))).toEqual([]);
    const compared = weighted("lambda_relative: one_of(0, 0.3)");
    expect(codes(compared.replace("compare uniform_fm", "compare dw_fm { detilt: true }"))).toEqual([]);
    // An absolute strength cannot be judged without data.
    expect(codes(weighted("lambda: one_of(0, 3)"))).toEqual([]);
    // A loss that bends in the outcome has unequal weights without a tail, one that is affine has not.
    const mean = LINT_BASE.replace("gamma * cvar(L, level = 90%)", "gamma * mean(L)").replace(", cvar_loss", "");
    expect(codes(mean)).toEqual(["weights-all-equal"]);
    expect(codes(mean.replace("fee - dot(s, z)", "max(fee - dot(s, z), 0)"))).toEqual([]);
  });

  it("raises, lowers and silences rules by configuration", () => {
    const text = LINT_BASE.replace("seed 7\n", "");
    const level = (config: LintConfig): unknown[] =>
      lintCompilation(compileText(text), config).map((one) => one.severity);
    expect(level({ rules: {} })).toEqual(["note"]);
    expect(level({ rules: { "seed-unset": "error" } })).toEqual(["error"]);
    expect(level({ rules: { "seed-unset": "off" } })).toEqual([]);
  });

  it("ignores behind a line, above it and for a file, with a reason", () => {
    const at = "dim Feature = 3";
    const add = (text: string): string => LINT_BASE.replace(at, text);
    expect(codes(add(`dim Sector = 2 // droc-ignore unused-declaration: for later\n${at}`))).toEqual([]);
    expect(
      codes(add(`// droc-ignore-file unused-declaration: for later\n${at}\ndim Sector = 2\ndim Region = 3`)),
    ).toEqual([]);
    expect(codes(add(`// droc-ignore unused-declaration: for later\n${at}\ndim Sector = 2`))).toEqual([
      "ignore-unused",
      "unused-declaration",
    ]);
  });

  it("carries the warnings of the check, which a comment silences too", () => {
    const row = "subject to {\n  z[0] <= 0.9\n}\n\nloss L";
    const text = LINT_BASE.replace("loss L", row).replace("<= 0.9", "<= gamma");
    expect(codes(text)).toEqual(["redundant-constraint"]);
    expect(
      codes(text.replace("z[0] <=", "// droc-ignore redundant-constraint: it says what is meant\n  z[0] <=")),
    ).toEqual([]);
  });

  it("says nothing of a spec with errors", () => {
    expect(lintCompilation(compileText(LINT_BASE.replace("gamma *", "gama *")))).toEqual([]);
  });

  it("mends only what changes no meaning", () => {
    const messy = LINT_BASE.replace("seed 7\n\n", "").replace("level = 90%", "level = 0.9").replace("10_000", "10000");
    const compilation = compileText(messy);
    const edits = lintCompilation(compilation).flatMap((one) => one.fix);
    const mended = applyEdits(messy, edits);
    expect(mended).toContain("seed 0");
    expect(mended).toContain("level = 90%");
    expect(mended).toContain("10_000");
    const after = compileText(mended);
    expect(after.allModels.map(hashModel)).toEqual(compilation.allModels.map(hashModel));
    expect(lintCompilation(after)).toEqual([]);
  });

  it("documents every rule (npm run docs:record)", () => {
    expect(readFileSync(new URL("../../docs/lint.md", import.meta.url), "utf8")).toBe(lintPage());
  });
});
