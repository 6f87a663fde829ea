import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.ts";
import { programOf, type Program } from "../../compiler/lsp/program.ts";
import { createReparser } from "../../compiler/lsp/reparse.ts";
import { hashModel } from "../../compiler/ir/index.ts";

const examples = new URL("../../examples/", import.meta.url);
const path = (name: string): string => new URL(`${name}/model.dro`, examples).pathname;
const specs = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, text: readFileSync(path(name), "utf8") }));

/** What is typed, pasted or deleted. The edit is made where `at`, a share of the text, falls. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  removed: fc.constantFrom(0, 0, 0, 1, 1, 2, 5, 40),
  typed: fc.oneof(
    fc.constantFrom(
      "",
      "1",
      "0",
      ".5",
      "x",
      " + 1",
      "(",
      ")",
      "{",
      "}",
      '"',
      "\n",
      "\n\n",
      "\r\n",
      "\r",
      " ",
      "@",
      "%",
    ),
    fc.constantFrom(
      "// c\n",
      " // c",
      "/// doc\n",
      "\nparam zz = 1\n",
      "\nmodel Other\n",
      "/*",
      ", ",
      " each ",
      "-",
      "'",
    ),
  ),
});
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

/** In a number of the text where there is one, so that most edits leave a text that can be read. */
function edited(text: string, { at, removed, typed }: Edit, inNumber: boolean): string {
  const from = Math.floor(at * text.length);
  const number = inNumber ? text.slice(from).search(/\d/) : -1;
  const place = number < 0 ? from : from + number;
  return text.slice(0, place) + typed + text.slice(place + (number < 0 ? removed : 0));
}

const edits = fc.array(fc.record({ edit, inNumber: fc.boolean(), undone: fc.boolean() }), {
  minLength: 4,
  maxLength: 4,
});

/** Some declarations of each kind that grows in number, with comments and documentation. */
function longSpec(each: number): string {
  const some = (line: (i: number) => string): string => Array.from({ length: each }, (_, i) => line(i)).join("\n");
  return `model Long
dim Asset = 10
${some((i) => `/// Parameter ${i}\nparam p${i} = ${i === 0 ? "1.5" : `p${i - 1} / 2 + 1`} // derived\n`)}
${some((i) => `/// Function ${i}\nfn f${i}(u: real[Asset]): real =\n  p${i} * sum(u) + ${i} * u[1]\n`)}
`;
}

/** What can be told of a program from outside. */
function told({ compilation }: Program): unknown {
  const { diagnostics, allModels, notRunnable } = compilation;
  return { diagnostics, models: allModels.map((ir) => [ir, hashModel(ir)]), notRunnable };
}

describe("a text that is read again in parts", () => {
  it("has the tree of one that is read whole, over 2,000 edits", () => {
    fc.assert(
      fc.property(fc.constantFrom(...specs), edits, ({ text: whole }, changes) => {
        const read = createReparser(0);
        let text = whole;
        read(text);
        for (const { edit: change, inNumber, undone } of changes) {
          const next = edited(text, change, inNumber);
          expect(read(next)).toEqual(parse(next));
          if (!undone) text = next;
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("means what a fresh compilation says, over 200 edits", () => {
    const small = specs.filter(({ text }) => text.length < 4_000);
    fc.assert(
      fc.property(fc.constantFrom(...small), edits, ({ name, text: whole }, changes) => {
        const read = createReparser(0);
        let text = whole;
        read(text);
        for (const { edit: change, inNumber, undone } of changes) {
          const next = edited(text, change, inNumber);
          const file = { path: path(name), text: next };
          expect(told(programOf({ ...file, parse: read }))).toEqual(told(programOf(file)));
          if (!undone) text = next;
        }
      }),
      { numRuns: 50, seed: 2 },
    );
  }, 30_000);

  it("keeps what stands before the change, and reads the declaration alone", () => {
    const text = longSpec(100);
    const read = createReparser();
    const before = read(text).file.models[0]!.declarations;
    const next = text.replace("p7 / 2 + 1 //", "p7 / 2 + 1.25 //");
    const after = read(next);
    expect(after).toEqual(parse(next));
    const touched = after.file.models[0]!.declarations.findIndex((one, i) => one !== before[i]);
    expect(before[touched]).toMatchObject({ kind: "param" });
    expect(touched).toBeGreaterThan(5);
    // A change of the same length moves nothing.
    const same = read(next.replace("1.25 //", "1.75 //")).file.models[0]!.declarations;
    expect(same.filter((one, i) => one !== after.file.models[0]!.declarations[i])).toHaveLength(1);
  });

  it("reads the whole of it where lines may part otherwise, or a problem is found", () => {
    const text = longSpec(12);
    for (const [from, to] of [
      ["param p1 =", "param p1"],
      ["param p1", "parm p1"],
      ["fn f1(u: real[Asset]): real =", "fn f1(u: real[Asset]): real"],
      ["p1 * sum(u) + 1 * u[1]", "(p1 * sum(u) + 1 * u[1]"],
      ["p1 * sum(u) + 1 * u[1]", "p1 * sum(u) + 1 * u[1]\n  param q = 1"],
      ["// derived", "/* derived"],
      ["/// Function 1", "/ Function 1"],
    ] as const) {
      const read = createReparser(0);
      read(text);
      const next = text.replace(from, () => to);
      expect(next).not.toBe(text);
      expect(read(next)).toEqual(parse(next));
    }
  });
});
