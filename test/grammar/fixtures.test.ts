import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.ts";
import { fixtures } from "./support/fixtures.ts";
import { spansOf } from "./support/trees.ts";

describe("the language by example", () => {
  for (const { name, source } of fixtures) {
    it(`${name} parses without a problem`, () => {
      expect(parse(source).problems).toEqual([]);
    });

    it(`${name}: every span holds the spans inside it, and begins and ends with a word or sign`, () => {
      const spans = spansOf(parse(source).file).filter(({ path }) => !path.startsWith("file.comments"));
      const byPath = new Map(spans.map((entry) => [entry.path, entry.span]));
      for (const { path, span, parent } of spans) {
        const outer = parent === null ? undefined : byPath.get(parent);
        if (outer) expect(outer.start <= span.start && span.end <= outer.end, `${path} in ${parent}`).toBe(true);
        if (path === "file") continue;
        const text = source.slice(span.start, span.end);
        expect(text, path).toBe(text.trim());
        expect(text, path).not.toBe("");
      }
    });
  }

  it("declares every kind of declaration somewhere", () => {
    const kinds = new Set(
      fixtures.flatMap(({ source }) => {
        const { file } = parse(source);
        return [...file.declarations, ...file.models.flatMap((model) => model.declarations)].map((decl) => decl.kind);
      }),
    );
    // `next` stands in stages only.
    expect([...kinds].sort()).toEqual(
      "ambiguity compare data decision dim evaluate fn graph infer loss observe param preset risk seed set solve stage stages state stress subject-to task train uncertainty unit waive".split(
        " ",
      ),
    );
  });
});
