import { describe, expect, it } from "vitest";
import { hashModel } from "../../compiler/ir/index.ts";
import { diffModels } from "../../compiler/review/diff/index.ts";
import type { AnyModelIR } from "../../runtime/ir/model.ts";
import { compileText } from "../support/tester.ts";
import { BASE } from "./diff-pairs.ts";

/** Names are declared and used in many places of a model: changed in one alone they are no model. Graphs have tests of their own. */
const NAMES = new Set([
  "name",
  "at",
  "origin",
  "doc",
  "text",
  "label",
  "files",
  "overridden",
  "version",
  "params",
  "param",
  "graph",
  "deterministic",
  "dims",
  "block",
]);

/** Every path to a number, text or truth value below `value`, without what has no meaning of its own. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return value === null ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) => (NAMES.has(key) ? [] : leaves(inner, [...path, key])));
}

function other(leaf: unknown): unknown {
  if (typeof leaf === "number") return leaf + 1;
  if (leaf === "<=") return "==";
  return typeof leaf === "boolean" ? !leaf : `${String(leaf)}x`;
}

/** A copy with one leaf changed. */
function changed<T>(value: T, [key, ...rest]: readonly string[]): T {
  const copy: unknown = Array.isArray(value) ? [...value] : { ...value };
  const record = copy as Record<string, unknown>;
  if (key === undefined) throw new Error("a leaf has no parts");
  record[key] = rest.length === 0 ? other(record[key]) : changed(record[key], rest);
  return copy as T;
}

const RICH = BASE.replace("train dw_fm", "ambiguity wasserstein { order: 2, radius: 0.1 }\ntrain dw_fm");

describe("the comparison overlooks nothing", () => {
  it.each([
    ["the portfolio", BASE],
    ["the portfolio with a ball", RICH],
  ])("%s: each number, text and truth value that is part of the hash is a change", (_, text) => {
    const [ir] = compileText(text).allModels;
    if (ir === undefined) throw new Error("it does not compile");
    const paths = leaves(ir);
    expect(paths.length).toBeGreaterThan(40);
    const overlooked = paths.filter((path) => {
      const next: AnyModelIR = changed(ir, path);
      return (
        hashModel(next) !== hashModel(ir) && diffModels({ ir }, { ir: next }).verdicts.includes("NO CHANGE OF MEANING")
      );
    });
    expect(overlooked.map((path) => path.join("."))).toEqual([]);
  });
});
