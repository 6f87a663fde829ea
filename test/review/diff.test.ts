import { describe, expect, it } from "vitest";
import { diffCompilations, mirror, type SpecDiff } from "../../compiler/review/diff/index.ts";
import { hasErrors } from "../../compiler/diagnostics/index.ts";
import type { Compilation } from "../../compiler/compile.ts";
import { format } from "../../grammar/index.ts";
import { compileText } from "../support/tester.ts";
import { PAIRS } from "./diff-pairs.ts";

const compiled = new Map<string, Compilation>();

function compileSound(text: string): Compilation {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const compilation = compileText(text);
  const errors = compilation.diagnostics.filter((one) => one.severity === "error");
  expect(errors.map((one) => `${one.code}: ${one.message}`)).toEqual([]);
  expect(hasErrors(compilation.diagnostics)).toBe(false);
  compiled.set(text, compilation);
  return compilation;
}

function diff(before: string, after: string): SpecDiff {
  return diffCompilations(compileSound(before), compileSound(after));
}

function lines({ models }: SpecDiff): string[] {
  return models.flatMap(({ changes }) => changes.map(({ what, verdict }) => `${what} — ${verdict}`));
}

describe("what a change of a spec does", () => {
  it("is judged on at least sixty pairs", () => expect(PAIRS.length).toBeGreaterThanOrEqual(60));

  it.each(PAIRS)("$title", ({ before, after, changes }) => {
    expect(lines(diff(before, after))).toEqual(changes);
  });
});

describe("properties of the comparison", () => {
  it.each(PAIRS)("read backwards, the verdicts are mirrored: $title", ({ before, after }) => {
    const forwards = diff(before, after).verdicts.map(mirror);
    expect(diff(after, before).verdicts.toSorted()).toEqual(forwards.toSorted());
  });

  it("a spec does not differ from itself, nor from its canonical form", () => {
    for (const { before, after } of PAIRS) {
      for (const text of [before, after]) {
        expect(lines(diff(text, text))).toEqual([]);
        expect(lines(diff(text, format(text).text))).toEqual([]);
      }
    }
  });
});
