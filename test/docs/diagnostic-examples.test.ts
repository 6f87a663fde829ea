import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { catalogue } from "../../compiler/diagnostics/index.ts";
import { baseSpecs, diagnosticExamples, runExample, type DiagnosticExample } from "../../compiler/reference/index.ts";

interface Found {
  readonly codes: readonly string[];
  /** Reasons why a sound model cannot be run yet; no diagnostics of the spec. */
  readonly notRunnable: readonly string[];
}

function check(example: DiagnosticExample, side: "wrong" | "right"): Found {
  const { diagnostics, notRunnable } = runExample(example, side).compilation;
  for (const { message, why, help } of diagnostics) {
    for (const filled of [message, why, help]) expect(filled).not.toMatch(/\{\w+\}|undefined|NaN|\[object/);
  }
  return { codes: diagnostics.map((d) => d.code), notRunnable: notRunnable.map(({ diagnostic }) => diagnostic.code) };
}

describe("the specs that the examples change", () => {
  it.each(Object.entries(baseSpecs))("%s has no problem", (_, source) => {
    expect(compile({ file: "/nowhere/droc-tests/model.dro", source }).diagnostics).toEqual([]);
  });
});

describe("the examples of the diagnostics page", () => {
  it("are one for each code that a compilation can report", () => {
    expect(Object.keys(diagnosticExamples).toSorted()).toEqual(Object.keys(catalogue).toSorted());
  });

  it.each(Object.entries(diagnosticExamples))("%s", (code, example) => {
    if (example.of !== undefined) {
      expect(baseSpecs[example.base ?? "portfolio"].split(example.of), "`of` is in the base once").toHaveLength(2);
    }
    const [wrong, right] = [check(example, "wrong"), check(example, "right")];
    if (code === "not-yet-runnable") {
      expect(wrong).toEqual({ codes: [], notRunnable: [code] });
      expect(right).toEqual({ codes: [], notRunnable: [] });
      return;
    }
    expect([...new Set(wrong.codes)].toSorted()).toEqual([code, ...(example.also ?? [])].toSorted());
    expect(right.codes).toEqual([]);
  });
});
