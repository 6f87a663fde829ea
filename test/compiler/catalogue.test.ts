import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { catalogue, createReporter, type Code } from "../../compiler/diagnostics/index.ts";
import { SYNTAX_PROBLEMS } from "../../grammar/problems.ts";
import { analyseCatalogue } from "../../compiler/analyse/catalogue.ts";
import { createSourceText } from "../../compiler/source/source-text.ts";
import type { MessageSpec } from "../../runtime/errors/droc-error.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function textsBelow(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Codes of the checker; those of the grammar and of the analyses are kept alive by their own tests. */
const own = Object.keys(catalogue).filter(
  (code) => !Object.hasOwn(SYNTAX_PROBLEMS, code) && !Object.hasOwn(analyseCatalogue, code),
);
const messages: readonly (readonly [string, MessageSpec])[] = Object.entries(catalogue).filter(([code]) =>
  own.includes(code),
);

describe("the catalogue", () => {
  const compiler = textsBelow("compiler").filter(
    ({ path }) => !path.includes("catalogue") && !path.includes("reference"),
  );
  const tests = ["test/compiler", "test/methods"]
    .flatMap(textsBelow)
    .filter(({ path }) => !path.endsWith("catalogue.test.ts"));

  it.each(own)("%s is reported somewhere", (code) => {
    expect(compiler.some(({ text }) => text.includes(`"${code}"`))).toBe(true);
  });

  it.each(own)("%s is asserted somewhere", (code) => {
    expect(tests.some(({ text }) => text.includes(`"${code}"`))).toBe(true);
  });

  it("has no code twice", () => {
    const parts = textsBelow("compiler/diagnostics/catalogue");
    const codes = parts.flatMap(({ text }) =>
      [...text.matchAll(/^ {2}"?([a-z0-9-]+)"?: \{$/gm)].map((match) => match[1]!),
    );
    const more = [...Object.keys(SYNTAX_PROBLEMS), ...Object.keys(analyseCatalogue)];
    expect([...codes, ...more].toSorted()).toEqual([...new Set([...codes, ...more])].toSorted());
    expect(codes.toSorted()).toEqual(own.toSorted());
  });

  it.each(messages)("%s says what, why and what to write", (_, message) => {
    expect(message.message.length).toBeGreaterThan(10);
    expect(message.why.length).toBeGreaterThan(5);
    expect(message.help.length).toBeGreaterThan(5);
    // One voice: messages are clauses, not sentences.
    for (const text of [message.message, message.why, message.help]) expect(text).not.toMatch(/^[A-Z]|\.$/);
  });

  it("checks codes and arguments when it is compiled", () => {
    const reporter = createReporter();
    const at = { source: createSourceText("a.dro", "/a.dro", ""), span: { start: 0, end: 0 } };
    reporter.report("name-builtin", at, { name: "max" });
    // @ts-expect-error no such code
    const unknown: Code = "no-such-code";
    expect(() => reporter.reportFound(unknown, at, {})).toThrow("no-such-code");
    expect(() => {
      // @ts-expect-error `suggestion` is missing
      reporter.report("unknown-name", at, { name: "x" });
    }).not.toThrow();
  });
});
